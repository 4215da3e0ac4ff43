// SPDX-License-Identifier: GPL-3.0-or-later
/// Closing the window while jobs are at work: they end with it (runs and the queue do not), so it asks first.
/// Threads  UI thread.
#pragma once

#include <QObject>

class QWidget;

namespace f8net {

class JobList;

class CloseQuestion final : public QObject {
    Q_OBJECT
public:
    CloseQuestion(JobList& jobs, QWidget* window);

    /// Whether the window may close now. If not it is asked what is to become of the jobs, and the answer may close it.
    bool mayClose();

private:
    void ask();
    void closeOnceIdle();

    JobList& m_jobs;
    QWidget* m_window;
    bool m_endsJobs = false;
};

}  // namespace f8net
