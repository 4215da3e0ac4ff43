// SPDX-License-Identifier: Apache-2.0
/// One axis of a chart: where a value lies, and which values get a tick.   Threads  plain values.
#pragma once

#include <string>
#include <vector>

namespace f8net {

enum class AxisScale {
    kLinear,
    kLogarithmic,
    kInverseSinh,  ///< linear near zero, logarithmic on both sides: for values of either sign with far outliers
};

struct Tick {
    double value = 0;
    std::string label;  ///< empty: a minor tick
};

struct Axis {
    std::string title;  ///< with the unit
    AxisScale scale = AxisScale::kLinear;
    double low = 0, high = 1;  ///< low < high; logarithmic: 0 < low
    /// In place of the ticks that would be chosen: names along the axis at 0, 1, 2, ... (a layer each).
    std::vector<std::string> categories;
    double linear_width = 1;  ///< inverse sinh: about where it turns from linear to logarithmic

    /// 0 at low, 1 at high; values that a logarithm does not have lie at -infinity.
    double position(double value) const;
    /// Linear: about `count` round numbers. Logarithmic: the powers of ten, and minor ticks at their multiples.
    /// Inverse sinh: zero and powers of ten of both signs. Categories: one each.
    std::vector<Tick> ticks(int count) const;
};

/// A linear axis that holds all of low .. high with a little room.
Axis linear_axis(std::string title, double low, double high);

}  // namespace f8net
