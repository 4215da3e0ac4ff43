// SPDX-License-Identifier: Apache-2.0
/// The weights of a resizing along one axis, and the loops over pixels that apply them. One implementation per
/// instruction set; all give the same integers.
/// Threads  reentrant.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace f8net {

constexpr int kFilterFractionBits = 22;  // 8 bits of pixel and a sign beside them in 32

/// The source pixels of each output position and their weights (sum 2^22, none negative).
struct ResizeFilter {
    std::vector<int> first;
    std::vector<int> count;
    std::vector<int32_t> weights;  ///< `taps` for each position, zeros behind `count` of them
    int taps = 0;                  ///< a multiple of 4

    const int32_t* of(size_t position) const { return weights.data() + position * static_cast<size_t>(taps); }
    /// The source pixels that some position needs: begin() <= i < end().
    int begin() const { return first.front(); }
    int end() const { return first.back() + count.back(); }
    /// Source pixel `origin` becomes number 0.
    void count_from(int origin) {
        for (int& pixel : first) pixel -= origin;
    }
};

/// For output positions begin .. begin + length - 1 of `out`, from `in` source pixels. Pillow's order of operations in
/// double: the last bit of a weight matters.
ResizeFilter make_resize_filter(int in, int out, int begin, int length);

/// Rows in memory: `count` of them, `stride` bytes apart.
template <typename Byte>
struct ResizeRows {
    Byte* first = nullptr;
    size_t stride = 0;
    size_t count = 0;

    Byte* row(size_t y) const { return first + y * stride; }
};
using SourceRows = ResizeRows<const uint8_t>;
using TargetRows = ResizeRows<uint8_t>;

struct ResizeKernels {
    const char* name;
    /// Each row of `from`, which begins with source pixel 0, to a row of `to` with all of the filter's positions.
    /// May read up to kResizePadding bytes behind the last pixel that is needed of a row.
    void (*across_grey)(const SourceRows& from, const ResizeFilter& filter, const TargetRows& to);
    void (*across_colour)(const SourceRows& from, const ResizeFilter& filter, const TargetRows& to);
    /// Sums of whole rows: the first `bytes` of a row of `to` for each of the filter's positions.
    void (*down)(const SourceRows& from, const ResizeFilter& filter, const TargetRows& to, size_t bytes);
};
constexpr size_t kResizePadding = 32;

extern const ResizeKernels kScalarResize;
#ifdef F8NET_RESIZE_AVX2
extern const ResizeKernels kAvx2Resize;
#endif
/// The fastest that this processor can run.
const ResizeKernels& resize_kernels();
/// All of them, for tests.
std::vector<const ResizeKernels*> available_resize_kernels();

}  // namespace f8net
