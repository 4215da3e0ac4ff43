// SPDX-License-Identifier: Apache-2.0
/// What options that count things take, for CLI::Option::check: CLI11's own check names the largest double there is.
#pragma once

#include <CLI/Validators.hpp>

namespace f8net {

/// A whole number from 1 to 1e9, as configurations take counts; anything else is refused with the value and this range.
CLI::Validator count_from_one();
/// The same from 0 on.
CLI::Validator count_from_zero();
/// A number from 0 on, not infinite.
CLI::Validator number_from_zero();

}  // namespace f8net
