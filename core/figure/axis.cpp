// SPDX-License-Identifier: Apache-2.0
#include "core/figure/axis.h"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <limits>

namespace f8net {
namespace {

/// A true minus, as numbers in pictures have it.
std::string label_of(double value, int decimals) {
    std::string text = fmt::format("{:.{}f}", std::abs(value), decimals);
    return value < 0 ? "\u2212" + text : text;
}

std::vector<Tick> linear_ticks(const Axis& axis, int count) {
    const double rough = (axis.high - axis.low) / std::max(count, 1);
    const double power = std::pow(10.0, std::floor(std::log10(rough)));
    double step = 10 * power;
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (factor * power >= rough) {
            step = factor * power;
            break;
        }
    }
    const int decimals = std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
    std::vector<Tick> ticks;
    const double slack = 1e-9 * step;
    for (double i = std::ceil((axis.low - slack) / step); i * step <= axis.high + slack; ++i) {
        ticks.push_back({i * step, label_of(i * step, decimals)});
    }
    return ticks;
}

std::vector<Tick> logarithmic_ticks(const Axis& axis) {
    std::vector<Tick> ticks;
    const int first = static_cast<int>(std::floor(std::log10(axis.low) + 1e-9));
    const int last = static_cast<int>(std::floor(std::log10(axis.high) + 1e-9));
    for (int exponent = first; exponent <= last; ++exponent) {
        for (int multiple = 1; multiple < 10; ++multiple) {
            const double value = multiple * std::pow(10.0, exponent);
            if (value < axis.low * (1 - 1e-9) || value > axis.high * (1 + 1e-9)) continue;
            ticks.push_back({value, multiple == 1 ? label_of(value, std::max(0, -exponent)) : std::string()});
        }
    }
    return ticks;
}

std::vector<Tick> inverse_sinh_ticks(const Axis& axis) {
    std::vector<Tick> ticks;
    const auto add = [&](double value, int decimals) {
        if (value >= axis.low && value <= axis.high) ticks.push_back({value, label_of(value, decimals)});
    };
    add(0, 0);
    const double farthest = std::max(std::abs(axis.low), std::abs(axis.high));
    for (int exponent = static_cast<int>(std::ceil(std::log10(axis.linear_width) - 1e-9));; ++exponent) {
        const double value = std::pow(10.0, exponent);
        if (value > farthest) break;
        add(value, std::max(0, -exponent));
        add(-value, std::max(0, -exponent));
    }
    return ticks;
}

}  // namespace

double Axis::position(double value) const {
    if (scale == AxisScale::kLinear) return (value - low) / (high - low);
    if (scale == AxisScale::kInverseSinh) {
        const auto bent = [this](double x) { return std::asinh(x / linear_width); };
        return (bent(value) - bent(low)) / (bent(high) - bent(low));
    }
    if (!(value > 0)) return -std::numeric_limits<double>::infinity();
    return std::log(value / low) / std::log(high / low);
}

std::vector<Tick> Axis::ticks(int count) const {
    if (!categories.empty()) {
        std::vector<Tick> ticks;
        for (const std::string& category : categories) ticks.push_back({static_cast<double>(ticks.size()), category});
        return ticks;
    }
    if (scale == AxisScale::kInverseSinh) return inverse_sinh_ticks(*this);
    return scale == AxisScale::kLinear ? linear_ticks(*this, count) : logarithmic_ticks(*this);
}

Axis linear_axis(std::string title, double low, double high) {
    const double room = high > low ? 0.05 * (high - low) : 0.5;
    return {std::move(title), AxisScale::kLinear, low - room, high + room, {}, 1};
}

}  // namespace f8net
