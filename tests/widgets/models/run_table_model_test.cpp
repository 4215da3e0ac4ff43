// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/run_table_model.h"

#include <gtest/gtest.h>

#include <QAbstractItemModelTester>

#include "widgets/models/run_filter_model.h"
#include "widgets/models/store_follower.h"
#include "widgets/support/number_text.h"
#include "widgets/support/selection.h"

namespace f8net {
namespace {

using Tester = QAbstractItemModelTester;

RunSummary makeRun(const std::string& id, RunState state = RunState::kFinished, std::optional<double> top1 = {}) {
    RunSummary run;
    run.id = RunId(id);
    run.name = "run " + id;
    run.state = state;
    run.best_top1 = top1;
    run.total_epochs = {10};
    return run;
}

struct RunTable : public testing::Test {
    Selection selection;
    RunTableModel model{selection};
    RunFilterModel filter;
    Tester modelTester{&model, Tester::FailureReportingMode::Warning};  // a warning fails the test
    void SetUp() override { filter.setSourceModel(&model); }
    QStringList shownIds() const {
        QStringList ids;
        for (int row = 0; row < filter.rowCount(); ++row)
            ids << filter.index(row, 0).data(RunTableModel::kRunIdRole).toString();
        return ids;
    }
};

TEST_F(RunTable, NewRunsComeOnTopAndKnownOnesChangeInPlace) {
    Tester filterTester(&filter, Tester::FailureReportingMode::Warning);
    model.apply({{makeRun("b"), makeRun("a")}, true});
    int resets = 0;
    QObject::connect(&model, &QAbstractItemModel::modelReset, [&resets] { ++resets; });
    RunSummary changed = makeRun("a");
    changed.name = "renamed";
    model.apply({{makeRun("c"), changed}, false});
    EXPECT_EQ(resets, 0);
    EXPECT_EQ(shownIds(), (QStringList{"c", "b", "a"}));
    EXPECT_EQ(model.index(2, RunTableModel::kName).data().toString(), "renamed");
}

TEST_F(RunTable, ACompleteListDropsWhatIsGone) {
    model.apply({{makeRun("b"), makeRun("a")}, true});
    model.apply({{makeRun("a")}, true});
    EXPECT_EQ(model.rowCount(), 1);
    EXPECT_EQ(model.find(RunId("b")), nullptr);
}

TEST_F(RunTable, DeltaRefersToTheBaseline) {
    model.apply(
        {{makeRun("b", RunState::kFinished, 0.9287), makeRun("a", RunState::kFinished, 0.9318), makeRun("c")}, true});
    EXPECT_EQ(model.index(0, RunTableModel::kDelta).data().toString(), QString(QChar(0x2013)));
    selection.setBaseline(RunId("a"));
    EXPECT_EQ(model.index(0, RunTableModel::kDelta).data().toString(), QString(QChar(0x2212)) + "0.31");
    EXPECT_EQ(model.index(1, RunTableModel::kDelta).data().toString(), "baseline");
    EXPECT_EQ(model.index(1, RunTableModel::kName).data().toString(), "run a *");
    EXPECT_EQ(model.index(2, RunTableModel::kDelta).data().toString(), QString(QChar(0x2013)));
}

TEST_F(RunTable, NoValueIsLastInBothDirections) {
    model.apply(
        {{makeRun("none"), makeRun("low", RunState::kFinished, 0.5), makeRun("high", RunState::kFinished, 0.9)}, true});
    filter.sort(RunTableModel::kTop1, Qt::AscendingOrder);
    EXPECT_EQ(shownIds(), (QStringList{"low", "high", "none"}));
    filter.sort(RunTableModel::kTop1, Qt::DescendingOrder);
    EXPECT_EQ(shownIds(), (QStringList{"high", "low", "none"}));
}

TEST_F(RunTable, FiltersByWordsConditionsAndStates) {
    model.apply(
        {{makeRun("a", RunState::kRunning, 0.95), makeRun("b", RunState::kFinished, 0.91), makeRun("c")}, true});
    EXPECT_EQ(filter.setFilterText("top1>=0.9"), "");
    EXPECT_EQ(shownIds(), (QStringList{"a", "b"}));
    EXPECT_EQ(filter.setFilterText("state:running"), "");
    EXPECT_EQ(shownIds(), (QStringList{"a"}));
    EXPECT_EQ(filter.setFilterText("/run.[bc]/"), "");
    EXPECT_EQ(shownIds(), (QStringList{"b", "c"}));
}

TEST_F(RunTable, AWrongFilterSaysWhyAndChangesNothing) {
    model.apply({{makeRun("a"), makeRun("b")}, true});
    filter.setFilterText("a");
    EXPECT_NE(filter.setFilterText("/un(closed/"), "");
    EXPECT_EQ(filter.filter().text(), "a");
}

TEST_F(RunTable, TheTrashIsApart) {
    RunSummary trashed = makeRun("b");
    trashed.trashed_at = 1;
    model.apply({{makeRun("a"), trashed}, true});
    EXPECT_EQ(shownIds(), (QStringList{"a"}));
    filter.setShowsTrash(true);
    EXPECT_EQ(shownIds(), (QStringList{"b"}));
}

TEST_F(RunTable, StatesAreWords) {
    RunSummary crashed = makeRun("a", RunState::kCrashed), failed = makeRun("b", RunState::kFailed),
               queued = makeRun("c", RunState::kQueued);
    crashed.step = {10};
    failed.message = "loss is NaN at step 1204";
    queued.queue_position = 2;
    EXPECT_EQ(stateText(crashed), "crashed, resumable");
    EXPECT_EQ(stateText(failed), "failed, loss is NaN at step 1204");
    EXPECT_TRUE(stateText(queued).startsWith("queued, 1 before it"));
    EXPECT_EQ(stateText(makeRun("d")), "finished");
}

TEST_F(RunTable, ANetworkKeptFromWhatIfHasNoEpochs) {
    RunSummary trained = makeRun("a"), kept = makeRun("b");
    trained.epoch = kept.total_epochs = trained.total_epochs = Epoch{5};
    kept.epoch = Epoch{0};
    trained.best_top1 = 0.9;
    kept.best_top1 = 0.911;
    selection.setBaseline(trained.id);
    model.apply({{trained, kept}, true});
    // What is known of it is shown; it is of other images than the baseline's, so nothing is made of the difference.
    const int row = model.rowOf(kept.id);
    EXPECT_EQ(model.index(row, RunTableModel::kTop1).data().toString(), "91.10");
    EXPECT_EQ(model.index(row, RunTableModel::kDelta).data().toString(), QChar(0x2013));
    EXPECT_TRUE(model.index(row, 0).data(Qt::ToolTipRole).toString().contains("91.10 % in integers"));
    EXPECT_EQ(model.index(model.rowOf(trained.id), RunTableModel::kEpoch).data().toString(), "5 / 5");
    EXPECT_EQ(model.index(model.rowOf(kept.id), RunTableModel::kEpoch).data().toString(), QChar(0x2013));
}

TEST_F(RunTable, RenamingAsksTheStore) {
    model.apply({{makeRun("a")}, true});
    QString asked;
    QObject::connect(&model, &RunTableModel::renameRequested,
                     [&asked](const RunId&, const QString& name) { asked = name; });
    EXPECT_FALSE(model.setData(model.index(0, RunTableModel::kName), "   ", Qt::EditRole));
    EXPECT_TRUE(model.setData(model.index(0, RunTableModel::kName), " better ", Qt::EditRole));
    EXPECT_EQ(asked, "better");
    EXPECT_EQ(model.index(0, RunTableModel::kName).data().toString(), "run a");  // until the store has it
}

TEST_F(RunTable, HasColumnsOfAnyKey) {
    RunSummary a = makeRun("a"), b = makeRun("b"), c = makeRun("c");
    a.values = {{"optimizer.lr", "0.1"}, {"network.stem", "small"}};
    b.values = {{"optimizer.lr", "0.02"}, {"network.stem", "imagenet"}};
    model.apply({{a, b, c}, true});
    model.setKeys({"optimizer.lr", "network.stem"});
    const int rate = RunTableModel::kNumColumns;
    ASSERT_EQ(model.columnCount(), rate + 2);
    EXPECT_EQ(model.headerData(rate, Qt::Horizontal, Qt::DisplayRole).toString(), "lr");
    EXPECT_EQ(model.index(1, rate).data().toString(), "0.02");
    EXPECT_EQ(model.index(2, rate).data().toString(), text::none());
    filter.sort(rate, Qt::AscendingOrder);
    EXPECT_EQ(shownIds(), (QStringList{"b", "a", "c"}));  // as numbers, none last
    filter.sort(rate, Qt::DescendingOrder);
    EXPECT_EQ(shownIds(), (QStringList{"a", "b", "c"}));
    selection.setBaseline(a.id);
    EXPECT_TRUE(model.card(b).contains("optimizer.lr (0.02, baseline 0.1)")) << model.card(b).toStdString();
    model.setConfigurations({{a.id, {{"optimizer.lr", "0.1"}, {"training.epochs", "64"}, {"data.flip", "true"}}},
                             {b.id, {{"optimizer.lr", "0.02"}, {"training.epochs", "64"}}}});
    EXPECT_TRUE(model.card(b).contains("data.flip (–, baseline true)")) << model.card(b).toStdString();
    EXPECT_EQ(model.card(b).count("optimizer.lr"), 1);
    EXPECT_FALSE(model.card(b).contains("training.epochs"));
    EXPECT_FALSE(model.card(a).contains("Differs in"));
    model.setKeys({});
    EXPECT_EQ(model.columnCount(), rate);
}

}  // namespace
}  // namespace f8net
