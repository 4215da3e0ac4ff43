// SPDX-License-Identifier: Apache-2.0
#include "core/data/resize.h"

#include <cstring>

#include "core/data/resize_filter.h"

namespace f8net {

Image resize(const Image& image, const Box& source, int height, int width) {
    return resize(image, source, height, width, {0, 0, height, width});
}

namespace {

/// across_grey or across_colour, without reading behind `end`.
void across(const SourceRows& from, size_t row_bytes, const uint8_t* end, const ResizeFilter& filter, size_t channels,
            const TargetRows& to) {
    const ResizeKernels& kernels = resize_kernels();
    const auto kernel = channels == 1 ? kernels.across_grey : kernels.across_colour;
    size_t safe = from.count;
    while (safe > 0 && static_cast<size_t>(end - from.row(safe - 1)) < row_bytes + kResizePadding) --safe;
    kernel({from.first, from.stride, safe}, filter, to);
    std::vector<uint8_t> padded(row_bytes + kResizePadding);
    for (size_t y = safe; y < from.count; ++y) {
        std::memcpy(padded.data(), from.row(y), row_bytes);
        kernel({padded.data(), 0, 1}, filter, {to.row(y), 0, 1});
    }
}

}  // namespace

Image resize(const Image& image, const Box& source, int height, int width, const Box& window) {
    ResizeFilter down_filter = make_resize_filter(source.height, height, window.top, window.height);
    ResizeFilter across_filter = make_resize_filter(source.width, width, window.left, window.width);
    // Only the source rows and columns that some output needs; positions count from the first of them.
    const Box part{source.top + down_filter.begin(), source.left + across_filter.begin(),
                   down_filter.end() - down_filter.begin(), across_filter.end() - across_filter.begin()};
    down_filter.count_from(down_filter.begin());
    across_filter.count_from(across_filter.begin());

    const auto channels = static_cast<size_t>(image.channels);
    const size_t part_bytes = static_cast<size_t>(part.width) * channels;
    const size_t row_bytes = static_cast<size_t>(window.width) * channels;
    const auto num_rows = static_cast<size_t>(part.height), out_rows = static_cast<size_t>(window.height);
    const SourceRows from{image.row(part.top) + static_cast<size_t>(part.left) * channels,
                          static_cast<size_t>(image.width) * channels, num_rows};
    Image result(window.height, window.width, image.channels);
    const TargetRows to{result.pixels.data(), row_bytes, out_rows};
    // Pillow's rule since version 13; before, it always went along rows first.
    if (height < source.height && source.height - height > 2 * (source.width - width)) {
        std::vector<uint8_t> rows(part_bytes * out_rows);
        resize_kernels().down(from, down_filter, {rows.data(), part_bytes, out_rows}, part_bytes);
        across({rows.data(), part_bytes, out_rows}, part_bytes, rows.data() + rows.size(), across_filter, channels, to);
    } else {
        std::vector<uint8_t> rows(row_bytes * num_rows);
        across(from, part_bytes, image.pixels.data() + image.pixels.size(), across_filter, channels,
               {rows.data(), row_bytes, num_rows});
        resize_kernels().down({rows.data(), row_bytes, num_rows}, down_filter, to, row_bytes);
    }
    return result;
}

Box resize_source(ImageSize size, int height, int width, const Box& window) {
    const ResizeFilter down = make_resize_filter(size.height, height, window.top, window.height);
    const ResizeFilter across = make_resize_filter(size.width, width, window.left, window.width);
    return {down.begin(), across.begin(), down.end() - down.begin(), across.end() - across.begin()};
}

}  // namespace f8net
