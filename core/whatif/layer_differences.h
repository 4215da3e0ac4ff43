// SPDX-License-Identifier: Apache-2.0
/// How far every layer of a changed network is from the unchanged one on the same images.
/// Units    SQNR: 10 log10 of the unchanged output's power over that of the difference, both in real units
///          (accumulator * 2^-FL), all images together; infinite where nothing differs. LSB: root mean square of the
///          difference of the codes that a layer reads, in steps of its unchanged input format.
/// Threads  one call at a time; uses `threads` of its own. Results do not depend on their number.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/inference/executor.h"
#include "core/whatif/baseline_cache.h"

namespace f8net {

struct LayerDifference {
    std::string layer;
    double sqnr_db = 0;
    std::optional<double> input_lsb;  ///< conv and linear layers
};

class LayerDifferences {
public:
    /// Both networks from the node `cut` on. `before` and `after` must outlive this.
    LayerDifferences(const IntegerNetwork& before, const IntegerNetwork& after, int cut, const EngineOptions& engine);

    /// Images [begin, begin + count), which follow those added before.
    void add(const BaselineCache& cache, int64_t begin, int64_t count);
    int64_t images() const { return images_; }
    /// conv, linear, sums and pools in the order of execution; those before the cut do not differ.
    std::vector<LayerDifference> differences() const;

private:
    struct Sums {
        double signal = 0, error = 0, code_error = 0;
        int64_t codes = 0;
    };
    class Comparison;
    struct Lane {
        std::unique_ptr<Executor> before, after;
    };

    const IntegerNetwork &before_, &after_;
    const int cut_;
    std::vector<Lane> lanes_;  ///< one per thread
    std::vector<Sums> sums_;   ///< by node
    int64_t images_ = 0;
};

}  // namespace f8net
