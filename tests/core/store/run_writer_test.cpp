// SPDX-License-Identifier: Apache-2.0
#include "core/store/run_writer.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/syscall.h>

#include <atomic>

#include "tests/core/store/store_fixture.h"

namespace {

using Clock = std::chrono::steady_clock;

std::atomic<int> sync_takes_ms = 0;  ///< more than what the real disk takes
std::atomic<int64_t> time_in_sync_us = 0;

}  // namespace

/// The C library's, of a slow disk: SQLite's calls come here, as the program's own functions go before those of
/// libraries.
extern "C" __attribute__((visibility("default"))) int fdatasync(int file) {
    const auto begin = Clock::now();
    std::this_thread::sleep_for(std::chrono::milliseconds(sync_takes_ms));
    const auto code = static_cast<int>(syscall(SYS_fdatasync, file));
    time_in_sync_us += std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin).count();
    return code;
}

namespace f8net {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RunWriterTest : public StoreTest {
protected:
    std::vector<int64_t> steps_of(const RunId& run, const std::string& metric) {
        std::vector<int64_t> steps;
        const RunStore store = open(RunStore::Mode::kReadOnly);
        for (const MetricPoint& point : RunReader(store).metric(run, metric).points) steps.push_back(point.step);
        return steps;
    }
};

TEST_F(RunWriterTest, StepsBecomeVisibleWithoutAsking) {
    const RunId run = create("a");
    RunWriter writer(path, run, nullptr);
    writer.on_step(step_report(1));
    writer.on_step(step_report(2));
    EXPECT_TRUE(eventually([&] { return steps_of(run, "train/loss").size() == 2; }));
    const RunStore store = open(RunStore::Mode::kReadOnly);
    const RunRecord record = RunReader(store).run(run);
    EXPECT_EQ(record.state, RunState::kRunning);
    EXPECT_EQ(record.step.value, 2);
    EXPECT_EQ(record.last_loss, 0.5);
    EXPECT_EQ(record.owner.pid, getpid());
}

TEST_F(RunWriterTest, ThousandStepsTakeFewCommits) {
    const RunId run = create("a");
    SQLite::Database watcher(path, SQLite::OPEN_READONLY, 5000);
    const auto version = [&] { return watcher.execAndGet("PRAGMA data_version").getInt(); };
    RunWriter writer(path, run, nullptr);
    const auto begin = std::chrono::steady_clock::now();
    int commits = 0, last = version();
    for (int64_t step = 1; step <= 1000; ++step) {
        writer.on_step(step_report(step));
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        if (const int now = version(); now != last) {
            last = now;
            ++commits;
        }
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    EXPECT_GE(commits, 2);
    EXPECT_LE(commits, 4 * seconds + 2);
    writer.finish(RunState::kFinished, 0);
    EXPECT_EQ(steps_of(run, "train/loss").size(), 1000u);
}

TEST_F(RunWriterTest, SlowDiskLeavesHalfOfTheTimeToOthers) {
    const RunId run = create("a");
    SQLite::Database watcher(path, SQLite::OPEN_READONLY, 60'000);
    RunWriterOptions options;
    options.commit_interval_ms = 1;
    RunWriter writer(path, run, nullptr, options);
    sync_takes_ms = 20;
    const int64_t before_us = time_in_sync_us;
    const auto begin = Clock::now();
    int64_t step = 0;
    // By what was written, not by the clock: steps that took ten commits.
    for (int commits = 0, last = 0; commits < 10; std::this_thread::sleep_for(std::chrono::milliseconds(1))) {
        writer.on_step(step_report(++step));
        if (const int now = watcher.execAndGet("PRAGMA data_version").getInt(); now != last) {
            last = now;
            ++commits;
        }
    }
    const auto all_us = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin).count();
    const double share = static_cast<double>(time_in_sync_us - before_us) / static_cast<double>(all_us);
    sync_takes_ms = 0;
    EXPECT_GT(share, 0.1) << "the disk was not slow";
    EXPECT_LT(share, 0.65) << "commit upon commit: nobody else gets at the store";
    writer.finish(RunState::kFinished, 0);
    EXPECT_EQ(steps_of(run, "train/loss").size(), static_cast<size_t>(step));
}

TEST_F(RunWriterTest, EpochBecomesVisibleWithItsCheckpoint) {
    const RunId run = create("a");
    RunWriter writer(path, run, nullptr);
    const RunStore store = open(RunStore::Mode::kReadOnly);
    const RunReader reader(store);
    for (int64_t step = 1; step <= 10; ++step) writer.on_step(step_report(step));
    writer.on_epoch(epoch_report(1, 10));
    writer.flush();
    EXPECT_EQ(steps_of(run, "train/loss").size(), 10u);
    EXPECT_THAT(reader.epochs(run), IsEmpty());
    EXPECT_THAT(reader.formats(run), IsEmpty());
    EXPECT_THAT(steps_of(run, "test/top1"), IsEmpty());
    writer.on_checkpoint(checkpoint_report(writer.folder(), "last", 1, 10));
    EXPECT_EQ(reader.epochs(run).size(), 1u);
    EXPECT_EQ(reader.formats(run).size(), 1u);
    EXPECT_THAT(steps_of(run, "test/top1"), ElementsAre(10));
    EXPECT_EQ(reader.checkpoint(run, "last")->step.value, 10);
}

TEST_F(RunWriterTest, EndOfAStageFromAnEarlierEpochDoesNotTurnTheProgressBack) {
    const RunId run = create("a");
    RunWriter writer(path, run, nullptr);
    for (const int epoch : {1, 2}) {
        writer.on_epoch(epoch_report(epoch, 10 * epoch));
        writer.on_checkpoint(checkpoint_report(writer.folder(), "last", epoch, 10 * epoch));
    }
    writer.on_checkpoint(checkpoint_report(writer.folder(), "stage:float", 1, 10));
    const RunStore store = open(RunStore::Mode::kReadOnly);
    const RunRecord record = RunReader(store).run(run);
    EXPECT_EQ(record.step.value, 20);
    EXPECT_EQ(record.epoch.value, 2);
}

TEST_F(RunWriterTest, FinishWritesWhatWaitsAndEndsTheRun) {
    const RunId run = create("a");
    RunWriter writer(path, run, nullptr);
    writer.on_step(step_report(1));
    writer.on_epoch(epoch_report(1, 1));
    writer.on_event({EventLevel::kError, "diverged", "the loss is not finite", Step{1}, Epoch{1}});
    writer.finish(RunState::kFailed, 76, "diverged at step 1");
    const RunStore store = open(RunStore::Mode::kReadOnly);
    const RunReader reader(store);
    const RunRecord record = reader.run(run);
    EXPECT_EQ(record.state, RunState::kFailed);
    EXPECT_EQ(record.exit_code, 76);
    EXPECT_EQ(record.message, "diverged at step 1");
    EXPECT_GT(record.ended_at, record.started_at - 1);
    EXPECT_EQ(record.owner.pid, 0);
    EXPECT_EQ(reader.epochs(run).size(), 1u);
    const auto events = reader.events_after(0, run);
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].event.level, EventLevel::kError);
    EXPECT_EQ(events[0].event.message, "the loss is not finite");
    EXPECT_EQ(events[0].attempt, 1);
}

TEST_F(RunWriterTest, WithoutFinishTheRunHasCrashed) {
    const RunId run = create("a");
    {
        RunWriter writer(path, run, nullptr);
        writer.on_step(step_report(1));
    }
    EXPECT_EQ(steps_of(run, "train/loss").size(), 1u);
    EXPECT_EQ(RunReader(open()).run(run).state, RunState::kCrashed);
    EXPECT_EQ(RunWriter(path, run, nullptr).attempt(), 2);
}

TEST_F(RunWriterTest, ResumeForgetsWhatCameAfterTheCheckpoint) {
    const RunId run = create("a");
    {
        RunWriter writer(path, run, nullptr);
        for (int epoch = 1; epoch <= 3; ++epoch) {
            for (int64_t step = epoch * 10 - 9; step <= epoch * 10; ++step) writer.on_step(step_report(step));
            writer.on_epoch(epoch_report(epoch, epoch * 10));
            writer.on_checkpoint(checkpoint_report(writer.folder(), "last", epoch, epoch * 10));
            writer.on_checkpoint(checkpoint_report(writer.folder(), "best", epoch, epoch * 10));
        }
        for (int64_t step = 31; step <= 35; ++step) writer.on_step(step_report(step));
    }
    const RunStore store = open(RunStore::Mode::kReadOnly);
    const RunReader reader(store);
    EXPECT_EQ(reader.run(run).step.value, 35);
    EXPECT_EQ(reader.checkpoint(run, "previous")->step.value, 20);
    for (const auto& [checkpoint, top1] :
         {std::pair{"best", 0.9}, {"previous", 0.7}, {"checkpoint-30.safetensors", 0.8}}) {
        EvaluationRecord evaluation;
        evaluation.checkpoint = checkpoint;
        evaluation.mode = "integer-only";
        evaluation.top1 = top1;
        open().set_evaluation(run, evaluation);
    }

    RunWriter writer(path, run, nullptr);
    writer.resume_from(Step{20}, Epoch{2});
    EXPECT_EQ(steps_of(run, "train/loss").size(), 20u);
    EXPECT_EQ(reader.epochs(run).size(), 2u);
    EXPECT_EQ(reader.format_history(run).size(), 2u);
    EXPECT_EQ(reader.histogram_epochs(run).size(), 2u);
    EXPECT_EQ(reader.run(run).step.value, 20);
    EXPECT_EQ(reader.run(run).best_top1, 0.52);
    EXPECT_EQ(reader.checkpoint(run, "last")->step.value, 20);
    EXPECT_FALSE(reader.checkpoint(run, "previous"));
    ASSERT_EQ(reader.evaluations(run).size(), 1u);  // those of states that are no more say nothing of what comes
    EXPECT_EQ(reader.evaluations(run)[0].checkpoint, "previous");
    EXPECT_EQ(reader.run(run).integer_top1, 0.7);
    for (int64_t step = 21; step <= 30; ++step) writer.on_step(step_report(step));
    writer.finish(RunState::kFinished, 0);
    const auto metrics = reader.metrics(run);
    ASSERT_EQ(metrics.size(), 4u);
    EXPECT_EQ(metrics[2].name, "train/loss");
    EXPECT_EQ(metrics[2].num_points, 30);
    EXPECT_EQ(metrics[2].last, 1.0 / 30);
    EXPECT_EQ(metrics[2].minimum, 1.0 / 30);
    EXPECT_EQ(metrics[2].maximum, 1.0);
    EXPECT_EQ(reader.attempts(run)[1].resumed_from.value, 20);
}

TEST_F(RunWriterTest, ResumeBeforeAnEpochsEndForgetsItsEnd) {
    const RunId run = create("a");
    {
        RunWriter writer(path, run, nullptr);
        writer.on_step(step_report(10));
        CheckpointReport before = checkpoint_report(writer.folder(), "last", 1, 10);  // stopped while it evaluated
        before.path = writer.folder() + "/before.safetensors";
        writer.on_checkpoint(before);
        writer.on_epoch(epoch_report(2, 10));
        writer.on_checkpoint(checkpoint_report(writer.folder(), "last", 2, 10));
        writer.on_checkpoint(checkpoint_report(writer.folder(), "best", 2, 10));
    }
    RunWriter writer(path, run, nullptr);
    writer.resume_from(Step{10}, Epoch{1});
    const RunStore store = open(RunStore::Mode::kReadOnly);
    const RunReader reader(store);
    EXPECT_TRUE(reader.epochs(run).empty());
    EXPECT_FALSE(reader.checkpoint(run, "previous") || reader.checkpoint(run, "best"));
    ASSERT_TRUE(reader.checkpoint(run, "last"));
    EXPECT_EQ(reader.checkpoint(run, "last")->epoch.value, 1);
    EXPECT_EQ(steps_of(run, "train/loss").size(), 1u);
    EXPECT_EQ(reader.run(run).epoch.value, 1);
    // And of those within the epoch that it goes on with.
    CheckpointReport within = checkpoint_report(writer.folder(), "last", 1, 15);
    writer.on_checkpoint(within);
    EXPECT_EQ(reader.checkpoint(run, "previous")->step.value, 10);
    writer.finish(RunState::kStopped, 75);
    RunWriter(path, run, nullptr).resume_from(Step{10}, Epoch{1});
    EXPECT_EQ(reader.checkpoint(run, "last")->step.value, 10);
}

TEST_F(RunWriterTest, ReportingAStepAgainReplacesItsRow) {
    const RunId run = create("a");
    RunWriter writer(path, run, nullptr);
    writer.on_step(step_report(1));
    StepReport again = step_report(1);
    again.metrics = {{"train/loss", 7}};
    writer.on_step(again);
    writer.flush();
    const RunStore store = open(RunStore::Mode::kReadOnly);
    const MetricDelta series = RunReader(store).metric(run, "train/loss");
    ASSERT_EQ(series.points.size(), 1u);
    EXPECT_EQ(series.points[0].value, 7);
    EXPECT_EQ(RunReader(store).metrics(run)[1].num_points, 1);
}

TEST_F(RunWriterTest, NotFiniteValuesAreKept) {
    const RunId run = create("a");
    RunWriter writer(path, run, nullptr);
    StepReport report = step_report(1);
    report.metrics = {{"train/loss", NAN}, {"x", INFINITY}};
    writer.on_step(report);
    report = step_report(2);
    report.metrics = {{"x", 3}};
    writer.on_step(report);
    report = step_report(3);
    report.metrics = {{"x", -INFINITY}};
    writer.on_step(report);
    writer.flush();
    const RunStore store = open(RunStore::Mode::kReadOnly);
    const RunReader reader(store);
    const auto expect_kept = [&] {
        EXPECT_TRUE(std::isnan(reader.metric(run, "train/loss").points.at(0).value));
        EXPECT_TRUE(std::isinf(reader.metric(run, "x").points.at(0).value));
        const auto metrics = reader.metrics(run);
        EXPECT_TRUE(std::isnan(metrics.at(0).minimum));
        EXPECT_EQ(metrics.at(1).minimum, 3);  // extremes are of finite values
        EXPECT_EQ(metrics.at(1).maximum, 3);
    };
    expect_kept();
    writer.resume_from(Step{3}, Epoch{0});  // which sums up anew
    expect_kept();
    writer.finish(RunState::kFailed, 76);
}

TEST_F(RunWriterTest, RequestsReachTheToken) {
    const RunId run = create("a");
    StopToken token;
    RunWriterOptions options;
    options.request_interval_ms = 20;
    RunWriter writer(path, run, &token, options);
    RunStore store = open();
    store.request(run, RunRequest::kCheckpoint);
    EXPECT_TRUE(eventually([&] { return token.take_checkpoint_request(); }));
    EXPECT_FALSE(token.stop_requested());
    EXPECT_FALSE(writer.requested());
    std::this_thread::sleep_for(std::chrono::milliseconds(100));  // it has looked again
    EXPECT_FALSE(token.take_checkpoint_request()) << "asked once, taken once";
    store.request(run, RunRequest::kPause);
    EXPECT_TRUE(eventually([&] { return token.stop_requested(); }));
    EXPECT_EQ(writer.requested(), RunRequest::kPause);
}

TEST_F(RunWriterTest, RequestOfAnEarlierAttemptDoesNotStopTheNext) {
    for (const bool is_finished : {true, false}) {
        const RunId run = create(is_finished ? "finished" : "crashed");
        {
            RunWriterOptions slow;
            slow.request_interval_ms = 60'000;
            RunWriter writer(path, run, nullptr, slow);
            std::this_thread::sleep_for(std::chrono::milliseconds(50));  // its first look is over
            open().request(run, RunRequest::kStop);
            if (is_finished) writer.finish(RunState::kStopped, 75);
        }
        StopToken token;
        RunWriterOptions options;
        options.request_interval_ms = 20;
        RunWriter writer(path, run, &token, options);
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        EXPECT_FALSE(token.stop_requested()) << is_finished;
    }
}

TEST_F(RunWriterTest, SecondWriterIsRefused) {
    const RunId run = create("a");
    RunWriter first(path, run, nullptr);
    EXPECT_THAT(message_of<StoreError>([&] { RunWriter second(path, run, nullptr); }),
                HasSubstr("pid " + std::to_string(getpid())));
    first.on_step(step_report(1));
    first.finish(RunState::kFinished, 0);
    EXPECT_EQ(steps_of(run, "train/loss").size(), 1u);
}

TEST_F(RunWriterTest, TakenOverWriterStopsAndStoresNothingMore) {
    const RunId run = create("a");
    StopToken token;
    RunWriterOptions options;
    options.commit_interval_ms = 20;
    RunWriter lost(path, run, &token, options);
    lost.on_step(step_report(1));
    lost.flush();
    SQLite::Database(path, SQLite::OPEN_READWRITE).exec("UPDATE runs SET pid = 0");  // as if this process had gone
    RunWriter other(path, run, nullptr);
    other.resume_from(Step{0}, Epoch{0});
    lost.on_step(step_report(2));
    EXPECT_TRUE(eventually([&] { return token.stop_requested(); }));
    EXPECT_THAT(message_of<StoreError>([&] { lost.flush(); }), HasSubstr("taken over"));
    EXPECT_THAT(steps_of(run, "train/loss"), IsEmpty());
}

TEST_F(RunWriterTest, TrashedOrUnknownRunIsNotTrained) {
    const RunId run = create("a");
    open().trash(run);
    EXPECT_THAT(message_of<ConfigError>([&] { RunWriter writer(path, run, nullptr); }), HasSubstr("trash"));
    EXPECT_THROW(RunWriter(path, RunId("nobody"), nullptr), ConfigError);
}

TEST_F(RunWriterTest, BusyStoreDelaysButLosesNothing) {
    const RunId run = create("a");
    RunWriterOptions options;
    options.busy_timeout_ms = 20;
    RunWriter writer(path, run, nullptr, options);
    {
        SQLite::Database other(path, SQLite::OPEN_READWRITE, 5000);
        other.exec("BEGIN IMMEDIATE");
        for (int64_t step = 1; step <= 50; ++step) writer.on_step(step_report(step));
        EXPECT_THAT(message_of<StoreError>([&] { writer.flush(); }), HasSubstr("busy"));
        other.exec("ROLLBACK");
    }
    EXPECT_TRUE(eventually([&] { return steps_of(run, "train/loss").size() == 50; }));
    writer.finish(RunState::kFinished, 0);
    EXPECT_EQ(steps_of(run, "train/learning_rate").size(), 50u);
}

TEST_F(RunWriterTest, HeartbeatIsRenewedWhileNothingIsReported) {
    const RunId run = create("a");
    RunWriterOptions options;
    options.heartbeat_interval_ms = 100;
    options.commit_interval_ms = 20;
    RunWriter writer(path, run, nullptr, options);
    const RunStore store = open(RunStore::Mode::kReadOnly);
    const double first = RunReader(store).run(run).owner.heartbeat;
    EXPECT_TRUE(eventually([&] { return RunReader(store).run(run).owner.heartbeat > first; }));
}

}  // namespace
}  // namespace f8net
