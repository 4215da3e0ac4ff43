// SPDX-License-Identifier: Apache-2.0
/// Charts as plain data, and their drawing as SVG: lines, marks and box plots over two axes, bands and a strip of
/// labelled sections along x, a legend; one or more charts below each other make a figure.
/// Units    of the axes; sizes in pixels; colours of palette.h.   Threads  pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/figure/axis.h"
#include "core/figure/palette.h"
#include "core/figure/svg_document.h"

namespace f8net {

enum class Mark { kNone, kDisc, kSquare };

/// Points that are joined by a line, marked, or both; points outside the axes are not seen.
struct Series {
    std::string name;  ///< in the legend; empty: not there
    palette::Color color = palette::kText;
    std::vector<double> x, y;           ///< of one size
    std::vector<std::string> tooltips;  ///< of the marks, one each; or none
    double line_width = 0;              ///< 0: no line
    bool is_dashed = false;
    bool is_outlined = false;  ///< a dark edge, for pale colours
    Mark mark = Mark::kNone;
    double mark_radius = 4;
};

/// A box plot that stands at x.
struct BoxGlyph {
    double x = 0;
    double minimum = 0, lower_whisker = 0, lower_quartile = 0, median = 0, upper_quartile = 0, upper_whisker = 0,
           maximum = 0;
    double limit = 0;  ///< representable are -limit .. limit; 0: not known
};

/// A section of the x axis: the whole height (bands), or a strip at the bottom.
struct Section {
    double from = 0, to = 0;
    palette::Color color = palette::kGrid;
    std::string label;
};

struct Chart {
    std::string title;
    Axis x, y;
    double height = 280;  ///< of the plane between the axes
    std::vector<Section> bands;
    std::vector<Section> strip;
    std::string strip_title;
    std::vector<double> verticals;  ///< thin lines at x
    std::vector<Series> series;
    std::vector<BoxGlyph> boxes;
    palette::Color box_color = palette::kWeights;
};

struct Figure {
    std::string title, subtitle;
    double width = 860;
    std::vector<Chart> charts;
    bool shows_title = true;  ///< false: the title is only what the picture is called
};

/// The whole SVG file, or the element.
std::string render_svg(const Figure& figure, const SvgPlace& place = {});

}  // namespace f8net
