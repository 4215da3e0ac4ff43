// SPDX-License-Identifier: Apache-2.0
// The layer as one node of autograd against the method written operation by operation (straightforward.h): values, and
// every gradient up to the order of sums.
#include "core/modules/conv_batch_norm_step.h"

#include <gtest/gtest.h>

#include "core/architecture/layer_graph.h"
#include "core/modules/gram_statistics.h"
#include "core/modules/network.h"
#include "core/modules/straightforward.h"

namespace f8net {
namespace {

using torch::Tensor;

ArchitectureOptions narrow(const std::string& architecture) {
    ArchitectureOptions options;
    options.architecture = architecture;
    options.width_multiplier = 0.25;
    options.stem = Stem::kSmall;
    options.image_size = 16;
    options.num_classes = 10;
    return options;
}

void expect_close(const Tensor& actual, const Tensor& expected, double tolerance, const std::string& what) {
    const double largest = expected.abs().max().item<double>();
    EXPECT_LE((actual - expected).abs().max().item<double>(), tolerance * largest + 1e-14) << what;
}

struct Step {
    Tensor logits;
    std::map<std::string, Tensor> gradients;
};
template <typename Forward>
Step step_of(Network& network, const Tensor& labels, const Forward& forward) {
    network.zero_grad();
    Step step;
    const Tensor logits = forward();
    torch::nn::functional::cross_entropy(logits, labels).backward();
    step.logits = logits.detach();
    for (const NamedParameter& parameter : network.parameters(NumericMode::kFakeQuant))
        step.gradients[parameter.name] = parameter.tensor.grad().clone();
    return step;
}

class OneNode : public testing::TestWithParam<std::tuple<const char*, bool>> {};

TEST_P(OneNode, GivesTheGradientsOfTheMethod) {
    const auto& [architecture, clipping] = GetParam();
    QuantizationConfig settings;
    settings.format_policy = FormatPolicy::kFixed;  // nothing moves between two forward passes
    settings.input_format = {8, 5};
    settings.weight_format = {8, 6};
    settings.clipping = clipping;
    Network network(make_layer_graph(narrow(architecture)), settings);
    network.initialize(7);
    network.to(torch::kCPU, torch::kDouble);
    torch::manual_seed(8);
    const Tensor x = ((torch::rand({4, 3, 16, 16}) * 255).round() / 255)
                         .to(torch::kDouble)
                         .contiguous(at::MemoryFormat::ChannelsLast);
    const Tensor labels = torch::randint(10, {4});
    const Step expected = step_of(network, labels, [&] { return straightforward_forward(network, x); });
    const Step actual = step_of(network, labels, [&] { return network.forward(x, NumericMode::kFakeQuant); });
    expect_close(actual.logits, expected.logits, 1e-10, "logits");
    ASSERT_EQ(actual.gradients.size(), expected.gradients.size());
    for (const auto& [name, gradient] : expected.gradients) {
        // A layer's own level cancels in the batch norm but for its epsilon.
        expect_close(actual.gradients.at(name), gradient, name.ends_with(".alpha") ? 1e-6 : 1e-8, name);
    }
}

INSTANTIATE_TEST_SUITE_P(Networks, OneNode,
                         testing::Combine(testing::Values("resnet18", "resnet50", "mobilenet_v2"), testing::Bool()),
                         [](const auto& tested) {
                             return std::string(std::get<0>(tested.param)) +
                                    (std::get<1>(tested.param) ? "_clipping" : "_without");
                         });

TEST(OneNodeInFloat32, AgreesWithTheMethodInEveryLayerKind) {
    QuantizationConfig settings;
    settings.format_policy = FormatPolicy::kFixed;
    settings.input_format = {8, 5};
    settings.weight_format = {8, 6};
    Network network(make_layer_graph(narrow("mobilenet_v2")), settings);
    network.initialize(7);
    torch::manual_seed(8);
    const Tensor x = ((torch::rand({4, 3, 16, 16}) * 255).round() / 255).contiguous(at::MemoryFormat::ChannelsLast);
    const Tensor labels = torch::randint(10, {4});
    int nodes = 0;
    for (const int index : network.graph().weighted_layers()) {
        ConvBatchNorm* conv = network.conv(index);
        if (conv == nullptr) continue;
        const Tensor input = torch::rand({2, conv->layer().in_channels, 8, 8})
                                 .contiguous(at::MemoryFormat::ChannelsLast)
                                 .mul_(3)
                                 .requires_grad_(!conv->layer().reads_pixels);
        ASSERT_TRUE(can_step_as_one(conv->layer(), conv->quantization(), input, conv->weight));
        const Tensor y = conv->forward(input, NumericMode::kFakeQuant, true, nullptr);
        ASSERT_NE(y.grad_fn()->name().find("StepNode"), std::string::npos) << y.grad_fn()->name();
        const Tensor r = torch::randn_like(y);
        (y * r).sum().backward();
        const std::vector<Tensor> gradients = {input.grad(), conv->weight.grad(), conv->gamma.grad(),
                                               conv->beta.grad()};
        // The same layer in float64, operation by operation.
        Network wide(network.graph(), settings);
        wide.initialize(7);
        wide.to(torch::kCPU, torch::kDouble);
        wide.set_channels_last(false);
        ConvBatchNorm& reference = *wide.conv(index);
        const Tensor wide_input = input.detach().to(torch::kDouble).contiguous().requires_grad_();
        const Tensor wide_y = reference.forward(wide_input, NumericMode::kFakeQuant, true, nullptr);
        expect_close(y.detach().to(torch::kDouble), wide_y.detach(), 1e-4, conv->layer().name + " y");
        (wide_y * r.to(torch::kDouble)).sum().backward();
        const std::vector<Tensor> expected = {wide_input.grad(), reference.weight.grad(), reference.gamma.grad(),
                                              reference.beta.grad()};
        for (size_t i = conv->layer().reads_pixels ? 1 : 0; i < expected.size(); ++i) {
            expect_close(gradients[i].to(torch::kDouble), expected[i], 2e-3,
                         conv->layer().name + " gradient " + std::to_string(i));
        }
        ++nodes;
    }
    EXPECT_GT(nodes, 40);
}

TEST(OneNodeInFloat32, GoesBackwardOnce) {
    QuantizationConfig settings;
    Network network(make_layer_graph(narrow("resnet18")), settings);
    network.initialize(7);
    const Tensor loss =
        network.forward(torch::rand({2, 3, 16, 16}).contiguous(at::MemoryFormat::ChannelsLast), NumericMode::kFakeQuant)
            .sum();
    loss.backward({}, /*retain_graph=*/true);
    EXPECT_THROW(loss.backward(), std::exception);
}

TEST(GramStatistics, AreThoseOfTheProductForAnyNumberOfPixels) {
    torch::manual_seed(9);
    for (const bool is_signed : {false, true}) {
        for (const int64_t pixels : {2, 255, 256, 257, 1024, 3000}) {
            // Codes far from zero on one side: where sums in float32 would round.
            const Tensor codes =
                is_signed ? torch::randint(-127, 128, {pixels, 12}) : torch::randint(200, 256, {pixels, 12});
            const Tensor rows = codes.to(torch::kFloat) / 32, weight = torch::randn({40, 12});
            const InputMoments moments = input_moments(rows, is_signed);
            const Tensor exact = rows.to(torch::kDouble);
            const Tensor centred = exact - exact.mean(0);
            expect_close(moments.mean, exact.mean(0), 1e-14, "mean");
            expect_close(moments.covariance, at::mm(centred.t(), centred) / static_cast<double>(pixels), 1e-11,
                         "covariance");
            Tensor w = weight.to(torch::kDouble).requires_grad_(), x = exact.clone().requires_grad_();
            const auto [variance, mean] = at::var_mean(at::mm(x, w.t()), at::IntArrayRef{0}, false);
            const OutputMoments output = output_moments(moments, weight);
            expect_close(output.mean, mean.detach(), 1e-11, "output mean");
            expect_close(output.variance, variance.detach(), 1e-10, "output variance");
            const Tensor g = torch::randn({40}, torch::kDouble), h = torch::randn({40}, torch::kDouble);
            ((mean * g).sum() + (variance * h).sum()).backward();
            const MomentsGradient gradient = output_moments_gradient(moments, weight, g, h);
            expect_close(gradient.weight, w.grad(), 1e-9, "weight gradient");
            expect_close(at::mm(exact, gradient.slope) + gradient.offset, x.grad(), 1e-9, "input gradient");
        }
    }
}

}  // namespace
}  // namespace f8net
