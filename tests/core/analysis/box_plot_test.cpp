// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/box_plot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "core/base/error.h"

namespace f8net {
namespace {

/// The definition, on the sorted values.
double quantile(const std::vector<float>& sorted, double share) {
    const double position = share * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<size_t>(std::floor(position));
    const size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (position - std::floor(position)) * (double{sorted[above]} - sorted[below]);
}

TEST(BoxPlot, IsThatOfTheSortedValues) {
    std::random_device device;
    const auto seed = device();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    std::student_t_distribution<float> heavy_tails(2);
    for (size_t count = 1; count < 200; count += count < 12 ? 1 : 17) {
        std::vector<float> values(count);
        for (float& value : values) value = heavy_tails(random);
        if (count % 3 == 0) values[count / 2] = values[0];  // ties
        std::vector<float> sorted = values;
        std::sort(sorted.begin(), sorted.end());

        const BoxPlot box = box_plot(values, "x");
        EXPECT_EQ(box.count, static_cast<int64_t>(count));
        EXPECT_EQ(box.minimum, sorted.front());
        EXPECT_EQ(box.maximum, sorted.back());
        EXPECT_EQ(box.lower_quartile, quantile(sorted, 0.25));
        EXPECT_EQ(box.median, quantile(sorted, 0.5));
        EXPECT_EQ(box.upper_quartile, quantile(sorted, 0.75));
        const double reach = 1.5 * (box.upper_quartile - box.lower_quartile);
        std::vector<float> inside;
        int64_t below = 0, above = 0;
        for (const float value : sorted) {
            below += value < box.lower_quartile - reach;
            above += value > box.upper_quartile + reach;
            if (value >= box.lower_quartile - reach && value <= box.upper_quartile + reach) inside.push_back(value);
        }
        EXPECT_EQ(box.lower_whisker, inside.front());
        EXPECT_EQ(box.upper_whisker, inside.back());
        EXPECT_EQ(box.outliers_below, below);
        EXPECT_EQ(box.outliers_above, above);
        double sum = 0, squares = 0;
        for (const float value : values) sum += value;
        const double mean = sum / static_cast<double>(count);
        for (const float value : values) squares += (value - mean) * (value - mean);
        EXPECT_NEAR(box.mean, mean, 1e-12 * (1 + std::abs(mean)));
        EXPECT_NEAR(box.sigma, count > 1 ? std::sqrt(squares / static_cast<double>(count - 1)) : 0, 1e-9);
    }
}

TEST(BoxPlot, OfKnownNumbers) {
    const std::vector<float> values{1, 2, 3, 4, 5, 6, 7, 8, 9, 100, -50};
    const BoxPlot box = box_plot(values, "x");
    EXPECT_EQ(box.lower_quartile, 2.5);
    EXPECT_EQ(box.median, 5);
    EXPECT_EQ(box.upper_quartile, 7.5);
    EXPECT_EQ(box.lower_whisker, 1);
    EXPECT_EQ(box.upper_whisker, 9);
    EXPECT_EQ(box.outliers_below, 1);
    EXPECT_EQ(box.outliers_above, 1);
    EXPECT_DOUBLE_EQ(box.outlier_share(), 2.0 / 11);
}

TEST(BoxPlot, NamesATensorThatHasNone) {
    EXPECT_THROW(box_plot({}, "x"), NumericError);
    const std::vector<float> values{1, std::numeric_limits<float>::quiet_NaN()};
    try {
        box_plot(values, "head.0.weight");
        FAIL();
    } catch (const NumericError& error) {
        EXPECT_NE(std::string(error.what()).find("head.0.weight: element 1 is nan"), std::string::npos) << error.what();
    }
}

}  // namespace
}  // namespace f8net
