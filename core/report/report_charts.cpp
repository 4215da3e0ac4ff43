// SPDX-License-Identifier: Apache-2.0
#include "core/report/report_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/base/number_text.h"
#include "core/figure/svg_document.h"

namespace f8net {
namespace {

constexpr size_t kCurvePoints = 400;
constexpr double kPictureWidth = 1020;  // of the page

/// Means of neighbours, so that some hundred points are left.
Series series_of(const ReportCurve& curve, const std::string& name, palette::Color color, double factor) {
    Series series;
    series.name = name;
    series.color = color;
    series.line_width = 1.75;
    const size_t step = (curve.values.size() + kCurvePoints - 1) / kCurvePoints;
    for (size_t first = 0; first < curve.values.size(); first += std::max<size_t>(step, 1)) {
        const size_t end = std::min(first + std::max<size_t>(step, 1), curve.values.size());
        double sum = 0, epochs = 0;
        for (size_t i = first; i < end; ++i) {
            sum += curve.values[i];
            epochs += curve.epochs[i];
        }
        const auto count = static_cast<double>(end - first);
        if (!std::isfinite(sum)) continue;
        series.x.push_back(epochs / count);
        series.y.push_back(factor * sum / count);
    }
    if (curve.values.size() <= 60) {
        series.mark = Mark::kDisc;
        series.mark_radius = 3;
        for (size_t i = 0; i < series.x.size(); ++i)
            series.tooltips.push_back(fmt::format("{} {:.4g} at epoch {:.4g}", name, series.y[i], series.x[i]));
    }
    return series;
}

/// The stages of a run as bands, where it has more than one.
std::vector<Section> stage_bands(const Report& report) {
    std::vector<Section> bands;
    double from = 0;
    for (size_t i = 0; i < report.epochs.size(); ++i) {
        const bool is_last = i + 1 == report.epochs.size() || report.epochs[i + 1].stage != report.epochs[i].stage;
        if (!is_last) continue;
        const double to = report.epochs[i].epoch.value;
        const palette::Color color = bands.size() % 2 == 0 ? palette::kBase : palette::kNeutral;
        bands.push_back({from, to, color, report.epochs[i].stage});
        from = to;
    }
    return bands.size() > 1 ? bands : std::vector<Section>();
}

struct CurveChart {
    const char* title;
    const char* unit;
    std::vector<std::pair<const char*, const char*>> metrics;  ///< metric, name in the legend
    double factor = 1, height = 220;
    bool may_be_logarithmic = false;
};

std::optional<Chart> curve_chart(const Report& report, const CurveChart& wanted, double last_epoch) {
    Chart chart;
    chart.title = wanted.title;
    chart.height = wanted.height;
    chart.bands = stage_bands(report);
    double low = INFINITY, high = -INFINITY;
    for (const auto& [metric, name] : wanted.metrics) {
        for (const ReportCurve& curve : report.curves) {
            if (curve.metric != metric) continue;
            const bool is_training = curve.metric.starts_with("train/");
            const auto color = is_training ? palette::kSeries[0] : palette::kSeries[1];
            Series series = series_of(curve, name, color, wanted.factor);
            for (const double y : series.y) {
                low = std::min(low, y);
                high = std::max(high, y);
            }
            if (!series.y.empty()) chart.series.push_back(std::move(series));
        }
    }
    if (chart.series.empty()) return std::nullopt;
    chart.x = {"", AxisScale::kLinear, 0, std::max(last_epoch, 1e-3) * 1.01, {}, 1};
    const double room = chart.bands.empty() ? 0.02 : 0.15;  // names of the stages stand above the curves
    if (wanted.may_be_logarithmic && low > 0 && high > 8 * low) {
        chart.y = {wanted.unit, AxisScale::kLogarithmic, low / 1.2, high * std::pow(high / low, room), {}, 1};
    } else {
        chart.y = linear_axis(wanted.unit, low, high + room * (high - low));
    }
    return chart;
}

palette::Color color_of(const HistogramReport& histogram) {
    return histogram.tensor == "input" ? palette::kInputs : palette::kWeights;
}

}  // namespace

Interval top1_interval(const EvaluationRecord& evaluation) {
    const double right = evaluation.top1 * static_cast<double>(evaluation.images);
    return accuracy_interval(std::llround(right), evaluation.images);
}

std::string accuracy_picture(const Report& report) {
    if (report.evaluations.empty()) return {};
    constexpr double kWidth = kPictureWidth, kLeft = 170, kRight = 40, kRow = 30, kTop = 14, kBelow = 46, kText = 12;
    double low = 1, high = 0;
    for (const EvaluationRecord& it : report.evaluations) {
        const Interval interval = top1_interval(it);
        low = std::min(low, interval.low);
        high = std::max(high, interval.high);
    }
    Axis axis = linear_axis("", 100 * low, 100 * high);
    const double bottom = kTop + kRow * static_cast<double>(report.evaluations.size());
    SvgDocument svg(kWidth, bottom + kBelow, "Top-1 accuracy of each mode with its 95 % interval", palette::kBase,
                    {false, "accuracy-"});
    const auto x_of = [&](double percent) { return kLeft + (kWidth - kLeft - kRight) * axis.position(percent); };
    for (const Tick& tick : axis.ticks(8)) {
        if (tick.label.empty()) continue;
        const double x = x_of(tick.value);
        svg.line({x, kTop}, {x, bottom}, {palette::kGrid, 1, false, 1});
        svg.text({x, bottom + 18}, tick.label, {kText - 1, palette::kDim, SvgAnchor::kMiddle, false, 0});
    }
    svg.text({(kLeft + kWidth - kRight) / 2, bottom + 38}, "top-1 [%]",
             {kText, palette::kText, SvgAnchor::kMiddle, false, 0});
    double y = kTop + kRow / 2;
    for (const EvaluationRecord& it : report.evaluations) {
        const Interval interval = top1_interval(it);
        svg.text({kLeft - 14, y + 4}, it.mode, {kText, palette::kText, SvgAnchor::kEnd, false, 0});
        svg.line({x_of(100 * interval.low), y}, {x_of(100 * interval.high), y}, {palette::kSeries[0], 3, false, 0.35});
        for (const double end : {interval.low, interval.high})
            svg.line({x_of(100 * end), y - 5}, {x_of(100 * end), y + 5}, {palette::kSeries[0], 1.5, false, 1});
        svg.disc({x_of(100 * it.top1), y}, 5, palette::kSeries[0], {palette::kBase, 1, false, 1},
                 fmt::format("{}: {} on {} images", it.mode, format_percent(it.top1), it.images));
        y += kRow;
    }
    return svg.finish();
}

Figure curves_figure(const Report& report) {
    Figure figure;
    figure.title = "Learning curves";
    figure.shows_title = false;
    figure.width = kPictureWidth;
    double last_epoch = 0;
    for (const ReportCurve& curve : report.curves) {
        if (!curve.epochs.empty()) last_epoch = std::max(last_epoch, curve.epochs.back());
    }
    const std::vector<CurveChart> wanted{
        {"Loss",
         "loss",
         {{"train/loss", "training"}, {"validation/loss", "validation"}, {"test/loss", "test"}},
         1,
         240,
         true},
        {"Top-1 accuracy [%]",
         "%",
         {{"train/top1", "training"}, {"validation/top1", "validation"}, {"test/top1", "test"}},
         100,
         200},
        {"Learning rate", "rate", {{"train/learning_rate", "learning rate"}}, 1, 90}};
    for (const CurveChart& each : wanted) {
        if (auto chart = curve_chart(report, each, last_epoch)) figure.charts.push_back(std::move(*chart));
    }
    if (!figure.charts.empty()) figure.charts.back().x.title = "epoch";
    return figure;
}

std::string histogram_picture(const HistogramReport& histogram, const FixedPointFormat& format, const SvgPlace& place) {
    constexpr double kWidth = 246, kHeight = 130, kLeft = 4, kRight = 4, kTop = 24, kBelow = 20, kText = 11;
    const double plane = kHeight - kTop - kBelow, bottom = kHeight - kBelow;
    const bool is_input = histogram.tensor == "input";
    SvgDocument svg(kWidth, kHeight,
                    fmt::format("{}, {}: histogram and range of {}", histogram.layer, is_input ? "input" : "weights",
                                format.to_string()),
                    palette::kBase, place);
    // Bins with values, and the range, with a little room.
    const auto edge = [&](size_t bin) { return histogram.lower + static_cast<double>(bin) * histogram.width; };
    size_t first = 0, last = histogram.counts.size();
    while (first < last && histogram.counts[first] == 0) ++first;
    while (last > first && histogram.counts[last - 1] == 0) --last;
    double low = std::min(edge(first), format.min_value()), high = std::max(edge(last), format.max_value());
    const double room = 0.03 * (high - low);
    low -= room;
    high += room;
    int64_t largest = 1;
    for (const int64_t count : histogram.counts) largest = std::max(largest, count);
    const auto x_of = [&](double x) { return kLeft + (kWidth - kLeft - kRight) * (x - low) / (high - low); };
    // Logarithmic from 0.5, so that a single value is seen.
    const auto y_of = [&](int64_t count) {
        if (count <= 0) return bottom;
        return bottom -
               plane * std::log(2.0 * static_cast<double>(count)) / std::log(2.0 * static_cast<double>(largest));
    };
    const double range_left = x_of(format.min_value()), range_right = x_of(format.max_value());
    svg.rectangle({range_left, kTop}, range_right - range_left, plane, color_of(histogram), 0.07);
    // Neighbouring bins of one colour are one outline.
    const auto color_at = [&](size_t bin) -> palette::Color {
        const double center = edge(bin) + histogram.width / 2;
        if (center > format.max_value() + format.scale() / 2) return palette::kTrouble;
        if (center < format.min_value() - format.scale() / 2)
            return format.is_signed ? palette::kTrouble : palette::kLight.zeroed;
        return color_of(histogram);
    };
    for (size_t bin = first; bin < last;) {
        const palette::Color color = color_at(bin);
        std::vector<SvgPoint> outline{{x_of(edge(bin)), bottom}};
        for (; bin < last && color_at(bin) == color; ++bin) {
            const double y = y_of(histogram.counts[bin]);
            outline.push_back({x_of(edge(bin)), y});
            outline.push_back({x_of(edge(bin + 1)), y});
        }
        outline.push_back({outline.back().x, bottom});
        svg.polygon(outline, color);
    }
    svg.line({kLeft, bottom}, {kWidth - kRight, bottom}, {palette::kOutline, 1, false, 1});
    for (const double x : {range_left, range_right}) svg.line({x, kTop - 3}, {x, bottom}, {palette::kText, 1, true, 1});
    const std::string range = format.is_signed ? fmt::format("\u00b1{:.4g}", format.max_value())
                                               : fmt::format("0 to {:.4g}", format.max_value());
    svg.text({kLeft, 14},
             fmt::format("{} {}: {}, step {}", is_input ? "input" : "weights", format.to_string(), range,
                         format.fractional_length == 0 ? "1" : fmt::format("1/{}", 1 << format.fractional_length)),
             {kText, palette::kText, SvgAnchor::kStart, false, 0});
    const auto label = [&](const char* what, double value, SvgAnchor anchor, double x) {
        svg.text({x, kHeight - 6}, fmt::format("{} {:.3g}", what, value), {kText - 1, palette::kDim, anchor, false, 0});
    };
    label("min", histogram.minimum, SvgAnchor::kStart, kLeft);
    label("max", histogram.maximum, SvgAnchor::kEnd, kWidth - kRight);
    svg.text({kWidth / 2, kHeight - 6}, fmt::format("sigma {:.3g}", histogram.standard_deviation),
             {kText - 1, palette::kDim, SvgAnchor::kMiddle, false, 0});
    return svg.finish();
}

}  // namespace f8net
