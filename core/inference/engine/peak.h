// SPDX-License-Identifier: Apache-2.0
/// The most multiply-adds of codes and weights that one core can do with a path's instructions, measured: what a share
/// of the peak refers to. Other work on the machine lowers it, so measure it beside what is compared.
#pragma once

#include <string>

namespace f8net {

/// 10^9 multiply-adds per second of one thread, the best of `rounds` rounds of some 2 ms; 0 for paths without generated
/// kernels.
double measure_peak_gmacs(const std::string& path, int rounds = 20);

}  // namespace f8net
