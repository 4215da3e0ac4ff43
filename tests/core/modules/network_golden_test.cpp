// SPDX-License-Identifier: Apache-2.0
// Whole recorded networks in the modes that run through LibTorch: logits of the real-valued modes within the tolerance
// of tests/golden/README.md, every number of the integer modes exactly.
#include <gtest/gtest.h>

#include "core/modules/integer_float.h"
#include "core/modules/network.h"
#include "core/tensorfile/checkpoint_file.h"
#include "tests/core/inference/golden_expectations.h"
#include "tests/core/inference/golden_networks.h"
#include "tests/core/modules/golden.h"

namespace f8net {
namespace {

using golden::expect_close;
using golden::expect_equal;
using torch::Tensor;

struct Case {
    std::string network;
    bool sharing;
};

/// What simulated integers report, as a trace.
class Traced final : public LayerObserver {
public:
    explicit Traced(RecordedTrace& trace) : trace_(trace) {}
    void on_codes(const Layer& layer, const Tensor& codes) override { put(trace_.codes[layer.name], codes); }
    void on_accumulators(const Layer& layer, const Tensor& sums, int) override {
        put(trace_.accumulators[layer.name], sums);
    }

private:
    static void put(RecordedTrace::Values& values, const Tensor& x_in) {
        const Tensor x = x_in.dim() == 4 ? x_in : x_in.view({x_in.size(0), x_in.size(1), 1, 1});
        values.shape = {x.size(1), x.size(2), x.size(3)};
        const Tensor rows = x.permute({0, 2, 3, 1}).to(torch::kInt).contiguous();
        values.values.assign(rows.const_data_ptr<int32_t>(), rows.const_data_ptr<int32_t>() + rows.numel());
    }
    RecordedTrace& trace_;
};

class NetworkGolden : public testing::TestWithParam<Case> {
protected:
    NetworkGolden()
        : data_(golden_network(GetParam().network, recorded_options(GetParam().network, GetParam().sharing))),
          prefix_(GetParam().sharing ? "sharing." : "") {
        settings_.quantize_average_pool = false;
        if (GetParam().sharing) settings_.fractional_length_sharing = FractionalLengthSharing::kShared;
        if (is_tiny()) {
            settings_.clipping = false;
            settings_.format_policy = FormatPolicy::kGridSearch;
        }
        images_ = from_host(data_.expected.at("images")).to(torch::kFloat) / 255;
        if (is_tiny()) {
            const auto channels = [](const std::vector<float>& values) {
                return torch::tensor(values).view({3, 1, 1});
            };
            images_ =
                (images_ - channels(data_.network.normalization.mean)) / channels(data_.network.normalization.std);
        }
    }
    bool is_tiny() const { return GetParam().network == "resnet18_tiny"; }
    bool is_mobilenet_v2() const { return GetParam().network == "mobilenet_v2"; }

    std::unique_ptr<Network> network(const QuantizationConfig& settings) const {
        ArchitectureOptions options;
        options.architecture = is_tiny() ? "resnet18" : GetParam().network;
        options.normalized_input = is_tiny();
        options.width_multiplier = 0.25;
        options.image_size = 96;
        options.num_classes = 10;
        auto made = std::make_unique<Network>(make_layer_graph(options), settings);
        import_state(*made, load_checkpoint_file(golden_checkpoint(GetParam().network)), StatePolicy::kStrict);
        made->train(false);
        return made;
    }
    Tensor logits(const QuantizationConfig& settings, NumericMode mode, bool channels_last = false) const {
        torch::NoGradGuard no_grad;
        return network(settings)->forward(channels_last ? images_.contiguous(at::MemoryFormat::ChannelsLast) : images_,
                                          mode);
    }
    Tensor recorded(const std::string& what) const { return from_host(data_.expected.at(prefix_ + "logits." + what)); }

    GoldenNetworkData data_;
    std::string prefix_;
    QuantizationConfig settings_;
    Tensor images_;
};

TEST_P(NetworkGolden, LogitsAgreeInEveryMode) {
    QuantizationConfig rounded = settings_;
    rounded.quantize_bias = true;
    for (const bool channels_last : {false, true}) {
        // Without the integer pool the pool's factor is nowhere: both recordings are the same.
        for (const std::string pool : {".qap0_pf0", ".qap0_pf1"}) {
            expect_close(logits(settings_, NumericMode::kFakeQuant, channels_last), recorded("fake" + pool), 1e-5,
                         "fake" + pool);
            expect_close(logits(rounded, NumericMode::kFakeQuant, channels_last), recorded("fake_quant_bias" + pool),
                         1e-5, "fake_quant_bias" + pool);
            expect_equal(logits(settings_, NumericMode::kSimulatedInteger, channels_last), recorded("int_infer" + pool),
                         "int_infer" + pool);
        }
    }
    if (!data_.expected.contains("logits.float_clip")) return;
    expect_close(logits(settings_, NumericMode::kFloat), from_host(data_.expected.at("logits.float_clip")), 1e-4,
                 "float_clip");
    expect_close(logits(settings_, NumericMode::kFloatUnclipped), from_host(data_.expected.at("logits.float_wo_clip")),
                 1e-4, "float_wo_clip");
}

TEST_P(NetworkGolden, UncorrectedSumPoolGivesTheLogitsOfTheProgramThatLeavesTheFactorOut) {
    // With quant_avgpool the published program leaves the pool's factor out in these modes (MobileNetV2: without
    // pool_fusing): that is our pool_scale none. What it exports differs from them, and need not be matched.
    settings_.quantize_average_pool = true;
    settings_.pool_scale = PoolScale::kNone;
    QuantizationConfig rounded = settings_;
    rounded.quantize_bias = true;
    for (const std::string pool : {".qap1_pf0", ".qap1_pf1"}) {
        if (is_mobilenet_v2() && pool == ".qap1_pf1") continue;
        expect_close(logits(settings_, NumericMode::kFakeQuant), recorded("fake" + pool), 1e-5, "fake" + pool);
        expect_close(logits(rounded, NumericMode::kFakeQuant), recorded("fake_quant_bias" + pool), 1e-5,
                     "fake_quant_bias" + pool);
        expect_equal(logits(settings_, NumericMode::kSimulatedInteger), recorded("int_infer" + pool),
                     "int_infer" + pool);
    }
}

TEST_P(NetworkGolden, SimulatedIntegersEqualEveryRecordedNumber) {
    RecordedTrace trace;
    Traced observer(trace);
    const StoredTensor stored = network(settings_)->forward_integer(images_, &observer);
    const Tensor integers = stored.stored.to(torch::kInt).contiguous();
    GoldenExpectations(data_.expected, prefix_, data_.network)
        .expect_all(trace, {integers.const_data_ptr<int32_t>(), integers.const_data_ptr<int32_t>() + integers.numel()});
}

TEST_P(NetworkGolden, IntegersInFloatsEqualEveryRecordedNumber) {
    RecordedTrace trace;
    const Logits logits = IntegerFloatExecutor(data_.network, torch::kCPU).run(data_.pixels, data_.images, &trace);
    GoldenExpectations(data_.expected, prefix_, data_.network).expect_all(trace, logits.integers);
}

INSTANTIATE_TEST_SUITE_P(Recorded, NetworkGolden,
                         testing::Values(Case{"resnet18", false}, Case{"resnet18", true}, Case{"resnet18_tiny", false},
                                         Case{"mobilenet_v1", false}, Case{"mobilenet_v2", false},
                                         Case{"mobilenet_v2", true}),
                         [](const auto& each) { return each.param.network + (each.param.sharing ? "_sharing" : ""); });

}  // namespace
}  // namespace f8net
