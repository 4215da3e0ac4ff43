// SPDX-License-Identifier: Apache-2.0
/// The observer that puts what a run reports into the store. Owns the run from construction to finish(): nobody else
/// can train it. Order    RunWriter writer(path, id, &token); on a resume then: read checkpoint "last",
/// writer.resume_from(step, epoch); train;
///          writer.finish(RunState::kFinished, 0). Without finish() readers see the run crashed once the process has
///          ended.
/// Cost     on_step takes well under a microsecond a scalar; a thread of its own commits at most four times a second,
/// renews the heartbeat and
///          looks for requests once a second (stop and pause: StopToken::request_stop; checkpoint: request_checkpoint).
/// Visible  step metrics within a second; what on_epoch brings in the same transaction as the on_checkpoint that
/// follows it. on_checkpoint
///          returns when that is on disk: after it, older checkpoint files may go.
/// Errors   what cannot be written (disk full, busy) stays in memory and is tried again each second; failure() tells
/// it. flush(), on_checkpoint,
///          resume_from and finish() throw it (StoreError, IoError). A claim that another process took over ends
///          everything: StoreError.
/// Threads  reports from the training thread; failure(), requested() from any.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/base/stop_token.h"
#include "core/run/run_observer.h"
#include "core/store/run_record.h"

namespace f8net {

struct RunWriterOptions {
    int commit_interval_ms = 250;
    int request_interval_ms = 1000;
    int heartbeat_interval_ms = 5000;
    int busy_timeout_ms = 10'000;
};

class RunWriter final : public RunObserver {
public:
    /// Claims the run: queued, paused, stopped, failed, crashed or finished becomes running.
    /// StoreError where another process trains it (host, pid, since when), ConfigError where there is no such run.
    /// `token` may be null and must outlive the writer.
    RunWriter(const std::string& store_path, const RunId& run, StopToken* token, RunWriterOptions options = {});
    ~RunWriter() override;  ///< writes what it can, leaves the state as it is unless finish() was called

    /// Before the first report of a resume: forgets everything after this step, which will be reported again.
    void resume_from(Step step, Epoch epoch);

    void on_stage_start(const std::string& stage, const std::vector<LayerDescription>& layers, Step total_steps,
                        Epoch total_epochs) override;
    void on_step(const StepReport& report) override;
    void on_epoch(const EpochReport& report) override;
    void on_checkpoint(const CheckpointReport& report) override;
    void on_event(const EventReport& report) override;

    void
    flush();  ///< returns when everything reported so far is committed (epochs that wait for their checkpoint apart)
    /// Ends the run: everything reported, state and end time in one transaction.
    void finish(RunState state, int exit_code, const std::string& message = {});

    /// The last stop or pause asked through the store, so that the end is called "paused" where that was meant.
    std::optional<RunRequest> requested() const;
    /// Why the store cannot be written at the moment; empty when all is well.
    std::string failure() const;
    const RunId& run() const;
    std::string folder() const;
    int attempt() const;  ///< 1 at the first start

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace f8net
