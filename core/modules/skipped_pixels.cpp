// SPDX-License-Identifier: Apache-2.0
#include "core/modules/skipped_pixels.h"

#include <ATen/EmptyTensor.h>
#include <ATen/Parallel.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace f8net {
namespace {

using torch::Tensor;

constexpr auto kRows = at::MemoryFormat::ChannelsLast;

Tensor uninitialized(at::IntArrayRef sizes, torch::ScalarType type) {
    return Tensor(at::detail::empty_cpu(sizes, type, /*pin_memory=*/false, kRows));
}

/// body(row) for all rows of all images, a thread for at least `kGrain` bytes.
template <typename Body>
void for_each_row(int64_t rows, int64_t bytes, const Body& body) {
    constexpr int64_t kGrain = 131072;
    at::parallel_for(0, rows, std::max<int64_t>(1, kGrain / std::max<int64_t>(1, bytes)),
                     [&](int64_t begin, int64_t end) {
                         for (int64_t row = begin; row < end; ++row) body(row);
                     });
}

}  // namespace

Tensor gather_pixels(const Tensor& x, int64_t stride) {
    RECORD_FUNCTION("f8net::gather_pixels", c10::ArrayRef<const c10::IValue>{});
    const int64_t height = (x.size(2) - 1) / stride + 1, width = (x.size(3) - 1) / stride + 1;
    Tensor pixels = uninitialized(std::array{x.size(0), x.size(1), height, width}, x.scalar_type());
    const auto pixel = static_cast<size_t>(x.size(1)) * x.element_size();
    const auto* const from = static_cast<const std::byte*>(x.const_data_ptr());
    auto* const to = static_cast<std::byte*>(pixels.mutable_data_ptr());
    for_each_row(x.size(0) * height, width * static_cast<int64_t>(pixel), [&](int64_t row) {
        const int64_t first = (row / height * x.size(2) + row % height * stride) * x.size(3);
        for (int64_t i = 0; i < width; ++i) {
            std::memcpy(to + static_cast<size_t>(row * width + i) * pixel,
                        from + static_cast<size_t>(first + i * stride) * pixel, pixel);
        }
    });
    return pixels;
}

Tensor scatter_pixels(const Tensor& pixels, at::IntArrayRef sizes, int64_t stride) {
    RECORD_FUNCTION("f8net::scatter_pixels", c10::ArrayRef<const c10::IValue>{});
    Tensor x = uninitialized(sizes, pixels.scalar_type());
    const int64_t height = sizes[2], width = sizes[3];
    const auto pixel = static_cast<size_t>(sizes[1]) * pixels.element_size();
    const auto* from = static_cast<const std::byte*>(pixels.const_data_ptr());
    auto* const to = static_cast<std::byte*>(x.mutable_data_ptr());
    for_each_row(sizes[0] * height, width * static_cast<int64_t>(pixel), [&](int64_t row) {
        const auto row_bytes = static_cast<size_t>(width) * pixel;
        auto* const out = to + static_cast<size_t>(row) * row_bytes;
        std::memset(out, 0, row_bytes);
        const int64_t image = row / height, line = row % height;
        if (line % stride != 0) return;
        const int64_t first = (image * pixels.size(2) + line / stride) * pixels.size(3);
        for (int64_t i = 0; i < pixels.size(3); ++i) {
            std::memcpy(out + static_cast<size_t>(i * stride) * pixel, from + static_cast<size_t>(first + i) * pixel,
                        pixel);
        }
    });
    return x;
}

}  // namespace f8net
