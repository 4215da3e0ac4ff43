// SPDX-License-Identifier: GPL-3.0-or-later
/// View 10, Log and jobs: what runs said, newest at the bottom, and the background jobs with progress and cancel.
/// Threads  UI thread.
#pragma once

#include <QCheckBox>
#include <QTableView>
#include <QWidget>

#include "widgets/models/event_model.h"
#include "widgets/panels/empty_state.h"
#include "widgets/support/view_registry.h"

class QSortFilterProxyModel;
class QToolButton;

namespace f8net {

class LogView final : public QWidget {
    Q_OBJECT
public:
    LogView(const ViewContext& context, QWidget* parent);

protected:
    void changeEvent(QEvent* event) override;

private:
    void updateJobs();
    void updateFilter();

    ViewContext m_context;
    EventModel* m_events;
    QSortFilterProxyModel* m_shown;
    QCheckBox* m_onlyRun;
    QTableView *m_log, *m_jobs;
    QToolButton* m_cancel;
    EmptyState* m_empty;
};

void registerLogView(ViewRegistry& registry);

}  // namespace f8net
