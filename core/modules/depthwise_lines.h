// SPDX-License-Identifier: Apache-2.0
/// The lines of pixels that a 3x3 window walks over, a block of channels wide and as numbers: three at a time, with
/// their borders, in a thread's own memory. Only for depthwise_kernels.cpp.
/// Units    lines and columns in pixels; lanes in channels of a block.   Threads  a Scratch is one thread's.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "core/quantization/vector_targets.h"

namespace f8net {
namespace {

constexpr int kSide = 3, kTaps = kSide * kSide;

/// Channels are walked over by the block, which fills a cache line: whole lines of floats come and go. Lanes beyond the
/// last channel hold what was there before; nobody reads what becomes of them.
template <typename T>
constexpr int64_t kLanes = 64 / sizeof(T);
template <typename T>
struct alignas(64) Block {
    T lanes[kLanes<T>];
};
/// Of a block they fill one vector register, or several one after another.
template <typename T, int kBytes>
constexpr int64_t kVectorLanes = kBytes / sizeof(T);

/// Some lines of one image's output, at one block of channels.
template <typename T>
struct Strip {
    const void* codes;  // of the block's first channel
    const T* dy;
    int64_t first, last;  // lines
    int64_t count;        // channels
};

/// What all strips have in common.
struct Plane {
    int64_t channels, height, width, out_height, out_width, stride, padding;
    bool is_signed;

    int64_t padded_width() const { return width + 2 * padding; }
    int64_t first_read(int64_t line) const { return line * stride - padding; }
};

/// Lines of pixels by their number modulo three: as many as a window sees.
template <typename T>
struct Ring {
    Block<T>* blocks;
    int64_t width;
    [[gnu::always_inline]] Block<T>* line(int64_t number) const { return blocks + (number + kSide) % kSide * width; }
};

/// A thread's memory. What nobody writes, the lines' borders, stays zero.
template <typename T>
struct Scratch {
    explicit Scratch(const Plane& plane)
        : codes(static_cast<size_t>(kSide * plane.padded_width())),
          gradients(codes.size()),
          output(static_cast<size_t>(plane.out_width)),
          width(plane.padded_width()) {}
    Ring<T> code_ring() { return {codes.data(), width}; }
    Ring<T> gradient_ring() { return {gradients.data(), width}; }
    std::vector<Block<T>> codes, gradients, output;
    int64_t width;
};

template <typename V, typename T>
[[gnu::always_inline]] inline V vector_at(const T* from) {
    V v;
    std::memcpy(&v, from, sizeof(v));
    return v;
}
template <typename V, typename T>
[[gnu::always_inline]] inline void store(const V& v, T* to) {
    std::memcpy(to, &v, sizeof(v));
}

/// to(i) for the channels of a block. As a loop of plain values, which becomes a few vector instructions if it is not
/// unrolled before; vectors of bytes, and masks of vectors, would become scalar code.
template <typename T, typename To>
[[gnu::always_inline]] inline void for_each_lane(int64_t count, const To& to) {
    if (count == kLanes<T>) {
#pragma GCC unroll 1
        for (int64_t i = 0; i < kLanes<T>; ++i) to(i);
    } else {
        for (int64_t i = 0; i < count; ++i) to(i);
    }
}

/// Lines of codes as they come into the window. What lies outside the image is zero.
template <typename T>
struct CodeLines {
    const Plane& plane;
    const Strip<T>& strip;
    Ring<T> ring;
    int64_t next;

    /// All that output line `line` reads.
    [[gnu::always_inline]] inline void advance_to(int64_t line) {
        for (; next < plane.first_read(line) + kSide; ++next) read(next);
    }

private:
    [[gnu::always_inline]] inline void read(int64_t number) const {
        Block<T>* const to = ring.line(number);
        if (number < 0 || number >= plane.height) {
            std::fill_n(to, ring.width, Block<T>{});
            return;
        }
        if (plane.is_signed) {
            read_as<int8_t>(number, to + plane.padding);
        } else {
            read_as<uint8_t>(number, to + plane.padding);
        }
    }
    template <typename Byte>
    [[gnu::always_inline]] inline void read_as(int64_t number, Block<T>* to) const {
        const Byte* from = static_cast<const Byte*>(strip.codes) + number * plane.width * plane.channels;
        for (int64_t x = 0; x < plane.width; ++x, ++to, from += plane.channels) {
            T* __restrict const lanes = to->lanes;
            for_each_lane<T>(
                strip.count, [&](int64_t i) __attribute__((always_inline)) {
                    lanes[i] = static_cast<T>(static_cast<int>(from[i]));
                });
        }
    }
};

template <typename T>
[[gnu::always_inline]] inline CodeLines<T> code_lines(const Plane& plane, const Strip<T>& strip, Scratch<T>& scratch,
                                                      int64_t first_line) {
    return {plane, strip, scratch.code_ring(), plane.first_read(first_line)};
}

/// A line of dy: as it lies in memory, or in blocks where channels are too few to fill one.
template <typename T>
struct GradientLine {
    const T* values;
    int64_t pitch, pixels;

    /// Asks for the same pixel of the next line, too: processors foresee lines of memory, not a block's columns.
    template <typename V>
    [[gnu::always_inline]] inline V at(int64_t column, int64_t lane) const {
        __builtin_prefetch(values + (column + pixels) * pitch + lane);
        return vector_at<V>(values + column * pitch + lane);
    }
};
template <typename T>
[[gnu::always_inline]] inline GradientLine<T> gradient_line(const Plane& plane, const Strip<T>& strip, int64_t line,
                                                            Scratch<T>& scratch) {
    const T* const values = strip.dy + line * plane.out_width * plane.channels;
    if (strip.count == kLanes<T>) return {values, plane.channels, plane.out_width};
    for (int64_t x = 0; x < plane.out_width; ++x)
        std::copy_n(values + x * plane.channels, strip.count, scratch.output[static_cast<size_t>(x)].lanes);
    return {scratch.output.data()->lanes, kLanes<T>, plane.out_width};
}

/// The window's lines over one vector of a block.
template <typename T>
struct WindowLines {
    T* of[kSide];

    [[gnu::always_inline]] static inline WindowLines at(const Plane& plane, const Ring<T>& ring, int64_t line,
                                                        int64_t lane) {
        WindowLines lines;
        for (int ky = 0; ky < kSide; ++ky) lines.of[ky] = ring.line(plane.first_read(line) + ky)->lanes + lane;
        return lines;
    }
    [[gnu::always_inline]] inline T* pixel(int64_t column, int ky) const { return of[ky] + column * kLanes<T>; }
    template <typename V>
    [[gnu::always_inline]] inline V tap(int64_t column, int t) const {
        return vector_at<V>(pixel(column + t % kSide, t / kSide));
    }
};

}  // namespace
}  // namespace f8net
