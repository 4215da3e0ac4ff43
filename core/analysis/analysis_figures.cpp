// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/analysis_figures.h"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

namespace f8net {
namespace {

palette::Color color_of(int fractional_length) {
    const auto last = static_cast<int>(palette::kFractionalLengths.size()) - 1;
    return palette::kFractionalLengths[static_cast<size_t>(std::clamp(fractional_length, 0, last))];
}

/// A run as it is called, a file without its folder.
std::string name_of(const std::string& subject) {
    return subject.substr(subject.rfind('/') + 1);
}

std::string title_of(const SigmaStudy& study) {
    std::string title = study.expected.is_signed ? "Signed words of {} bits, Gaussian data"
                                                 : "Unsigned words of {} bits, rectified Gaussian data";
    title = fmt::format(fmt::runtime(title), study.expected.word_length) +
            fmt::format(": FL changes at sigma = {:.4g} / 2^FL", study.thresholds.constant);
    if (study.rule_constant) title += fmt::format(" (rule: {:g})", *study.rule_constant);
    return title;
}

/// Few of the sampled points, so that the curve stays visible below them.
Series sampled_points(const ErrorCurves& sampled, size_t length) {
    Series points;
    points.color = color_of(static_cast<int>(length));
    points.mark = Mark::kDisc;
    points.mark_radius = 1.5;
    points.is_outlined = true;
    const size_t step = std::max<size_t>(sampled.sigmas.size() / 50, 1);
    for (size_t i = 0; i < sampled.sigmas.size(); i += step) {
        points.x.push_back(sampled.sigmas[i]);
        points.y.push_back(sampled.errors[length][i]);
    }
    return points;
}

Series marked(const std::vector<LayerMark>& marks, bool weights, bool is_signed) {
    Series series;
    series.name = weights ? "weights of layers" : "inputs of layers";
    series.color = weights ? palette::kWeights : palette::kInputs;
    series.mark = weights ? Mark::kSquare : Mark::kDisc;
    series.mark_radius = weights ? 3.6 : 4;
    for (const LayerMark& mark : marks) {
        if (mark.is_weight != weights || mark.format.is_signed != is_signed) continue;
        series.x.push_back(mark.sigma);
        series.y.push_back(mark.relative_error);
        series.tooltips.push_back(fmt::format("{}: {}, sigma {:.4g}", mark.layer, mark.format.to_string(), mark.sigma));
    }
    return series;
}

Chart sigma_chart(const SigmaStudy& study, const std::vector<LayerMark>& marks) {
    const ErrorCurves& curves = study.expected;
    const FormatThresholds& thresholds = study.thresholds;
    Chart chart;
    chart.title = title_of(study);
    chart.x = {"sigma", AxisScale::kLogarithmic, curves.sigmas.front(), curves.sigmas.back(), {}, 1};
    double smallest = 1;
    for (const LengthRange& range : thresholds.lengths) smallest = std::min(smallest, range.smallest_error);
    chart.y = {"error / sigma", AxisScale::kLogarithmic, smallest / 2, 3, {}, 1};
    chart.height = 300;
    chart.strip_title = "best FL";
    chart.bands = {{chart.x.low, thresholds.underflow_below(), palette::kNeutral, "underflow: steps too coarse"},
                   {thresholds.overflow_above(), chart.x.high, palette::kTrouble, "overflow: values clipped"}};
    for (int length = 0; length < curves.num_lengths(); ++length) {
        const LengthRange& range = thresholds.lengths[static_cast<size_t>(length)];
        chart.strip.push_back({range.from, range.to, color_of(length), std::to_string(length)});
        chart.verticals.push_back(range.to);
        Series curve;
        curve.color = color_of(length);
        // Some 300 points look the same as more.
        for (size_t i = 0; i < curves.sigmas.size(); i += std::max<size_t>(curves.sigmas.size() / 300, 1)) {
            curve.x.push_back(curves.sigmas[i]);
            curve.y.push_back(curves.errors[static_cast<size_t>(length)][i]);
        }
        curve.line_width = 2;
        curve.is_outlined = true;
        chart.series.push_back(std::move(curve));
    }
    chart.verticals.push_back(thresholds.underflow_below());
    if (study.sampled) {
        for (size_t length = 0; length < curves.errors.size(); ++length) {
            chart.series.push_back(sampled_points(*study.sampled, length));
        }
    }
    for (const bool weights : {true, false}) {
        Series series = marked(marks, weights, curves.is_signed);
        if (!series.x.empty()) chart.series.push_back(std::move(series));
    }
    return chart;
}

std::vector<std::string> names_of(const std::vector<LayerProfile>& profiles) {
    std::vector<std::string> names;
    for (const LayerProfile& profile : profiles) names.push_back(profile.name);
    return names;
}

/// Where another stage begins: half a step before that layer. "stage_1_layer_0.body.0" is of "stage_1".
std::vector<double> stage_borders(const std::vector<std::string>& layers) {
    const auto stage = [](const std::string& name) {
        const size_t layer = name.find("_layer_");
        return name.substr(0, layer == std::string::npos ? name.find('.') : layer);
    };
    std::vector<double> borders;
    for (size_t i = 1; i < layers.size(); ++i) {
        if (stage(layers[i]) != stage(layers[i - 1])) borders.push_back(static_cast<double>(i) - 0.5);
    }
    return borders;
}

/// One place per layer; the names only where they are wanted.
Axis layer_axis(const std::vector<std::string>& layers, bool with_names) {
    Axis axis{"", AxisScale::kLinear, -0.7, static_cast<double>(layers.size()) - 0.3, {}, 1};
    for (const std::string& layer : layers) axis.categories.push_back(with_names ? layer : std::string());
    return axis;
}

/// Linear; where one layer is far wider than most, bent, so that the others can still be seen.
Axis weight_axis(const std::vector<LayerProfile>& profiles) {
    double low = 0, high = 0;
    std::vector<double> reaches;
    for (const LayerProfile& profile : profiles) {
        if (!profile.weight) continue;
        low = std::min(low, profile.weight->minimum);
        high = std::max(high, profile.weight->maximum);
        reaches.push_back(std::max(-profile.weight->lower_whisker, profile.weight->upper_whisker));
    }
    Axis axis = linear_axis("weight", low, high);
    if (reaches.empty()) return axis;
    std::nth_element(reaches.begin(), reaches.begin() + static_cast<std::ptrdiff_t>(reaches.size() / 2), reaches.end());
    const double usual = reaches[reaches.size() / 2];
    if (usual > 0 && std::max(-low, high) > 10 * usual) {
        axis = {"weight",  AxisScale::kInverseSinh,
                1.3 * low, 1.3 * high,
                {},        std::pow(10.0, std::floor(std::log10(usual)))};
    }
    return axis;
}

double width_for(size_t layers) {
    return std::max(860.0, 90 + 18.0 * static_cast<double>(layers));
}

Chart length_chart(const std::vector<LayerProfile>& profiles) {
    Chart chart;
    chart.title = "Fractional length (bits right of the binary point)";
    chart.x = layer_axis(names_of(profiles), false);
    chart.y = {"bits", AxisScale::kLinear, -0.4, 8.4, {"0", "1", "2", "3", "4", "5", "6", "7", "8"}, 1};
    chart.height = 200;
    chart.verticals = stage_borders(names_of(profiles));
    for (const bool weights : {false, true}) {
        Series series;
        series.name = weights ? "weights" : "inputs";
        series.color = weights ? palette::kWeights : palette::kInputs;
        series.mark = weights ? Mark::kSquare : Mark::kDisc;
        series.line_width = 1.5;
        for (const LayerProfile& profile : profiles) {
            const auto& format = weights ? profile.weight_format : profile.input_format;
            if (!format) continue;
            series.x.push_back(profile.depth);
            // Both at one length: beside each other, not on top of each other.
            series.y.push_back(format->fractional_length + (weights ? -0.06 : 0.06));
            series.tooltips.push_back(profile.name + ": " + format->to_string());
        }
        if (!series.x.empty()) chart.series.push_back(std::move(series));
    }
    return chart;
}

Chart weight_chart(const std::vector<LayerProfile>& profiles, const std::string& weights) {
    Chart chart;
    chart.title = "Weights before rounding (" + weights + ")";
    chart.x = layer_axis(names_of(profiles), true);
    chart.y = weight_axis(profiles);
    chart.height = 300;
    chart.verticals = stage_borders(names_of(profiles));
    for (const LayerProfile& profile : profiles) {
        if (!profile.weight) continue;
        const BoxPlot& box = *profile.weight;
        chart.boxes.push_back({static_cast<double>(profile.depth), box.minimum, box.lower_whisker, box.lower_quartile,
                               box.median, box.upper_quartile, box.upper_whisker, box.maximum,
                               profile.weight_format ? profile.weight_format->max_value() : 0});
    }
    return chart;
}

/// Shares in %, with room for the few that are far above the rest.
Chart share_chart(const std::vector<std::string>& layers, bool with_names, const std::string& title,
                  const std::vector<Series>& series) {
    double highest = 0;
    for (const Series& each : series) {
        for (const double y : each.y) highest = std::max(highest, y);
    }
    Chart chart;
    chart.title = title;
    chart.x = layer_axis(layers, with_names);
    chart.y = linear_axis("% of images", 0, std::max(highest, 1.0));
    chart.verticals = stage_borders(layers);
    chart.series = series;
    return chart;
}

}  // namespace

Figure sigma_figure(const std::vector<SigmaStudy>& studies, const std::vector<LayerMark>& marks,
                    const std::string& subject) {
    Figure figure;
    figure.title = "Rounding error against sigma";
    figure.subtitle = "root mean square error over sigma for each fractional length; the strip says which is best";
    if (!studies.empty() && studies.front().sampled) figure.subtitle += "; dots: mean over random numbers";
    if (!subject.empty()) figure.title += ": " + name_of(subject);
    for (const SigmaStudy& study : studies) figure.charts.push_back(sigma_chart(study, marks));
    return figure;
}

Figure layers_figure(const std::vector<LayerProfile>& profiles, const std::string& subject,
                     const std::string& weights) {
    Figure figure;
    figure.title = "Layers over the depth: " + name_of(subject);
    figure.subtitle =
        "box: quartiles and median; whiskers: within 1.5 box lengths; ring: outermost outlier; red: end of the "
        "format's range";
    figure.width = width_for(profiles.size());
    figure.charts.push_back(length_chart(profiles));
    figure.charts.push_back(weight_chart(profiles, weights));
    return figure;
}

Figure bit_flips_figure(const BitFlipStudy& study, const std::string& subject) {
    std::vector<std::string> layers;
    for (const LayerBitFlips& layer : study.layers) layers.push_back(layer.layer);
    std::vector<Series> means, worst(2);
    for (size_t bit = study.bits.size(); bit-- > 0;) {
        Series series;
        series.name = fmt::format("bit {}", bit);
        series.color = color_of(static_cast<int>(study.bits.size() - 1 - bit));
        series.mark = Mark::kDisc;
        series.mark_radius = 3;
        series.line_width = 1.5;
        series.is_outlined = true;
        for (size_t i = 0; i < study.layers.size(); ++i) {
            const std::vector<BitFlipSummary>& bits = study.layers[i].bits;
            if (bit >= bits.size() || bits[bit].flips == 0) continue;
            series.x.push_back(static_cast<double>(i));
            series.y.push_back(100 * bits[bit].changed_share);
            series.tooltips.push_back(fmt::format("{}, bit {}: {:.2f} % of the images, {} of {} flips change none",
                                                  layers[i], bit, 100 * bits[bit].changed_share, bits[bit].silent,
                                                  bits[bit].flips));
        }
        means.push_back(std::move(series));
    }
    worst[0].name = "another class";
    worst[0].color = palette::kInputs;
    worst[0].mark = Mark::kDisc;
    worst[1].name = "top-1 lost";
    worst[1].color = palette::kTrouble;
    worst[1].mark = Mark::kSquare;
    for (size_t i = 0; i < study.layers.size(); ++i) {
        const BitFlipSummary& all = study.layers[i].all;
        for (const size_t which : {size_t{0}, size_t{1}}) {
            const double share = which == 0 ? all.worst_changed_share : all.worst_top1_lost;
            worst[which].x.push_back(static_cast<double>(i));
            worst[which].y.push_back(100 * share);
            worst[which].tooltips.push_back(fmt::format("{}: {:.2f} %", layers[i], 100 * share));
            worst[which].line_width = 1.5;
        }
    }
    Figure figure;
    figure.title = "Flipped bits in weights: " + name_of(subject);
    figure.subtitle =
        fmt::format("{} images, top-1 {:.2f} %; one bit of one weight at a time", study.images, 100 * study.top1);
    figure.width = width_for(layers.size());
    figure.charts.push_back(
        share_chart(layers, false, "Images that get another class, mean over the flips of a bit position", means));
    figure.charts.push_back(share_chart(layers, true, "The worst flip of each layer", worst));
    return figure;
}

}  // namespace f8net
