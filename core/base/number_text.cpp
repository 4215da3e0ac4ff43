// SPDX-License-Identifier: Apache-2.0
#include "core/base/number_text.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <ctime>

namespace f8net {

std::string format_percent(double share, int digits) {
    return std::isfinite(share) ? fmt::format("{:.{}f} %", share * 100, digits) : "-";
}

std::string format_number(double value, int digits) {
    return std::isfinite(value) ? fmt::format("{:.{}g}", value, digits) : "-";
}

std::string format_bytes(int64_t bytes) {
    static constexpr std::array<const char*, 5> kUnits{"bytes", "kB", "MB", "GB", "TB"};
    double value = static_cast<double>(bytes);
    size_t unit = 0;
    while (value >= 1000 && unit + 1 < kUnits.size()) {
        value /= 1000;
        ++unit;
    }
    return unit == 0 ? fmt::format("{} bytes", bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string format_duration(double seconds) {
    if (!std::isfinite(seconds) || seconds < 0) return "-";
    const auto whole = static_cast<int64_t>(std::llround(seconds));
    if (whole < 60) return fmt::format("{} s", whole);
    if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
    return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string format_time(double seconds_since_1970) {
    if (!(seconds_since_1970 > 0)) return "-";
    const auto time = static_cast<std::time_t>(seconds_since_1970);
    std::tm local{};
    ::localtime_r(&time, &local);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M", &local);
    return text.data();
}

}  // namespace f8net
