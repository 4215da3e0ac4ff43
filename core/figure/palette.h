// SPDX-License-Identifier: Apache-2.0
/// The colours of pictures on a light background. Series colours stay apart under every common colour vision; the
/// colours of fractional lengths go from a wide range (warm) over half and half (pale) to a fine step (cool).
#pragma once

#include <array>
#include <string_view>

namespace f8net::palette {

using Color = std::string_view;  // "#RRGGBB"

constexpr Color kBase = "#FFFFFF", kText = "#1C2127", kDim = "#5C6670", kGrid = "#E6E9ED", kOutline = "#7F8891";
constexpr Color kInputs = "#1F6FD0", kWeights = "#C2570C", kTrouble = "#C1352B", kNeutral = "#6B7480";
constexpr std::array<Color, 8> kSeries{"#0F458C", "#872306", "#4CA664", "#CE70C2",
                                       "#804BD7", "#8B7900", "#007A89", "#905147"};
/// Of FL 0 .. 8.
constexpr std::array<Color, 9> kFractionalLengths{"#4F2306", "#8A430F", "#C0661A", "#EA9A3E", "#F8E2AE",
                                                  "#93CFC6", "#43A0AB", "#176C86", "#07395A"};

}  // namespace f8net::palette
