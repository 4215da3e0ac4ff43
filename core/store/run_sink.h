// SPDX-License-Identifier: Apache-2.0
/// Whoever takes whole runs part by part, from a reader of some file format. The parts of a run come in any order and
/// between those of other runs.
/// Threads  one at a time.
#pragma once

#include <string>
#include <vector>

#include "core/store/run_record.h"

namespace f8net {

class RunSink {
public:
    using Run = size_t;  ///< 0, 1, 2... in the order of new_run()

    virtual ~RunSink() = default;
    virtual Run new_run() = 0;
    /// Once for each run. Of `run` an id that is empty or taken is replaced; derived values (best top-1, progress,
    /// children) are not read.
    virtual void describe(Run run, const RunRecord& record) = 0;
    virtual void add_attempt(Run run, const AttemptRecord& attempt) = 0;
    virtual void add_layer(Run run, const LayerDescription& layer) = 0;
    /// A later point of the same step replaces an earlier one.
    virtual void add_points(Run run, const std::string& metric, const std::vector<MetricPoint>& points) = 0;
    virtual void add_epoch(Run run, const EpochReport& epoch, double time) = 0;
    virtual void add_artifact(Run run, const ArtifactRecord& artifact) = 0;  ///< path absolute, or inside the folder
    virtual void add_evaluation(Run run, const EvaluationRecord& evaluation) = 0;
    virtual void add_event(Run run, const EventRecord& event) = 0;
};

}  // namespace f8net
