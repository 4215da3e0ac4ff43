// SPDX-License-Identifier: Apache-2.0
#include "core/figure/palette.h"

#include <cmath>
#include <string>

namespace f8net::palette {
namespace {

double channel(Color color, size_t index) {
    const double value = std::stoi(std::string(color.substr(1 + 2 * index, 2)), nullptr, 16) / 255.0;
    return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

}  // namespace

Color text_on(Color background) {
    const double luminance =
        0.2126 * channel(background, 0) + 0.7152 * channel(background, 1) + 0.0722 * channel(background, 2);
    return luminance > 0.179 ? kLight.text : kLight.base;
}

}  // namespace f8net::palette
