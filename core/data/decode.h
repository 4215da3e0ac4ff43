// SPDX-License-Identifier: Apache-2.0
/// JPEG and PNG files to pixels, told apart by their first bytes (ImageNet has a PNG named .JPEG).
/// Conversions: grey <-> colour as ITU-R 601 (299, 587, 114 per mille), palettes expanded, 16 bits rounded to 8,
/// transparency dropped, CMYK (with Adobe's inversion) to colour. Orientation tags are not applied.
/// Limits   65,500 pixels a side, 2^27 pixels in all, 500 scans of a progressive JPEG.
/// Errors   DataError beginning with `name` for anything that does not decode completely.
/// Threads  reentrant.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/data/image.h"

namespace f8net {

/// `channels` of the result: 1 or 3.
Image decode_image(const uint8_t* data, size_t size_bytes, int channels, const std::string& name);
/// The file's path is the name in messages; IoError where it cannot be read.
Image decode_image_file(const std::string& path, int channels);

/// The two decoders by themselves.
Image decode_jpeg(const uint8_t* data, size_t size_bytes, int channels, const std::string& name);
Image decode_png(const uint8_t* data, size_t size_bytes, int channels, const std::string& name);

/// DataError where an image of that size is beyond the limits.
void check_image_size(int64_t width, int64_t height, const std::string& name);

}  // namespace f8net
