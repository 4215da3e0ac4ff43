// SPDX-License-Identifier: Apache-2.0
#include "core/training/module_evaluator.h"

#include "core/base/error.h"
#include "core/data/transform.h"
#include "core/modules/network.h"
#include "core/modules/network_state.h"
#include "core/modules/tf32.h"
#include "core/run/experiment_mapping.h"
#include "core/tensorfile/checkpoint_file.h"
#include "core/training/training_data.h"

namespace f8net {

namespace {

/// Integers held in floats, N C H W, to int32 N H W C.
torch::Tensor as_int32_nhwc(const torch::Tensor& x) {
    const torch::Tensor host = x.to(torch::kCPU, torch::kInt32);
    return host.dim() == 4 ? host.permute({0, 2, 3, 1}).contiguous() : host.contiguous();
}

std::span<const int32_t> span_of(const torch::Tensor& x) {
    return {x.const_data_ptr<int32_t>(), static_cast<size_t>(x.numel())};
}

Shape shape_of(const torch::Tensor& x) {
    if (x.dim() == 4) return {x.size(1), x.size(2), x.size(3)};
    return {x.size(1), 1, 1};
}

class TracingObserver final : public LayerObserver {
public:
    explicit TracingObserver(LayerTrace& trace) : trace_(trace) {}
    void on_codes(const Layer& layer, const torch::Tensor& codes) override {
        trace_.on_codes(layer.name, shape_of(codes), span_of(as_int32_nhwc(codes)));
    }
    void on_accumulators(const Layer& layer, const torch::Tensor& accumulators, int) override {
        const torch::Tensor values = as_int32_nhwc(accumulators);
        trace_.on_accumulators(layer.name, shape_of(accumulators), span_of(values));
    }

private:
    LayerTrace& trace_;
};

class ModuleEvaluator final : public ModeEvaluator {
public:
    ModuleEvaluator(NumericMode mode, const TensorMap& checkpoint, const Experiment& experiment, torch::Device device)
        : mode_(mode),
          allows_tf32_(mode != NumericMode::kSimulatedInteger &&
                       experiment.training.float32_matmul == Float32Matmul::kTf32),
          normalization_(normalization_of(experiment)),
          network_(layer_graph_of(experiment), experiment.quantization) {
        // Clipping levels and lengths that a floating checkpoint lacks keep their initial values.
        import_state(network_, checkpoint, StatePolicy::kStrict, training_prefixes());
        network_.to(device, torch::kFloat32);
        network_.train(false);
    }

    NumericMode mode() const override { return mode_; }
    std::string path() const override { return to_string(mode_); }

    Logits run(std::span<const uint8_t> pixels, int64_t images, LayerTrace* trace) override {
        const torch::NoGradGuard no_grad;
        const Tf32Scope arithmetic(network_.device(), allows_tf32_);
        const Shape& shape = network_.graph().layers.front().output;
        if (static_cast<int64_t>(pixels.size()) != images * shape.size()) {
            throw ShapeError("input", std::to_string(images * shape.size()) + " bytes", std::to_string(pixels.size()));
        }
        const torch::Tensor input = to_input(pixels.data(), {images, shape.height, shape.width, shape.channels},
                                             normalization_, network_.device(), network_.precision());
        Logits logits;
        torch::Tensor values;
        if (mode_ == NumericMode::kSimulatedInteger) {
            std::unique_ptr<TracingObserver> observer;
            if (trace) observer = std::make_unique<TracingObserver>(*trace);
            const StoredTensor result = network_.forward_integer(input, observer.get());
            const torch::Tensor& stored = result.stored;
            logits.scale = std::ldexp(1.0, -result.fractional_length);
            const torch::Tensor integers = as_int32_nhwc(stored);
            logits.integers.assign(integers.const_data_ptr<int32_t>(),
                                   integers.const_data_ptr<int32_t>() + integers.numel());
            values = stored;
        } else {
            values = network_.forward(input, mode_);
        }
        values = values.to(torch::kCPU, torch::kFloat32).contiguous();
        logits.scale *= network_.logit_scale(mode_);
        logits.images = images;
        logits.classes = values.size(1);
        logits.values.assign(values.const_data_ptr<float>(), values.const_data_ptr<float>() + values.numel());
        return logits;
    }

private:
    NumericMode mode_;
    bool allows_tf32_;
    Normalization normalization_;
    Network network_;
};

}  // namespace

std::unique_ptr<ModeEvaluator> make_module_evaluator(NumericMode mode, const TensorMap& checkpoint,
                                                     const Experiment& experiment, torch::Device device) {
    if (mode == NumericMode::kIntegerFloat || mode == NumericMode::kIntegerOnly) {
        throw ConfigError("mode " + to_string(mode) + " computes the lowered network, not the training modules");
    }
    return std::make_unique<ModuleEvaluator>(mode, checkpoint, experiment, device);
}

}  // namespace f8net
