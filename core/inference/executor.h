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

#include "core/inference/image_source.h"
#include "core/inference/mode_evaluator.h"
#include "core/network/integer_network.h"

namespace f8net {

/// Consecutive nodes: the value of `first` is given, those up to and with `last` are computed.
struct NodeRange {
    int first = 0, last = 0;
    bool operator==(const NodeRange&) const = default;
};

class Executor : public ModeEvaluator {
public:
    NumericMode mode() const override { return NumericMode::kIntegerOnly; }
    /// From input codes (input_codes(), or a test vector): bytes 0..255, or -127..127 where the input is normalized.
    virtual std::vector<int32_t> run_codes(std::span<const int16_t> codes, int64_t images,
                                           LayerTrace* trace = nullptr) = 0;
    /// The int32 values of the last node of its range (logits, where that is the whole network), [images, H, W, C],
    /// into `output`: from pixels or codes where the range begins at the input, else from the values of its first node.
    virtual void run_range(const ImageSource& first_image, int64_t images, std::span<int32_t> output,
                           LayerTrace* trace = nullptr) = 0;
    virtual const IntegerNetwork& network() const = 0;
    virtual NodeRange range() const = 0;
    /// Milliseconds spent per node, summed over threads, since the last call of this function.
    virtual std::vector<double> take_node_ms() = 0;
};

/// num_threads 0: as many as the process may use. The network is checked and copied.
std::unique_ptr<Executor> make_executor(const IntegerNetwork& network, const std::string& path = "scalar",
                                        int num_threads = 0);

/// Computes only a part: what no node in the range needs is neither packed nor computed, formats and bounds are those
/// of the whole network, so every value is the whole network's. Only run_range() may be called unless the range is
/// whole. ConfigError where the range is none, or a node in it reads one before it.
std::unique_ptr<Executor> make_range_executor(const IntegerNetwork& network, const NodeRange& range,
                                              const std::string& path, int num_threads = 0);

/// Paths that this machine can run, from the law ("scalar") to the fastest; without "reference".
std::vector<std::string> executor_paths();
/// What evaluations take: equal to the law in every code, as tests prove and verify shows for any network.
std::string fastest_path();

}  // namespace f8net
