// SPDX-License-Identifier: Apache-2.0
/// Runs of the store as they stand in JSON documents and tables: one place for their keys.
#pragma once

#include "core/exchange/json.h"
#include "core/store/run_record.h"

namespace f8net {

/// At least id, name, state, config, tags (docs/cli.md).
Json to_json(const RunSummary& run);
/// With configuration, environment and so on.
Json to_json(const RunRecord& run);
Json to_json(const ArtifactRecord& artifact);
Json to_json(const EvaluationRecord& evaluation);

/// Times in JSON: seconds since 1970, null where it did not happen.
Json json_time(double seconds);

}  // namespace f8net
