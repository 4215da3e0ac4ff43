// SPDX-License-Identifier: Apache-2.0
/// Keeps what a trace reports, for tests.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/inference/mode_evaluator.h"

namespace f8net {

struct RecordedTrace final : LayerTrace {
    struct Values {
        Shape shape;
        std::vector<int32_t> values;
    };
    std::map<std::string, Values> codes, accumulators;

    void on_codes(const std::string& layer, const Shape& shape, std::span<const int32_t> values) override {
        codes[layer] = {shape, {values.begin(), values.end()}};
    }
    void on_accumulators(const std::string& layer, const Shape& shape, std::span<const int32_t> values) override {
        accumulators[layer] = {shape, {values.begin(), values.end()}};
    }
};

/// One image of N H W C values as C H W.
inline std::vector<int32_t> channels_first(const RecordedTrace::Values& values, int64_t image = 0) {
    std::vector<int32_t> result;
    const int64_t pixels = values.shape.height * values.shape.width;
    for (int64_t c = 0; c < values.shape.channels; ++c) {
        for (int64_t i = 0; i < pixels; ++i) {
            result.push_back(values.values[static_cast<size_t>((image * pixels + i) * values.shape.channels + c)]);
        }
    }
    return result;
}

}  // namespace f8net
