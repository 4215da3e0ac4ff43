// SPDX-License-Identifier: GPL-3.0-or-later
/// Where an axis has its ticks: round numbers, as many as their labels have room for.
/// Units    lower, upper and ticks as the axis; room and apart in pixels: the axis' length and the least distance of
/// two labels' middles. Threads  pure.
#pragma once

#include <vector>

namespace f8net {

/// On a logarithmic axis: decades and 1-2-5, finer ones where the range is short and the axis long, every second or
/// third decade where it is not. At least two where any two have room. Empty unless 0 < lower < upper.
std::vector<double> logTicks(double lower, double upper, double room, double apart);

/// The step of a linear axis: `step`, a round number, or the next larger one of 1, 2 and 5 times a power of ten whose
/// labels have room.
double roomyStep(double step, double range, double room, double apart);

}  // namespace f8net
