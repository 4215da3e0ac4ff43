// SPDX-License-Identifier: GPL-3.0-or-later
/// The recorded histograms of a run at one epoch, with the formats they are rounded to, as the Distributions view shows
/// them: made on the reader's thread. Units    as recorded: the layers' scaled units. Threads  values.
#pragma once

#include <QString>
#include <optional>
#include <string>
#include <vector>

#include "core/store/run_record.h"

namespace f8net {

class RunReader;

/// Tensor kinds as HistogramReport::tensor spells them.
namespace tensor {
inline constexpr const char* kInput = "input";
inline constexpr const char* kWeight = "weight";  ///< raw
inline constexpr const char* kEffectiveWeight = "effective_weight";
inline constexpr const char* kAccumulator = "accumulator";  ///< what conv and linear layers sum up
inline constexpr const char* kOutput = "output";            ///< of sums and pools
}  // namespace tensor
QString tensorTitle(const std::string& tensor);  ///< "Effective weight"
bool isWeightTensor(const std::string& tensor);

struct DistributionsRequest {
    RunId run;
    std::optional<RunId> baseline;
    std::optional<Epoch> epoch;  ///< empty: the latest
    std::string layer;           ///< all tensors of this layer
    std::string allOf;           ///< not empty: this tensor of every layer instead
};

struct TensorDistribution {
    HistogramReport histogram;  ///< its layer and tensor say what it is of
    std::optional<HistogramReport> baseline;
    std::optional<FixedPointFormat> format;   ///< none where it is not rounded
    std::optional<LayerFormatReport> report;  ///< of the layer, in fixed-point epochs
};

struct DistributionsData {
    DistributionsRequest request;
    std::string layerKind;   ///< of the layer asked for: "conv", "add"...; empty where the run has no such layer
    std::string firstLayer;  ///< of the run, in depth; empty where none is known yet
    std::string baselineName;
    std::vector<int> epochs;  ///< those with histograms, ascending
    int epoch = 0;            ///< the one shown
    bool isRecorded = false;  ///< there are histograms at that epoch
    std::vector<TensorDistribution> tensors;

    const TensorDistribution* find(const std::string& tensor) const;
    /// Up to two epochs around the one asked for that have histograms.
    std::vector<int> nearestEpochs() const;
};

/// Threads: those of the reader. The network's input is what the first layer reads.
DistributionsData readDistributions(const RunReader& reader, const DistributionsRequest& request);

/// A number about a tensor, for the column beside its histogram.
struct Fact {
    QString name, value;
    bool isTrouble = false;
};
std::vector<Fact> factsOf(const TensorDistribution& distribution);
/// "u8.5: 0 to 7.969, step 1/32; 3 211 264 values before clipping".
QString captionOf(const TensorDistribution& distribution);
/// The view's line in words about one tensor.
QString sentenceOf(const TensorDistribution& distribution);
/// The clipping level in real units; empty where there is none.
std::optional<double> clipLevelOf(const TensorDistribution& distribution);

}  // namespace f8net
