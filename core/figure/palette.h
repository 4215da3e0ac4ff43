// SPDX-License-Identifier: Apache-2.0
/// The colours of the product by role, light and dark: of the workbench, of pictures and of reports. Series (runs) were
/// searched for the largest OKLab distance under normal, protan, deutan and tritan vision (0.09 between any two), with
/// a contrast of at least 3.0 on white and 4.5 on dark. The colours of fractional lengths go from a wide range (warm)
/// over half and half (pale in light, dim in dark, yet never like the background) to a fine step (cool). Pictures are drawn in the light ones; where
/// they have to be dark each is replaced by its counterpart.
#pragma once

#include <array>
#include <string_view>

namespace f8net::palette {

using Color = std::string_view;  // "#RRGGBB"

struct Palette {
    Color window, base, alternate, text, dim, disabled, border, outline, grid;
    Color accent;        ///< focus, running, edge of a selection
    Color selected_row;  ///< text keeps its colour on it, dim becomes text
    Color gain;          ///< finished, better
    Color warning;       ///< warning, crashed
    Color trouble;       ///< failed, clipped, differs; never decoration
    Color neutral;       ///< queued, stopped
    Color inputs, weights;
    Color zeroed;  ///< set to zero by the ReLU: harmless
    std::array<Color, 8> series;
    std::array<Color, 9> fractional_lengths;  ///< index = fractional length
    std::array<Color, 5> trouble_ramp;        ///< from harmless to bad
    std::array<Color, 5> differences;         ///< from baseline higher to baseline lower, middle none
};

inline constexpr Palette kLight{
    .window = "#F3F4F6",
    .base = "#FFFFFF",
    .alternate = "#F8F9FB",
    .text = "#1C2127",
    .dim = "#5C6670",
    .disabled = "#9AA3AD",
    .border = "#D0D5DB",
    .outline = "#7F8891",
    .grid = "#E6E9ED",
    .accent = "#1F6FD0",
    .selected_row = "#D3E4F9",
    .gain = "#1A7F4B",
    .warning = "#9A6700",
    .trouble = "#C1352B",
    .neutral = "#6B7480",
    .inputs = "#1F6FD0",
    .weights = "#C2570C",
    .zeroed = "#C3C9D0",
    .series = {"#0F458C", "#872306", "#4CA664", "#CE70C2", "#804BD7", "#8B7900", "#007A89", "#905147"},
    .fractional_lengths = {"#4F2306", "#8A430F", "#C0661A", "#E68C2C", "#EFCA61", "#71C2BC", "#43A0AB", "#176C86",
                           "#07395A"},
    .trouble_ramp = {"#F4F6F8", "#FBD9C3", "#F2A37A", "#D9592B", "#8C1D18"},
    .differences = {"#0B5FA5", "#7FB2DB", "#F4F6F8", "#F0A868", "#B34700"},
};

inline constexpr Palette kDark{
    .window = "#25282D",
    .base = "#1B1D21",
    .alternate = "#202328",
    .text = "#E4E7EB",
    .dim = "#9AA4AF",
    .disabled = "#6B7480",
    .border = "#3A3F46",
    .outline = "#6E7782",
    .grid = "#2D3137",
    .accent = "#5AA2F5",
    .selected_row = "#2A4365",
    .gain = "#4CC38A",
    .warning = "#E0B040",
    .trouble = "#F2746B",
    .neutral = "#8B95A1",
    .inputs = "#72AAF9",
    .weights = "#F39445",
    .zeroed = "#4A515A",
    .series = {"#72AAF9", "#F39445", "#2AF7CF", "#BA68A5", "#8A6DFA", "#E2D664", "#91CCF1", "#F6474A"},
    .fractional_lengths = {"#FFE5B0", "#F9BA5F", "#E98F30", "#CB6C30", "#866362", "#3283B6", "#48A9C8", "#78CDDC",
                           "#BCF2F7"},
    .trouble_ramp = {"#2A2E34", "#5B3A2A", "#A04A24", "#E2683A", "#FFC9A3"},
    .differences = {"#7FC4FF", "#2F6DA3", "#2A2E34", "#A8601F", "#FFB673"},
};

/// Black or white, whichever contrasts more.
Color text_on(Color background);

// What pictures are drawn in.
inline constexpr Color kBase = kLight.base, kText = kLight.text, kDim = kLight.dim, kGrid = kLight.grid,
                       kOutline = kLight.outline;
inline constexpr Color kInputs = kLight.inputs, kWeights = kLight.weights, kTrouble = kLight.trouble,
                       kNeutral = kLight.neutral;
inline constexpr const std::array<Color, 8>& kSeries = kLight.series;
inline constexpr const std::array<Color, 9>& kFractionalLengths = kLight.fractional_lengths;

}  // namespace f8net::palette
