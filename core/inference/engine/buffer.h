// SPDX-License-Identifier: Apache-2.0
/// A plane of one image inside the arena: N H W C codes or int32, with a border that holds zeros where a window reaches
/// over the edge, so that kernels need no edge cases.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/architecture/layer_graph.h"
#include "core/inference/kernels/epilogue.h"

namespace f8net {

struct Buffer {
    Shape shape;
    int border = 0;
    int64_t pitch = 0;      ///< elements from pixel to pixel, at least the channels
    int element_bytes = 1;  ///< 4: int32; else codes
    int32_t zero = 0;       ///< how 0 is stored
    int64_t offset = 0;     ///< in the arena, bytes

    int64_t pixel_bytes() const { return pitch * element_bytes; }
    int64_t row_bytes() const { return (shape.width + 2 * border) * pixel_bytes(); }
    PixelLayout layout() const { return {row_bytes(), pixel_bytes()}; }
    /// Kernels read whole vectors, and pixels whose weights are zero: up to so many bytes behind the last element.
    int64_t size_bytes() const { return (shape.height + 2 * border) * row_bytes() + 128; }

    std::byte* at(std::byte* arena, int64_t y, int64_t x, int64_t channel = 0) const {
        return arena + offset + (y + border) * row_bytes() + (x + border) * pixel_bytes() + channel * element_bytes;
    }

    /// Writes the border's zeros; the planes's rows are shared out over `parts`.
    void fill_border(std::byte* arena, int part, int parts) const {
        if (border == 0) return;
        const int64_t rows = shape.height + 2 * border, side = border * pixel_bytes();
        for (int64_t row = rows * part / parts; row < rows * (part + 1) / parts; ++row) {
            std::byte* const begin = arena + offset + row * row_bytes();
            if (row < border || row >= rows - border) {
                fill(begin, row_bytes());
            } else {
                fill(begin, side);
                fill(begin + row_bytes() - side, side);
            }
        }
    }

private:
    void fill(std::byte* to, int64_t bytes) const {
        // Only one-byte codes store 0 as another number.
        std::memset(to, element_bytes == 1 ? zero : 0, static_cast<size_t>(bytes));
    }
};

}  // namespace f8net
