// SPDX-License-Identifier: Apache-2.0
#include "core/quantization/fake_quantize.h"

#include <gtest/gtest.h>

#include <cstring>
#include <regex>

#include "core/base/error.h"
#include "core/quantization/elementwise_kernels.h"
#include "core/tensorfile/safetensors.h"

namespace f8net {
namespace {

using torch::Tensor;

Tensor tensor_of(const TensorMap& map, const std::string& name) {
    const HostTensor& host = map.at(name);
    const std::vector<float> values = host.to_float();
    return torch::tensor(values).view(host.shape);
}

/// Value equality, so that zeros of both signs are equal.
void expect_same(const Tensor& actual, const Tensor& expected, const std::string& what) {
    EXPECT_EQ((actual != expected).sum().item<int64_t>(), 0) << what;
}

TEST(FakeQuantize, ValuesAndGradientMasksAreTheRecordedOnes) {
    const TensorMap map = read_safetensors(std::string(F8NET_SOURCE_DIR) + "/tests/golden/quantize.safetensors");
    const std::regex pattern("wl(\\d+)_fl(\\d+)_([su])\\.x");
    int cases = 0;
    for (const auto& [name, host] : map.tensors) {
        std::smatch match;
        if (!std::regex_match(name, match, pattern)) continue;
        const std::string base = name.substr(0, name.size() - 2);
        const CodeRange range{std::stoi(match[1]), match[3] == "s"};
        const FractionalLengths length{std::stoi(match[2])};
        for (const auto type : {torch::kFloat, torch::kDouble}) {
            if (type == torch::kDouble && range.word_length > 16) continue;  // recorded bounds are float32's
            const Tensor x = tensor_of(map, name).to(type).requires_grad_();
            const Tensor q = fake_quantize(x, range, length);
            expect_same(q.detach().to(torch::kFloat), tensor_of(map, base + ".q"), base + ".q");
            q.sum().backward();
            expect_same(x.grad().to(torch::kFloat), tensor_of(map, base + ".mask"), base + ".mask");
            if (!map.contains(base + ".clip")) continue;
            const Tensor y = tensor_of(map, name).to(type).requires_grad_();
            const Tensor clipped = fake_clip(y, range, length);
            expect_same(clipped.detach().to(torch::kFloat), tensor_of(map, base + ".clip"), base + ".clip");
            clipped.sum().backward();
            expect_same(y.grad().to(torch::kFloat), tensor_of(map, base + ".clip_mask"), base + ".clip_mask");
        }
        ++cases;
    }
    EXPECT_GT(cases, 20);
}

TEST(FakeQuantize, PerChannelValuesAndGradientMasksAreTheRecordedOnes) {
    const TensorMap map = read_safetensors(std::string(F8NET_SOURCE_DIR) + "/tests/golden/quantize.safetensors");
    for (const auto& [base, axis, is_signed] :
         {std::tuple{"perchannel_axis1", 1, true}, std::tuple{"perchannel_axis0_unsigned", 0, false}}) {
        FractionalLengths lengths;
        for (const double length : map.at(std::string(base) + ".fl").to_double())
            lengths.push_back(static_cast<int>(length));
        const Tensor x = tensor_of(map, std::string(base) + ".x").clone().requires_grad_();
        const Tensor q = fake_quantize(x, {8, is_signed}, lengths, axis);
        expect_same(q.detach(), tensor_of(map, std::string(base) + ".q"), base);
        q.sum().backward();
        expect_same(x.grad(), tensor_of(map, std::string(base) + ".mask"), base);
    }
}

TEST(FakeQuantize, FusedPassEqualsTheGeneralOneInEveryLayout) {
    torch::manual_seed(17);
    const Tensor x = torch::randn({3, 8, 5, 7}) * 3;
    for (const bool is_signed : {false, true}) {
        const CodeRange range{8, is_signed};
        const Tensor expected =
            fake_quantize(x, range, FractionalLengths(8, 5), 1);  // per channel: LibTorch operations
        expect_same(fake_quantize(x, range, {5}), expected, "contiguous");
        const Tensor rows = x.contiguous(at::MemoryFormat::ChannelsLast);
        EXPECT_TRUE(fake_quantize(rows, range, {5}).is_contiguous(at::MemoryFormat::ChannelsLast));
        expect_same(fake_quantize(rows, range, {5}), expected, "channels last");
        expect_same(fake_quantize(x.slice(3, 1, 6), range, {5}), expected.slice(3, 1, 6), "strided");
    }
}

TEST(FakeQuantize, GradientArrivesInAnotherLayout) {
    torch::manual_seed(18);
    const Tensor x = (torch::randn({2, 4, 3, 3}) * 3).requires_grad_();
    const Tensor weight = torch::randn({2, 4, 3, 3}).contiguous(at::MemoryFormat::ChannelsLast);
    (fake_quantize(x, {8, true}, {5}) * weight).sum().backward();
    const Tensor r = (x.detach() * 32).round();
    expect_same(x.grad(), weight * (r.abs() < 127), "gradient");
}

TEST(FakeQuantize, StraightThroughGradientIsTheSlopeOfTheClamp) {
    // Finite differences over a step of many codes, away from the edges: rounding averages out, the clamp's slope
    // stays.
    const double step = 0.25;
    for (const double x : {-1.0, -0.3, 0.4, 1.1, 3.0, 6.0}) {
        const auto q = [&](double value) {
            return fake_quantize(torch::tensor({value}, torch::kDouble), {8, false}, {6}).item<double>();
        };
        const double slope = (q(x + step) - q(x - step)) / (2 * step);
        const Tensor at = torch::tensor({x}, torch::kDouble).requires_grad_();
        fake_quantize(at, {8, false}, {6}).sum().backward();
        const bool is_near_edge = std::abs(x) <= step || std::abs(x - 255.0 / 64) <= step;
        if (is_near_edge) continue;
        EXPECT_NEAR(at.grad().item<double>(), slope, 1e-9) << x;
    }
}

TEST(FakeQuantize, NanStaysNan) {
    const Tensor x = torch::tensor({0.5f, NAN, 1.0f});
    EXPECT_TRUE(fake_quantize(x, {8, false}, {4}).isnan()[1].item<bool>());
    EXPECT_TRUE(fake_clip(x, {8, true}, {4}).isnan()[1].item<bool>());
}

TEST(FakeQuantize, RefusesLengthsThatFitNoDimension) {
    EXPECT_THROW(fake_quantize(torch::zeros({2, 3}), {8, true}, {1, 2}, 1), ShapeError);
    EXPECT_THROW(fake_quantize(torch::zeros({2}), {33, true}, {1}), ConfigError);
}

TEST(ElementwiseKernels, SumsDoNotDependOnThreads) {
    torch::manual_seed(19);
    const Tensor x = torch::randn({300007});
    const int threads = at::get_num_threads();
    at::set_num_threads(1);
    const Sums one = sum_moments(x.const_data_ptr<float>(), x.numel());
    at::set_num_threads(2);
    const Sums two = sum_moments(x.const_data_ptr<float>(), x.numel());
    at::set_num_threads(threads);
    EXPECT_EQ(std::memcmp(&one, &two, sizeof(one)), 0);
    EXPECT_NEAR(one.sum, x.to(torch::kDouble).sum().item<double>(), 1e-7);
}

TEST(ElementwiseKernels, ChannelMomentsAgreeForOddChannelCounts) {
    torch::manual_seed(20);
    for (const int64_t channels : {1, 7, 8, 16, 17, 40}) {
        const Tensor rows = torch::randn({1001, channels}) * 2 + 5;
        std::vector<double> mean(static_cast<size_t>(channels)), variance(static_cast<size_t>(channels));
        channel_moments(rows.const_data_ptr<float>(), 1001, channels, mean.data(), variance.data());
        const auto [expected_variance, expected_mean] =
            at::var_mean(rows.to(torch::kDouble), at::IntArrayRef{0}, false);
        EXPECT_LE((torch::tensor(mean, torch::kDouble) - expected_mean).abs().max().item<double>(), 1e-12);
        EXPECT_LE((torch::tensor(variance, torch::kDouble) - expected_variance).abs().max().item<double>(), 1e-11);
    }
}

}  // namespace
}  // namespace f8net
