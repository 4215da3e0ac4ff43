// SPDX-License-Identifier: Apache-2.0
#include "core/fixedpoint/quantize.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstring>
#include <limits>

#include "core/tensorfile/safetensors.h"

namespace f8net {
namespace {

const TensorMap& golden() {
    static const TensorMap map = read_safetensors(F8NET_SOURCE_DIR "/tests/golden/quantize.safetensors");
    return map;
}

/// "wl8_fl4_s" to a format.
FixedPointFormat format_of(const std::string& name) {
    int word_length = 0, fractional_length = 0;
    char sign = 0;
    EXPECT_EQ(std::sscanf(name.c_str(), "wl%d_fl%d_%c", &word_length, &fractional_length, &sign), 3);
    return {word_length, fractional_length, sign == 's'};
}

TEST(Quantize, EqualsTheGoldenCodesValuesAndMasks) {
    int cases = 0;
    for (const auto& [key, tensor] : golden().tensors) {
        if (!key.starts_with("wl") || !key.ends_with(".x")) continue;
        const std::string name = key.substr(0, key.size() - 2);
        SCOPED_TRACE(name);
        ++cases;
        const Quantizer<float> quantizer(format_of(name));
        const auto x = tensor.as<float>();
        const auto q = golden().values<float>(name + ".q");
        const auto mask = golden().values<uint8_t>(name + ".mask");
        const bool has_code = golden().contains(name + ".code"), has_clip = golden().contains(name + ".clip");
        for (size_t i = 0; i < x.size(); ++i) {
            ASSERT_EQ(quantizer.real(x[i]), q[i]) << "x " << x[i];
            ASSERT_EQ(quantizer.passes(x[i]), mask[i] != 0) << "x " << x[i];
            if (has_code) {
                ASSERT_EQ(quantizer.code(x[i]), static_cast<float>(golden().values<int32_t>(name + ".code")[i]))
                    << "x " << x[i];
            }
            if (has_clip) {
                ASSERT_EQ(quantizer.clip(x[i]), golden().values<float>(name + ".clip")[i]) << "x " << x[i];
                ASSERT_EQ(quantizer.clip_passes(x[i]), golden().values<uint8_t>(name + ".clip_mask")[i] != 0)
                    << "x " << x[i];
            }
        }
    }
    EXPECT_GT(cases, 40);
}

TEST(Quantize, EqualsTheGoldenValuesPerChannel) {
    struct Case {
        std::string name;
        int axis;
        bool is_signed;
    };
    for (const Case& each : {Case{"perchannel_axis1", 1, true}, Case{"perchannel_axis0_unsigned", 0, false}}) {
        const HostTensor& x = golden().at(each.name + ".x");
        const auto lengths = golden().at(each.name + ".fl").to_float();
        const auto q = golden().values<float>(each.name + ".q");
        const auto mask = golden().values<uint8_t>(each.name + ".mask");
        const int64_t inner = x.shape[2] * x.shape[3] * (each.axis == 0 ? x.shape[1] : 1);
        const auto values = x.as<float>();
        for (size_t i = 0; i < values.size(); ++i) {
            const auto channel =
                static_cast<size_t>((static_cast<int64_t>(i) / inner) % static_cast<int64_t>(lengths.size()));
            const Quantizer<float> quantizer({8, static_cast<int>(lengths[channel]), each.is_signed});
            ASSERT_EQ(quantizer.real(values[i]), q[i]) << each.name << " element " << i;
            ASSERT_EQ(quantizer.passes(values[i]), mask[i] != 0) << each.name << " element " << i;
        }
    }
}

TEST(Quantize, TiesGoToEvenOnBothSides) {
    const Quantizer<double> quantizer({8, 0, true});
    for (const auto& [x, code] :
         {std::pair{0.5, 0.0}, {1.5, 2.0}, {2.5, 2.0}, {-0.5, 0.0}, {-1.5, -2.0}, {-2.5, -2.0}}) {
        EXPECT_EQ(quantizer.code(x), code) << x;
    }
}

TEST(Quantize, ForbiddenLowestCodeIsNeverProduced) {
    EXPECT_EQ(Quantizer<float>({8, 7, true}).code(-1.0f), -127.0f);
    EXPECT_EQ(Quantizer<float>({8, 7, true}).code(-std::numeric_limits<float>::infinity()), -127.0f);
    EXPECT_TRUE(std::isnan(Quantizer<float>({8, 7, true}).real(std::numeric_limits<float>::quiet_NaN())));
}

TEST(Quantize, RoundingEqualsTheLibraryForAnyBitPattern) {
    EXPECT_TRUE(rc::check("float", [](uint32_t bits) {
        float x;
        std::memcpy(&x, &bits, sizeof x);
        RC_PRE(!std::isnan(x));
        RC_ASSERT(round_half_to_even(x) == std::nearbyint(x));
    }));
    EXPECT_TRUE(rc::check("double near ties", [](int32_t half_units) {
        const double x = half_units * 0.5;
        RC_ASSERT(round_half_to_even(x) == std::nearbyint(x));
    }));
}

}  // namespace
}  // namespace f8net
