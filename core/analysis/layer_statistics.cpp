// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/layer_statistics.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace f8net {

void LayerStatistics::on_accumulators(const std::string& layer, const Shape&, std::span<const int32_t> values) {
    accumulators_[layer].assign(values.begin(), values.end());
    int64_t& largest = largest_[layer];
    for (const int32_t value : values) largest = std::max(largest, std::abs(static_cast<int64_t>(value)));
}

void LayerStatistics::on_codes(const std::string& layer, const Shape&, std::span<const int32_t> codes) {
    const IntegerNode& node = network_.nodes[static_cast<size_t>(network_.index_of(layer))];
    // A ReLU is not reported: its input is, and what it lets through is the layer's input as it arrives.
    const IntegerNode* producer = &network_.nodes[static_cast<size_t>(node.inputs.at(0))];
    bool rectified = false;
    while (producer->kind == NodeKind::kRelu) {
        rectified = true;
        producer = &network_.nodes[static_cast<size_t>(producer->inputs.at(0))];
    }
    const auto found = accumulators_.find(producer->name);
    if (found == accumulators_.end() || found->second.size() != codes.size()) return;

    Sums& sums = sums_[layer];
    sums.step = node.input_format.scale();
    const double scale = std::ldexp(1.0, -producer->fractional_length);
    const auto highest = static_cast<double>(node.input_format.max_stored());
    const bool is_signed = node.input_format.is_signed;
    for (size_t i = 0; i < codes.size(); ++i) {
        const int32_t stored = rectified ? std::max(found->second[i], 0) : found->second[i];
        const double value = stored * scale;
        const double in_codes = value / sums.step;
        sums.sum += value;
        sums.squares += value * value;
        if (!is_signed && value < 0) {
            ++sums.negative;
            continue;
        }
        const double rounded = std::nearbyint(in_codes);
        if (rounded > highest || (is_signed && rounded < -highest)) ++sums.clipped;
        if (codes[i] == 0 && stored != 0) ++sums.zero;
        const double error = in_codes - codes[i];
        sums.signal += in_codes * in_codes;
        sums.error += error * error;
    }
    sums.count += static_cast<int64_t>(codes.size());
}

std::map<std::string, InputStatistics> LayerStatistics::inputs() const {
    std::map<std::string, InputStatistics> result;
    for (const auto& [layer, sums] : sums_) {
        if (sums.count == 0) continue;
        const auto count = static_cast<double>(sums.count);
        InputStatistics statistics;
        statistics.count = sums.count;
        statistics.mean = sums.sum / count;
        const double variance = (sums.squares - sums.sum * statistics.mean) / std::max(count - 1, 1.0);
        statistics.sigma = std::sqrt(std::max(variance, 0.0));
        statistics.clipped_share = static_cast<double>(sums.clipped) / count;
        statistics.negative_share = static_cast<double>(sums.negative) / count;
        statistics.zero_share = static_cast<double>(sums.zero) / count;
        const double passed = std::max(count - static_cast<double>(sums.negative), 1.0);
        statistics.error_lsb = std::sqrt(sums.error / passed);
        statistics.sqnr_db = sums.error > 0 ? 10 * std::log10(std::max(sums.signal, 1e-300) / sums.error)
                                            : std::numeric_limits<double>::infinity();
        result.emplace(layer, statistics);
    }
    return result;
}

}  // namespace f8net
