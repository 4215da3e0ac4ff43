// SPDX-License-Identifier: Apache-2.0
/// Do two ways of computing give the same integers, element for element? Each image's codes and accumulators of each
/// layer are hashed (XXH3, 64 bits) while the network runs, which costs little; only where two hashes differ is that
/// one image computed again to name the first element that differs. Source   design.md 4.   Threads  as the evaluators.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/analysis/recorded_trace.h"
#include "core/inference/mode_evaluator.h"

namespace f8net {

/// Hashes per image and layer of one batch.
class TraceDigests final : public LayerTrace {
public:
    struct Entry {
        std::string layer;
        TraceTensor tensor = TraceTensor::kCodes;
        std::vector<uint64_t> per_image;
    };

    void on_codes(const std::string& layer, const Shape& shape, std::span<const int32_t> codes) override;
    void on_accumulators(const std::string& layer, const Shape& shape, std::span<const int32_t> values) override;

    void clear() { entries_.clear(); }
    const std::vector<Entry>& entries() const { return entries_; }  ///< in the order of execution
    const Entry* find(const std::string& layer, TraceTensor tensor) const;

private:
    void add(const std::string& layer, TraceTensor tensor, const Shape& shape, std::span<const int32_t> values);
    std::vector<Entry> entries_;
};

struct CodeDifference {
    std::string reference_path, path;  ///< as ModeEvaluator::path()
    int64_t image = 0;                 ///< in the data set
    std::string layer;
    std::string tensor;  ///< "code", "acc", or "logits"
    int64_t channel = 0, row = 0, column = 0;
    /// Empty where one of the two does not report this layer, or not in this shape.
    std::optional<int32_t> expected, got;
    std::string description() const;  ///< one line
};

/// What the other of two ways of computing has to report.
enum class TraceCoverage {
    kEveryLayer,
    kWhatItShows,  ///< an exported file computes inside other layers what nobody can see
};

/// First image of the batch in which anything differs: hashes of every layer that either reports (or, kWhatItShows,
/// that both report), and the logits.
std::optional<int64_t> first_differing_image(const TraceDigests& reference, const Logits& reference_logits,
                                             const TraceDigests& other, const Logits& other_logits,
                                             TraceCoverage coverage = TraceCoverage::kEveryLayer);

/// Computes one image in both ways and names the first layer (in execution order of the reference) and element that
/// differ; nothing when they are equal. `image` is only put into the result.
std::optional<CodeDifference> find_difference(ModeEvaluator& reference, ModeEvaluator& other,
                                              std::span<const uint8_t> pixels, int64_t image,
                                              TraceCoverage coverage = TraceCoverage::kEveryLayer);

}  // namespace f8net
