// SPDX-License-Identifier: Apache-2.0
#include "core/data/decode.h"

#include <turbojpeg.h>

#include <cstring>
#include <memory>

#include "core/base/atomic_file.h"
#include "core/base/error.h"

namespace f8net {

namespace {

constexpr int64_t kMaxPixels = int64_t{1} << 27;
constexpr int64_t kMaxSide = 65500;

struct CloseDecoder {
    void operator()(void* handle) const { tjDestroy(handle); }
};

/// libjpeg calls much a warning; these two kinds mean that pixels are missing or wrong. Bytes too many before a marker
/// are common in photographs on the web and harm nothing.
bool is_damage(const std::string& warning) {
    if (warning.find("extraneous bytes") != std::string::npos) return false;
    return warning.find("Corrupt") != std::string::npos || warning.find("Premature") != std::string::npos;
}

/// The marker that ends a JPEG, perhaps with some padding after it.
bool has_end_marker(const uint8_t* data, size_t size_bytes) {
    for (size_t i = size_bytes; i >= 4; --i) {
        if (data[i - 2] == 0xff && data[i - 1] == 0xd9) return true;
    }
    return false;
}

uint8_t luma(int red, int green, int blue) {
    return static_cast<uint8_t>((red * 19595 + green * 38470 + blue * 7471 + 32768) >> 16);
}

Image from_cmyk(const Image& inks, int channels) {
    // As Adobe writes them: 255 is no ink.
    Image image(inks.height, inks.width, channels);
    const size_t count = static_cast<size_t>(inks.height) * static_cast<size_t>(inks.width);
    for (size_t i = 0; i < count; ++i) {
        const uint8_t* ink = inks.pixels.data() + 4 * i;
        int colour[3];
        for (int c = 0; c < 3; ++c) colour[c] = (ink[c] * ink[3] + 127) / 255;
        if (channels == 1) {
            image.pixels[i] = luma(colour[0], colour[1], colour[2]);
        } else {
            for (size_t c = 0; c < 3; ++c) image.pixels[3 * i + c] = static_cast<uint8_t>(colour[c]);
        }
    }
    return image;
}

}  // namespace

void check_image_size(int64_t width, int64_t height, const std::string& name) {
    if (width < 1 || height < 1 || width > kMaxSide || height > kMaxSide || width * height > kMaxPixels)
        throw DataError(name + ": image of " + std::to_string(width) + " x " + std::to_string(height) +
                        " pixels is beyond the limit of 2^27");
}

Image decode_jpeg(const uint8_t* data, size_t size_bytes, int channels, const std::string& name) {
    // One decoder a thread: making one allocates more than a small image needs. It is given back only after a success:
    // a decoder that met a damaged header goes on in the middle of it with the next file.
    thread_local std::unique_ptr<void, CloseDecoder> kept;
    std::unique_ptr<void, CloseDecoder> handle = std::move(kept);
    if (!handle) handle.reset(tjInitDecompress());
    if (!handle) throw DataError(name + ": no JPEG decoder: " + tjGetErrorStr2(nullptr));
    const auto size = static_cast<unsigned long>(size_bytes);  // NOLINT: TurboJPEG's own type
    int width = 0, height = 0, subsampling = 0, colours = 0;
    if (tjDecompressHeader3(handle.get(), data, size, &width, &height, &subsampling, &colours) != 0 &&
        (tjGetErrorCode(handle.get()) == TJERR_FATAL || width < 1))
        throw DataError(name + ": not a JPEG that can be read: " + tjGetErrorStr2(handle.get()));
    check_image_size(width, height, name);
    const bool is_cmyk = colours == TJCS_CMYK || colours == TJCS_YCCK;
    const int format = is_cmyk ? TJPF_CMYK : channels == 1 ? TJPF_GRAY : TJPF_RGB;
    Image image(height, width, is_cmyk ? 4 : channels);
    if (tjDecompress2(handle.get(), data, size, image.pixels.data(), width, 0, height, format, TJFLAG_LIMITSCANS) !=
        0) {
        const std::string message = tjGetErrorStr2(handle.get());
        if (tjGetErrorCode(handle.get()) == TJERR_FATAL || is_damage(message))
            throw DataError(name + ": JPEG of " + std::to_string(width) + " x " + std::to_string(height) +
                            " is damaged or truncated: " + message);
    }
    // A progressive file cut between two scans decodes without a word, only blurred.
    if (!has_end_marker(data, size_bytes)) throw DataError(name + ": JPEG is truncated: no end marker");
    kept = std::move(handle);
    return is_cmyk ? from_cmyk(image, channels) : image;
}

Image decode_image(const uint8_t* data, size_t size_bytes, int channels, const std::string& name) {
    if (channels != 1 && channels != 3)
        throw DataError(name + ": " + std::to_string(channels) + " channels asked for, expected 1 or 3");
    static constexpr uint8_t kPng[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    if (size_bytes >= 8 && std::memcmp(data, kPng, 8) == 0) return decode_png(data, size_bytes, channels, name);
    if (size_bytes >= 4 && data[0] == 0xff && data[1] == 0xd8) return decode_jpeg(data, size_bytes, channels, name);
    throw DataError(name + ": neither JPEG nor PNG (" + std::to_string(size_bytes) + " bytes)");
}

Image decode_image_file(const std::string& path, int channels) {
    const std::string bytes = read_text_file(path);
    return decode_image(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), channels, path);
}

}  // namespace f8net
