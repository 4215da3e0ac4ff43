// SPDX-License-Identifier: Apache-2.0
/// Puts whole runs that were made elsewhere into a store, all in one transaction; before commit(), and without it, the
/// store is as it was. It holds the store's write lock: for a store of its own (import_runs), not for one that is used.
/// Errors   as RunStore.   Threads  those of its RunStore.   Lifetime: the store must outlive it.
#pragma once

#include <map>
#include <memory>

#include "core/store/run_sink.h"

namespace f8net {

class RunStore;

class RunInserter final : public RunSink {
public:
    explicit RunInserter(RunStore& store);
    ~RunInserter() override;

    Run new_run() override;
    void describe(Run run, const RunRecord& record) override;
    void add_attempt(Run run, const AttemptRecord& attempt) override;
    void add_layer(Run run, const LayerDescription& layer) override;
    void add_points(Run run, const std::string& metric, const std::vector<MetricPoint>& points) override;
    void add_epoch(Run run, const EpochReport& epoch, double time) override;
    void add_artifact(Run run, const ArtifactRecord& artifact) override;
    void add_evaluation(Run run, const EvaluationRecord& evaluation) override;
    void add_event(Run run, const EventRecord& event) override;

    void commit();

private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace f8net
