// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/run_actions.h"

#include <QApplication>
#include <QClipboard>
#include <QSignalSpy>
#include <algorithm>
#include <limits>

#include "core/store/run_writer.h"
#include "tests/widgets/panels/panel_fixture.h"

namespace f8net {
namespace {

class RunActionsTest : public PanelTest {
protected:
    void train(const RunId& run, RunState end) {
        RunWriter writer(path.toStdString(), run, nullptr);
        writer.finish(end, 0);
    }
    void mark(std::vector<RunId> runs) {
        // The follower looks a few times a second.
        ASSERT_TRUE(waitFor([&] {
            return std::all_of(runs.begin(), runs.end(), [&](const RunId& run) {
                return known(run) && known(run)->state == RunReader(store).run(run).state;
            });
        }));
        selection.setMarked(std::move(runs));
    }
    std::optional<RunSummary> known(const RunId& run) {
        const RunSummary* found = actions.find(run);
        return found != nullptr ? std::optional(*found) : std::nullopt;
    }
};

TEST_F(RunActionsTest, StoppedRunsArePutIntoTheQueue) {
    const RunId stopped = add("stopped"), failed = add("failed"), finished = add("finished");
    train(stopped, RunState::kStopped);
    train(failed, RunState::kFailed);
    train(finished, RunState::kFinished);
    mark({finished});
    EXPECT_FALSE(actions.enqueue->isEnabled());
    mark({stopped, failed, finished});
    ASSERT_TRUE(actions.enqueue->isEnabled());
    actions.enqueue->trigger();
    ASSERT_TRUE(waitFor([&] { return queued().size() == 2; }));
    EXPECT_EQ(queued(), (std::vector<std::string>{"stopped", "failed"}));
    mark({stopped});
    EXPECT_FALSE(actions.enqueue->isEnabled());
    EXPECT_TRUE(actions.stop->isEnabled());
    actions.stop->trigger();  // takes it out again
    ASSERT_TRUE(waitFor([&] { return queued().size() == 1; }));
}

TEST_F(RunActionsTest, EachDeletionIsUndoneByItself) {
    const RunId a = add("a"), b = add("b"), c = add("c");
    for (const RunId& run : {a, b, c}) train(run, RunState::kFinished);
    QSignalSpy told(&actions, &RunActions::trashed);
    mark({a, b});
    actions.trash->trigger();
    mark({c});
    actions.trash->trigger();
    ASSERT_EQ(told.count(), 2);
    EXPECT_EQ(told[0][0].toInt(), 2);
    settle();
    EXPECT_GT(known(c)->trashed_at, 0);
    actions.undoTrash->trigger();
    settle();
    EXPECT_EQ(known(c)->trashed_at, 0);
    EXPECT_GT(known(a)->trashed_at, 0);
    actions.undoTrash->trigger();
    settle();
    EXPECT_EQ(known(a)->trashed_at, 0);
    EXPECT_EQ(known(b)->trashed_at, 0);
    EXPECT_FALSE(actions.undoTrash->isEnabled());
}

TEST_F(RunActionsTest, EndsAndDivergenceAreToldOnce) {
    const RunId run = add("a");
    settle();
    QSignalSpy ended(&actions, &RunActions::runEnded), diverged(&actions, &RunActions::runDiverged);
    RunWriter writer(path.toStdString(), run, nullptr);
    const auto report = [&](int64_t step, double loss) {
        StepReport said;
        said.step = Step{step};
        said.epoch = Epoch{1};
        said.metrics = {{"train/loss", loss}};
        writer.on_step(said);
        writer.flush();
    };
    report(1, 0.5);
    ASSERT_TRUE(waitFor([&] { return known(run) && known(run)->last_loss == 0.5; }));
    report(2, std::numeric_limits<double>::quiet_NaN());
    ASSERT_TRUE(waitFor([&] { return diverged.count() == 1; }));
    report(3, std::numeric_limits<double>::infinity());
    settle();
    EXPECT_EQ(ended.count(), 0);
    writer.finish(RunState::kFailed, 76, "loss is infinite");
    ASSERT_TRUE(waitFor([&] { return ended.count() == 1; }));
    store.rename(run, "b");
    settle();
    EXPECT_EQ(ended.count(), 1);
    EXPECT_EQ(diverged.count(), 1);
}

TEST_F(RunActionsTest, CopiesTheCommandOfTheRun) {
    NewRun described;
    described.name = "a";
    described.command = "f8net train my.yaml --set optimizer.lr=0.3";
    const RunId run = store.create_run(described);
    train(run, RunState::kFinished);
    mark({run});
    actions.copyCommand->trigger();
    const auto clipboard = [] { return QApplication::clipboard()->text(); };
    ASSERT_TRUE(waitFor([&] { return clipboard().startsWith("f8net train my.yaml --set optimizer.lr=0.3 --store "); }))
        << clipboard().toStdString();
    const RunId stopped = add("s");
    train(stopped, RunState::kStopped);
    mark({stopped});
    actions.copyCommand->trigger();
    EXPECT_TRUE(clipboard().startsWith("f8net train --resume " + QString::fromStdString(stopped.text())));
}

TEST_F(RunActionsTest, CloneAndCompareAsk) {
    const RunId a = add("a"), b = add("b");
    std::vector<RunId> cloned;
    QObject::connect(&actions, &RunActions::cloneRequested, [&](const RunId& run) { cloned.push_back(run); });
    QSignalSpy compared(&actions, &RunActions::compareRequested);
    mark({a});
    actions.clone->trigger();
    EXPECT_EQ(cloned, std::vector<RunId>{a});
    mark({a, b});
    EXPECT_FALSE(actions.clone->isEnabled());
    ASSERT_TRUE(actions.compare->isEnabled());
    actions.compare->trigger();
    EXPECT_EQ(compared.count(), 1);
}

}  // namespace
}  // namespace f8net
