// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/layer_report.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace f8net {

std::vector<LayerReport> report_layers(const LayerGraph& graph) {
    std::vector<LayerReport> reports;
    for (const Layer& layer : graph.layers) {
        LayerReport report;
        report.name = layer.name;
        report.kind = to_string(layer.kind);
        report.shape = layer.output;
        report.macs = layer.macs();
        if (layer.has_weights()) {
            report.parameters = 1;
            for (const int64_t extent : layer.weight_shape()) report.parameters *= extent;
            // Batch norm's gamma and beta, or the classifier's bias.
            report.parameters += layer.kind == LayerKind::kConv ? 2 * layer.out_channels : layer.out_channels;
        }
        reports.push_back(std::move(report));
    }
    return reports;
}

std::optional<WeightStatistics> weight_statistics(const IntegerNode& node) {
    if (node.effective_weight.empty() || node.effective_weight.size() != node.weight_s8.size()) return std::nullopt;
    WeightStatistics statistics;
    const double step = node.weight_format.scale();
    const auto highest = static_cast<double>(node.weight_format.max_stored());
    double sum = 0, squares = 0, signal = 0, error = 0;
    int64_t clipped = 0, zero = 0;
    for (size_t i = 0; i < node.effective_weight.size(); ++i) {
        const double value = node.effective_weight[i];
        const double in_codes = value / step;
        sum += value;
        squares += value * value;
        if (std::abs(std::nearbyint(in_codes)) > highest) ++clipped;
        if (node.weight_s8[i] == 0 && value != 0) ++zero;
        const double difference = in_codes - node.weight_s8[i];
        signal += in_codes * in_codes;
        error += difference * difference;
    }
    const auto count = static_cast<double>(node.effective_weight.size());
    statistics.sigma = std::sqrt(std::max(squares - sum * sum / count, 0.0) / std::max(count - 1, 1.0));
    statistics.clipped_share = static_cast<double>(clipped) / count;
    statistics.zero_share = static_cast<double>(zero) / count;
    statistics.error_lsb = std::sqrt(error / count);
    statistics.sqnr_db =
        error > 0 ? 10 * std::log10(std::max(signal, 1e-300) / error) : std::numeric_limits<double>::infinity();
    return statistics;
}

std::vector<LayerReport> report_layers(const IntegerNetwork& network,
                                       const std::map<std::string, double>& clip_levels) {
    std::vector<LayerReport> reports;
    for (const IntegerNode& node : network.nodes) {
        LayerReport report;
        report.name = node.name;
        report.kind = to_string(node.kind);
        report.shape = node.output;
        report.macs = node.macs();
        report.output_fractional_length = node.fractional_length;
        if (node.kind == NodeKind::kAveragePool) report.input_format = node.input_format;
        if (node.has_weights()) {
            report.parameters = static_cast<int64_t>(node.weight_s8.size() + node.bias_s32.size());
            report.input_format = node.input_format;
            report.weight_format = node.weight_format;
            report.weight = weight_statistics(node);
            report.accumulator_bound = accumulator_bound(node);
            report.headroom_bits = std::log2(static_cast<double>(std::numeric_limits<int32_t>::max()) /
                                             static_cast<double>(std::max<int64_t>(*report.accumulator_bound, 1)));
        }
        if (const auto found = clip_levels.find(node.name); found != clip_levels.end())
            report.clip_level = found->second;
        reports.push_back(std::move(report));
    }
    return reports;
}

void add_statistics(std::vector<LayerReport>& reports, const LayerStatistics& statistics) {
    const auto inputs = statistics.inputs();
    for (LayerReport& report : reports) {
        if (const auto found = inputs.find(report.name); found != inputs.end()) report.input = found->second;
        const auto& largest = statistics.largest_accumulators();
        if (const auto found = largest.find(report.name); found != largest.end())
            report.largest_accumulator = found->second;
    }
}

void add_output_errors(std::vector<LayerReport>& reports, const std::map<std::string, OutputError>& errors) {
    for (LayerReport& report : reports) {
        if (const auto found = errors.find(report.name); found != errors.end()) report.output = found->second;
    }
}

}  // namespace f8net
