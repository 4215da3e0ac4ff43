// SPDX-License-Identifier: Apache-2.0
#include "core/store/run_writer.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "core/base/error.h"
#include "core/store/batch.h"
#include "core/store/claim.h"
#include "core/store/connection.h"
#include "core/store/run_rows.h"
#include "core/store/run_store.h"

namespace f8net {

namespace {
using Clock = std::chrono::steady_clock;
constexpr auto kRetryInterval = std::chrono::seconds(1);  // after a failure
}  // namespace

/// Two locks: `queue_lock_` is held for moments, by on_step among others; `store_lock_` while the store is used. Never
/// taken in reverse.
class RunWriter::Implementation {
public:
    Implementation(const std::string& store_path, const RunId& run, StopToken* token, RunWriterOptions options)
        : options_(options),
          store_(store_path, RunStore::Mode::kReadWrite, StoreOptions{options.busy_timeout_ms}),
          claim_(store_.connection(), run),
          batch_writer_(store_.connection(), claim_.row(), claim_.attempt(), store_.run_folder(run)),
          run_(run),
          token_(token),
          thread_([this] { work(); }) {}

    ~Implementation() {
        stop_thread();
        if (is_finished_) return;
        try {
            const std::lock_guard lock(store_lock_);
            write_pending();
            claim_.release();
        } catch (...) {
            // Nobody is left to hear it; readers see the run crashed once the process is gone.
        }
    }

    void resume_from(Step step, Epoch epoch) {
        const std::lock_guard lock(store_lock_);
        claim_.forget_after(step, epoch);
        batch_writer_.reload();
    }

    void on_stage_start(const std::string& stage, const std::vector<LayerDescription>& layers, Step total_steps,
                        Epoch total_epochs) {
        const std::lock_guard lock(queue_lock_);
        queue_.stages.push_back({stage, layers, total_steps, total_epochs, now_seconds()});
    }

    void on_step(const StepReport& report) {
        const double now = now_seconds();
        const std::lock_guard lock(queue_lock_);
        for (const MetricValue& metric : report.metrics) {
            queue_.metrics.push_back(
                {number_of(metric.name), report.epoch.value, report.step.value, report.epoch_share, now, metric.value});
        }
        queue_.progress = Progress{report.step, report.epoch, now};
    }

    void on_epoch(const EpochReport& report) {
        const std::lock_guard lock(queue_lock_);
        waiting_epochs_.push_back({report, now_seconds()});
    }

    void on_checkpoint(const CheckpointReport& report) {
        {
            const std::lock_guard lock(queue_lock_);
            release_epochs();
            queue_.checkpoints.push_back({report, now_seconds()});
            // The best one, and the stage's end made of it, may be of an earlier epoch.
            if (report.role == "last") queue_.progress = Progress{report.step, report.epoch, now_seconds()};
        }
        flush();
    }

    void on_event(const EventReport& report) {
        const std::lock_guard lock(queue_lock_);
        queue_.events.push_back({report, now_seconds()});
    }

    void flush() {
        const std::lock_guard lock(store_lock_);
        write_pending();
    }

    void finish(RunState state, int exit_code, const std::string& message) {
        stop_thread();
        const std::lock_guard lock(store_lock_);
        {
            const std::lock_guard queue_lock(queue_lock_);
            release_epochs();
        }
        write_pending([&] { claim_.end(state, exit_code, message); });
        is_finished_ = true;
    }

    std::optional<RunRequest> requested() const {
        const std::lock_guard lock(state_lock_);
        return requested_;
    }

    std::string failure() const {
        const std::lock_guard lock(state_lock_);
        return failure_;
    }

    const RunId& run() const { return run_; }
    std::string folder() const { return store_.run_folder(run_); }
    int attempt() const { return claim_.attempt(); }

private:
    int number_of(const std::string& name) {
        const auto [entry, is_new] = numbers_.try_emplace(name, static_cast<int>(numbers_.size()));
        if (is_new) queue_.new_metrics.push_back(name);
        return entry->second;
    }

    void release_epochs() {
        for (EpochItem& item : waiting_epochs_) {
            for (const MetricValue& metric : item.report.metrics) {
                queue_.metrics.push_back({number_of(metric.name), item.report.epoch.value, item.report.step.value, 1.0,
                                          item.time, metric.value});
            }
            queue_.epochs.push_back(std::move(item));
        }
        waiting_epochs_.clear();
    }

    /// Everything queued, and what failed before, in one transaction with `more`; on failure it is kept. Under
    /// store_lock_.
    template <typename More>
    void write_pending(More more) {
        {
            const std::lock_guard lock(queue_lock_);
            pending_.append(std::move(queue_));
            queue_ = {};
        }
        try {
            StoreTransaction transaction(store_.connection(), StoreTransaction::Kind::kWrite);
            claim_.renew();
            batch_writer_.write(pending_);
            more();
            transaction.commit();
        } catch (const std::exception& error) {
            batch_writer_.roll_back();
            note_failure(error.what());
            throw;
        }
        batch_writer_.committed();
        pending_ = {};
        last_renewal_ = Clock::now();
        note_success();
    }
    void write_pending() {
        write_pending([] {});
    }

    void note_failure(const std::string& message) {
        const std::lock_guard lock(state_lock_);
        if (failure_.empty()) failing_since_ = now_seconds();
        failure_ = message;
    }

    void note_success() {
        std::string past;
        double seconds = 0;
        {
            const std::lock_guard lock(state_lock_);
            if (failure_.empty()) return;
            past = std::move(failure_);
            failure_.clear();
            seconds = now_seconds() - failing_since_;
        }
        on_event({EventLevel::kWarning,
                  "disk",
                  "the store could not be written for " + std::to_string(static_cast<int>(seconds)) + " s: " + past,
                  last_progress_step(),
                  {}});
    }

    Step last_progress_step() {
        const std::lock_guard lock(queue_lock_);
        return queue_.progress ? queue_.progress->step : Step{};
    }

    void work() {
        auto next_commit = Clock::now() + std::chrono::milliseconds(options_.commit_interval_ms);
        auto next_look = Clock::now();
        std::unique_lock wait_lock(thread_lock_);
        while (!wake_.wait_until(wait_lock, std::min(next_commit, next_look), [this] { return stop_thread_; })) {
            wait_lock.unlock();
            try {
                const std::lock_guard lock(store_lock_);
                const auto now = Clock::now();
                if (now >= next_look) {
                    next_look = now + std::chrono::milliseconds(options_.request_interval_ms);
                    look_for_requests();
                }
                if (now >= next_commit) {
                    const bool is_due =
                        now - last_renewal_ >= std::chrono::milliseconds(options_.heartbeat_interval_ms);
                    if (is_due || has_pending()) write_pending();
                    // With a rollback journal a commit keeps everybody else out. On a slow disk it may take longer than
                    // the interval: readers and other writers get at least as much time as it took.
                    const auto end = Clock::now();
                    next_commit = end + std::max<Clock::duration>(
                                            std::chrono::milliseconds(options_.commit_interval_ms), end - now);
                }
            } catch (const ClaimLost& error) {
                note_failure(error.what());
                if (token_ != nullptr) token_->request_stop();
                next_commit = Clock::now() + std::chrono::hours(1);
                next_look = next_commit;
            } catch (const std::exception& error) {
                note_failure(error.what());
                next_commit = Clock::now() + kRetryInterval;
                next_look = next_commit;
            }
            wait_lock.lock();
        }
    }

    bool has_pending() {
        const std::lock_guard lock(queue_lock_);
        return !queue_.empty() || !pending_.empty();
    }

    void look_for_requests() {
        for (const RunRequest request : claim_.take_requests()) {
            if (request != RunRequest::kCheckpoint) {
                const std::lock_guard lock(state_lock_);
                requested_ = request;
            }
            if (token_ == nullptr) continue;
            request == RunRequest::kCheckpoint ? token_->request_checkpoint() : token_->request_stop();
        }
    }

    void stop_thread() {
        {
            const std::lock_guard lock(thread_lock_);
            stop_thread_ = true;
        }
        wake_.notify_all();
        if (thread_.joinable()) thread_.join();
    }

    const RunWriterOptions options_;

    std::mutex store_lock_;
    RunStore store_;
    Claim claim_;
    BatchWriter batch_writer_;
    Batch pending_;  // taken from the queue, not committed yet
    Clock::time_point last_renewal_ = Clock::now();
    const RunId run_;
    StopToken* token_;
    bool is_finished_ = false;

    std::mutex queue_lock_;
    Batch queue_;
    std::vector<EpochItem> waiting_epochs_;  // for their checkpoint
    std::unordered_map<std::string, int> numbers_;

    mutable std::mutex state_lock_;
    std::optional<RunRequest> requested_;
    std::string failure_;
    double failing_since_ = 0;

    std::mutex thread_lock_;
    std::condition_variable wake_;
    bool stop_thread_ = false;
    std::thread thread_;  // last: it uses everything above
};

RunWriter::RunWriter(const std::string& store_path, const RunId& run, StopToken* token, RunWriterOptions options)
    : implementation_(std::make_unique<Implementation>(store_path, run, token, options)) {}
RunWriter::~RunWriter() = default;

void RunWriter::resume_from(Step step, Epoch epoch) {
    implementation_->resume_from(step, epoch);
}
void RunWriter::on_stage_start(const std::string& stage, const std::vector<LayerDescription>& layers, Step total_steps,
                               Epoch total_epochs) {
    implementation_->on_stage_start(stage, layers, total_steps, total_epochs);
}
void RunWriter::on_step(const StepReport& report) {
    implementation_->on_step(report);
}
void RunWriter::on_epoch(const EpochReport& report) {
    implementation_->on_epoch(report);
}
void RunWriter::on_checkpoint(const CheckpointReport& report) {
    implementation_->on_checkpoint(report);
}
void RunWriter::on_event(const EventReport& report) {
    implementation_->on_event(report);
}
void RunWriter::flush() {
    implementation_->flush();
}
void RunWriter::finish(RunState state, int exit_code, const std::string& message) {
    implementation_->finish(state, exit_code, message);
}
std::optional<RunRequest> RunWriter::requested() const {
    return implementation_->requested();
}
std::string RunWriter::failure() const {
    return implementation_->failure();
}
const RunId& RunWriter::run() const {
    return implementation_->run();
}
std::string RunWriter::folder() const {
    return implementation_->folder();
}
int RunWriter::attempt() const {
    return implementation_->attempt();
}

}  // namespace f8net
