// SPDX-License-Identifier: Apache-2.0
/// A trained checkpoint to integers only: folds batch norm and clipping levels into effective weights, chooses their
/// formats, rounds. Names    those of the authors' checkpoints (method.md 4): NAME.conv.weight,
/// NAME.bn.{weight,bias,running_mean,running_var}, NAME.alpha,
///          NAME.input_fraclen; classifier.0.{weight,bias,...}; a "module." prefix is taken off. Other tensors are not
///          looked at.
/// Order    elementwise IEEE float32, operation by operation, as golden/README.md "How to compare" says; so the codes
/// are those of training. Errors   DataError / ShapeError naming file and tensor; NumericError naming the layer: a
/// statistic or weight that is not finite, an
///          accumulator that could leave int32; DataError for formats per channel (they have no integer form).
/// Source   method.md 3, 5.   Threads  reentrant.
#pragma once

#include <optional>

#include "core/architecture/layer_graph.h"
#include "core/fixedpoint/format_choice.h"
#include "core/network/integer_network.h"
#include "core/tensorfile/tensor.h"

namespace f8net {

enum class WeightFormatChoice {
    kStatistic,   ///< LoweringOptions::statistic of the effective weight
    kGridSearch,  ///< smallest RMS error
    kFixed,       ///< LoweringOptions::weight_fractional_length
};

enum class WeightRescale { kNone, kConstant, kStddev };

/// What training used (the same experiment), as far as evaluation depends on it.
struct LoweringOptions {
    int weight_word_length = 8;  ///< 2 to 8; a statistic needs 8
    int input_word_length = 8;
    WeightFormatChoice weight_format = WeightFormatChoice::kStatistic;
    Statistic statistic = Statistic::kStd;
    int weight_fractional_length = 7;       ///< kFixed only
    bool clipping = true;                   ///< off: eta = 1 everywhere (tiny finetuning)
    bool share_fractional_lengths = false;  ///< as the clipping levels are; off: private
    bool compensate_streams = false;  ///< additions bring their stream to the body's clipping scale (stream_shift)
    WeightRescale classifier_rescale = WeightRescale::kConstant;
    WeightRescale convolution_rescale = WeightRescale::kNone;
    bool quantize_average_pool = true;  ///< sum pool and shift; off: average pool with one exact rational rounding
    bool fold_pool_scale =
        true;  ///< 2^s / k^2 of a sum pool into the classifier's weight; off for networks trained without it
    InputNormalization normalization;  ///< of a graph with normalized input: mean and std per channel
    std::vector<std::string> class_names;
    /// For layers without input_fraclen (checkpoints of floating training); unset: their lack is a DataError.
    std::optional<int> missing_input_fractional_length;
};

IntegerNetwork lower(const TensorMap& checkpoint, const LayerGraph& graph, const LoweringOptions& options);

}  // namespace f8net
