// SPDX-License-Identifier: Apache-2.0
/// One way of computing a network (a NumericMode, and for integers a path: "scalar", "avx2", ...), behind one
/// interface, so that accuracy, agreement of all modes, verify and traces are written once. Implementations: the
/// integer executors here; the LibTorch modes in the LibTorch module (core/run/torch_backend.h). Threads  one call at a
/// time per evaluator; it may use threads of its own inside.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/architecture/layer_graph.h"
#include "core/fixedpoint/numeric_mode.h"

namespace f8net {

/// Listens to the integers inside a network while it is computed. Only integer modes report. Layout N H W C, N = the
/// batch's images.
class LayerTrace {
public:
    virtual ~LayerTrace() = default;
    /// The codes a conv or linear layer multiplies (its requantized input).
    virtual void on_codes(const std::string& layer, const Shape& shape, std::span<const int32_t> codes) = 0;
    /// The int32 result of a conv, linear, add or pool before anything requantizes it. (Network input and ReLU are not
    /// reported.)
    virtual void on_accumulators(const std::string& layer, const Shape& shape,
                                 std::span<const int32_t> accumulators) = 0;
};

struct Logits {
    int64_t images = 0, classes = 0;
    std::vector<float> values;  ///< [images, classes]; integer modes: the integers as numbers, up to a positive factor
    std::vector<int32_t> integers;  ///< [images, classes]; integer modes only, else empty
    /// values * scale are training's logits (method.md 3.5: evaluation leaves out eta * ws, integers also 2^-FL), so
    /// that losses and confidences of all modes compare.
    double scale = 1;
};

class ModeEvaluator {
public:
    virtual ~ModeEvaluator() = default;
    virtual NumericMode mode() const = 0;
    virtual std::string path() const = 0;  ///< "scalar", "simulated-integer", ...: what verify calls it
    /// pixels: images * H * W * C bytes, N H W C, as the dataset gives them (normalization happens inside). trace may
    /// be null.
    virtual Logits run(std::span<const uint8_t> pixels, int64_t images, LayerTrace* trace) = 0;
};

}  // namespace f8net
