// SPDX-License-Identifier: Apache-2.0
#include "core/figure/chart.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/figure/svg_document.h"

namespace f8net {
namespace {

constexpr double kMargin = 16, kTextSize = 12, kSmallText = 11, kTitleSize = 16, kLineHeight = 17;
constexpr double kLeft = 66;       // labels and title of y
constexpr double kStrip = 18;      // height of the strip
constexpr double kSwatch = 22;     // legend: width of the example
constexpr double kAngle = -55;     // of the names of categories
constexpr double kFarOutside = 3;  // positions are cut here, so that no coordinate is huge

/// Draws one chart; `top` is that of its title.
class ChartPainter {
public:
    ChartPainter(SvgDocument& svg, const Chart& chart, double width, double top)
        : svg_(svg), chart_(chart), left_(kLeft), right_(width - kMargin), top_(top + header_height(chart, width)) {}

    /// Title and legend.
    static double header_height(const Chart& chart, double width) {
        return 8 + kLineHeight * (1 + static_cast<double>(legend_rows(chart, width).size()));
    }
    /// Everything, with the labels below.
    static double total_height(const Chart& chart, double width) {
        double below = kLineHeight + (chart.x.title.empty() ? 0 : kLineHeight) + kMargin;
        if (!chart.x.categories.empty()) below += category_height(chart.x) - kLineHeight;
        return header_height(chart, width) + chart.height + below;
    }

    void paint() {
        paint_header();
        paint_sections();
        paint_grid();
        svg_.begin_clip({left_, top_}, right_ - left_, plane_height());
        for (const Series& series : chart_.series) paint_line(series);
        for (const BoxGlyph& box : chart_.boxes) paint_box(box);
        for (const Series& series : chart_.series) paint_marks(series);
        svg_.end_clip();
        paint_strip();
        svg_.frame({left_, top_}, right_ - left_, chart_.height, {palette::kOutline, 1, false, 1});
        paint_labels();
    }

private:
    using Row = std::vector<const Series*>;

    static double entry_width(const Series& series) {
        return kSwatch + 6 + SvgDocument::text_width(series.name, kSmallText) + 14;
    }
    static std::vector<Row> legend_rows(const Chart& chart, double width) {
        std::vector<Row> rows;
        double used = 0;
        for (const Series& series : chart.series) {
            if (series.name.empty()) continue;
            if (rows.empty() || used + entry_width(series) > width - kLeft - kMargin) {
                rows.emplace_back();
                used = 0;
            }
            rows.back().push_back(&series);
            used += entry_width(series);
        }
        return rows;
    }
    static double category_height(const Axis& axis) {
        double longest = 0;
        for (const std::string& name : axis.categories) {
            longest = std::max(longest, SvgDocument::text_width(name, kSmallText));
        }
        return longest * std::sin(-kAngle * std::numbers::pi / 180) + kLineHeight;
    }

    double plane_height() const { return chart_.height - (chart_.strip.empty() ? 0 : kStrip); }
    double x_of(double value) const {
        return left_ + (right_ - left_) * std::clamp(chart_.x.position(value), -kFarOutside, kFarOutside);
    }
    double y_of(double value) const {
        return top_ + plane_height() * (1 - std::clamp(chart_.y.position(value), -kFarOutside, kFarOutside));
    }

    void paint_header() {
        double y = top_ - header_height(chart_, right_ + kMargin) + kLineHeight - 3;
        svg_.text({left_, y}, chart_.title, {kTextSize, palette::kText, SvgAnchor::kStart, true, 0});
        for (const Row& row : legend_rows(chart_, right_ + kMargin)) {
            y += kLineHeight;
            double x = left_;
            for (const Series* series : row) {
                paint_swatch(*series, x, y - 4);
                svg_.text({x + kSwatch + 6, y}, series->name,
                          {kSmallText, palette::kText, SvgAnchor::kStart, false, 0});
                x += entry_width(*series);
            }
        }
    }

    void paint_swatch(const Series& series, double x, double y) {
        if (series.line_width > 0) {
            svg_.line({x, y}, {x + kSwatch, y}, {series.color, series.line_width, series.is_dashed, 1});
        }
        paint_mark(series, {x + kSwatch / 2, y});
    }

    void paint_sections() {
        for (const Section& band : chart_.bands) {
            const double from = std::max(x_of(band.from), left_), to = std::min(x_of(band.to), right_);
            if (to <= from) continue;
            svg_.rectangle({from, top_}, to - from, plane_height(), band.color, 0.1);
            svg_.text({(from + to) / 2, top_ + kLineHeight}, band.label,
                      {kSmallText, palette::kDim, SvgAnchor::kMiddle, false, 0});
        }
    }

    void paint_strip() {
        const double y = top_ + plane_height();
        svg_.text({left_ - 8, y + kStrip - 5}, chart_.strip_title,
                  {kSmallText, palette::kDim, SvgAnchor::kEnd, false, 0});
        for (const Section& section : chart_.strip) {
            const double from = std::max(x_of(section.from), left_), to = std::min(x_of(section.to), right_);
            if (to <= from) continue;
            svg_.rectangle({from, y}, to - from, kStrip, section.color);
            if (SvgDocument::text_width(section.label, kSmallText) > to - from) continue;
            svg_.text({(from + to) / 2, y + kStrip - 5}, section.label,
                      {kSmallText, palette::text_on(section.color), SvgAnchor::kMiddle, true, 0});
        }
    }

    void paint_grid() {
        for (const Tick& tick : chart_.y.ticks(6)) {
            if (tick.label.empty()) continue;
            svg_.line({left_, y_of(tick.value)}, {right_, y_of(tick.value)}, {palette::kGrid, 1, false, 1});
        }
        if (chart_.x.categories.empty()) {
            for (const Tick& tick : chart_.x.ticks(8)) {
                if (tick.label.empty()) continue;
                svg_.line({x_of(tick.value), top_}, {x_of(tick.value), top_ + plane_height()},
                          {palette::kGrid, 1, false, 1});
            }
        }
        for (const double x : chart_.verticals) {
            svg_.line({x_of(x), top_}, {x_of(x), top_ + plane_height()}, {palette::kOutline, 1, true, 0.7});
        }
    }

    void paint_labels() {
        const double bottom = top_ + chart_.height;
        for (const Tick& tick : chart_.y.ticks(6)) {
            const double y = y_of(tick.value);
            svg_.line({left_ - (tick.label.empty() ? 3 : 5), y}, {left_, y}, {palette::kOutline, 1, false, 1});
            svg_.text({left_ - 8, y + 4}, tick.label, {kSmallText, palette::kDim, SvgAnchor::kEnd, false, 0});
        }
        for (const Tick& tick : chart_.x.ticks(8)) {
            const double x = x_of(tick.value);
            svg_.line({x, bottom}, {x, bottom + (tick.label.empty() ? 3 : 5)}, {palette::kOutline, 1, false, 1});
            if (chart_.x.categories.empty()) {
                svg_.text({x, bottom + kLineHeight + 1}, tick.label,
                          {kSmallText, palette::kDim, SvgAnchor::kMiddle, false, 0});
            } else {
                svg_.text({x + 4, bottom + 14}, tick.label,
                          {kSmallText, palette::kDim, SvgAnchor::kEnd, false, kAngle});
            }
        }
        if (!chart_.x.title.empty()) {
            const double labels = chart_.x.categories.empty() ? kLineHeight : category_height(chart_.x);
            svg_.text({(left_ + right_) / 2, bottom + labels + kLineHeight}, chart_.x.title,
                      {kTextSize, palette::kText, SvgAnchor::kMiddle, false, 0});
        }
        svg_.text({16, top_ + plane_height() / 2}, chart_.y.title,
                  {kTextSize, palette::kText, SvgAnchor::kMiddle, false, -90});
    }

    void paint_line(const Series& series) {
        if (series.line_width <= 0) return;
        std::vector<SvgPoint> points;
        for (size_t i = 0; i < series.x.size(); ++i) {
            points.push_back({x_of(series.x[i]), y_of(series.y[i])});
        }
        if (series.is_outlined) svg_.polyline(points, {palette::kOutline, series.line_width + 1.2, false, 1});
        svg_.polyline(points, {series.color, series.line_width, series.is_dashed, 1});
    }

    void paint_mark(const Series& series, SvgPoint at, std::string_view tooltip = {}) {
        const SvgStroke outline{series.is_outlined ? palette::kText : palette::kBase, 0.8, false, 1};
        if (series.mark == Mark::kDisc) svg_.disc(at, series.mark_radius, series.color, outline, tooltip);
        if (series.mark == Mark::kSquare) svg_.square(at, series.mark_radius, series.color, outline, tooltip);
    }

    void paint_marks(const Series& series) {
        if (series.mark == Mark::kNone) return;
        for (size_t i = 0; i < series.x.size(); ++i) {
            paint_mark(series, {x_of(series.x[i]), y_of(series.y[i])},
                       series.tooltips.empty() ? std::string_view() : series.tooltips[i]);
        }
    }

    void paint_box(const BoxGlyph& box) {
        const double x = x_of(box.x);
        const double half = std::clamp(0.32 * (x_of(box.x + 1) - x), 2.0, 12.0);
        const SvgStroke edge{chart_.box_color, 1.2, false, 1};
        svg_.line({x, y_of(box.upper_whisker)}, {x, y_of(box.upper_quartile)}, edge);
        svg_.line({x, y_of(box.lower_quartile)}, {x, y_of(box.lower_whisker)}, edge);
        for (const double whisker : {box.upper_whisker, box.lower_whisker}) {
            svg_.line({x - half / 2, y_of(whisker)}, {x + half / 2, y_of(whisker)}, edge);
        }
        const double top = y_of(box.upper_quartile), height = y_of(box.lower_quartile) - top;
        svg_.rectangle({x - half, top}, 2 * half, height, chart_.box_color, 0.25);
        svg_.frame({x - half, top}, 2 * half, height, edge);
        svg_.line({x - half, y_of(box.median)}, {x + half, y_of(box.median)}, {palette::kText, 1.6, false, 1});
        if (box.maximum > box.upper_whisker) svg_.disc({x, y_of(box.maximum)}, 2, palette::kBase, edge);
        if (box.minimum < box.lower_whisker) svg_.disc({x, y_of(box.minimum)}, 2, palette::kBase, edge);
        if (box.limit > 0) {
            for (const double limit : {box.limit, -box.limit}) {
                svg_.line({x - half, y_of(limit)}, {x + half, y_of(limit)}, {palette::kTrouble, 1.5, false, 1});
            }
        }
    }

    SvgDocument& svg_;
    const Chart& chart_;
    double left_, right_, top_;
};

}  // namespace

std::string render_svg(const Figure& figure, const SvgPlace& place) {
    const double title_height = figure.shows_title ? kMargin + kTitleSize : 0;
    const double header = title_height + (figure.subtitle.empty() ? 0 : kLineHeight) + 6;
    double height = header;
    for (const Chart& chart : figure.charts) height += ChartPainter::total_height(chart, figure.width);
    SvgDocument svg(figure.width, height, figure.title, palette::kBase, place);
    if (figure.shows_title) {
        svg.text({kMargin, title_height - 3}, figure.title, {kTitleSize, palette::kText, SvgAnchor::kStart, true, 0});
    }
    svg.text({kMargin, title_height + kLineHeight - 2}, figure.subtitle,
             {kTextSize, palette::kDim, SvgAnchor::kStart, false, 0});
    double top = header;
    for (const Chart& chart : figure.charts) {
        ChartPainter(svg, chart, figure.width, top).paint();
        top += ChartPainter::total_height(chart, figure.width);
    }
    return svg.finish();
}

}  // namespace f8net
