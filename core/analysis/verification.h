// SPDX-License-Identifier: Apache-2.0
/// Checks a way of computing against the law (the scalar executor), code for code (design.md 4).
/// Threads  as the evaluators.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/analysis/agreement.h"
#include "core/inference/mode_evaluator.h"

namespace f8net {

/// Pixels [count, H, W, C] of the images from `first` on.
using PixelSource = std::function<std::vector<uint8_t>(int64_t first, int64_t count)>;

struct PathComparison {
    int64_t images = 0;  ///< compared
    std::optional<CodeDifference> first_difference;
    bool equal() const { return !first_difference; }
};

/// Stops at the first difference.
PathComparison compare_paths(ModeEvaluator& law, ModeEvaluator& other, const PixelSource& pixels, int64_t images,
                             int batch_size, TraceCoverage coverage = TraceCoverage::kEveryLayer);

/// Images of random bytes, the same for the same seed: for networks without data.
PixelSource random_pixels(const Shape& input, uint64_t seed);

}  // namespace f8net
