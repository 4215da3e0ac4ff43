// SPDX-License-Identifier: Apache-2.0
/// Bilinear resizing with antialiasing, as image libraries do it for photographs: a triangle filter as wide as the
/// reduction, in two passes, rounded to 8 bits after each. Along rows first, or, where the height shrinks by more than
/// twice what the width does, along columns first.
/// Formula  weight of source pixel i for output x: max(0, 1 - |i + 0.5 - c| / s), c = (x + 0.5) * in / out,
///          s = max(in / out, 1), normalised to sum 1 and held in 22 fractional bits. The same bytes as
///          Image.resize(BILINEAR) of Pillow 13 (older ones always go along rows first), on every instruction set.
/// Threads  reentrant.
#pragma once

#include "core/data/image.h"

namespace f8net {

/// `source` (inside the image; pixels outside of it have no influence) resized to height x width.
Image resize(const Image& image, const Box& source, int height, int width);
/// The same, but only `window` of the result is computed: a resize and a crop in one. Of the source only
/// resize_source() is read, so that `source` may reach beyond an image that is a part of the picture.
Image resize(const Image& image, const Box& source, int height, int width, const Box& window);

/// The part of a picture of `size` that `window` of its resizing to height x width is made from.
Box resize_source(ImageSize size, int height, int width, const Box& window);

}  // namespace f8net
