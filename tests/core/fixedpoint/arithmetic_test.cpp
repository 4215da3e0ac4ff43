// SPDX-License-Identifier: Apache-2.0
// What kernels compute element by element, against the law (Quantizer, trying every length) and the golden numbers.
#include "core/fixedpoint/arithmetic.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "core/fixedpoint/format_choice.h"
#include "core/tensorfile/safetensors.h"

namespace f8net {
namespace {

TensorMap golden(const std::string& name) {
    return read_safetensors(F8NET_SOURCE_DIR "/tests/golden/" + name + ".safetensors");
}

template <typename T>
CodeGrid<T> grid_of(const FixedPointFormat& format) {
    return CodeGrid<T>::make(format.fractional_length, static_cast<T>(format.max_stored()), format.is_signed);
}

TEST(CodeGrid, GivesTheGoldenCodesValuesAndMasks) {
    const TensorMap map = golden("quantize");
    int cases = 0;
    for (const auto& [key, tensor] : map.tensors) {
        FixedPointFormat format;
        char sign = 0;
        const bool is_input = key.ends_with(".x") && std::sscanf(key.c_str(), "wl%d_fl%d_%c", &format.word_length,
                                                                 &format.fractional_length, &sign) == 3;
        if (!is_input || format.word_length > kLongestGridWord) continue;
        format.is_signed = sign == 's';
        const std::string name = key.substr(0, key.size() - 2);
        SCOPED_TRACE(name);
        ++cases;
        const CodeGrid<float> grid = grid_of<float>(format);
        const auto x = tensor.as<float>();
        const auto q = map.values<float>(name + ".q");
        const auto codes = map.values<int32_t>(name + ".code");
        const auto mask = map.values<uint8_t>(name + ".mask");
        for (size_t i = 0; i < x.size(); ++i) {
            ASSERT_EQ(grid.real(x[i]), q[i]) << x[i];
            ASSERT_EQ(grid.code(x[i]), static_cast<float>(codes[i])) << x[i];
            ASSERT_EQ(grid.passes(grid.code(x[i])), mask[i] != 0) << x[i];
        }
        if (!map.contains(name + ".clip")) continue;
        const auto clip = map.values<float>(name + ".clip");
        const auto clip_mask = map.values<uint8_t>(name + ".clip_mask");
        for (size_t i = 0; i < x.size(); ++i) {
            ASSERT_EQ(grid.clip(x[i]), clip[i]) << x[i];
            ASSERT_EQ(grid.passes(grid.clip(x[i]) * grid.scale), clip_mask[i] != 0) << x[i];
        }
    }
    EXPECT_GT(cases, 30);
}

template <typename T>
void expect_equal_to_the_law() {
    EXPECT_TRUE(rc::check("CodeGrid equals Quantizer", [](uint64_t bits, bool near_ties, bool is_signed) {
        const int word_length = *rc::gen::inRange(2, kLongestGridWord + 1);
        const int length = *rc::gen::inRange(0, word_length - (is_signed ? 1 : 0) + 1);
        const FixedPointFormat format{word_length, length, is_signed};
        T x;
        std::memcpy(&x, &bits, sizeof x);
        if (near_ties) x = static_cast<T>(std::ldexp(static_cast<double>(static_cast<int16_t>(bits)), -length - 1));
        RC_PRE(!std::isnan(x));
        const Quantizer<T> law(format);
        const CodeGrid<T> grid = grid_of<T>(format);
        RC_ASSERT(grid.code(x) == law.code(x));
        RC_ASSERT(grid.real(x) == law.real(x));
        RC_ASSERT(grid.clip(x) == law.clip(x));
        RC_ASSERT(grid.passes(grid.code(x)) == law.passes(x));
    }));
}
TEST(CodeGrid, EqualsTheLawForAnyBitPatternInFloat32) {
    expect_equal_to_the_law<float>();
}
TEST(CodeGrid, EqualsTheLawForAnyBitPatternInFloat64) {
    expect_equal_to_the_law<double>();
}

template <typename Byte>
void expect_bytes_keep_codes() {
    const bool is_signed = std::numeric_limits<Byte>::is_signed;
    for (int length = 0; length <= (is_signed ? 7 : 8); ++length) {
        const CodeGrid<float> grid = grid_of<float>({8, length, is_signed});
        for (float code = grid.lo; code <= grid.hi; ++code) {
            const float value = code * grid.inverse;
            EXPECT_EQ(grid.real_of(grid.byte_of<Byte>(grid.code(value))), value) << length;
        }
        EXPECT_EQ(static_cast<float>(grid.byte_of<Byte>(std::nanf(""))), grid.lo);
    }
}
TEST(CodeGrid, BytesKeepEveryCode) {
    expect_bytes_keep_codes<uint8_t>();
    expect_bytes_keep_codes<int8_t>();
    EXPECT_TRUE(std::isnan(grid_of<float>({8, 4, true}).real(std::nanf(""))));
}

/// Errors of FL 0 .. 8 of an 8-bit word.
template <typename Real, bool kSigned>
std::vector<double> errors_of(std::span<const float> x) {
    const auto grids = ErrorGrids<Real>::make(kSigned ? 127 : 255, 0);
    Real sums[kLengthsPerPass] = {}, below = 0;
    for (const float value : x) grids.template add_square_errors<kSigned>(static_cast<Real>(value), sums, below);
    std::vector<double> errors;
    for (int k = 0; k < (kSigned ? 8 : 9); ++k)
        errors.push_back(root_mean_error(static_cast<double>(sums[k] + below), static_cast<double>(x.size())));
    return errors;
}

TEST(Arithmetic, OnePassGivesTheGoldenErrorsAndFormats) {
    const TensorMap map = golden("format_choice");
    int cases = 0;
    for (const auto& [key, tensor] : map.tensors) {
        if (!key.ends_with(".x")) continue;
        const std::string name = key.substr(0, key.size() - 2);
        SCOPED_TRACE(name);
        const auto x = tensor.as<float>();
        for (const bool is_signed : {true, false}) {
            const std::string grid = name + (is_signed ? ".grid_s" : ".grid_u");
            const auto errors = is_signed ? errors_of<double, true>(x) : errors_of<double, false>(x);
            const auto rough = is_signed ? errors_of<float, true>(x) : errors_of<float, false>(x);
            const auto law = grid_search_errors<float>(x, 8, is_signed, name);
            for (size_t k = 0; k < law.size(); ++k) {
                EXPECT_NEAR(errors[k], law[k], 1e-12 * law[k]) << k;
                EXPECT_NEAR(rough[k], law[k], 1e-3 * law[k] + 1e-30) << k;
            }
            EXPECT_EQ(first_smallest(errors.data(), static_cast<int>(errors.size())), map.at(grid + ".fl").item());
        }
        Sums sums;
        for (const float value : x) sums.add(static_cast<double>(value));
        const auto count = static_cast<double>(x.size());
        for (const auto& [statistic, value] :
             {std::pair{Statistic::kStd, sums.deviation(count)}, {Statistic::kRms, sums.root_mean_square(count)}}) {
            const double law = compute_statistic(x, statistic, name);
            EXPECT_NEAR(value, law, 1e-9 * law) << to_string(statistic);
            for (const bool is_signed : {true, false}) {
                EXPECT_EQ(length_from_statistic(value, statistic_constant(statistic, is_signed), is_signed ? 7 : 8),
                          map.at(name + "." + to_string(statistic) + (is_signed ? "_s" : "_u") + ".fl").item())
                    << to_string(statistic);
            }
        }
        ++cases;
    }
    EXPECT_EQ(cases, 62);
}

TEST(Arithmetic, BatchStatisticsAreThoseOfTheDefinition) {
    Sums sums;
    const double values[] = {1, 2, 4, 9};
    for (const double value : values) sums.add(value);
    double squares = 0;
    for (const double value : values) squares += (value - 4) * (value - 4);
    EXPECT_EQ(sums.mean(4), 4);
    EXPECT_DOUBLE_EQ(sums.biased_variance(4), squares / 4);
    EXPECT_DOUBLE_EQ(sums.deviation(4), std::sqrt(squares / 3));
    sums.add(std::nan(""));
    EXPECT_TRUE(std::isnan(sums.biased_variance(5)));
    EXPECT_TRUE(std::isnan(sums.deviation(5)));
}

TEST(Arithmetic, ValuesThatAreNotFiniteSpoilEveryError) {
    for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
        for (const float sign : {1.0f, -1.0f}) {
            const float x[] = {1.0f, sign * bad};
            for (const double error : errors_of<double, true>(x)) EXPECT_FALSE(std::isfinite(error));
            for (const double error : errors_of<double, false>(x)) EXPECT_FALSE(std::isfinite(error));
        }
    }
    EXPECT_EQ(length_from_statistic(std::nan(""), 40, 7), 0);
}

}  // namespace
}  // namespace f8net
