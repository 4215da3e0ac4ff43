// SPDX-License-Identifier: Apache-2.0
// Five steps of training against those that the authors' program recorded: losses, gradients, formats, what is left at
// the end. Rounding makes the loss discontinuous, so float64 carries the proof (tests/golden/README.md, "Training").
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/modules/network_state.h"
#include "core/tensorfile/checkpoint_file.h"
#include "core/tensorfile/safetensors.h"
#include "core/training/optimizer.h"

namespace f8net {
namespace {

using torch::Tensor;

struct Recorded {
    std::string network, rate;
    /// Steps whose recording does not depend on the order of summation.
    int num_steps;
};

std::string golden_folder() {
    return std::string(F8NET_SOURCE_DIR) + "/tests/golden/";
}

/// Formats of the batch at hand, by layer.
class Formats final : public LayerObserver {
public:
    void on_layer(const LayerView& view) override {
        input[view.layer.name] = view.input_lengths.at(0);
        weight[view.layer.name] = view.weight_lengths.at(0);
    }
    std::map<std::string, int> input, weight;
};

class Trajectory : public testing::TestWithParam<Recorded> {
protected:
    static constexpr double kTolerance = 1e-9;

    Trajectory()
        : golden_(read_safetensors(golden_folder() + "trajectory_" + GetParam().network + "_lr" + GetParam().rate +
                                   ".safetensors")),
          network_(make_graph(), settings()),
          images_(get("images").to(torch::kDouble) / 255),
          labels_(get("labels")) {
        import_state(network_, load_checkpoint_file(golden_folder() + "networks/" + GetParam().network + ".pth"),
                     StatePolicy::kStrict);
    }

    static LayerGraph make_graph() {
        ArchitectureOptions options;
        options.architecture = GetParam().network;
        options.width_multiplier = 0.25;
        options.image_size = 96;
        options.num_classes = 10;
        return make_layer_graph(options);
    }
    static QuantizationConfig settings() {
        QuantizationConfig settings;
        settings.quantize_average_pool = false;
        return settings;
    }
    static OptimizerConfig optimizer_options() {
        OptimizerConfig options;
        options.weight_decay_scheme =
            GetParam().network == "resnet18" ? WeightDecayScheme::kAll : WeightDecayScheme::kNoDepthwiseNoBatchNorm;
        return options;
    }

    Tensor get(const std::string& name) const { return from_host(golden_.at(name)); }

    double loss_of(Formats* formats) {
        const Tensor logits = network_.forward(images_.to(network_.precision()), NumericMode::kFakeQuant, formats);
        Tensor loss = torch::nn::functional::cross_entropy(logits, labels_);
        network_.zero_grad();
        loss.backward();
        return loss.item<double>();
    }

    /// Calls compare(actual, expected, scale, what) with the tensor as it was recorded: whole, or by a sample, its norm
    /// and its sum. scale: of rounding errors in `expected`.
    template <typename Compare>
    void for_each_recorded(const Tensor& actual_in, const std::string& name, const Compare& compare) const {
        const Tensor actual = actual_in.detach().to(torch::kDouble).contiguous().flatten();
        if (golden_.contains(name)) {
            const Tensor expected = get(name).to(torch::kDouble).flatten();
            compare(actual, expected, expected.abs().max().item<double>(), name);
            return;
        }
        ASSERT_TRUE(golden_.contains(name + "@sample")) << name;
        const Tensor expected = get(name + "@sample").to(torch::kDouble);
        const int64_t n = actual.numel(), m = expected.numel();
        std::vector<int64_t> positions;
        for (int64_t i = 0; i < m; ++i) positions.push_back(i * n / m);
        const double norm = get(name + "@l2").item<double>();
        compare(actual.index_select(0, torch::tensor(positions)), expected, expected.abs().max().item<double>(),
                name + "@sample");
        compare(actual.norm().view(1), get(name + "@l2").view(1), norm, name + "@l2");
        // Terms of a sum may cancel: its error goes with what is added.
        compare(actual.sum().view(1), get(name + "@sum").view(1), actual.abs().sum().item<double>(), name + "@sum");
    }
    void expect_recorded(const Tensor& actual, const std::string& name, double tolerance = kTolerance) const {
        for_each_recorded(actual, name, [&](const Tensor& a, const Tensor& e, double scale, const std::string& what) {
            ASSERT_EQ(a.numel(), e.numel()) << what;
            EXPECT_LE((a - e).abs().max().item<double>(), tolerance * scale) << what;
        });
    }
    /// Names that were recorded below a prefix, without the parts of long tensors.
    std::set<std::string> recorded_below(const std::string& prefix) const {
        std::set<std::string> names;
        for (const auto& [name, tensor] : golden_.tensors) {
            if (name.starts_with(prefix)) names.insert(name.substr(prefix.size(), name.find('@') - prefix.size()));
        }
        return names;
    }

    TensorMap golden_;
    Network network_;
    Tensor images_, labels_;
};

TEST_P(Trajectory, InFloat64EqualsTheRecordedSteps) {
    network_.to(torch::kCPU, torch::kDouble);
    Sgd optimizer = make_optimizer(network_, optimizer_options(), NumericMode::kFakeQuant);
    const Tensor losses = get("loss.float64");
    const int num_steps = GetParam().num_steps;
    ASSERT_EQ(losses.numel(), 5);
    for (int step = 0; step < num_steps; ++step) {
        SCOPED_TRACE("step " + std::to_string(step));
        Formats formats;
        const double expected = losses[step].item<double>();
        EXPECT_NEAR(loss_of(&formats), expected, kTolerance * expected);
        if (step == 0 && GetParam().rate == "0.05") {
            std::set<std::string> with_gradient;
            for (const NamedParameter& parameter : network_.parameters(NumericMode::kFakeQuant)) {
                if (!parameter.tensor.grad().defined()) continue;
                with_gradient.insert("module." + parameter.name);
                expect_recorded(parameter.tensor.grad(), "grad0.float64.module." + parameter.name);
            }
            EXPECT_EQ(with_gradient, recorded_below("grad0.float64."));
        }
        optimizer.set_learning_rate(std::stod(GetParam().rate));
        optimizer.step();
        EXPECT_EQ(formats.input.size(), recorded_below("fl_input.float64.").size());
        for (const auto& [layer, length] : formats.input) {
            EXPECT_EQ(length, get("fl_input.float64." + layer)[step].item<int>()) << "input of " << layer;
            EXPECT_EQ(formats.weight.at(layer), get("fl_weight.float64." + layer)[step].item<int>())
                << "weight of " << layer;
            const RunningLengths& running = network_.stored_running_lengths(network_.graph().index_of(layer));
            EXPECT_NEAR(running.values().at(0), get("input_fraclen.float64." + layer)[step].item<double>(), 1e-12)
                << layer;
        }
    }
    if (num_steps < 5) return;
    const TensorMap left = export_state(network_);
    std::set<std::string> names;
    for (const auto& [name, tensor] : left.tensors) {
        names.insert("module." + name);
        // In one window of resnet18's max pool (channel 5) two positions hold the same value: which of them gets the
        // gradient hangs on the last bit, and so does a little of the layer before it.
        const bool is_before_tie = GetParam().network == "resnet18" && name.starts_with("head.0.");
        expect_recorded(from_host(tensor), "final.float64.module." + name, is_before_tie ? 1e-6 : kTolerance);
    }
    EXPECT_EQ(names, recorded_below("final.float64."));
}

TEST_P(Trajectory, InFloat32StartsAsRecorded) {
    Formats formats;
    const double expected = get("loss.float32")[0].item<double>();
    EXPECT_NEAR(loss_of(&formats), expected, 0.005 * expected);
    // With rounding in every layer only this network's first gradients depend little enough on the kernels.
    if (GetParam().network != "mobilenet_v2" || GetParam().rate != "0.05") return;
    for (const NamedParameter& parameter : network_.parameters(NumericMode::kFakeQuant)) {
        if (parameter.role == ParameterRole::kClipLevel) continue;
        for_each_recorded(parameter.tensor.grad(), "grad0.float32.module." + parameter.name,
                          [](const Tensor& a, const Tensor& e, double scale, const std::string& what) {
                              const double limit = what.ends_with("@sum") ? scale : e.norm().item<double>();
                              EXPECT_LE((a - e).norm().item<double>(), 1e-4 * limit) << what;
                          });
    }
}

INSTANTIATE_TEST_SUITE_P(Recorded, Trajectory,
                         testing::Values(Recorded{"resnet18", "0.0005", 5}, Recorded{"resnet18", "0.05", 2},
                                         Recorded{"mobilenet_v2", "0.0005", 5}, Recorded{"mobilenet_v2", "0.05", 5}),
                         [](const auto& each) {
                             return each.param.network + (each.param.rate == "0.05" ? "_fast" : "_slow");
                         });

}  // namespace
}  // namespace f8net
