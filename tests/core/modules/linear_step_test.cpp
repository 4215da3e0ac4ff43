// SPDX-License-Identifier: Apache-2.0
// The classifier as one node of autograd against its composed operations, which an input that is not dense goes
// through.
#include "core/modules/linear_step.h"

#include <gtest/gtest.h>

#include "core/modules/quantized_linear.h"

namespace f8net {
namespace {

using torch::Tensor;

constexpr int kIn = 37, kOut = 11, kImages = 5;

struct Case {
    const char* name;
    bool is_signed, clips, rescales;
    double pool_scale;
    FormatPolicy policy;
};

struct Result {
    Tensor y, d_x, d_weight, d_bias, d_alpha;
    double running_length;
};

Result step(const Case& tested, const Tensor& values, const Tensor& weight, torch::ScalarType type, bool is_dense) {
    QuantizationConfig settings;
    settings.clipping = tested.clips;
    settings.rescale_forward = tested.rescales;
    settings.format_policy = tested.policy;
    settings.input_format = {8, 5};
    settings.weight_format = {8, 6};
    Layer layer;
    layer.name = "classifier";
    layer.kind = LayerKind::kLinear;
    layer.in_channels = kIn;
    layer.out_channels = kOut;
    ActivationQuantizer::Options input;
    input.layer = layer.name;
    input.is_signed = tested.is_signed;
    const auto clip_level = std::make_shared<ClipLevel>(ClipLevel{torch::scalar_tensor(6.5, type).requires_grad_()});
    const auto lengths = std::make_shared<RunningLengths>(1, 4);
    const auto quantizer = std::make_shared<ActivationQuantizer>(input, settings, clip_level, lengths);
    QuantizedLinear linear(layer, LayerQuantization(layer.name, settings, quantizer, nullptr), tested.pool_scale, type);
    linear.weight = weight.to(type).clone().requires_grad_();
    linear.bias = torch::linspace(-1, 1, kOut, type).requires_grad_();

    Tensor x = values.to(type).clone();
    if (!is_dense) x = x.t().contiguous().t();
    x.requires_grad_();
    EXPECT_EQ(can_step_as_one(linear.quantization(), x, linear.weight), is_dense);
    const Tensor y = linear.forward(x, NumericMode::kFakeQuant, true, nullptr);
    (y * torch::linspace(-2, 3, y.numel(), type).view_as(y)).sum().backward();
    return {y.detach(),          x.grad(), linear.weight.grad(), linear.bias.grad(), clip_level->alpha.grad(),
            lengths->values()[0]};
}

void expect_close(const Tensor& actual, const Tensor& expected, double tolerance, const std::string& what) {
    ASSERT_EQ(actual.defined(), expected.defined()) << what;
    if (!actual.defined()) return;
    ASSERT_EQ(actual.sizes(), expected.sizes()) << what;
    EXPECT_LE((actual - expected).abs().max().item<double>(), tolerance * expected.abs().max().item<double>()) << what;
}

class LinearAsOne : public testing::TestWithParam<Case> {};

TEST_P(LinearAsOne, GivesValuesAndGradientsOfTheComposedOperations) {
    const Case& tested = GetParam();
    torch::manual_seed(21);
    Tensor x = torch::randn({kImages, kIn}) * 3;  // some beyond the clip
    if (!tested.is_signed) x = x.relu();
    Tensor weight = torch::randn({kOut, kIn}) * 0.2;
    weight[2][3] = 40;  // beyond what fits
    for (const auto type : {torch::kFloat, torch::kDouble}) {
        const Result expected = step(tested, x, weight, type, false), actual = step(tested, x, weight, type, true);
        const double tolerance = type == torch::kFloat ? 2e-6 : 1e-14;
        EXPECT_EQ(actual.running_length, expected.running_length);
        expect_close(actual.y, expected.y, tolerance, "y");
        expect_close(actual.d_x, expected.d_x, tolerance, "x");
        expect_close(actual.d_weight, expected.d_weight, tolerance, "weight");
        expect_close(actual.d_bias, expected.d_bias, tolerance, "bias");
        expect_close(actual.d_alpha, expected.d_alpha, 20 * tolerance, "alpha");
        EXPECT_EQ(actual.d_alpha.defined(), tested.clips);
        if (tested.policy != FormatPolicy::kGridSearch) {  // which makes room for it
            EXPECT_EQ(actual.d_weight[2][3].item<double>(), 0) << "clipped";
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Cases, LinearAsOne,
                         testing::Values(Case{"plain", false, false, false, 1, FormatPolicy::kStatistics},
                                         Case{"all", false, true, true, 8.0 / 9, FormatPolicy::kStatistics},
                                         Case{"signed_grid", true, true, true, 64.0 / 49, FormatPolicy::kGridSearch},
                                         Case{"fixed", false, true, false, 8.0 / 9, FormatPolicy::kFixed}),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(LinearAsOne, FlattensPlanesInRowMajorOrder) {
    const Case tested{"", false, true, true, 1, FormatPolicy::kStatistics};
    torch::manual_seed(22);
    const Tensor x = torch::randn({kImages, kIn, 1, 1}).relu(), weight = torch::randn({kOut, kIn});
    const Result planes = step(tested, x, weight, torch::kFloat, true),
                 rows = step(tested, x.flatten(1), weight, torch::kFloat, true);
    EXPECT_TRUE(torch::equal(planes.y, rows.y));
    ASSERT_EQ(planes.d_x.sizes(), x.sizes());
    EXPECT_TRUE(torch::equal(planes.d_x.flatten(1), rows.d_x));
}

}  // namespace
}  // namespace f8net
