// SPDX-License-Identifier: GPL-3.0-or-later
// The table's columns: what is remembered of them, how they share the width, and the one with the runs' health.
#include "widgets/panels/runs_view.h"

#include <QHeaderView>
#include <QSignalSpy>
#include <QTableView>
#include <cmath>

#include "core/store/run_writer.h"
#include "tests/widgets/panels/panel_fixture.h"
#include "widgets/models/run_table_model.h"

namespace f8net {
namespace {

class RunsViewTest : public PanelTest {
protected:
    std::unique_ptr<RunsView> open(int width = 700) {
        auto view = std::make_unique<RunsView>(context, nullptr);
        view->resize(width, 400);
        view->show();
        settle();
        return view;
    }
    void learn(const std::string& name, double first, double last) {
        RunWriter writer(path.toStdString(), add(name), nullptr);
        writer.on_stage_start("float", {}, Step{40}, Epoch{1});
        for (int step = 1; step <= 40; ++step)
            writer.on_step({{step}, {1}, step / 40.0, {{"train/loss", step < 30 ? first / step : last}}});
        writer.finish(RunState::kFinished, 0);
    }
};

TEST_F(RunsViewTest, ColumnsAreRemembered) {
    add("a");
    int state = 0;
    {
        const auto view = open();
        QHeaderView* header = view->table()->horizontalHeader();
        view->table()->setColumnHidden(RunTableModel::kModel, false);
        view->table()->setColumnHidden(RunTableModel::kEpoch, true);
        header->moveSection(header->visualIndex(RunTableModel::kModel), 2);
        header->resizeSection(RunTableModel::kState, 111);
        header->resizeSection(RunTableModel::kTop1, 77);
        view->table()->sortByColumn(RunTableModel::kModel, Qt::DescendingOrder);
        view->resize(900, 400);
        state = header->sectionSize(RunTableModel::kState);
    }
    EXPECT_EQ(state, 111);  // chosen, it stays
    const auto view = open();
    const QHeaderView* header = view->table()->horizontalHeader();
    EXPECT_EQ(header->sectionSize(RunTableModel::kState), 111);
    EXPECT_EQ(header->sectionSize(RunTableModel::kTop1), 77);
    EXPECT_EQ(header->visualIndex(RunTableModel::kModel), 2);
    EXPECT_TRUE(view->table()->isColumnHidden(RunTableModel::kEpoch));
    EXPECT_FALSE(view->table()->isColumnHidden(RunTableModel::kModel));
    EXPECT_TRUE(view->table()->isColumnHidden(RunTableModel::kHealth));
    EXPECT_EQ(header->sortIndicatorSection(), RunTableModel::kModel);
    EXPECT_EQ(header->sortIndicatorOrder(), Qt::DescendingOrder);
}

TEST_F(RunsViewTest, TheNameKeepsAWidth) {
    add("a");
    const auto view = open(520);
    const QHeaderView* header = view->table()->horizontalHeader();
    const int narrow = header->sectionSize(RunTableModel::kState);
    view->resize(900, 400);
    EXPECT_GT(header->sectionSize(RunTableModel::kState), narrow);  // not chosen: it has what the name can spare
    for (const int column : {RunTableModel::kModel, RunTableModel::kDataset, RunTableModel::kNote, RunTableModel::kTags,
                             RunTableModel::kStarted, RunTableModel::kMode})
        view->table()->setColumnHidden(column, false);
    view->resize(520, 400);
    EXPECT_GE(header->sectionSize(RunTableModel::kName), 100);
}

TEST_F(RunsViewTest, HealthIsAColumn) {
    learn("fine", 2, 0.05);
    learn("diverged", 2, std::nan(""));
    settings.setValue("runs/columns", QStringList{"shown", "name", "health"});
    const auto view = open();
    ASSERT_FALSE(view->table()->isColumnHidden(RunTableModel::kHealth));
    const auto health = [&](const QString& name, int role) {
        for (int row = 0; row < view->table()->model()->rowCount(); ++row) {
            const QModelIndex index = view->table()->model()->index(row, RunTableModel::kHealth);
            if (index.siblingAtColumn(RunTableModel::kName).data().toString() == name) return index.data(role);
        }
        return QVariant();
    };
    ASSERT_TRUE(waitFor([&] { return health("diverged", RunTableModel::kTroubleRole).toBool(); }));
    EXPECT_TRUE(health("diverged", Qt::DisplayRole).toString().startsWith("diverged"));
    ASSERT_TRUE(waitFor([&] { return health("fine", Qt::DisplayRole).toString() == "learned"; }))
        << health("fine", Qt::DisplayRole).toString().toStdString();
    EXPECT_FALSE(health("fine", RunTableModel::kTroubleRole).toBool());
    EXPECT_TRUE(health("fine", Qt::ToolTipRole).toString().contains("no formats yet"));
    learn("late", 2, std::nan(""));  // also of runs that come later
    ASSERT_TRUE(waitFor([&] { return health("late", RunTableModel::kTroubleRole).toBool(); }));
}

TEST_F(RunsViewTest, ANameIsNoLongerEditedOnceAnotherRowIsCurrent) {
    add("alpha");
    add("beta");
    const auto view = open();
    const QAbstractItemModel* rows = view->table()->model();
    view->table()->setCurrentIndex(rows->index(0, RunTableModel::kState));  // wherever in the row
    Q_EMIT actions.renameInPlaceRequested();
    EXPECT_TRUE(view->table()->isPersistentEditorOpen(rows->index(0, RunTableModel::kName)));
    view->table()->setCurrentIndex(rows->index(1, RunTableModel::kState));
    EXPECT_FALSE(view->table()->isPersistentEditorOpen(rows->index(0, RunTableModel::kName)));
    Q_EMIT actions.renameInPlaceRequested();
    EXPECT_TRUE(view->table()->isPersistentEditorOpen(rows->index(1, RunTableModel::kName)));
}

}  // namespace
}  // namespace f8net
