// SPDX-License-Identifier: GPL-3.0-or-later
/// View 1, Runs: filter line, table (which is the charts' legend), one line that counts. An empty store shows a card
/// that starts the example. Threads  UI thread.
#pragma once

#include <QLabel>
#include <QLineEdit>
#include <QTableView>
#include <QTimer>
#include <QToolButton>
#include <QWidget>
#include <optional>
#include <set>

#include "widgets/models/run_filter_model.h"
#include "widgets/models/run_table_model.h"
#include "widgets/models/store_follower.h"
#include "widgets/support/remembered.h"
#include "widgets/support/view_registry.h"

class QStackedLayout;

namespace f8net {

class RunColumns;

class RunsView final : public QWidget {
    Q_OBJECT
public:
    RunsView(const ViewContext& context, QWidget* parent);
    ~RunsView() override;

    QTableView* table() const { return m_table; }
    QLineEdit* filterLine() const { return m_filterLine; }
    Q_INVOKABLE void exportView();  ///< asks where to: the rows and columns shown, as CSV

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void applyUpdate(const RunsUpdate& all);
    void holdRowsStill();
    void letRowsMove();
    RunsUpdate withoutHeld(const RunsUpdate& update);
    void rowsLeave(int first, int last);
    void mark(const QModelIndex& index);
    void markAgain();
    void askForValues();
    void askForCard();
    void applyFilter();
    void selectionOfTableChanged();
    void showContextMenu(const QPoint& position);
    void toggleShown(const QModelIndex& index, Qt::KeyboardModifiers modifiers);
    void chooseFirstRun();
    void showCurrentRun();
    void updateCounts();
    void restoreSettings();
    void forgetRestored(const RunsUpdate& all);
    void saveSettings() const;
    QModelIndex indexOf(const RunId& run) const;  ///< invalid where it has no row
    RunId runAt(const QModelIndex& proxyIndex) const;

    ViewContext m_context;
    RunTableModel* m_model;
    RunFilterModel* m_filter;
    QLineEdit* m_filterLine;
    QLabel* m_filterProblem;
    QToolButton* m_trash;
    QTableView* m_table;
    RunColumns* m_columns;
    Remembered m_remembered;
    StoreQuestion m_card;  ///< what the card of the run under the pointer says
    QLabel* m_counts;
    QToolButton* m_newRows;
    std::vector<RunSummary> m_held;  ///< new since the pointer is over the table, newest first
    QStackedLayout* m_stack;
    QTimer m_markSoon;                  ///< once the table knows of its new rows
    bool m_rowsLeave = false;           ///< the row that Qt makes the current one meanwhile was chosen by nobody
    int m_rowOfRun = 0;                 ///< where the current run was when its row left
    bool m_userActed = false;           ///< the next update has what the user did here
    std::optional<bool> m_paintsShown;  ///< a drag over the eyes shows or hides them all
    std::set<RunId> m_restored;         ///< chosen by the settings, not yet seen in a list
    bool m_isFirstUpdate = true;
};

void registerRunsView(ViewRegistry& registry);

}  // namespace f8net
