// SPDX-License-Identifier: Apache-2.0
/// The style sheet of a report: colours of core/figure/palette.h, light, dark, and on paper. Pictures are drawn in the
/// light colours; in the dark each is replaced by its counterpart.   Threads  pure.
#pragma once

#include <string>

namespace f8net {

std::string report_style();

}  // namespace f8net
