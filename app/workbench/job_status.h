// SPDX-License-Identifier: GPL-3.0-or-later
/// The status bar's right end: the newest background job that runs, with progress and cancel.
/// Threads  UI thread.
#pragma once

#include <QLabel>
#include <QProgressBar>
#include <QToolButton>
#include <QWidget>

#include "widgets/models/job_list.h"

namespace f8net {

class JobStatus final : public QWidget {
    Q_OBJECT
public:
    explicit JobStatus(JobList& jobs, QWidget* parent = nullptr);

private:
    int shownJob() const;  ///< row; -1 where none runs
    void refresh();

    JobList& m_jobs;
    QLabel* m_text;
    QProgressBar* m_bar;
    QToolButton* m_cancel;
};

}  // namespace f8net
