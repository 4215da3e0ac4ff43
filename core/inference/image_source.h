// SPDX-License-Identifier: Apache-2.0
/// Images as they come in, one after another: bytes of a data set, or codes; the other is null.
#pragma once

#include <cstdint>

namespace f8net {

struct ImageSource {
    const uint8_t* pixels = nullptr;
    const int16_t* codes = nullptr;

    /// The image that lies `elements` further on.
    ImageSource at(int64_t elements) const {
        return {pixels == nullptr ? nullptr : pixels + elements, codes == nullptr ? nullptr : codes + elements};
    }
};

}  // namespace f8net
