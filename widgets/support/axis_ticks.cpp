// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/axis_ticks.h"

#include <algorithm>
#include <cmath>

namespace f8net {

namespace {

/// All m * 10^(n e) in the range, m of `mantissas`.
std::vector<double> ticksOf(const std::vector<double>& mantissas, int decades, double lower, double upper) {
    constexpr double kRounding = 1e-9;
    std::vector<double> ticks;
    const int first = static_cast<int>(std::floor(std::log10(lower))),
              last = static_cast<int>(std::ceil(std::log10(upper)));
    for (int e = first; e <= last; ++e) {
        if (e % decades != 0) continue;
        for (const double mantissa : mantissas) {
            const double tick = mantissa * std::pow(10.0, e);
            if (tick >= lower * (1 - kRounding) && tick <= upper * (1 + kRounding)) ticks.push_back(tick);
        }
    }
    return ticks;
}

}  // namespace

std::vector<double> logTicks(double lower, double upper, double room, double apart) {
    if (!(lower > 0) || !(upper > lower)) return {};
    const double pixelsPerDecade = room / std::log10(upper / lower);
    const auto fits = [&](const std::vector<double>& ticks) {
        for (size_t i = 1; i < ticks.size(); ++i) {
            if (std::log10(ticks[i] / ticks[i - 1]) * pixelsPerDecade < apart) return false;
        }
        return true;
    };
    const std::vector<std::vector<double>> finestFirst{
        {1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9}, {1, 1.5, 2, 3, 4, 5, 7}, {1, 2, 5}, {1}};
    // More than this many a decade would be a fence.
    const double decades = std::log10(upper / lower);
    const size_t finest = decades > 2.5 ? 3 : decades > 1.2 ? 2 : decades > 0.5 ? 1 : 0;
    for (size_t i = finest; i < finestFirst.size(); ++i) {
        const std::vector<double> ticks = ticksOf(finestFirst[i], 1, lower, upper);
        if (ticks.size() >= 2 && fits(ticks)) return ticks;
    }
    for (const int every : {2, 3, 4, 6, 10}) {
        const std::vector<double> ticks = ticksOf({1}, every, lower, upper);
        if (ticks.size() >= 2 && fits(ticks)) return ticks;
    }
    // So low that two of a grid have no room: the outermost of the finest if they do, else the lowest.
    const std::vector<double> all = ticksOf(finestFirst[finest], 1, lower, upper);
    if (all.size() < 2) return all;
    const std::vector<double> ends{all.front(), all.back()};
    return fits(ends) ? ends : std::vector<double>{all.front()};
}

double roomyStep(double step, double range, double room, double apart) {
    if (!(step > 0) || !(range > 0) || !(room > 0)) return step;
    double magnitude = std::pow(10.0, std::floor(std::log10(step)));
    for (;; magnitude *= 10) {
        for (const double mantissa : {1.0, 2.0, 5.0}) {
            const double larger = std::max(step, mantissa * magnitude);
            if (larger / range * room >= apart || larger > range) return larger;
        }
    }
}

}  // namespace f8net
