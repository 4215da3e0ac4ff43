// SPDX-License-Identifier: Apache-2.0
#include "app/cli/number_check.h"

#include <charconv>
#include <cmath>
#include <string>

#include "core/base/utf8.h"

namespace f8net {

namespace {

/// All of the text as a number.
template <typename Number>
bool reads_as(const std::string& text, Number& number) {
    const char* end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, number);
    return failure == std::errc() && stop == end;
}

CLI::Validator count_from(int64_t least, const char* type) {
    constexpr int64_t kMost = 1'000'000'000;
    const auto refusal = [least](const std::string& text) -> std::string {
        int64_t number = 0;
        if (reads_as(text, number) && number >= least && number <= kMost) return {};
        return "'" + one_line(text) + "' is not a whole number, " + std::to_string(least) + " to " +
               std::to_string(kMost);
    };
    return CLI::Validator([refusal](std::string& text) { return refusal(text); }, type);
}

}  // namespace

CLI::Validator count_from_one() {
    return count_from(1, "POSITIVE");
}

CLI::Validator count_from_zero() {
    return count_from(0, "NONNEGATIVE");
}

CLI::Validator number_from_zero() {
    const auto refusal = [](const std::string& text) -> std::string {
        double number = 0;
        if (reads_as(text, number) && number >= 0 && std::isfinite(number)) return {};
        return "'" + one_line(text) + "' is not a number from 0 on";
    };
    return CLI::Validator([refusal](std::string& text) { return refusal(text); }, "NONNEGATIVE");
}

}  // namespace f8net
