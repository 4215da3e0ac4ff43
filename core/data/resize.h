// SPDX-License-Identifier: Apache-2.0
/// Bilinear resizing with antialiasing, as image libraries do it for photographs: a triangle filter as wide as the
/// reduction, along rows first, rounded to 8 bits after each of the two passes.
/// Formula  weight of source pixel i for output x: max(0, 1 - |i + 0.5 - c| / s), c = (x + 0.5) * in / out,
///          s = max(in / out, 1), normalised to sum 1 and held in 22 fractional bits. The same bytes as Pillow's
///          Image.resize(BILINEAR).
/// Threads  reentrant.
#pragma once

#include "core/data/image.h"

namespace f8net {

/// A part of an image in whole pixels.
struct Box {
    int top = 0;
    int left = 0;
    int height = 0;
    int width = 0;
};

/// `source` (inside the image; pixels outside of it have no influence) resized to height x width.
Image resize(const Image& image, const Box& source, int height, int width);
/// The same, but only `window` of the result is computed: a resize and a crop in one.
Image resize(const Image& image, const Box& source, int height, int width, const Box& window);

Image crop(const Image& image, const Box& box);
void flip_left_right(Image& image);

}  // namespace f8net
