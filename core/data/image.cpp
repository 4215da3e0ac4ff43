// SPDX-License-Identifier: Apache-2.0
#include "core/data/image.h"

#include <algorithm>
#include <cstring>

namespace f8net {

Image crop(const Image& image, const Box& box) {
    Image result(box.height, box.width, image.channels);
    const size_t row_bytes = static_cast<size_t>(box.width) * static_cast<size_t>(image.channels);
    for (int y = 0; y < box.height; ++y)
        std::memcpy(result.row(y), image.row(box.top + y) + static_cast<ptrdiff_t>(box.left) * image.channels,
                    row_bytes);
    return result;
}

void flip_left_right(Image& image) {
    for (int y = 0; y < image.height; ++y) {
        uint8_t* left = image.row(y);
        uint8_t* right = left + static_cast<ptrdiff_t>(image.width - 1) * image.channels;
        for (; left < right; left += image.channels, right -= image.channels)
            std::swap_ranges(left, left + image.channels, right);
    }
}

Image with_channels(Image image, int channels) {
    if (image.channels == channels) return image;
    Image result(image.height, image.width, channels);
    const size_t count = static_cast<size_t>(image.height) * static_cast<size_t>(image.width);
    for (size_t i = 0; i < count; ++i) {
        if (channels == 1) {
            const uint8_t* p = image.pixels.data() + 3 * i;
            result.pixels[i] = static_cast<uint8_t>((p[0] * 19595 + p[1] * 38470 + p[2] * 7471 + 32768) >> 16);
        } else {
            std::fill_n(result.pixels.begin() + static_cast<ptrdiff_t>(3 * i), 3, image.pixels[i]);
        }
    }
    return result;
}

}  // namespace f8net
