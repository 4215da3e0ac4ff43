// SPDX-License-Identifier: GPL-3.0-or-later
/// Start and stop of the queue's runner, as actions for menus and buttons. The runner is a process of its own that
/// outlives the workbench; stopping it is asked through the store, so that one on another machine obeys too.
/// Threads  UI thread.
#pragma once

#include <QAction>
#include <QObject>

namespace f8net {

class JobList;
class StoreFollower;

class QueueActions final : public QObject {
    Q_OBJECT
public:
    QueueActions(StoreFollower& store, JobList& jobs, QObject* parent);

    QAction *start, *stop, *stopAfterRun;

    bool isRunnerAtWork() const { return m_isRunnerAtWork; }
    void setRunnerAtWork(bool isAtWork);

private:
    void ask(bool afterRun);

    StoreFollower& m_store;
    JobList& m_jobs;
    bool m_isRunnerAtWork = false;
};

}  // namespace f8net
