// SPDX-License-Identifier: Apache-2.0
/// A decoded image as plain bytes, its size, and a part of it.
/// Layout   H W C, C fastest, no padding; 8 bits a value; 1 (grey) or 3 (red, green, blue) channels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace f8net {

struct ImageSize {
    int height = 0;
    int width = 0;
    bool operator==(const ImageSize&) const = default;
};

/// A part of an image in whole pixels.
struct Box {
    int top = 0;
    int left = 0;
    int height = 0;
    int width = 0;
    bool operator==(const Box&) const = default;
};

/// The part of an image that is wanted, chosen when its size is known: not empty and inside the image.
using ChoosePart = std::function<Box(ImageSize)>;

struct Image {
    int height = 0;
    int width = 0;
    int channels = 0;
    std::vector<uint8_t> pixels;

    Image() = default;
    Image(int rows, int columns, int num_channels)
        : height(rows),
          width(columns),
          channels(num_channels),
          pixels(static_cast<size_t>(rows) * static_cast<size_t>(columns) * static_cast<size_t>(num_channels)) {}

    const uint8_t* row(int y) const { return pixels.data() + offset(y); }
    uint8_t* row(int y) { return pixels.data() + offset(y); }
    ImageSize size() const { return {height, width}; }
    bool operator==(const Image&) const = default;

private:
    size_t offset(int y) const {
        return static_cast<size_t>(y) * static_cast<size_t>(width) * static_cast<size_t>(channels);
    }
};

/// `box`: inside the image.
Image crop(const Image& image, const Box& box);
void flip_left_right(Image& image);
/// Grey to colour and back as ITU-R 601 (299, 587, 114 per mille in 16 fractional bits, as Pillow's convert("L")).
/// `channels`: 1 or 3.
Image with_channels(Image image, int channels);

}  // namespace f8net
