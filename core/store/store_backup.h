// SPDX-License-Identifier: Apache-2.0
/// A copy of the store's file while runs write to it. The folders of the runs are not in it.
/// Source   SQLite's online backup API.   Threads  any.
#pragma once

#include <string>

namespace f8net {

/// Writes `copy`, whole or not at all: the store as it is at one moment; who writes meanwhile waits for some
/// milliseconds at most.   Errors   ConfigError: there is no such store, or `copy` is there already; StoreError: not a
/// run store, damaged, busy for too long; IoError: cannot be written.
void back_up_store(const std::string& store, const std::string& copy);

}  // namespace f8net
