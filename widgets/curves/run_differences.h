// SPDX-License-Identifier: GPL-3.0-or-later
/// What sets runs apart, in a few words each: for legends, where "run 17" says nothing.
/// Threads  pure.
#pragma once

#include <QString>
#include <map>
#include <string>

#include "core/base/units.h"

namespace f8net {

using ConfigValues = std::map<std::string, std::string>;

/// Of each run the values of those keys that are not the same in all: "lr 0.05, statistic mae". The last part of a key
/// names it where that is clear; seeds come last, more than `most` are counted. Empty where nothing differs.
std::map<RunId, QString> runDifferences(const std::map<RunId, ConfigValues>& runs, int most = 4);

}  // namespace f8net
