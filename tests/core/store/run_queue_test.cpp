// SPDX-License-Identifier: Apache-2.0
#include "core/store/run_queue.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include "core/store/queue_lease.h"
#include "core/store/run_writer.h"
#include "tests/core/store/store_fixture.h"

namespace f8net {
namespace {

using testing::HasSubstr;

class RunQueueTest : public StoreTest {
protected:
    RunId add(const std::string& name) {
        NewRun run;
        run.name = name;
        return store.create_run(run, RunStore::Start::kInTurn);
    }
    std::string names() const {
        std::string text;
        for (const RunSummary& run : reader.queue()) text += run.name;
        return text;
    }
    RunState state(const RunId& run) const { return reader.run(run).state; }
    /// Ends a run of one step in this state.
    void train(const RunId& run, RunState end) {
        RunWriter writer(path, run, nullptr);
        writer.on_step(step_report(1));
        writer.finish(end, 0);
    }
    void sql(const std::string& text) { SQLite::Database(path, SQLite::OPEN_READWRITE, 5000).exec(text); }

    RunStore store{path, RunStore::Mode::kReadWrite};
    RunReader reader{store};
    RunQueue queue{store};
};

TEST_F(RunQueueTest, KeepsAndChangesItsOrder) {
    const RunId a = add("a"), b = add("b"), c = add("c");
    EXPECT_EQ(names(), "abc");
    queue.put(c, 1);
    EXPECT_EQ(names(), "cab");
    queue.put(c, 2);
    EXPECT_EQ(names(), "acb");
    queue.append(a);
    EXPECT_EQ(names(), "cba");
    store.trash(b);
    EXPECT_EQ(names(), "ca");
    EXPECT_EQ(reader.run(a).queue_position, 3);
}

TEST_F(RunQueueTest, ARunThatIsAboutToStartDoesNotWait) {
    const RunId run = create("at once");
    EXPECT_EQ(state(run), RunState::kQueued);
    EXPECT_EQ(names(), "");
    queue.append(run);  // but it may be made to
    EXPECT_EQ(names(), "at once");
}

TEST_F(RunQueueTest, StoppedAndFailedRunsWaitAgainAndFinishedOnesDoNot) {
    const RunId run = create("a");
    for (const RunState end : {RunState::kStopped, RunState::kFailed, RunState::kPaused}) {
        train(run, end);
        queue.append(run);
        EXPECT_EQ(names(), "a");
        EXPECT_EQ(reader.run(run).message, "");
    }
    train(run, RunState::kFinished);
    EXPECT_EQ(names(), "");
    EXPECT_THAT(message_of<ConfigError>([&] { queue.append(run); }), HasSubstr("has finished"));
    const RunId trashed = add("t");
    store.trash(trashed);
    EXPECT_THAT(message_of<ConfigError>([&] { queue.put(trashed, 1); }), HasSubstr("trash"));
    const RunId busy = create("b");
    const RunWriter writer(path, busy, nullptr);
    EXPECT_THAT(message_of<ConfigError>([&] { queue.append(busy); }), HasSubstr("running"));
    EXPECT_THAT(message_of<ConfigError>([&] { queue.remove(busy); }), HasSubstr("runs stop"));
}

TEST_F(RunQueueTest, ACrashedRunKeepsTheTimeItRan) {
    const RunId run = create("a");
    { const RunWriter writer(path, run, nullptr); }  // without an end
    sql("UPDATE runs SET attempt_started_at = heartbeat - 100");
    ASSERT_EQ(state(run), RunState::kCrashed);
    queue.append(run);
    EXPECT_EQ(state(run), RunState::kQueued);
    EXPECT_NEAR(reader.run(run).duration_seconds, 100, 1e-3);
    EXPECT_GT(reader.attempts(run).at(0).ended_at, 0);
    train(run, RunState::kFinished);
    EXPECT_NEAR(reader.run(run).duration_seconds, 100, 5);
}

TEST_F(RunQueueTest, RemovedRunsAreStoppedAndFailedOnesSayWhy) {
    const RunId a = add("a"), b = add("b");
    queue.remove(a);
    EXPECT_EQ(state(a), RunState::kStopped);
    EXPECT_EQ(names(), "b");
    EXPECT_THAT(message_of<ConfigError>([&] { queue.remove(a); }), HasSubstr("not in the queue"));
    queue.fail(b, 65, "no data");
    EXPECT_EQ(state(b), RunState::kFailed);
    EXPECT_EQ(reader.run(b).message, "no data");
    EXPECT_EQ(reader.run(b).exit_code, 65);
    EXPECT_EQ(names(), "");
    queue.fail(a, 65, "it waits no more");
    EXPECT_EQ(state(a), RunState::kStopped);
}

TEST_F(RunQueueTest, ALeaseIsHeldByOneAndGivenBack) {
    EXPECT_FALSE(reader.queue_runner());
    EXPECT_FALSE(queue.ask_runner(RunnerRequest::kStopNow));
    const RunId run = add("a");
    {
        QueueLease lease(store);
        lease.set_run(run);
        lease.renew();
        RunStore other(path, RunStore::Mode::kReadWrite);
        EXPECT_THAT(message_of<StoreError>([&] { QueueLease second(other); }), HasSubstr(std::to_string(getpid())));
        ASSERT_TRUE(reader.queue_runner());
        EXPECT_EQ(reader.queue_runner()->run, run);
        EXPECT_EQ(lease.request(), RunnerRequest::kNone);
        EXPECT_TRUE(queue.ask_runner(RunnerRequest::kStopAfterRun));
        EXPECT_EQ(lease.request(), RunnerRequest::kStopAfterRun);
        EXPECT_TRUE(queue.ask_runner(RunnerRequest::kStopNow));
        EXPECT_EQ(lease.request(), RunnerRequest::kStopNow);
        EXPECT_TRUE(reader.queue_runner()->is_ending);
    }
    EXPECT_FALSE(reader.queue_runner());
    const QueueLease next(store);
    EXPECT_FALSE(next.inherited());
}

TEST_F(RunQueueTest, ALeaseElsewhereIsTakenOverOnceItIsSilent) {
    const RunId run = add("a");
    QueueLease lost(store);
    lost.set_run(run);
    sql("UPDATE leases SET host = 'elsewhere', heartbeat = heartbeat - 30");
    EXPECT_THROW(QueueLease second(store), StoreError);
    sql("UPDATE leases SET heartbeat = heartbeat - 31");
    const QueueLease taken(store);
    EXPECT_EQ(taken.inherited(), run);
    sql("UPDATE leases SET pid = pid + 1");  // both are this process: the new one's row is another's then
    EXPECT_THROW(lost.renew(), LeaseLost);
    EXPECT_THROW(lost.set_run(run), LeaseLost);
}

TEST_F(RunQueueTest, ALeaseOfAnotherBootIsTakenOverByAge) {
    QueueLease lost(store);
    sql("UPDATE leases SET process_start = process_start + 1");  // the pid was used again
    EXPECT_FALSE(reader.queue_runner());
    const QueueLease taken(store);
    EXPECT_TRUE(reader.queue_runner());
}

}  // namespace
}  // namespace f8net
