// SPDX-License-Identifier: GPL-3.0-or-later
/// The jobs of this window (exports, verification, analysis) in Log and jobs: progress, result, cancel; below the table
/// the whole result of the chosen one, and the folder it has written to.
/// Threads  UI thread.
#pragma once

#include <QLabel>
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
    QToolButton* openButton() const { return m_open; }
    QString result() const { return m_result->text(); }  ///< of the chosen job, else of the newest one

protected:
    void changeEvent(QEvent* event) override;

private:
    void updateButtons();
    void cancelSelected();
    int chosen() const;  ///< row; the newest one where none is; -1: there are none
    void openPlace();

    JobList& m_jobs;
    QTableView* m_table;
    QToolButton *m_cancel, *m_clear, *m_open;
    QLabel* m_result;
    EmptyState* m_empty;
};

}  // namespace f8net
