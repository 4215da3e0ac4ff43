// SPDX-License-Identifier: Apache-2.0
/// Rows of the table of runs as structs, for the .cpp files of this folder.
#pragma once

#include <map>
#include <string>

#include "core/store/connection.h"
#include "core/store/run_record.h"

namespace f8net {

/// The columns read_summary expects, in its order, of `runs AS r`.
extern const char* const kSummaryColumns;
/// The statement's current row; `now` decides who is crashed, how long it ran and how long it will.
RunSummary read_summary(Query& query, const RunStore::Connection& connection, double now);

std::string to_string(RunRequest request);
std::optional<RunRequest> parse_run_request(const std::string& text);

/// Best, last and per-mode top-1 of a run from its rows, after some of them were removed.
void refresh_top1(RunStore::Connection& connection, int64_t row);

/// Path as stored: relative to the run's folder where it lies inside; and back.
std::string stored_path(const std::string& path, const std::string& run_folder);
std::string absolute_path(const std::string& stored, const std::string& run_folder);

/// Ends the attempt of a run whose process vanished, at its last sign of life; the caller's transaction.
void end_silent_attempt(RunStore::Connection& connection, int64_t row);

void write_config_values(RunStore::Connection& connection, int64_t row,
                         const std::map<std::string, std::string>& values);
void insert_evaluation(RunStore::Connection& connection, int64_t row, const EvaluationRecord& evaluation);
/// `artifact.path` as stored_path() has it.
void insert_artifact(RunStore::Connection& connection, int64_t row, const ArtifactRecord& artifact);
void insert_event(RunStore::Connection& connection, int64_t row, int attempt, double time, const EventReport& event);

}  // namespace f8net
