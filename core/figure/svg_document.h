// SPDX-License-Identifier: Apache-2.0
/// Writes an SVG picture that stands alone (no style sheet, no script, no font of its own; SVG 1.1).
/// Units    pixels, y downwards, two decimals; angles in degrees.   Colours "#RRGGBB".   Text is UTF-8 and escaped
/// here. Threads  one at a time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace f8net {

struct SvgPoint {
    double x = 0, y = 0;
};

struct SvgStroke {
    std::string_view color = "#000000";
    double width = 1;
    bool is_dashed = false;
    double opacity = 1;
};

enum class SvgAnchor { kStart, kMiddle, kEnd };

struct SvgText {
    double size = 12;
    std::string_view color = "#000000";
    SvgAnchor anchor = SvgAnchor::kStart;
    bool is_bold = false;
    double angle = 0;  ///< clockwise, around the anchor
};

/// Where a picture goes.
struct SvgPlace {
    bool is_file = true;    ///< false: into an HTML page, which may scale it down
    std::string id_prefix;  ///< of what has an id; unique in a page
};

/// Text as it may stand in XML and HTML, also in attributes; control characters are left out.
std::string escape_markup(std::string_view text);

class SvgDocument {
public:
    /// `title` is what the picture is called by those who cannot see it.
    SvgDocument(double width, double height, std::string_view title, std::string_view background,
                const SvgPlace& place = {});

    void line(SvgPoint from, SvgPoint to, const SvgStroke& stroke);
    void polyline(const std::vector<SvgPoint>& points, const SvgStroke& stroke);
    void polygon(const std::vector<SvgPoint>& points, std::string_view fill, double opacity = 1);
    void rectangle(SvgPoint corner, double width, double height, std::string_view fill, double opacity = 1);
    void frame(SvgPoint corner, double width, double height, const SvgStroke& stroke);
    /// `tooltip` is shown where the pointer rests; empty: none.
    void disc(SvgPoint center, double radius, std::string_view fill, const SvgStroke& outline,
              std::string_view tooltip = {});
    void square(SvgPoint center, double radius, std::string_view fill, const SvgStroke& outline,
                std::string_view tooltip = {});
    /// `at` is on the baseline.
    void text(SvgPoint at, std::string_view text, const SvgText& style);

    /// What is drawn until end_clip() shows only inside this rectangle.
    void begin_clip(SvgPoint corner, double width, double height);
    void end_clip();

    /// The whole file, or element.
    std::string finish() const;

    /// About as wide as a text of common sans-serif fonts is.
    static double text_width(std::string_view text, double size);

private:
    std::string body_, id_prefix_;
    int num_clips_ = 0;
};

}  // namespace f8net
