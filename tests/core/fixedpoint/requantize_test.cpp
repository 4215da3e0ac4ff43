// SPDX-License-Identifier: Apache-2.0
#include "core/fixedpoint/requantize.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <limits>

#include "core/tensorfile/safetensors.h"

namespace f8net {
namespace {

TEST(Requantize, EqualsTheGoldenCodes) {
    const TensorMap golden = read_safetensors(F8NET_SOURCE_DIR "/tests/golden/requantize.safetensors");
    int cases = 0;
    for (const auto& [key, tensor] : golden.tensors) {
        if (!key.ends_with(".acc")) continue;
        const std::string name = key.substr(0, key.size() - 4);
        int fl_in = 0, fl_out = 0;
        ASSERT_EQ(std::sscanf(name.c_str(), "in%d_out%d", &fl_in, &fl_out), 2);
        for (const bool is_signed : {true, false}) {
            const std::string code_name = name + (is_signed ? ".code_s" : ".code_u");
            if (!golden.contains(code_name)) continue;
            ++cases;
            const auto accumulators = tensor.as<int32_t>();
            const auto codes = golden.values<int16_t>(code_name);
            for (size_t i = 0; i < accumulators.size(); ++i) {
                ASSERT_EQ(requantize_round_half_even(accumulators[i], fl_in, {8, fl_out, is_signed}), codes[i])
                    << code_name << " accumulator " << accumulators[i];
            }
        }
    }
    EXPECT_EQ(cases, 17 * 9 + 17 * 8);  // FLs 0..16 to 0..8 unsigned, 0..7 signed
}

TEST(Requantize, TieOnNegativeValueGoesToEven) {
    const FixedPointFormat format{8, 0, true};
    EXPECT_EQ(requantize_round_half_even(-2, 2, format), 0);    // -0.5
    EXPECT_EQ(requantize_round_half_even(-6, 2, format), -2);   // -1.5
    EXPECT_EQ(requantize_round_half_even(-10, 2, format), -2);  // -2.5
    EXPECT_EQ(requantize_round_half_even(-7, 2, format), -2);   // -1.75
}

TEST(Requantize, SaturatesWhereInt32WouldWrap) {
    const int32_t highest = std::numeric_limits<int32_t>::max(), lowest = std::numeric_limits<int32_t>::min();
    for (int shift = -40; shift <= 23; ++shift) {
        EXPECT_EQ(requantize_round_half_even(highest, shift, {8, 0, false}), 255) << shift;
        EXPECT_EQ(requantize_round_half_even(lowest, shift, {8, 0, true}), -127) << shift;
        EXPECT_EQ(requantize_round_half_even(lowest, shift, {8, 0, false}), 0) << shift;
    }
    EXPECT_EQ(requantize_round_half_even(highest, 31, {8, 0, false}), 1);
    EXPECT_EQ(requantize_round_half_even(highest, 32, {8, 0, false}), 0);
    EXPECT_EQ(requantize_round_half_even(lowest, 32, {8, 0, true}), 0);  // exactly -0.5
    EXPECT_EQ(requantize_round_half_even(0, -60, {8, 0, true}), 0);
}

/// The same in wide arithmetic: twice the value, so that halves are integers.
int64_t by_definition(int64_t accumulator, int shift, int64_t low, int64_t high) {
    __extension__ using Wide = __int128;
    Wide value = accumulator;
    if (shift <= 0) {
        value *= Wide{1} << std::min(-shift, 40);
    } else {
        const Wide unit = Wide{1} << shift;
        Wide quotient = value / unit, rest = value % unit;
        if (rest < 0) rest += unit, quotient -= 1;
        if (2 * rest > unit || (2 * rest == unit && quotient % 2 != 0)) quotient += 1;
        value = quotient;
    }
    return static_cast<int64_t>(value < low ? Wide{low} : value > high ? Wide{high} : value);
}

TEST(Requantize, EqualsItsDefinitionForAllShiftsAndWords) {
    EXPECT_TRUE(rc::check("any accumulator, shift and format", [] {
        const auto accumulator =
            *rc::gen::oneOf(rc::gen::arbitrary<int64_t>(),
                            rc::gen::map(rc::gen::arbitrary<int32_t>(), [](int32_t x) { return int64_t{x}; }));
        const int shift = *rc::gen::inRange(-40, 70);
        const FixedPointFormat format{*rc::gen::inRange(2, 33), 0, *rc::gen::arbitrary<bool>()};
        RC_ASSERT(requantize_round_half_even(accumulator, shift, format) ==
                  by_definition(accumulator, shift, format.min_stored(), format.max_stored()));
    }));
}

}  // namespace
}  // namespace f8net
