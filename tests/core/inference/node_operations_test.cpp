// SPDX-License-Identifier: Apache-2.0
#include "core/inference/node_operations.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

#include "core/fixedpoint/requantize.h"
#include "core/inference/kernels/kernel.h"
#include "core/tensorfile/safetensors.h"

namespace f8net {
namespace {

constexpr int32_t kLargest = std::numeric_limits<int32_t>::max();
constexpr int32_t kLowest = std::numeric_limits<int32_t>::min();

const TensorMap& golden() {
    static const TensorMap map = read_safetensors(F8NET_SOURCE_DIR "/tests/golden/pool_residual.safetensors");
    return map;
}

struct Plane {
    Shape shape;
    std::vector<int32_t> values;  ///< H W C
};

/// First image of an N C H W tensor.
Plane image_of(const std::string& name, int64_t image = 0) {
    const HostTensor& tensor = golden().at(name);
    Plane plane{{tensor.shape[1], tensor.shape[2], tensor.shape[3]}, {}};
    const auto values = tensor.to_int64();
    const int64_t pixels = plane.shape.height * plane.shape.width;
    for (int64_t i = 0; i < pixels; ++i) {
        for (int64_t c = 0; c < plane.shape.channels; ++c) {
            plane.values.push_back(
                static_cast<int32_t>(values[static_cast<size_t>((image * plane.shape.channels + c) * pixels + i)]));
        }
    }
    return plane;
}

TEST(NodeOperations, SumPoolEqualsTheGoldenSums) {
    for (int k = 1; k <= 8; ++k) {
        const std::string name = "avg.k" + std::to_string(k);
        for (int64_t n = 0; n < golden().at(name + ".x").shape[0]; ++n) {
            const Plane x = image_of(name + ".x", n);
            std::vector<int32_t> sums(static_cast<size_t>(x.shape.channels));
            sum_pool(x.values.data(), x.shape, sums.data());
            const auto expected = golden().at(name + ".sum").to_int64();
            for (size_t c = 0; c < sums.size(); ++c)
                EXPECT_EQ(sums[c], expected[static_cast<size_t>(n) * sums.size() + c]) << name;
        }
    }
}

TEST(NodeOperations, MaxPoolEqualsTheGoldenMaxima) {
    int cases = 0;
    for (const auto& [key, tensor] : golden().tensors) {
        if (!key.starts_with("max.h") || !key.ends_with(".x")) continue;
        ++cases;
        const std::string result = key.substr(0, key.size() - 2) + ".y";
        for (int64_t n = 0; n < tensor.shape[0]; ++n) {
            const Plane x = image_of(key, n), y = image_of(result, n);
            std::vector<int32_t> maxima(y.values.size());
            max_pool(x.values.data(), x.shape, {3, 2, 1}, y.shape, maxima.data());
            EXPECT_EQ(maxima, y.values) << key;
        }
    }
    EXPECT_GT(cases, 2);
}

TEST(NodeOperations, MaxPoolWithoutPaddingKeepsNegativeMaxima) {
    const std::vector<int32_t> x = {-5, -3, -9, -7};
    int32_t y = 0;
    max_pool(x.data(), {1, 2, 2}, {2, 2, 0}, {1, 1, 1}, &y);
    EXPECT_EQ(y, -3);
}

/// The 1 x 1 convolution of a residual case.
std::vector<int32_t> branch(const std::string& name, const std::string& kind, const Plane& x, int& fractional_length) {
    IntegerNode node;
    node.kind = NodeKind::kConv;
    const HostTensor& weight = golden().at(name + "." + kind + "_weight");
    node.out_channels = static_cast<int>(weight.shape[0]);
    node.in_channels = static_cast<int>(weight.shape[1]);
    node.output = {node.out_channels, x.shape.height, x.shape.width};
    const auto codes = weight.as<int8_t>();
    node.weight_s8.assign(codes.begin(), codes.end());
    const auto bias = golden().values<int32_t>(name + "." + kind + "_bias");
    node.bias_s32.assign(bias.begin(), bias.end());
    const auto number = [&](const std::string& what) {
        return static_cast<int>(golden().at(name + "." + what).item());
    };
    node.input_format = {8, number(kind + "_fl_input"), number("signed") != 0};
    fractional_length = node.input_format.fractional_length + number(kind + "_fl_weight");
    std::vector<int32_t> output(static_cast<size_t>(node.output.size()));
    Scratch scratch;
    make_scalar_kernel({node, x.shape, number("x_fl") - node.input_format.fractional_length})
        ->run(x.values.data(), output.data(), scratch);
    return output;
}

TEST(NodeOperations, ResidualBlocksEqualTheGoldenOnes) {
    int cases = 0;
    for (const auto& [key, tensor] : golden().tensors) {
        if (!key.starts_with("residual.") || !key.ends_with(".conv_weight")) continue;
        const std::string name = key.substr(0, key.size() - std::string(".conv_weight").size());
        SCOPED_TRACE(name);
        ++cases;
        for (int64_t n = 0; n < golden().at(name + ".x").shape[0]; ++n) {
            Plane x = image_of(name + ".x", n);
            int body_length = 0, stream_length = static_cast<int>(golden().at(name + ".x_fl").item());
            const auto body = branch(name, "conv", x, body_length);
            EXPECT_EQ(body, image_of(name + ".branch_acc", n).values);
            if (golden().contains(name + ".shortcut_weight")) x.values = branch(name, "shortcut", x, stream_length);
            const int length = std::max(body_length, stream_length);
            std::vector<int32_t> y(body.size());
            add_saturating(body.data(), length - body_length, x.values.data(), length - stream_length,
                           static_cast<int64_t>(y.size()), y.data());
            if (name.starts_with("residual.resnet")) relu(y.data(), static_cast<int64_t>(y.size()), y.data());
            EXPECT_EQ(y, image_of(name + ".y", n).values);
            EXPECT_EQ(length, golden().at(name + ".y_fl").item());
        }
    }
    EXPECT_GE(cases, 8);
}

TEST(NodeOperations, SumsAreClampedOnceAtTheEnd) {
    const int32_t a = kLargest, b = -kLargest, c = 1;
    int32_t y = 0;
    add_saturating(&a, 5, &b, 5, 1, &y);
    EXPECT_EQ(y, 0);  // either operand alone would have saturated
    add_saturating(&a, 0, &c, 0, 1, &y);
    EXPECT_EQ(y, kLargest);
    add_saturating(&b, 31, &b, 31, 1, &y);
    EXPECT_EQ(y, -kLargest);
}

TEST(NodeOperations, AveragePoolRoundsTheRationalOnce) {
    // 9 pixels, shift 1: 27 / 18 = 1.5 goes to the even 2; 45 / 18 = 2.5 to 2; -27 / 18 to -2.
    const auto pooled = [](int32_t sum, int shift, bool is_signed) {
        std::vector<int32_t> plane(9, 0);
        plane[4] = sum;
        int32_t code = 0;
        average_pool(plane.data(), {1, 3, 3}, shift, {8, 4, is_signed}, &code);
        return code;
    };
    EXPECT_EQ(pooled(27, 1, false), 2);
    EXPECT_EQ(pooled(45, 1, false), 2);
    EXPECT_EQ(pooled(-27, 1, true), -2);
    EXPECT_EQ(pooled(-26, 1, true), -1);
    EXPECT_EQ(pooled(28, 1, true), 2);
    EXPECT_EQ(pooled(9, -2, false), 4);
    EXPECT_EQ(pooled(kLargest, 1, false), 255);
    EXPECT_EQ(pooled(-kLargest, 1, true), -127);
}

TEST(NodeOperations, RequantizedTensorsEqualRequantizedNumbers) {
    std::mt19937 random(7);
    std::vector<int32_t> x = {0, 1, -1, kLargest, kLowest, kLargest - 1, kLowest + 1};
    for (int i = 0; i < 500; ++i) x.push_back(static_cast<int32_t>(random()) >> (random() % 32));
    for (int shift = -35; shift <= 40; ++shift) {
        for (const bool is_signed : {true, false}) {
            const FixedPointFormat format{8, 0, is_signed};
            std::vector<int16_t> codes(x.size());
            requantize_to_codes(x.data(), static_cast<int64_t>(x.size()), shift, format, codes.data());
            for (size_t i = 0; i < x.size(); ++i) {
                ASSERT_EQ(codes[i], requantize_round_half_even(x[i], shift, format.min_stored(), format.max_stored()))
                    << x[i] << " shift " << shift;
            }
        }
    }
}

}  // namespace
}  // namespace f8net
