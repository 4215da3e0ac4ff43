// SPDX-License-Identifier: Apache-2.0
/// JPEG and PNG files to pixels, told apart by their first bytes (ImageNet has a PNG named .JPEG).
/// Pixels   those of Pillow's Image.open(FILE).convert("RGB"), or ("L") for one channel, bit for bit: libjpeg-turbo's
///          accurate integer transform and smooth upsampling; grey to colour and back as ITU-R 601; palettes expanded;
///          16 bits a colour cut to the upper 8; transparency dropped; CMYK, inverted as Adobe writes it, to colour.
///          Orientation tags and colour profiles are not applied. One exception: a 16-bit grey PNG, which Pillow clips
///          at 255 (nearly white all over), is an error.
/// Limits   65,500 pixels a side, 2^27 pixels in all, 500 scans of a progressive JPEG, and no more pixels than files of
///          that many bytes can hold, so that a small file never takes much memory.
/// Errors   DataError beginning with `name` for what is neither, truncated (a JPEG needs its end marker) or damaged so
///          that it cannot be decoded. Wrong bits inside a JPEG that still decodes go through, as in Pillow; outside
///          the part that is asked for, damage is not looked for.
/// Threads  reentrant.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/data/image.h"

namespace f8net {

/// `channels` of the result: 1 or 3. With `choose` only that part is returned: the same pixels as a crop of the whole,
/// for less work where a JPEG need not be decoded outside of it.
Image decode_image(const uint8_t* data, size_t size_bytes, int channels, const std::string& name,
                   const ChoosePart& choose = {});
/// The file's path is the name in messages; IoError where it cannot be read.
Image decode_image_file(const std::string& path, int channels, const ChoosePart& choose = {});

/// The two decoders by themselves.
Image decode_jpeg(const uint8_t* data, size_t size_bytes, int channels, const std::string& name,
                  const ChoosePart& choose = {});
Image decode_png(const uint8_t* data, size_t size_bytes, int channels, const std::string& name);

/// DataError where an image of that size is beyond the limits, or beyond what `size_bytes` can hold at
/// `most_pixels_per_byte`.
void check_image_size(int64_t width, int64_t height, size_t size_bytes, int64_t most_pixels_per_byte,
                      const std::string& name);

}  // namespace f8net
