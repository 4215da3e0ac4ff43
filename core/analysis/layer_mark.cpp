// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/layer_mark.h"

#include "core/analysis/error_curves.h"

namespace f8net {

LayerMark mark_layer(const std::string& layer, bool is_weight, const FixedPointFormat& format, double sigma) {
    LayerMark result{layer, is_weight, format, sigma, expected_relative_error(sigma, format), 0, 0};
    FixedPointFormat best = format;
    best.fractional_length = best_fractional_length(sigma, format.word_length, format.is_signed);
    result.best_fractional_length = best.fractional_length;
    result.best_relative_error = expected_relative_error(sigma, best);
    return result;
}

std::vector<LayerMark> mark_layers(const std::vector<LayerReport>& reports) {
    std::vector<LayerMark> marks;
    for (const LayerReport& report : reports) {
        if (report.weight && report.weight_format && report.weight->sigma > 0) {
            marks.push_back(mark_layer(report.name, true, *report.weight_format, report.weight->sigma));
        }
        if (report.input && report.input_format && report.input->sigma > 0) {
            marks.push_back(mark_layer(report.name, false, *report.input_format, report.input->sigma));
        }
    }
    return marks;
}

}  // namespace f8net
