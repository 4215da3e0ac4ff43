// SPDX-License-Identifier: GPL-3.0-or-later
/// The queue in Log and jobs: what waits, in an order that drag and keys change, and the runner that starts it, which
/// outlives the workbench. Threads  UI thread; data comes from the store's reader.
#pragma once

#include <QAction>
#include <QLabel>
#include <QTableView>
#include <QTimer>
#include <QWidget>

#include "widgets/models/queue_model.h"
#include "widgets/models/store_follower.h"
#include "widgets/panels/empty_state.h"
#include "widgets/support/view_registry.h"

class QToolButton;

namespace f8net {

class QueuePanel final : public QWidget {
    Q_OBJECT
public:
    QueuePanel(const ViewContext& context, QWidget* parent);

    QTableView* table() const { return m_table; }
    QueueModel* model() const { return m_model; }

Q_SIGNALS:
    void waitingChanged(int count);

protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    QToolButton* addButton(const QString& text, const QString& iconName, const QString& toolTip,
                           void (QueuePanel::*slot)());
    void ask();
    void showState(const QueueState& state);
    void updateButtons();
    void move(const RunId& run, int position);
    void moveBy(int rows);
    void moveUp() { moveBy(-1); }
    void moveDown() { moveBy(1); }
    void removeSelected();

    ViewContext m_context;
    StoreQuestion m_question;
    QueueModel* m_model;
    QTableView* m_table;
    EmptyState* m_empty;
    QLabel* m_sentence;
    QToolButton *m_up, *m_down, *m_remove, *m_start, *m_stop;
    QTimer m_again;  ///< a runner that was killed says nothing
};

}  // namespace f8net
