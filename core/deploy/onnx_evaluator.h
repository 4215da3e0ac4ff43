// SPDX-License-Identifier: Apache-2.0
/// An exported ONNX file, computed by ONNX Runtime, as one more way of computing a network.
/// Logits   from the file as it is.
/// Trace    codes and accumulators of the edges that the file exposes (docs/onnx.md), no others: the same bytes are
///          loaded again with these edges as outputs. Where ONNX Runtime optimizes, codes alone: every further output
///          would keep it from what it does to the file otherwise.
/// Errors   MissingError: ONNX Runtime is not there; DataError: it refuses the file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/deploy/onnx_runtime.h"
#include "core/inference/mode_evaluator.h"
#include "core/network/integer_network.h"

namespace f8net {

class OnnxEvaluator final : public ModeEvaluator {
public:
    /// model: the bytes of to_onnx(network, ...), which are kept. path: what it is to be called.
    OnnxEvaluator(const IntegerNetwork& network, std::string model, std::string path, bool optimized, int threads);

    NumericMode mode() const override { return NumericMode::kIntegerOnly; }
    std::string path() const override { return path_; }
    Logits run(std::span<const uint8_t> pixels, int64_t images, LayerTrace* trace) override;

    /// The edges that a trace reports.
    const std::vector<std::string>& exposed() const { return exposed_; }

private:
    void report(const std::string& edge, const OnnxTensor& tensor, int64_t images, LayerTrace& trace) const;

    const IntegerNetwork network_;  ///< without its weights
    const std::string model_, path_;
    const bool optimized_;
    const int threads_;
    std::vector<std::string> exposed_;
    OnnxSession session_;
    std::unique_ptr<OnnxSession> traced_;  ///< made when it is wanted first
};

/// A file without ONNX Runtime's optimizations (which shows more of its edges) and with them.
std::vector<std::unique_ptr<ModeEvaluator>> make_onnx_evaluators(const IntegerNetwork& network,
                                                                 const std::string& model, int threads);

}  // namespace f8net
