// SPDX-License-Identifier: Apache-2.0
/// What is left behind when the program meets something that it did not foresee (exit code 70).
#pragma once

#include <string>

namespace f8net {

struct Context;

/// Writes a report (what was being done, the error, command line, versions, system) and returns its path; empty where
/// that was not possible. Never throws.
std::string write_failure_report(const Context& context, const std::string& error) noexcept;

}  // namespace f8net
