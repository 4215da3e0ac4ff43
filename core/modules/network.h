// SPDX-License-Identifier: Apache-2.0
/// A trainable network: a LayerGraph walked. Architectures add nothing here.
/// Shapes   forward: [N, C, H, W] float in [0, 1] (byte / 255), or the normalized image where the graph says so;
/// contiguous or channels_last,
///          in the network's precision -> logits [N, classes].
/// Names    parameters and buffers as in the authors' checkpoints (method.md 4); network_state.h brings them in and
/// out. Source   method.md 3, 4.   Errors  ShapeError, NumericError (layer's name), ConfigError.   Threads  one forward
/// at a time.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/architecture/layer_graph.h"
#include "core/config/experiment.h"
#include "core/fixedpoint/numeric_mode.h"
#include "core/modules/conv_batch_norm.h"
#include "core/modules/quantized_linear.h"
#include "core/modules/relu_plan.h"

namespace f8net {

enum class ParameterRole {
    kConvWeight,
    kDepthwiseWeight,
    kBatchNormWeight,
    kBatchNormBias,
    kLinearWeight,
    kLinearBias,
    kClipLevel
};

struct NamedParameter {
    std::string name;  ///< "stage_0_layer_0.body.0.conv.weight"
    torch::Tensor tensor;
    ParameterRole role;
};

enum class Initialization {
    kMethod,  ///< method.md 4: convolutions normal with variance 2 / fan_out, classifier normal 0.01, bias 0
    kFanIn,   ///< PyTorch's own: weights and classifier bias uniform within 1 / sqrt(fan_in)
};

class Network {
public:
    Network(LayerGraph graph, const QuantizationConfig& settings);
    ~Network();
    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;

    /// Initial weights, clipping levels as configured; depends on the seed alone.
    void initialize(uint64_t seed, Initialization how = Initialization::kMethod);
    /// Layout of the convolution weights in memory: that of the images they are used with is the fast one. Before an
    /// optimizer takes the parameters.
    void set_channels_last(bool on);

    /// Modes kFloat, kFloatUnclipped, kFakeQuant (with gradient in training) and kSimulatedInteger (integers / 2^FL,
    /// evaluation only). The two modes of the lowered network are not this class's: ConfigError. In training,
    /// kFakeQuant updates running statistics and lengths.
    torch::Tensor forward(const torch::Tensor& x, NumericMode mode, LayerObserver* observer = nullptr);
    /// kSimulatedInteger: the logits as integers with their fractional length. Call in evaluation.
    StoredTensor forward_integer(const torch::Tensor& x, LayerObserver* observer = nullptr);

    /// Logits are the classifier's times a positive factor in evaluation (method.md 3.5): multiply by this to compare
    /// losses.
    double logit_scale(NumericMode mode) const;

    void train(bool on = true) { is_training_ = on; }
    bool is_training() const { return is_training_; }

    /// float32 (default) or float64; before training. Gradients are dropped.
    void to(torch::Device device, torch::ScalarType precision);
    torch::Device device() const { return device_; }
    torch::ScalarType precision() const { return precision_; }

    /// What a mode trains, in depth order: with clip levels only those that get a gradient (owned, read by someone's
    /// scale).
    std::vector<NamedParameter> parameters(NumericMode mode) const;
    void zero_grad();

    /// Where formats are chosen on a device, forward does not throw for values that are not finite: this does, for the
    /// first since it was asked last. Waits for the device: call it where results are read. NumericError.
    void check_finite() { watch_->check(); }

    /// On: forgets the running statistics of all batch norms; forward passes in training then average them anew, each
    /// batch counting the same, with every format as evaluation has it. Off: training goes on as before (method.md 6).
    void recalibrate_batch_norm(bool on);

    const LayerGraph& graph() const { return graph_; }
    const QuantizationConfig& settings() const { return settings_; }

    // By index in the graph; null where the layer is of another kind.
    ConvBatchNorm* conv(int index) const;
    QuantizedLinear* linear(int index) const;
    LayerQuantization& quantization(int index) const;  ///< of a conv or linear layer
    /// Every layer has a clipping level of its own in a checkpoint; the group uses the owner's.
    ClipLevel& stored_clip_level(int index) const;
    RunningLengths& stored_running_lengths(int index) const;

private:
    struct Weighted;  // a conv or linear layer with its own clip level and running lengths
    void build_layers();

    LayerGraph graph_;
    QuantizationConfig settings_;
    std::vector<ReluStep> relus_, observed_relus_;  // by graph index; observers see sums before their ReLU
    std::shared_ptr<FiniteWatch> watch_ = std::make_shared<FiniteWatch>();
    std::vector<std::unique_ptr<Weighted>> layers_;  // by graph index
    torch::Device device_ = torch::kCPU;
    torch::ScalarType precision_ = torch::kFloat;
    bool is_training_ = true;
    bool is_recalibrating_ = false;
};

}  // namespace f8net
