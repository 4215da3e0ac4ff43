// SPDX-License-Identifier: Apache-2.0
/// What a keyed generator of this folder is for; a new use takes a new number, an old number never changes its meaning.
#pragma once

#include <cstdint>

namespace f8net::purpose {

constexpr uint64_t kOrder = 1;         // order of the images in a pass
constexpr uint64_t kAugmentation = 2;  // crop and flip of one image in one epoch
constexpr uint64_t kValidation = 3;    // which training images are held out
constexpr uint64_t kSamples = 4;       // normal numbers of an analysis

}  // namespace f8net::purpose
