// SPDX-License-Identifier: Apache-2.0
// Pictures from strangers: a DataError, or a whole image; and a part of it is the same as a crop.
#include <cstdlib>
#include <optional>

#include "core/base/error.h"
#include "core/data/decode.h"

namespace {

using namespace f8net;

std::optional<Image> decoded(const uint8_t* data, size_t size, int channels, const ChoosePart& choose) {
    try {
        return decode_image(data, size, channels, "input", choose);
    } catch (const DataError&) {
        return std::nullopt;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const auto third = [](ImageSize all) {
        return Box{all.height / 3, all.width / 3, all.height / 3 + 1, all.width / 3 + 1};
    };
    const auto colour = decoded(data, size, 3, {});
    if (colour && colour->pixels.size() != static_cast<size_t>(colour->height) * static_cast<size_t>(colour->width) * 3)
        std::abort();
    const auto part = decoded(data, size, 3, third);
    if (colour && part && *part != crop(*colour, third(colour->size()))) std::abort();
    const auto grey = decoded(data, size, 1, {});
    if (colour.has_value() != grey.has_value() || (grey && grey->size() != colour->size())) std::abort();
    return 0;
}
