// SPDX-License-Identifier: Apache-2.0
// Convolutions of codes for training, against the sum written out, on every instruction set of this processor.
#include "core/inference/engine/code_convolution.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace f8net {
namespace {

struct Tensors {
    std::vector<int8_t> codes, weights;  // bytes
    std::vector<float> bias;
    float scale = 1;
};

Tensors random_tensors(const CodeConvolutionShape& shape, std::mt19937& random) {
    const Window& window = shape.window;
    Tensors t;
    std::uniform_int_distribution<int> code(shape.is_signed ? -127 : 0, shape.is_signed ? 127 : 255), weight(-127, 127);
    t.codes.resize(static_cast<size_t>(shape.input.size()));
    for (int8_t& each : t.codes) each = static_cast<int8_t>(code(random));
    t.weights.resize(static_cast<size_t>(shape.out_channels * window.kernel * window.kernel *
                                         (shape.input.channels / shape.groups)));
    for (int8_t& each : t.weights) each = static_cast<int8_t>(weight(random));
    t.bias.resize(static_cast<size_t>(shape.out_channels));
    for (float& each : t.bias) each = std::uniform_real_distribution<float>(-3, 3)(random);
    t.scale = std::ldexp(1.0F, -static_cast<int>(random() % 15));
    return t;
}

std::vector<float> expected(const CodeConvolutionShape& shape, const Tensors& t) {
    const auto [kernel, stride, padding] = shape.window;
    const int64_t in = shape.input.channels, width = shape.input.width, height = shape.input.height;
    const int64_t out_height = (height + 2 * padding - kernel) / stride + 1;
    const int64_t out_width = (width + 2 * padding - kernel) / stride + 1;
    const int64_t depth = in / shape.groups;
    std::vector<float> y;
    for (int64_t row = 0; row < out_height; ++row) {
        for (int64_t column = 0; column < out_width; ++column) {
            for (int64_t out = 0; out < shape.out_channels; ++out) {
                int64_t sum = 0;
                for (int64_t ky = 0; ky < kernel; ++ky) {
                    for (int64_t kx = 0; kx < kernel; ++kx) {
                        const int64_t iy = row * stride + ky - padding, ix = column * stride + kx - padding;
                        if (iy < 0 || ix < 0 || iy >= height || ix >= width) continue;
                        for (int64_t c = 0; c < depth; ++c) {
                            const int64_t channel = shape.groups == 1 ? c : out;
                            const int8_t code = t.codes[static_cast<size_t>((iy * width + ix) * in + channel)];
                            const int64_t value = shape.is_signed ? code : static_cast<uint8_t>(code);
                            sum +=
                                value * t.weights[static_cast<size_t>(((out * kernel + ky) * kernel + kx) * depth + c)];
                        }
                    }
                }
                const float scaled = static_cast<float>(static_cast<int32_t>(sum)) * t.scale;
                y.push_back(scaled + t.bias[static_cast<size_t>(out)]);
            }
        }
    }
    return y;
}

void compare(const InstructionSet& set, const CodeConvolutionShape& shape, std::mt19937& random) {
    const auto convolution = CodeConvolution::make(set, shape);
    ASSERT_NE(convolution, nullptr);
    CodeWeights weights;
    for (int call = 0; call < 2; ++call) {  // the second one into memory of the first
        const Tensors t = random_tensors(shape, random);
        const std::vector<float> want = expected(shape, t);
        convolution->start(t.weights.data(), t.scale, t.bias.data(), weights);
        for (int64_t i = 0; i < convolution->num_pack_parts(); ++i) convolution->pack(t.weights.data(), i, weights);
        std::vector<float> y(want.size(), NAN);
        const int parts = 1 + static_cast<int>(random() % 3);
        for (int part = 0; part < parts; ++part) convolution->run(t.codes.data(), weights, y.data(), part, parts);
        ASSERT_EQ(y, want) << "call " << call;
    }
}

TEST(CodeConvolution, EqualsTheSumWrittenOut) {
    const unsigned seed = std::random_device{}();
    std::mt19937 random(seed);
    if (instruction_sets().empty()) GTEST_SKIP() << "no generated kernels on this processor";
    for (const InstructionSet* set : instruction_sets()) {
        for (int round = 0; round < 40; ++round) {
            CodeConvolutionShape shape;
            const bool is_depthwise = random() % 3 == 0;
            const auto up_to = [&](unsigned most) { return static_cast<int64_t>(1 + random() % most); };
            shape.window.kernel = std::vector<int>{1, 3, 5, 7}[random() % 4];
            shape.window.stride = static_cast<int>(up_to(2));
            shape.window.padding = random() % 2 == 0 ? shape.window.kernel / 2 : 0;
            shape.is_signed = random() % 2 == 0;
            const int64_t channels = is_depthwise ? 8 * up_to(20) : up_to(random() % 2 == 0 ? 4 : 70);
            shape.input = {channels, shape.window.kernel + up_to(14) - 1, shape.window.kernel + up_to(20) - 1};
            shape.out_channels = is_depthwise ? channels : up_to(150);
            shape.groups = is_depthwise ? static_cast<int>(channels) : 1;
            SCOPED_TRACE(set->name() + ", seed " + std::to_string(seed) + ", round " + std::to_string(round) +
                         (is_depthwise ? ", depthwise " : ", dense ") + std::to_string(channels) + " to " +
                         std::to_string(shape.out_channels) + ", kernel " + std::to_string(shape.window.kernel));
            compare(*set, shape, random);
            if (HasFatalFailure()) return;
        }
    }
}

TEST(CodeConvolution, LeavesWhatMayLeaveInt32AndGroupsToOthers) {
    if (instruction_sets().empty()) GTEST_SKIP() << "no generated kernels on this processor";
    const InstructionSet& set = *instruction_sets().front();
    EXPECT_EQ(CodeConvolution::make(set, {{5000, 9, 9}, 8, 1, {3, 1, 1}, false}), nullptr);
    EXPECT_EQ(CodeConvolution::make(set, {{16, 9, 9}, 32, 16, {3, 1, 1}, false}), nullptr);
}

TEST(CodeConvolution, IsMadeOncePerShape) {
    if (instruction_sets().empty()) GTEST_SKIP() << "no generated kernels on this processor";
    const CodeConvolutionShape shape{{16, 9, 9}, 32, 1, {3, 1, 1}, false};
    EXPECT_NE(CodeConvolution::of(shape), nullptr);
    EXPECT_EQ(CodeConvolution::of(shape), CodeConvolution::of(shape));
}

}  // namespace
}  // namespace f8net
