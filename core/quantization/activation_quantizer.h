// SPDX-License-Identifier: Apache-2.0
/// What a layer does to its input: the learned clipping level, the running fractional length, and how a batch's format
/// is chosen. Layers of a clip group share one ClipLevel; RunningLengths are private to a layer or shared likewise
/// (method.md 3.4). Formula  eta = (2^FL * |alpha|) / (2^(WL - signed) - 1), in this order of operations; buffer <- mu
/// * FL_batch + (1 - mu) * buffer. Source   method.md 2.3, 3.1.   Threads  one forward at a time.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>
#include <vector>

#include "core/config/experiment.h"
#include "core/fixedpoint/numeric_mode.h"
#include "core/quantization/fake_quantize.h"

namespace f8net {

/// The clipping level alpha: 0-D parameter, real units of the stream, initial 8.0.
struct ClipLevel {
    torch::Tensor alpha;
};

/// `input_fraclen`: averages of fractional lengths, one per layer or one per input channel. Kept on the host, in the
/// network's precision.
class RunningLengths {
public:
    RunningLengths(size_t count, double initial) : values_(count, initial) {}
    void update(const FractionalLengths& batch, double momentum);
    FractionalLengths rounded(int largest) const;  ///< half to even, clamped to 0 .. largest
    const std::vector<double>& values() const { return values_; }
    /// Sets all; the count may be 1 (spread) or equal. ShapeError else.
    void set(const std::vector<double>& values, const std::string& layer);
    /// float32 networks average in float32, as their checkpoints store it.
    void use_double(bool yes) { is_double_ = yes; }
    bool is_double() const { return is_double_; }

private:
    std::vector<double> values_;
    bool is_double_ = false;
};

class ActivationQuantizer {
public:
    struct Options {
        std::string layer;
        bool is_signed = false;
        bool reads_pixels = false;  ///< eta = 1, FL 8, the input is round(255 x) / 256
        int64_t channel_axis = 1;
        bool may_be_per_channel = true;  ///< linear inputs stay per tensor
    };
    ActivationQuantizer(Options options, const QuantizationConfig& settings, std::shared_ptr<ClipLevel> clip_level,
                        std::shared_ptr<RunningLengths> running_lengths);

    struct Result {
        torch::Tensor
            values;  ///< float tensor on the grid (fake-quant), clamped (float), or rectified (float-unclipped)
        FractionalLengths lengths;  ///< used for these values
    };
    /// kFloat, kFloatUnclipped, kFakeQuant. Training with kFakeQuant chooses the batch's format and updates the running
    /// lengths first.
    Result quantize(const torch::Tensor& x, NumericMode mode, bool is_training);

    /// eta with its gradient to alpha, 0-D or [C] (per channel); undefined where it is 1 (no clipping, raw pixels,
    /// unclipped float).
    torch::Tensor clip_scale(NumericMode mode) const;
    /// FL of evaluation: the rounded buffer; fixed formats in kFloat.
    FractionalLengths lengths(NumericMode mode) const;
    /// In a mode that does not train: kFakeQuant and the integer modes.
    CodeRange range() const { return {settings_.input_format.word_length, options_.is_signed}; }
    bool uses_clip_level(NumericMode mode) const;

    const Options& options() const { return options_; }
    ClipLevel& clip_level() const { return *clip_level_; }
    RunningLengths& running_lengths() const { return *running_lengths_; }

private:
    Options options_;
    QuantizationConfig settings_;
    std::shared_ptr<ClipLevel> clip_level_;
    std::shared_ptr<RunningLengths> running_lengths_;
};

}  // namespace f8net
