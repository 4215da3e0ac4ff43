// SPDX-License-Identifier: Apache-2.0
/// A changed network kept as a run of its own: finished, child of the run it was changed from, with its network file,
/// the formats of its layers and a note of the changes, so that it is evaluated, exported and compared like any other.
///
/// Errors   StoreError, IoError; ConfigError where there is no such run.   Threads  those of the store.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "core/store/run_store.h"
#include "core/whatif/what_if_session.h"

namespace f8net {

/// "head.0.weight s8.7 to s8.6; classifier.0.input u8.5 to u8.4": the last format of each that differs from
/// `network`'s.
std::string describe_changes(const IntegerNetwork& network, std::span<const FormatChange> changes);

struct ChildRun {
    RunId parent;
    std::string parent_checkpoint;  ///< role or path that the unchanged network is of
    std::string name;               ///< empty: the parent's with " what-if"
};

/// `network` unchanged; `result`: accuracy to note with it, where there is one.
RunId keep_as_child_run(RunStore& store, const ChildRun& child, const IntegerNetwork& network,
                        std::span<const FormatChange> changes, const std::optional<WhatIfResult>& result);

/// The changed network's file, wherever it goes: metadata say what was changed ("what_if").
void save_changed_network(const std::string& path, const IntegerNetwork& network,
                          std::span<const FormatChange> changes);

}  // namespace f8net
