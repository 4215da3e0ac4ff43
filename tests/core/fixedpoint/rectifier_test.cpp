// SPDX-License-Identifier: Apache-2.0
// ReLU, its bits and the windows of a pool, as loops and kernels take them, against what they mean.
#include "core/fixedpoint/rectifier.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace f8net {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(Rectifier, LetsPositiveValuesAndNanThroughAndKeepsTheSignOfZero) {
    for (const double x : {1e-310, 1.0, double(INFINITY)}) {
        EXPECT_EQ(rectified(x), x);
        EXPECT_EQ(rectified(-x), 0.0);
        EXPECT_FALSE(std::signbit(rectified(-x)));
        EXPECT_TRUE(passes_rectifier(x));
        EXPECT_FALSE(passes_rectifier(-x));
    }
    EXPECT_TRUE(std::isnan(rectified(kNan)) && passes_rectifier(kNan));
    for (const double zero : {0.0, -0.0}) {
        EXPECT_EQ(std::signbit(rectified(zero)), std::signbit(zero));
        EXPECT_FALSE(passes_rectifier(zero));
    }
}

TEST(Rectifier, KeepsABitAnElementInWholeBytes) {
    EXPECT_EQ(bytes_of_bits(0), 0);
    for (int64_t n = 1; n < 100; ++n) {
        EXPECT_GE(bytes_of_bits(n) * kElementsPerByte, n);
        EXPECT_LT((bytes_of_bits(n) - 1) * kElementsPerByte, n);
    }
}

TEST(RectifiedMaximum, IsTheFirstOfTheLargestAboveZeroAndTheLastNan) {
    const auto winner = [](const std::vector<double>& values) {
        auto best = RectifiedMaximum<double>::none();
        for (size_t i = 0; i < values.size(); ++i) best.see(values[i], static_cast<uint8_t>(i));
        return best;
    };
    const auto expect = [&](const std::vector<double>& values, double value, uint8_t place) {
        const auto best = winner(values);
        EXPECT_EQ(best.place, place);
        EXPECT_TRUE(best.value == value || (std::isnan(best.value) && std::isnan(value))) << best.value;
    };
    constexpr uint8_t kNone = RectifiedMaximum<double>::kNone;
    expect({1, 3, 3, 2}, 3, 1);
    expect({-1, 0, -0.0, -INFINITY}, 0, kNone);
    expect({}, 0, kNone);
    expect({1, kNan, 5}, kNan, 1);
    expect({kNan, 5, kNan, INFINITY}, kNan, 2);  // as LibTorch's pool
    EXPECT_FALSE(std::signbit(winner({-0.0}).value));
}

TEST(PoolWindows, SayWhichPixelsAWindowSeesAndWhichWindowsSeeAPixel) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto pick = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
    for (int i = 0; i < 300; ++i) {
        PoolWindows windows{};
        windows.kernel = pick(1, 15);
        windows.stride = pick(1, 17);
        windows.padding = pick(0, windows.kernel / 2);
        const int64_t size = pick(std::max(1, windows.kernel - 2 * windows.padding), 40);
        const int64_t out_size = (size + 2 * windows.padding - windows.kernel) / windows.stride + 1;
        const auto sees = [&](int64_t out, int64_t in) {
            const int64_t first = out * windows.stride - windows.padding;
            return first <= in && in < first + windows.kernel;
        };
        for (int64_t out = 0; out < out_size; ++out) {
            const auto inside = windows.inside(out, size);
            EXPECT_LT(inside.begin, inside.end) << "padding sees nothing alone";
            for (int64_t in = 0; in < size; ++in) EXPECT_EQ(inside.begin <= in && in < inside.end, sees(out, in));
        }
        for (int64_t in = 0; in < size; ++in) {
            const auto over = windows.windows_over(in, out_size);
            for (int64_t out = 0; out < out_size; ++out)
                EXPECT_EQ(over.begin <= out && out < over.end, sees(out, in)) << in << " of " << size;
        }
        // Row by row from the window's own corner, also where that lies outside.
        int place = 0;
        const int64_t row = windows.start(0), column = windows.start(out_size - 1);
        for (int y = 0; y < windows.kernel; ++y) {
            for (int x = 0; x < windows.kernel; ++x)
                EXPECT_EQ(windows.place(row + y, column + x, 0, out_size - 1), place++);
        }
    }
}

}  // namespace
}  // namespace f8net
