// SPDX-License-Identifier: GPL-3.0-or-later
// Which runs are shown, marked and chosen: kept for each store, and always ones that are there.
#include <QCursor>
#include <QEnterEvent>
#include <QLineEdit>
#include <QTableView>

#include "app/workbench/place_bar.h"
#include "core/store/run_store.h"
#include "tests/app/workbench/window_fixture.h"
#include "widgets/curves/curves_view.h"
#include "widgets/curves/metric_chart.h"
#include "widgets/panels/run_actions.h"
#include "widgets/panels/runs_view.h"

namespace f8net {
namespace {

class ChosenRuns : public WholeWindow {
protected:
    void openStore(const QString& path) {
        window.reset();
        window = std::make_unique<MainWindow>(MainWindow::Options{path, folder.filePath("w.ini"), ThemeChoice::kLight});
        window->show();
        settle();
        settle();
    }
    RunsView* view() { return qobject_cast<RunsView*>(window->docks().view("runs")); }
    QTableView* table() { return view()->table(); }
    RunId runAt(int row) {
        return RunId(table()->model()->index(row, 0).data(RunTableModel::kRunIdRole).toString().toStdString());
    }
    int rowOf(const RunId& run) {
        for (int row = 0; row < table()->model()->rowCount(); ++row) {
            if (runAt(row) == run) return row;
        }
        return -1;
    }
    std::vector<RunId> markedRows() {
        std::vector<RunId> runs;
        for (const QModelIndex& index : table()->selectionModel()->selectedRows()) runs.push_back(runAt(index.row()));
        return runs;
    }
    size_t numLines() {
        const auto& charts = qobject_cast<CurvesView*>(window->docks().view("curves"))->charts();
        return charts.empty() ? 0 : charts[0]->chart().curves.size();
    }
    void hover(bool isOver) {
        if (isOver) {
            QEnterEvent enter(QPointF(5, 5), QPointF(5, 5), QPointF(5, 5));
            QApplication::sendEvent(table()->viewport(), &enter);
        } else {
            QEvent leave(QEvent::Leave);
            QApplication::sendEvent(table()->viewport(), &leave);
        }
    }
    void change(const std::function<void(RunStore&)>& change) {  // as another program would
        RunStore other(storePath(), RunStore::Mode::kReadWrite);
        change(other);
    }
};

TEST_F(ChosenRuns, AreThoseOfTheirStore) {
    const QString here = QString::fromStdString(storePath()), there = folder.filePath("other.db");
    RunId elsewhere;
    {
        synthetic::Store other(there.toStdString());
        elsewhere = other.add({.name = "b", .epochs = 2, .doneEpochs = 2, .stepsPerEpoch = 10, .floatEpochs = 1});
    }
    openStore(here);
    window->selection().setVisibleRuns({first});
    window->selection().setBaseline(first);
    window->selection().setRun(first);
    window->selection().setLayer("head.0");
    openStore(there);
    EXPECT_EQ(window->notices().text().toStdString(), "");
    EXPECT_EQ(window->selection().visibleRuns(), (std::set<RunId>{elsewhere}));
    EXPECT_EQ(window->selection().run(), elsewhere);
    EXPECT_FALSE(window->selection().baseline());
    EXPECT_EQ(numLines(), 1u);
    openStore(here);
    EXPECT_EQ(window->selection().visibleRuns(), (std::set<RunId>{first}));
    EXPECT_EQ(window->selection().baseline(), first);
    EXPECT_EQ(window->selection().run(), first);
    EXPECT_EQ(window->selection().layer(), "head.0");
    EXPECT_FALSE(window->selection().canGoBack());
    EXPECT_EQ(markedRows(), (std::vector<RunId>{first}));
}

TEST_F(ChosenRuns, ArePurgedWithoutAWord) {
    openStore(QString::fromStdString(storePath()));
    window->selection().setVisibleRuns({first, second});
    window->selection().setBaseline(second);
    window->selection().setRun(second);
    settle();
    ASSERT_EQ(numLines(), 2u);
    change([this](RunStore& s) {
        s.trash(second);
        s.purge(second);
    });
    settle();
    settle();
    EXPECT_EQ(window->notices().text().toStdString(), "");
    EXPECT_EQ(window->selection().visibleRuns(), (std::set<RunId>{first}));
    EXPECT_FALSE(window->selection().baseline());
    EXPECT_EQ(numLines(), 1u);
    EXPECT_EQ(markedRows(), (std::vector<RunId>{window->selection().run()}));
}

TEST_F(ChosenRuns, LeaveTheTableUnderThePointerWhenTheyAreDeleted) {
    openStore(QString::fromStdString(storePath()));
    window->selection().setVisibleRuns({first, second});
    window->selection().setRun(second);
    settle();
    ASSERT_EQ(numLines(), 2u);
    const int row = rowOf(second), rows = table()->model()->rowCount();
    const RunId below = runAt(row + 1);
    hover(true);
    QTest::keyClick(table(), Qt::Key_Delete);
    settle();
    EXPECT_EQ(table()->model()->rowCount(), rows - 1);
    EXPECT_EQ(rowOf(second), -1);
    EXPECT_EQ(numLines(), 1u);  // nor a line without a row
    EXPECT_EQ(window->selection().run(), below);
    EXPECT_EQ(markedRows(), (std::vector<RunId>{below}));
    window->runActions().undoTrash->trigger();
    settle();
    EXPECT_EQ(rowOf(second), row);
    EXPECT_EQ(numLines(), 2u);
}

TEST_F(ChosenRuns, StayUnderThePointerUntilItIsGone) {
    openStore(QString::fromStdString(storePath()));
    view()->filterLine()->setText("state:finished");
    ASSERT_EQ(table()->model()->rowCount(), 2);
    hover(true);
    change([this](RunStore& s) { s.trash(second); });
    settle();
    EXPECT_EQ(table()->model()->rowCount(), 2);
    hover(false);
    EXPECT_EQ(table()->model()->rowCount(), 1);
}

TEST_F(ChosenRuns, AreActedOnAlsoWhereTheFilterHidesThem) {
    openStore(QString::fromStdString(storePath()));
    RunId stopped;
    for (const auto& [id, run] : window->runActions().runs()) {
        if (run.name == "interrupted") stopped = id;
    }
    window->selection().setRun(stopped);
    ASSERT_TRUE(window->runActions().resume->isEnabled());
    view()->filterLine()->setText("mae");
    settle();
    EXPECT_EQ(window->selection().run(), stopped);  // a filter chooses nothing
    EXPECT_TRUE(markedRows().empty());
    EXPECT_TRUE(window->runActions().resume->isEnabled());
    QTest::keyClick(table(), Qt::Key_Delete);  // in the table, which does not show it
    settle();
    EXPECT_EQ(window->runActions().find(stopped)->trashed_at, 0);
    view()->filterLine()->clear();
    settle();
    EXPECT_EQ(markedRows(), (std::vector<RunId>{stopped}));
}

}  // namespace
}  // namespace f8net
