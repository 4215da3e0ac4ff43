// SPDX-License-Identifier: Apache-2.0
/// The names of the enums of an experiment, in the order of each enum; one place for reading and writing them.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "core/config/experiment.h"

namespace f8net {

template <typename Enum>
struct ChoiceNames;

template <>
struct ChoiceNames<NumericMode> {
    static constexpr auto kNames = kNumericModeNames;
};
template <>
struct ChoiceNames<DataCache> {
    static constexpr std::array<std::string_view, 3> kNames = {"none", "memory", "disk"};
};
template <>
struct ChoiceNames<NetworkStem> {
    static constexpr std::array<std::string_view, 2> kNames = {"imagenet", "small"};
};
template <>
struct ChoiceNames<FormatPolicy> {
    static constexpr std::array<std::string_view, 3> kNames = {"statistics", "grid-search", "fixed"};
};
template <>
struct ChoiceNames<Statistic> {
    static constexpr std::array<std::string_view, 3> kNames = {"std", "mae", "rms"};
};
template <>
struct ChoiceNames<Granularity> {
    static constexpr std::array<std::string_view, 2> kNames = {"per-tensor", "per-channel"};
};
template <>
struct ChoiceNames<FractionalLengthSharing> {
    static constexpr std::array<std::string_view, 2> kNames = {"private", "shared"};
};
template <>
struct ChoiceNames<RescaleType> {
    static constexpr std::array<std::string_view, 2> kNames = {"constant", "stddev"};
};
template <>
struct ChoiceNames<PoolScale> {
    static constexpr std::array<std::string_view, 2> kNames = {"classifier", "none"};
};
template <>
struct ChoiceNames<WeightDecayScheme> {
    static constexpr std::array<std::string_view, 4> kNames = {"all", "only_no_depthwise", "only_no_bn",
                                                               "no_depthwise_no_bn"};
};
template <>
struct ChoiceNames<ScheduleKind> {
    static constexpr std::array<std::string_view, 8> kNames = {"constant",      "multistep",         "multistep_iter",
                                                               "exp_decaying",  "exp_decaying_iter", "linear_decaying",
                                                               "cos_annealing", "cos_annealing_iter"};
};
template <>
struct ChoiceNames<Precision> {
    static constexpr std::array<std::string_view, 2> kNames = {"float32", "float64"};
};
template <>
struct ChoiceNames<Float32Matmul> {
    static constexpr std::array<std::string_view, 2> kNames = {"tf32", "ieee"};
};

template <typename Enum>
std::string choice_name(Enum value) {
    return std::string(ChoiceNames<Enum>::kNames.at(static_cast<size_t>(value)));
}

template <typename Enum>
std::optional<Enum> choice_from_name(std::string_view name) {
    const auto& names = ChoiceNames<Enum>::kNames;
    for (size_t i = 0; i < names.size(); ++i) {
        if (names[i] == name) return static_cast<Enum>(i);
    }
    return std::nullopt;
}

}  // namespace f8net
