// SPDX-License-Identifier: Apache-2.0
/// Computes an IntegerNetwork with integers only. Path "scalar" is the law that everything else is verified against;
/// "reference" is its plain definition, for tests. Shapes   pixels or codes N H W C; logits int32 [N, classes]. Errors
/// ConfigError for an unknown path; DataError from check(); ShapeError where the data are not N images. Threads  images
/// are shared out over num_threads threads; one run() at a time. Results do not depend on the number of threads.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/inference/mode_evaluator.h"
#include "core/network/integer_network.h"

namespace f8net {

class Executor : public ModeEvaluator {
public:
    NumericMode mode() const override { return NumericMode::kIntegerOnly; }
    /// From input codes (input_codes(), or a test vector): bytes 0..255, or -127..127 where the input is normalized.
    virtual std::vector<int32_t> run_codes(std::span<const int16_t> codes, int64_t images,
                                           LayerTrace* trace = nullptr) = 0;
    virtual const IntegerNetwork& network() const = 0;
    /// Milliseconds spent per node, summed over threads, since the last call of this function.
    virtual std::vector<double> take_node_ms() = 0;
};

/// num_threads 0: as many as the process may use. The network is checked and copied.
std::unique_ptr<Executor> make_executor(const IntegerNetwork& network, const std::string& path = "scalar",
                                        int num_threads = 0);

/// Paths that this machine can run, from the law ("scalar") to the fastest; without "reference".
std::vector<std::string> executor_paths();
/// What evaluations take: equal to the law in every code, as tests prove and verify shows for any network.
std::string fastest_path();

}  // namespace f8net
