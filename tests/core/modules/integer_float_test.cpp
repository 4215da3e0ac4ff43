// SPDX-License-Identifier: Apache-2.0
// The lowered network in floats against simulated integers, code by code.
#include "core/modules/integer_float.h"

#include <gtest/gtest.h>

#include <map>

#include "core/lowering/lowering.h"
#include "tests/core/modules/golden.h"

namespace f8net {
namespace {

using torch::Tensor;

/// What every layer saw, by name, in N H W C.
struct Record final : LayerTrace, LayerObserver {
    void on_codes(const std::string& layer, const Shape&, std::span<const int32_t> seen) override {
        codes[layer].assign(seen.begin(), seen.end());
    }
    void on_accumulators(const std::string& layer, const Shape&, std::span<const int32_t> seen) override {
        accumulators[layer].assign(seen.begin(), seen.end());
    }
    void on_codes(const Layer& layer, const Tensor& seen) override { codes[layer.name] = rows(seen); }
    void on_accumulators(const Layer& layer, const Tensor& seen, int) override {
        accumulators[layer.name] = rows(seen);
    }
    static std::vector<int32_t> rows(const Tensor& x) {
        const Tensor dense = (x.dim() == 4 ? x.permute({0, 2, 3, 1}) : x).to(torch::kInt).contiguous();
        return {dense.const_data_ptr<int32_t>(), dense.const_data_ptr<int32_t>() + dense.numel()};
    }
    std::map<std::string, std::vector<int32_t>> codes, accumulators;
};

std::vector<uint8_t> bytes_of(const Tensor& images) {  // N C H W -> N H W C
    const Tensor rows = images.permute({0, 2, 3, 1}).contiguous();
    return {rows.const_data_ptr<uint8_t>(), rows.const_data_ptr<uint8_t>() + rows.numel()};
}

TEST(IntegerFloat, AgreesWithSimulatedIntegersInEveryCodeForEveryFinalPlane) {
    // Final planes 4 x 4, 3 x 3 and 7 x 7; factors of the pool that are and are not 1; the rescaled classifier has a
    // bias.
    for (const std::string name : {"resnet18", "mobilenet_v2"}) {
        for (const int size : {28, 24, 56}) {
            for (const bool quantize_average_pool : {true, false}) {
                ArchitectureOptions architecture;
                architecture.architecture = name;
                architecture.width_multiplier = 0.125;
                architecture.stem = Stem::kSmall;
                architecture.image_size = size;
                architecture.input_channels = 1;
                architecture.num_classes = 10;
                QuantizationConfig settings;
                settings.quantize_average_pool = quantize_average_pool;
                Network network(make_layer_graph(architecture), settings);
                network.initialize(21);
                torch::manual_seed(22);
                const Tensor images = torch::randint(256, {2, 1, size, size}).to(torch::kByte);
                const Tensor pixels = images.to(torch::kFloat) / 255;
                torch::NoGradGuard no_grad;
                for (int i = 0; i < 3; ++i) network.forward(pixels, NumericMode::kFakeQuant);
                network.linear(network.graph().weighted_layers().back())->bias.uniform_(-1, 1);
                network.train(false);
                Record simulated, lowered;
                network.forward_integer(pixels, &simulated);
                LoweringOptions options;
                options.quantize_average_pool = quantize_average_pool;
                IntegerFloatExecutor executor(lower(export_state(network), network.graph(), options), torch::kCPU);
                executor.run(bytes_of(images), 2, &lowered);
                const std::string what =
                    name + " at " + std::to_string(size) + (quantize_average_pool ? ", sum pool" : ", average pool");
                EXPECT_EQ(simulated.codes.size(), lowered.codes.size()) << what;
                EXPECT_EQ(simulated.accumulators.size(), lowered.accumulators.size()) << what;
                for (const auto& [layer, codes] : simulated.codes)
                    EXPECT_TRUE(codes == lowered.codes[layer]) << what << ", codes of " << layer;
                for (const auto& [layer, sums] : simulated.accumulators) {
                    EXPECT_TRUE(sums == lowered.accumulators[layer]) << what << ", accumulators of " << layer;
                }
            }
        }
    }
}

}  // namespace
}  // namespace f8net
