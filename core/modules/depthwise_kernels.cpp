// SPDX-License-Identifier: Apache-2.0
#include "core/modules/depthwise_kernels.h"

#include <ATen/record_function.h>

#include <algorithm>
#include <vector>

#include "core/quantization/vector_targets.h"

namespace f8net {
namespace {

constexpr int kSide = 3, kTaps = kSide * kSide;

/// Channels are walked over by the block, which fills a cache line: whole lines of floats come and go. Channels that a
/// block has too many are zeros.
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

/// y0 at one pixel, by the rows of the window.
template <typename V, typename T>
[[gnu::always_inline]] inline V first_output(const WindowLines<T>& x, int64_t column, const V* weight) {
    V rows[kSide];
    for (int ky = 0; ky < kSide; ++ky) {
        const int t = ky * kSide;
        rows[ky] = x.template tap<V>(column, t) * weight[t] + x.template tap<V>(column, t + 1) * weight[t + 1] +
                   x.template tap<V>(column, t + 2) * weight[t + 2];
    }
    return rows[0] + rows[1] + rows[2];
}

template <typename V, typename T, size_t kCount>
[[gnu::always_inline]] inline void load_all(const Block<T>* from, int64_t lane, V (&to)[kCount]) {
    for (size_t i = 0; i < kCount; ++i) to[i] = vector_at<V>(from[i].lanes + lane);
}

/// Sum and sum of squares of y0.
template <int kBytes>
struct SumOutputs {
    template <typename T>
    [[gnu::always_inline]] static inline void run(const Plane* plane, const Strip<T>* strip, const Block<T>* weight,
                                                  Scratch<T>* scratch, double* sums, double* squares) {
        auto codes = code_lines(*plane, *strip, *scratch, strip->first);
        for (int64_t line = strip->first; line < strip->last; ++line) {
            codes.advance_to(line);
            for (int64_t lane = 0; lane < kLanes<T>; lane += kVectorLanes<T, kBytes>) {
                T* const y = scratch->output.data()->lanes + lane;
                convolve(*plane, WindowLines<T>::at(*plane, codes.ring, line, lane), weight, lane, y);
                add(y, plane->out_width, sums + lane, squares + lane);
            }
        }
    }

private:
    template <typename T>
    [[gnu::always_inline]] static inline void convolve(const Plane& plane, const WindowLines<T>& x,
                                                       const Block<T>* weight, int64_t lane, T* y) {
        using V = Vector<T, kBytes>;
        V w[kTaps];
        load_all(weight, lane, w);
        for (int64_t column = 0; column < plane.out_width; ++column)
            store(first_output(x, column * plane.stride, w), y + column * kLanes<T>);
    }

    template <typename T>
    [[gnu::always_inline]] static inline void add(const T* y, int64_t pixels, double* sums, double* squares) {
        // As many vectors of doubles as the values fill.
        constexpr int kVectors = sizeof(double) / sizeof(T), kValues = kBytes / sizeof(double);
        using Doubles = Vector<double, kBytes>;
        Doubles s[kVectors], q[kVectors];
        std::memcpy(s, sums, sizeof(s));
        std::memcpy(q, squares, sizeof(q));
        for (int64_t column = 0; column < pixels; ++column) {
            for (int i = 0; i < kVectors; ++i) {
                const auto values = vector_at<Vector<T, kValues * sizeof(T)>>(y + column * kLanes<T> + i * kValues);
                const Doubles v = __builtin_convertvector(values, Doubles);
                s[i] += v;
                q[i] += v * v;
            }
        }
        std::memcpy(sums, s, sizeof(s));
        std::memcpy(squares, q, sizeof(q));
    }
};

/// dy times what each tap reads, and dy.
template <int kBytes>
struct SumTaps {
    template <typename T>
    [[gnu::always_inline]] static inline void run(const Plane* plane, const Strip<T>* strip, Scratch<T>* scratch,
                                                  Block<T>* sums) {
        auto codes = code_lines(*plane, *strip, *scratch, strip->first);
        for (int64_t line = strip->first; line < strip->last; ++line) {
            codes.advance_to(line);
            const GradientLine<T> gradient = gradient_line(*plane, *strip, line, *scratch);
            for (int64_t lane = 0; lane < kLanes<T>; lane += kVectorLanes<T, kBytes>)
                add(*plane, WindowLines<T>::at(*plane, codes.ring, line, lane), gradient, lane, sums);
        }
    }

private:
    template <typename T>
    [[gnu::always_inline]] static inline void add(const Plane& plane, const WindowLines<T>& x,
                                                  const GradientLine<T>& gradient, int64_t lane, Block<T>* sums) {
        using V = Vector<T, kBytes>;
        V s[kTaps + 1];
        load_all(sums, lane, s);
        for (int64_t column = 0; column < plane.out_width; ++column) {
            const V g = gradient.template at<V>(column, lane);
            for (int t = 0; t < kTaps; ++t) s[t] += g * x.template tap<V>(column * plane.stride, t);
            s[kTaps] += g;
        }
        for (int t = 0; t < kTaps + 1; ++t) store(s[t], sums[t].lanes + lane);
    }
};

/// A block of what BothGradients knows of its channels.
template <typename T>
struct ChannelBlock {
    Block<T> weight[kTaps], second_weight[kTaps];
    Block<T> mean, slope, offset;  // for y0 times 2^FL
};

/// A line of output gradients is handed out to the three lines of pixels that it was computed from; a line that all
/// have given to is masked and written.
template <int kBytes>
struct BothGradients {
    template <typename T>
    [[gnu::always_inline]] static inline void run(const Plane* plane, const Strip<T>* strip,
                                                  const ChannelBlock<T>* channels, CodeGrid<T> grid,
                                                  Scratch<T>* scratch, T* d_input, Block<T>* sums) {
        // Lines before the strip's own give to pixels that are written here; their sums are others'.
        const int64_t before = (kSide - 1) / plane->stride;
        const int64_t begin = std::max<int64_t>(0, strip->first - before);
        auto codes = code_lines(*plane, *strip, *scratch, begin);
        const Ring<T> ring = scratch->gradient_ring();
        std::fill(scratch->gradients.begin(), scratch->gradients.end(), Block<T>{});
        Block<T> not_used[kTaps] = {};
        for (int64_t line = begin; line < strip->last; ++line) {
            codes.advance_to(line);
            const GradientLine<T> gradient = gradient_line(*plane, *strip, line, *scratch);
            Block<T>* const to = line < strip->first ? not_used : sums;
            for (int64_t lane = 0; lane < kLanes<T>; lane += kVectorLanes<T, kBytes>) {
                const auto x = WindowLines<T>::at(*plane, codes.ring, line, lane);
                const auto d_x = WindowLines<T>::at(*plane, ring, line, lane);
                if (plane->stride == 1) {
                    hand_out<1>(*plane, x, d_x, gradient, *channels, lane, to);
                } else {
                    hand_out<2>(*plane, x, d_x, gradient, *channels, lane, to);
                }
            }
            if (line < strip->first) continue;
            const int64_t complete = line + 1 < plane->out_height ? plane->first_read(line + 1) : plane->height;
            for (int64_t number = std::max<int64_t>(0, plane->first_read(line)); number < complete; ++number) {
                T* const row = d_input + number * plane->width * plane->channels;
                const bool is_read = number < plane->first_read(line) + kSide;
                write(*plane, strip->count, grid, is_read ? codes.ring.line(number) + plane->padding : nullptr,
                      ring.line(number) + plane->padding, row);
            }
        }
    }

private:
    template <int kStride, typename T>
    [[gnu::always_inline]] static inline void hand_out(const Plane& plane, const WindowLines<T>& x,
                                                       const WindowLines<T>& d_x, const GradientLine<T>& gradient,
                                                       const ChannelBlock<T>& channels, int64_t lane, Block<T>* sums) {
        using V = Vector<T, kBytes>;
        constexpr int kShared = kSide - kStride;  // lines and columns that the next window sees, too
        V w[kTaps], second[kTaps], s[kTaps], d[kTaps] = {};
        load_all(channels.weight, lane, w);
        load_all(channels.second_weight, lane, second);
        load_all(sums, lane, s);
        const V mean = vector_at<V>(channels.mean.lanes + lane), slope = vector_at<V>(channels.slope.lanes + lane),
                offset = vector_at<V>(channels.offset.lanes + lane);
        // Lines seen for the first time start here.
        const auto give = [&](int ky, int64_t column, const V& value) __attribute__((always_inline)) {
            T* const to = d_x.pixel(column, ky);
            store(ky < kShared ? value + vector_at<V>(to) : value, to);
        };
        for (int64_t column = 0; column < plane.out_width; ++column) {
            const V g = gradient.template at<V>(column, lane);
            const V through = (first_output(x, column * kStride, w) - mean) * slope + offset;
            for (int t = 0; t < kTaps; ++t) {
                s[t] += through * x.template tap<V>(column * kStride, t);
                const V both = g * second[t] + through * w[t];
                d[t] = t % kSide < kShared ? d[t] + both : both;
            }
            for (int ky = 0; ky < kSide; ++ky) {
                for (int kx = 0; kx < kStride; ++kx) give(ky, column * kStride + kx, d[ky * kSide + kx]);
                for (int kx = 0; kx < kShared; ++kx) d[ky * kSide + kx] = d[ky * kSide + kx + kStride];
            }
        }
        for (int ky = 0; ky < kSide; ++ky) {
            for (int kx = 0; kx < kShared; ++kx) give(ky, plane.out_width * kStride + kx, d[ky * kSide + kx]);
        }
        for (int t = 0; t < kTaps; ++t) store(s[t], sums[t].lanes + lane);
    }

    /// codes: null where no window reads the line.
    template <typename T>
    [[gnu::always_inline]] static inline void write(const Plane& plane, int64_t count, const CodeGrid<T>& grid,
                                                    const Block<T>* codes, const Block<T>* gradient, T* to) {
        for (int64_t x = 0; x < plane.width; ++x, to += plane.channels) {
            if (codes == nullptr) {
                std::fill_n(to, count, T(0));
                continue;
            }
            const T *const code = codes[x].lanes, *const d = gradient[x].lanes;
            __builtin_prefetch(to + plane.width * plane.channels, 1);
            for_each_lane<T>(
                count, [&](int64_t i) __attribute__((always_inline)) { to[i] = grid.passes(code[i]) ? d[i] : T(0); });
        }
    }
};

/// How a shape is cut: an image's lines into strips, its channels into groups whose codes fill a cache line.
template <typename T>
struct Parts {
    static constexpr int64_t kPixels = 2048, kBlocksPerGroup = 64 / kLanes<T>, kGrain = 32768;
    int64_t images, channels, lines, blocks, strips, groups, elements;

    explicit Parts(const DepthwiseShape& shape)
        : images(shape.images),
          channels(shape.channels),
          lines(shape.out_height()),
          blocks((shape.channels + kLanes<T> - 1) / kLanes<T>),
          strips(std::min(lines, (lines * shape.out_width() + kPixels - 1) / kPixels)),
          groups((blocks + kBlocksPerGroup - 1) / kBlocksPerGroup),
          elements(shape.height * shape.width * 64 / strips) {}

    /// Channels with those that fill the last block.
    int64_t lanes() const { return blocks * kLanes<T>; }
    /// Sums of as many parts are added up.
    int64_t count() const { return images * strips; }

    /// body(part, image, block, strip (lines and channels), scratch) for each part and block.
    template <typename Body>
    void for_each(const Plane& plane, const Body& body) const {
        const int64_t grain = std::max<int64_t>(1, kGrain / elements);
        at::parallel_for(0, count() * groups, grain, [&](int64_t begin, int64_t end) {
            Scratch<T> scratch(plane);
            for (int64_t unit = begin; unit < end; ++unit) {
                const int64_t part = unit / groups, strip = part % strips, group = unit % groups;
                for (int64_t block = group * kBlocksPerGroup; block < std::min(blocks, (group + 1) * kBlocksPerGroup);
                     ++block) {
                    const int64_t first = block * kLanes<T>;
                    body(part, part / strips, block,
                         Strip<T>{nullptr, nullptr, lines * strip / strips, lines * (strip + 1) / strips,
                                  std::min(kLanes<T>, channels - first)},
                         scratch);
                }
            }
        });
    }
};

template <typename T>
Plane plane_of(const DepthwiseShape& shape, const CodeGrid<T>& grid) {
    return {shape.channels,    shape.height,        shape.width,          shape.out_height(),
            shape.out_width(), shape.window.stride, shape.window.padding, grid.lo < 0};
}

/// Points a strip at its image and channels.
template <typename T>
void place(Strip<T>& strip, const Plane& plane, int64_t image, int64_t block, const void* codes, const T* dy) {
    const int64_t channel = block * kLanes<T>;
    strip.codes = static_cast<const char*>(codes) + image * plane.height * plane.width * plane.channels + channel;
    if (dy != nullptr) strip.dy = dy + image * plane.out_height * plane.out_width * plane.channels + channel;
}

/// [C][9] as blocks [block][9].
template <typename T>
void to_taps(const T* weight, int64_t channels, int64_t first, Block<T>* taps) {
    for (int t = 0; t < kTaps; ++t) {
        for (int64_t i = 0; i < kLanes<T>; ++i)
            taps[t].lanes[i] = first + i < channels ? weight[(first + i) * kTaps + t] : T(0);
    }
}

/// Sums of parts, each `rows` of all lanes.
template <typename T>
struct PartialSums {
    int64_t parts, rows, lanes;
    std::vector<Block<T>> blocks;

    PartialSums(int64_t parts_in, int64_t rows_in, int64_t lanes_in)
        : parts(parts_in),
          rows(rows_in),
          lanes(lanes_in),
          blocks(static_cast<size_t>(parts * rows * lanes / kLanes<T>)) {}

    /// The rows of one block of channels, one after another.
    Block<T>* of(int64_t part, int64_t block) { return blocks.data() + (part * (lanes / kLanes<T>)+block) * rows; }

    /// Over all parts: [block][row][lane].
    std::vector<double> total() const {
        std::vector<double> sums(static_cast<size_t>(rows * lanes));
        const T* from = blocks.data()->lanes;
        for (int64_t part = 0; part < parts; ++part) {
            for (double& sum : sums) sum += static_cast<double>(*from++);
        }
        return sums;
    }
};

template <typename T>
double sum_of(const std::vector<double>& total, int64_t rows, int64_t row, int64_t channel) {
    return total[static_cast<size_t>((channel / kLanes<T> * rows + row) * kLanes<T> + channel % kLanes<T>)];
}

}  // namespace

bool has_depthwise_kernels(const Layer& layer) {
    const Window& window = layer.window;
    return layer.is_depthwise() && layer.out_channels == layer.groups && window.kernel == kSide &&
           (window.stride == 1 || window.stride == 2) && window.padding < kSide;
}

template <typename T>
void depthwise_moments(const DepthwiseShape& shape, const void* codes, const CodeGrid<T>& grid, const T* weight,
                       double* mean, double* variance) {
    RECORD_FUNCTION("f8net::depthwise_moments", c10::ArrayRef<const c10::IValue>{});
    const Plane plane = plane_of(shape, grid);
    const Parts<T> parts(shape);
    constexpr int64_t kRows = 2;
    std::vector<double> partial(static_cast<size_t>(parts.count() * kRows * parts.lanes()));
    parts.for_each(plane, [&](int64_t part, int64_t image, int64_t block, Strip<T> strip, Scratch<T>& scratch) {
        place<T>(strip, plane, image, block, codes, nullptr);
        Block<T> taps[kTaps];
        to_taps(weight, shape.channels, block * kLanes<T>, taps);
        double* const sums = partial.data() + part * kRows * parts.lanes() + block * kLanes<T>;
        run_sized<SumOutputs>(&plane, &strip, &taps[0], &scratch, sums, sums + parts.lanes());
    });
    const double count = static_cast<double>(shape.samples()), inverse = static_cast<double>(grid.inverse);
    for (int64_t c = 0; c < shape.channels; ++c) {
        Sums total;
        for (int64_t part = 0; part < parts.count(); ++part) {
            const double* const sums = partial.data() + part * kRows * parts.lanes() + c;
            total.add(Sums{sums[0], sums[parts.lanes()]});
        }
        mean[c] = total.mean(count) * inverse;
        variance[c] = total.biased_variance(count) * inverse * inverse;
    }
}

template <typename T>
void depthwise_weight_gradient(const DepthwiseShape& shape, const void* codes, const CodeGrid<T>& grid, const T* dy,
                               double* d_weight, double* dy_sums) {
    RECORD_FUNCTION("f8net::depthwise_weight_gradient", c10::ArrayRef<const c10::IValue>{});
    const Plane plane = plane_of(shape, grid);
    const Parts<T> parts(shape);
    constexpr int64_t kRows = kTaps + 1;
    PartialSums<T> sums(parts.count(), kRows, parts.lanes());
    parts.for_each(plane, [&](int64_t part, int64_t image, int64_t block, Strip<T> strip, Scratch<T>& scratch) {
        place<T>(strip, plane, image, block, codes, dy);
        run_sized<SumTaps>(&plane, &strip, &scratch, sums.of(part, block));
    });
    const std::vector<double> total = sums.total();
    for (int64_t c = 0; c < shape.channels; ++c) {
        for (int t = 0; t < kTaps; ++t)
            d_weight[c * kTaps + t] = sum_of<T>(total, kRows, t, c) * static_cast<double>(grid.inverse);
        dy_sums[c] = sum_of<T>(total, kRows, kTaps, c);
    }
}

template <typename T>
void depthwise_gradients(const DepthwiseShape& shape, const void* codes, const CodeGrid<T>& grid, const T* dy,
                         const T* weight, const T* second_weight, const ThroughMoments<T>& through, T* d_input,
                         double* d_weight) {
    RECORD_FUNCTION("f8net::depthwise_gradients", c10::ArrayRef<const c10::IValue>{});
    const Plane plane = plane_of(shape, grid);
    const Parts<T> parts(shape);
    PartialSums<T> sums(parts.count(), kTaps, parts.lanes());
    parts.for_each(plane, [&](int64_t part, int64_t image, int64_t block, Strip<T> strip, Scratch<T>& scratch) {
        place<T>(strip, plane, image, block, codes, dy);
        const int64_t first = block * kLanes<T>;
        ChannelBlock<T> channels = {};
        to_taps(weight, shape.channels, first, channels.weight);
        to_taps(second_weight, shape.channels, first, channels.second_weight);
        for (int64_t i = 0; i < strip.count; ++i) {
            // The codes are read as integers; powers of two move from one factor to another without rounding.
            channels.mean.lanes[i] = through.mean[first + i] * grid.scale;
            channels.slope.lanes[i] = through.slope[first + i] * grid.inverse;
            channels.offset.lanes[i] = through.offset[first + i];
        }
        run_sized<BothGradients>(&plane, &strip, &channels, grid, &scratch,
                                 d_input + image * shape.height * shape.width * shape.channels + first,
                                 sums.of(part, block));
    });
    const std::vector<double> total = sums.total();
    for (int64_t c = 0; c < shape.channels; ++c) {
        for (int t = 0; t < kTaps; ++t)
            d_weight[c * kTaps + t] = sum_of<T>(total, kTaps, t, c) * static_cast<double>(grid.inverse);
    }
}

#define F8NET_INSTANTIATE(T)                                                                                         \
    template void depthwise_moments<T>(const DepthwiseShape&, const void*, const CodeGrid<T>&, const T*, double*,    \
                                       double*);                                                                     \
    template void depthwise_weight_gradient<T>(const DepthwiseShape&, const void*, const CodeGrid<T>&, const T*,     \
                                               double*, double*);                                                    \
    template void depthwise_gradients<T>(const DepthwiseShape&, const void*, const CodeGrid<T>&, const T*, const T*, \
                                         const T*, const ThroughMoments<T>&, T*, double*);
F8NET_INSTANTIATE(float)
F8NET_INSTANTIATE(double)

}  // namespace f8net
