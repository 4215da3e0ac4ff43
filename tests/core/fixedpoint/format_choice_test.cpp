// SPDX-License-Identifier: Apache-2.0
#include "core/fixedpoint/format_choice.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <random>

#include "core/base/error.h"
#include "core/tensorfile/safetensors.h"

namespace f8net {
namespace {

using ::testing::HasSubstr;

constexpr Statistic kAll[] = {Statistic::kStd, Statistic::kMae, Statistic::kRms};

const TensorMap& golden() {
    static const TensorMap map = read_safetensors(F8NET_SOURCE_DIR "/tests/golden/format_choice.safetensors");
    return map;
}

std::vector<std::string> golden_names() {
    std::vector<std::string> names;
    for (const auto& [key, tensor] : golden().tensors) {
        if (key.ends_with(".x")) names.push_back(key.substr(0, key.size() - 2));
    }
    return names;
}

TEST(FormatChoice, StatisticsChooseTheGoldenLengths) {
    EXPECT_EQ(golden_names().size(), 62u);
    for (const std::string& name : golden_names()) {
        const auto x = golden().values<float>(name + ".x");
        for (const Statistic statistic : kAll) {
            const double value = compute_statistic(x, statistic, name);
            const double expected = golden().at(name + "." + to_string(statistic) + ".value").item();
            EXPECT_NEAR(value, expected, 1e-5 * std::fabs(expected)) << name << ' ' << to_string(statistic);
            for (const bool is_signed : {true, false}) {
                const std::string key = name + "." + to_string(statistic) + (is_signed ? "_s" : "_u") + ".fl";
                EXPECT_EQ(choose_fractional_length(value, statistic, is_signed, name), golden().at(key).item())
                    << key << " of " << value;
            }
        }
    }
}

TEST(FormatChoice, StatisticsPerChannelChooseTheGoldenLengths) {
    int compared = 0;
    for (const std::string& name : golden_names()) {
        const HostTensor& x = golden().at(name + ".x");
        for (const Statistic statistic : kAll) {
            for (const int axis : {0, 1}) {
                for (const bool is_signed : {true, false}) {
                    const std::string key = name + "." + to_string(statistic) + (is_signed ? "_s" : "_u") + ".fl_axis" +
                                            std::to_string(axis);
                    if (!golden().contains(key)) continue;
                    const auto expected = golden().at(key).to_double();
                    const auto values = compute_statistic_per_channel<float>(
                        x.as<float>(), axis == 0 ? 1 : x.shape[0], x.shape[static_cast<size_t>(axis)], statistic, name);
                    ASSERT_EQ(values.size(), expected.size()) << key;
                    for (size_t c = 0; c < values.size(); ++c) {
                        EXPECT_EQ(choose_fractional_length(values[c], statistic, is_signed, name), expected[c])
                            << key << " channel " << c;
                        ++compared;
                    }
                }
            }
        }
    }
    EXPECT_GT(compared, 1000);
}

TEST(FormatChoice, GridSearchGivesTheGoldenErrorsAndLengths) {
    for (const std::string& name : golden_names()) {
        const auto x = golden().values<float>(name + ".x");
        for (const bool is_signed : {true, false}) {
            const std::string key = name + (is_signed ? ".grid_s" : ".grid_u");
            const auto errors = grid_search_errors<float>(x, 8, is_signed, name);
            const auto expected = golden().at(key + ".error").to_double();
            ASSERT_EQ(errors.size(), expected.size()) << key;
            for (size_t i = 0; i < errors.size(); ++i)
                EXPECT_NEAR(errors[i], expected[i], 1e-5 * expected[i]) << key << " FL " << i;
            EXPECT_EQ(choose_fractional_length(errors), golden().at(key + ".fl").item()) << key;
        }
    }
}

TEST(FormatChoice, ValueOnTheBoundaryTakesTheBoundarysLength) {
    EXPECT_EQ(choose_fractional_length(30.0 / 16, Statistic::kMae, true, "x"), 4);
    EXPECT_EQ(choose_fractional_length(std::nextafter(30.0 / 16, 2.0), Statistic::kMae, true, "x"), 3);
    EXPECT_EQ(choose_fractional_length(0.0, Statistic::kStd, true, "x"), 7);
    EXPECT_EQ(choose_fractional_length(0.0, Statistic::kStd, false, "x"), 8);
    EXPECT_EQ(choose_fractional_length(1e9, Statistic::kStd, false, "x"), 0);
}

TEST(FormatChoice, SameBitsForEveryNumberOfThreads) {
    std::mt19937 random(20261123);
    std::normal_distribution<float> normal(3.0f, 0.7f);
    std::vector<float> x(1'000'003);
    for (float& value : x) value = normal(random);
    for (const Statistic statistic : kAll) {
        const double one = compute_statistic(x, statistic, "x", 1);
        for (const int threads : {2, 3, 7})
            EXPECT_EQ(compute_statistic(x, statistic, "x", threads), one) << to_string(statistic);
    }
    EXPECT_NEAR(compute_statistic(x, Statistic::kStd, "x"), 0.7, 0.002);
}

TEST(FormatChoice, SpreadAroundALargeMeanDoesNotCancel) {
    std::vector<double> x(20'000);
    for (size_t i = 0; i < x.size(); ++i) x[i] = 1e9 + (i % 2 == 0 ? 0.25 : -0.25);
    const double n = static_cast<double>(x.size());
    EXPECT_NEAR(compute_statistic(x, Statistic::kStd, "x"), 0.25 * std::sqrt(n / (n - 1)), 1e-12);
    EXPECT_EQ(compute_statistic(std::vector<float>(9999, 3.3e30f), Statistic::kStd, "x"), 0.0);
}

TEST(FormatChoice, NamesTheTensorThatIsNotFinite) {
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        std::vector<float> x(100, 1.0f);
        x[57] = bad;
        for (const Statistic statistic : kAll) {
            try {
                compute_statistic(x, statistic, "stage_0_layer_0.body.0");
                FAIL();
            } catch (const NumericError& error) {
                EXPECT_THAT(error.what(), HasSubstr("stage_0_layer_0.body.0"));
            }
        }
        EXPECT_THROW(grid_search_errors<float>(x, 8, true, "x"), NumericError);
    }
    EXPECT_THROW(compute_statistic(std::vector<float>{1.0f}, Statistic::kStd, "x"), NumericError);
    EXPECT_THROW(compute_statistic(std::vector<float>{}, Statistic::kMae, "x"), NumericError);
}

TEST(FormatChoice, RunningLengthRoundsHalfToEvenAndStaysInRange) {
    EXPECT_EQ(round_running_fractional_length(5.5f, 8, false, "x"), 6);
    EXPECT_EQ(round_running_fractional_length(4.5f, 8, false, "x"), 4);
    EXPECT_EQ(round_running_fractional_length(8.0f, 8, true, "x"), 7);
    EXPECT_EQ(round_running_fractional_length(-1.0f, 8, true, "x"), 0);
    EXPECT_THROW(round_running_fractional_length(std::numeric_limits<float>::quiet_NaN(), 8, true, "x"), NumericError);
    EXPECT_FLOAT_EQ(update_running_fractional_length(6.0f, 4, 0.1f), 5.8f);
}

}  // namespace
}  // namespace f8net
