// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "core/modules/network.h"

namespace f8net {
namespace {

using torch::Tensor;

LayerGraph graph_of(const std::string& architecture) {
    ArchitectureOptions options;
    options.architecture = architecture;
    options.width_multiplier = 0.25;
    options.image_size = 64;
    options.num_classes = 10;
    return make_layer_graph(options);
}

TEST(Initialization, ByFanInIsPyTorchsOwnFromTheSameSeed) {
    const LayerGraph graph = graph_of("resnet18");
    Network network(graph, QuantizationConfig());
    network.initialize(11, Initialization::kFanIn);
    torch::manual_seed(11);
    // Made one after the other as the network is: the draws are the same numbers.
    for (const int index : graph.weighted_layers()) {
        const Layer& layer = graph.layers[static_cast<size_t>(index)];
        if (layer.kind == LayerKind::kConv) {
            const torch::nn::Conv2d theirs(
                torch::nn::Conv2dOptions(layer.in_channels, layer.out_channels, layer.window.kernel).bias(false));
            EXPECT_TRUE(torch::allclose(network.conv(index)->weight, theirs->weight, 1e-6, 0)) << layer.name;
        } else {
            const torch::nn::Linear theirs(layer.in_channels, layer.out_channels);
            EXPECT_TRUE(torch::allclose(network.linear(index)->weight, theirs->weight, 1e-6, 0)) << layer.name;
            EXPECT_TRUE(torch::allclose(network.linear(index)->bias, theirs->bias, 1e-6, 0)) << layer.name;
        }
    }
}

TEST(Initialization, OfTheMethodHasItsVarianceAndAClassifierWithoutBias) {
    const LayerGraph graph = graph_of("mobilenet_v2");
    Network network(graph, QuantizationConfig());
    network.initialize(12);
    for (const int index : graph.weighted_layers()) {
        const Layer& layer = graph.layers[static_cast<size_t>(index)];
        if (layer.kind == LayerKind::kConv) {
            const Tensor weight = network.conv(index)->weight.detach();
            const double expected = std::sqrt(2.0 / (layer.window.kernel * layer.window.kernel * layer.out_channels));
            // The spread of n samples is off by about 1 / sqrt(2 n).
            EXPECT_NEAR(weight.std().item<double>() / expected, 1, 5 / std::sqrt(2.0 * weight.numel())) << layer.name;
        } else {
            EXPECT_NEAR(network.linear(index)->weight.std().item<double>(), 0.01, 5e-4);
            EXPECT_EQ(network.linear(index)->bias.abs().max().item<double>(), 0);
        }
    }
}

TEST(Initialization, RecalibratedStatisticsAreThePlainAverageAndNoFormatMoves) {
    Network network(graph_of("resnet18"), QuantizationConfig());
    network.initialize(13);
    torch::manual_seed(14);
    torch::NoGradGuard no_grad;
    for (int i = 0; i < 3; ++i) network.forward(torch::rand({4, 3, 64, 64}), NumericMode::kFakeQuant);
    const std::vector<Tensor> batches = {torch::rand({4, 3, 64, 64}), torch::rand({4, 3, 64, 64}) * 0.5,
                                         torch::rand({4, 3, 64, 64}).square()};
    const int first = network.graph().weighted_layers().front(), last = network.graph().weighted_layers().back();
    const std::vector<double> lengths = network.stored_running_lengths(last).values();
    std::vector<Tensor> means, variances;
    for (const Tensor& batch : batches) {
        network.recalibrate_batch_norm(true);
        network.forward(batch, NumericMode::kFakeQuant);
        means.push_back(network.conv(first)->running_mean.clone());
        variances.push_back(network.conv(first)->running_var.clone());
    }
    network.recalibrate_batch_norm(true);
    for (const Tensor& batch : batches) network.forward(batch, NumericMode::kFakeQuant);
    network.recalibrate_batch_norm(false);
    const ConvBatchNorm& conv = *network.conv(first);
    EXPECT_EQ(conv.num_batches_tracked, 3);
    EXPECT_TRUE(torch::allclose(conv.running_mean, (means[0] + means[1] + means[2]) / 3, 1e-5, 1e-7));
    EXPECT_TRUE(torch::allclose(conv.running_var, (variances[0] + variances[1] + variances[2]) / 3, 1e-5, 1e-7));
    EXPECT_EQ(network.stored_running_lengths(last).values(), lengths);
    network.forward(batches[0], NumericMode::kFakeQuant);
    EXPECT_NE(network.stored_running_lengths(last).values(), lengths) << "training goes on as before";
}

}  // namespace
}  // namespace f8net
