// SPDX-License-Identifier: Apache-2.0
/// Images as they come in, one after another: bytes of a data set, codes, or (where a part of a network begins behind
/// the input) the int32 values of the node it begins at. Two of the three are null.
#pragma once

#include <cstdint>

namespace f8net {

struct ImageSource {
    const uint8_t* pixels = nullptr;
    const int16_t* codes = nullptr;
    const int32_t* values = nullptr;

    /// The image that lies `elements` further on.
    ImageSource at(int64_t elements) const {
        const auto further = [&](auto* from) { return from == nullptr ? nullptr : from + elements; };
        return {further(pixels), further(codes), further(values)};
    }
};

}  // namespace f8net
