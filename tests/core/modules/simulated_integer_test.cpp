// SPDX-License-Identifier: Apache-2.0
#include "core/modules/simulated_integer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/modules/pooling.h"
#include "tests/core/modules/golden.h"

namespace f8net {
namespace {

using golden::expect_close;
using golden::expect_equal;
using torch::Tensor;

const golden::File& file() {
    static const golden::File loaded("pool_residual.safetensors");
    return loaded;
}

StoredTensor stored(const std::string& name, int fractional_length = 0) {
    const Tensor x = file().get(name);
    return {as_exact(x.to(torch::kDouble), 2147483647.0), fractional_length, 2147483647.0};
}

TEST(SimulatedInteger, SumPoolAgreesWithTheRecordedSumsForEveryPlane) {
    for (int k = 1; k <= 8; ++k) {
        const std::string name = "avg.k" + std::to_string(k);
        const StoredTensor sum = sum_pool(stored(name + ".x"));
        expect_equal(sum.stored, file().get(name + ".sum"), name);
        EXPECT_EQ(sum.fractional_length, file().get(name + ".shift").item<int>());
        QuantizationConfig settings;
        expect_close(final_pool(file().get(name + ".xf"), settings), file().get(name + ".yf"), 1e-6, name + ".yf");
        EXPECT_DOUBLE_EQ(classifier_pool_scale(settings, k), file().get(name + ".scale").item<double>());
    }
}

TEST(SimulatedInteger, MaxPoolAgreesForEvenAndOddPlanes) {
    for (const char* size : {"7", "12", "13", "16"}) {
        const std::string name = std::string("max.h") + size;
        expect_equal(max_pool(stored(name + ".x"), 3, 2, 1).stored, file().get(name + ".y"), name);
    }
}

TEST(SimulatedInteger, ResidualBlocksAgreeInEveryElement) {
    const auto branch = [](const std::string& name, const std::string& prefix, const StoredTensor& x) {
        const CodeRange range{8, file().get(name + ".signed").item<int>() != 0};
        const int fl_input = file().get(name + prefix + "_fl_input").item<int>();
        const StoredTensor codes = requantize(x, range, fl_input);
        const Tensor y =
            torch::conv2d(codes.stored.to(torch::kDouble), file().get(name + prefix + "_weight", torch::kDouble),
                          file().get(name + prefix + "_bias", torch::kDouble));
        return StoredTensor{y, fl_input + file().get(name + prefix + "_fl_weight").item<int>(), 2147483647.0};
    };
    int checked = 0;
    for (const std::string family : {"resnet", "mobilenet_v2"}) {
        for (const std::string kind : {"equal_fl", "res_fl_larger", "stream_fl_larger", "saturating_stream",
                                       "shortcut_fl_larger", "shortcut_fl_smaller"}) {
            const std::string name = "residual." + family + "." + kind;
            if (!file().has(name + ".x")) continue;
            const StoredTensor x = stored(name + ".x", file().get(name + ".x_fl").item<int>());
            const StoredTensor body = branch(name, ".conv", x);
            expect_equal(body.stored, file().get(name + ".branch_acc"), name + ".branch_acc");
            StoredTensor y =
                add_streams(body, file().has(name + ".shortcut_weight") ? branch(name, ".shortcut", x) : x);
            if (family == "resnet") y = relu(y);
            expect_equal(y.stored, file().get(name + ".y"), name);
            EXPECT_EQ(y.fractional_length, file().get(name + ".y_fl").item<int>());
            ++checked;
        }
    }
    EXPECT_EQ(checked, 10);
}

TEST(SimulatedInteger, AveragePoolRoundsTheExactQuotientHalfToEven) {
    // 2 x 2 plane, FL 1 to FL 0: divisor 8. Sums 4, 12, 20 are ties; 5 and 3 are not.
    const Tensor sums = torch::tensor({4.0, 12.0, 20.0, 5.0, 3.0, 4000.0}).view({1, 6, 1, 1});
    const Tensor x = torch::cat({sums, torch::zeros({1, 6, 1, 3})}, 3).view({1, 6, 2, 2});
    const StoredTensor codes = average_pool({x, 1, 4000}, {8, false}, 0);
    expect_equal(codes.stored, torch::tensor({0.0, 2.0, 2.0, 1.0, 0.0, 255.0}), "codes");
}

TEST(SimulatedInteger, SumsThatLeaveFloat32MoveToFloat64) {
    const StoredTensor a{torch::full({1}, 16777215.0, torch::kFloat), 0, 16777215.0};
    const StoredTensor b{torch::full({1}, 2.0, torch::kFloat), 0, 2.0};
    EXPECT_EQ(add_streams(a, b).stored.item<double>(), 16777217.0);  // 2^24 + 1 has no float32
    const StoredTensor huge{torch::full({1}, 2147483647.0, torch::kDouble), 0, 2147483647.0};
    EXPECT_EQ(add_streams(huge, huge).stored.item<double>(), 2147483647.0);
}

}  // namespace
}  // namespace f8net
