// SPDX-License-Identifier: Apache-2.0
/// What the inputs of each layer look like against the format they are rounded to, measured on the integers of a
/// network that runs: an accumulator is the value before rounding, in units of 2^-FL. Source   method.md 2;
/// design.md 6.   Threads  as the evaluator it is given to.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/inference/mode_evaluator.h"
#include "core/network/integer_network.h"

namespace f8net {

/// Units  shares 0 to 1 of all values; sigma and errors in real units or, where the name says so, in units of the last
/// place.
struct InputStatistics {
    int64_t count = 0;
    double mean = 0, sigma = 0;  ///< of the values as they arrive (before the clip at zero)
    double clipped_share = 0;    ///< above the largest code; signed formats: or below the smallest
    double negative_share = 0;   ///< unsigned formats: below zero, which is the ReLU's work and no loss
    double zero_share = 0;       ///< rounded to code 0 though not 0
    double sqnr_db = 0;          ///< signal over error of what the ReLU lets through; infinite where nothing is lost
    double error_lsb = 0;        ///< root mean square of value - code, in codes, of what the ReLU lets through
};

/// Listens to a network's own executor (integer-only mode). `network` must outlive it.
class LayerStatistics final : public LayerTrace {
public:
    explicit LayerStatistics(const IntegerNetwork& network) : network_(network) {}

    void on_codes(const std::string& layer, const Shape& shape, std::span<const int32_t> codes) override;
    void on_accumulators(const std::string& layer, const Shape& shape, std::span<const int32_t> values) override;

    /// Nothing for layers that did not run, and for the one that reads pixels as they are.
    std::map<std::string, InputStatistics> inputs() const;
    /// Largest |accumulator| seen per layer.
    const std::map<std::string, int64_t>& largest_accumulators() const { return largest_; }

private:
    struct Sums {
        int64_t count = 0, clipped = 0, negative = 0, zero = 0;
        double sum = 0, squares = 0, signal = 0, error = 0;
        double step = 1;  ///< of the input format
    };

    const IntegerNetwork& network_;
    std::map<std::string, std::vector<int32_t>> accumulators_;  ///< of the batch at hand
    std::map<std::string, Sums> sums_;
    std::map<std::string, int64_t> largest_;
};

}  // namespace f8net
