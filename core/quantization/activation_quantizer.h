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
#include "core/quantization/finite_watch.h"

namespace f8net {

/// The clipping level alpha: 0-D parameter, real units of the stream, initial 8.0.
struct ClipLevel {
    torch::Tensor alpha;
};

/// `input_fraclen`: averages of fractional lengths, one per layer or one per input channel, in the network's precision.
/// One lies where the network does, if there are kernels for it (to()); several, and all others, on the host. This
/// class alone knows which: who asks for numbers waits for the device where they are there.
class RunningLengths {
public:
    RunningLengths(size_t count, double initial) : values_(count, initial) {}
    void to(torch::Device device, torch::ScalarType precision);
    /// [1]; undefined where the lengths are on the host. Stays where it is until the next to().
    const torch::Tensor& on_device() const { return on_device_; }

    void update(const FractionalLengths& batch, double momentum);
    FractionalLengths rounded(int largest) const;  ///< half to even, clamped to 0 .. largest
    std::vector<double> values() const;
    /// Sets all; the count may be 1 (spread) or equal. ShapeError else.
    void set(const std::vector<double>& values, const std::string& layer);
    /// float32 networks average in float32, as their checkpoints store it.
    bool is_double() const { return precision_ == torch::kDouble; }

private:
    std::vector<double> values_;  // of the host
    torch::Tensor on_device_;
    torch::ScalarType precision_ = torch::kFloat;
};

class ActivationQuantizer {
public:
    struct Options {
        std::string layer;
        bool is_signed = false;
        bool reads_pixels = false;  ///< eta = 1, FL 8, the input is round(255 x) / 256
        int64_t channel_axis = 1;
        bool may_be_per_channel = true;      ///< linear inputs stay per tensor
        std::shared_ptr<FiniteWatch> watch;  ///< of the network; null: nothing is noted
    };
    ActivationQuantizer(Options options, const QuantizationConfig& settings, std::shared_ptr<ClipLevel> clip_level,
                        std::shared_ptr<RunningLengths> running_lengths);

    struct Result {
        torch::Tensor
            values;  ///< float tensor on the grid (fake-quant), clamped (float), or rectified (float-unclipped)
        ChosenLengths lengths;  ///< used for these values
        torch::Tensor codes;    ///< as bytes, where a device has chosen the format in training
    };
    /// kFloat, kFloatUnclipped, kFakeQuant. Training with kFakeQuant chooses the batch's format and updates the running
    /// lengths first.
    Result quantize(const torch::Tensor& x, NumericMode mode, bool is_training);

    /// Training with kFakeQuant: the batch's format, by which the running lengths move on.
    FractionalLengths choose_lengths(const torch::Tensor& x);

    /// eta with its gradient to alpha, 0-D or [C] (per channel); undefined where it is 1 (no clipping, raw pixels,
    /// unclipped float).
    torch::Tensor clip_scale(NumericMode mode) const;
    /// FL of evaluation: the rounded buffer; fixed formats in kFloat.
    FractionalLengths lengths(NumericMode mode) const;
    /// In a mode that does not train: kFakeQuant and the integer modes.
    CodeRange range() const { return {settings_.input_format.word_length, options_.is_signed}; }
    bool uses_clip_level(NumericMode mode) const;

    const Options& options() const { return options_; }
    FiniteWatch* watch() const { return options_.watch.get(); }
    ClipLevel& clip_level() const { return *clip_level_; }
    RunningLengths& running_lengths() const { return *running_lengths_; }

private:
    /// With this batch's format, which the running length follows.
    Result quantize_as_batch_asks(const torch::Tensor& x);
    /// With what the running length stands for.
    Result quantize_as_running(const torch::Tensor& x, bool is_training);
    int largest_length() const;
    Granularity granularity() const {
        return options_.may_be_per_channel ? settings_.granularity : Granularity::kPerTensor;
    }

    Options options_;
    QuantizationConfig settings_;
    std::shared_ptr<ClipLevel> clip_level_;
    std::shared_ptr<RunningLengths> running_lengths_;
    int32_t number_ = 0;  // by which the watch knows the input
};

}  // namespace f8net
