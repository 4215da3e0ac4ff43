// SPDX-License-Identifier: Apache-2.0
#include "core/data/decode.h"

#include <cstring>

#include "core/base/atomic_file.h"
#include "core/base/error.h"

namespace f8net {

namespace {

constexpr int64_t kMaxPixels = int64_t{1} << 27;
constexpr int64_t kMaxSide = 65500;

}  // namespace

void check_image_size(int64_t width, int64_t height, size_t size_bytes, int64_t most_pixels_per_byte,
                      const std::string& name) {
    const auto what = [&] {
        return name + ": image of " + std::to_string(width) + " x " + std::to_string(height) + " pixels";
    };
    if (width < 1 || height < 1 || width > kMaxSide || height > kMaxSide || width * height > kMaxPixels)
        throw DataError(what() + " is beyond the limit of 2^27 pixels, 65500 a side");
    if (width * height / most_pixels_per_byte > static_cast<int64_t>(size_bytes))
        throw DataError(what() + " cannot be in a file of " + std::to_string(size_bytes) +
                        " bytes: it is truncated, or its header is damaged");
}

Image decode_image(const uint8_t* data, size_t size_bytes, int channels, const std::string& name,
                   const ChoosePart& choose) {
    if (channels != 1 && channels != 3)
        throw DataError(name + ": " + std::to_string(channels) + " channels asked for, expected 1 or 3");
    static constexpr uint8_t kPng[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    if (size_bytes >= 8 && std::memcmp(data, kPng, 8) == 0) {
        Image image = decode_png(data, size_bytes, channels, name);
        return choose ? crop(image, choose(image.size())) : image;
    }
    if (size_bytes >= 4 && data[0] == 0xff && data[1] == 0xd8)
        return decode_jpeg(data, size_bytes, channels, name, choose);
    throw DataError(name + ": neither JPEG nor PNG (" + std::to_string(size_bytes) + " bytes)");
}

Image decode_image_file(const std::string& path, int channels, const ChoosePart& choose) {
    const std::string bytes = read_text_file(path);
    return decode_image(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), channels, path, choose);
}

}  // namespace f8net
