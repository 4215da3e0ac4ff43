// SPDX-License-Identifier: GPL-3.0-or-later
/// The jobs of this window (exports, verification, analysis) in Log and jobs: progress, result, cancel.
/// Threads  UI thread.
#pragma once

#include <QTableView>
#include <QToolButton>
#include <QWidget>

#include "widgets/models/job_list.h"
#include "widgets/panels/empty_state.h"

namespace f8net {

class JobPanel final : public QWidget {
    Q_OBJECT
public:
    JobPanel(JobList& jobs, QWidget* parent);
    QTableView* table() const { return m_table; }
    QToolButton* cancelButton() const { return m_cancel; }
    QToolButton* clearButton() const { return m_clear; }

protected:
    void changeEvent(QEvent* event) override;

private:
    void updateButtons();
    void cancelSelected();

    JobList& m_jobs;
    QTableView* m_table;
    QToolButton *m_cancel, *m_clear;
    EmptyState* m_empty;
};

}  // namespace f8net
