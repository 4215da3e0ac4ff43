// SPDX-License-Identifier: Apache-2.0
/// A decoded image as plain bytes.
/// Layout   H W C, C fastest, no padding; 8 bits a value; 1 (grey) or 3 (red, green, blue) channels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace f8net {

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
    bool operator==(const Image&) const = default;

private:
    size_t offset(int y) const {
        return static_cast<size_t>(y) * static_cast<size_t>(width) * static_cast<size_t>(channels);
    }
};

}  // namespace f8net
