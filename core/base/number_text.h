// SPDX-License-Identifier: Apache-2.0
/// Numbers as people read them in tables and reports.   Threads  pure.
#pragma once

#include <cstdint>
#include <string>

namespace f8net {

std::string format_percent(double share, int digits = 2);  ///< 0.8812 -> "88.12 %"; "-" where not finite
std::string format_number(double value, int digits = 4);   ///< significant digits; "-" where not finite
std::string format_bytes(int64_t bytes);                   ///< "1.5 MB" (powers of 1000)
std::string format_duration(double seconds);               ///< "45 s", "3 min 20 s", "2 h 5 min"
std::string format_time(double seconds_since_1970);        ///< local, "2026-11-23 20:15"; "-" for 0

}  // namespace f8net
