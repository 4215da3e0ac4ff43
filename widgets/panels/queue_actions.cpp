// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/queue_actions.h"

#include <QJsonDocument>
#include <QJsonObject>

#include "core/store/run_queue.h"
#include "core/store/run_store.h"
#include "widgets/models/job_list.h"
#include "widgets/models/store_follower.h"
#include "widgets/support/icons.h"

namespace f8net {

QueueActions::QueueActions(StoreFollower& store, JobList& jobs, QObject* parent)
    : QObject(parent),
      start(new QAction(icon("resume"), tr("Start the &queue's runner"), this)),
      stop(new QAction(icon("stop"), tr("Stop the runner &now (its run saves and stays first)"), this)),
      stopAfterRun(new QAction(tr("Stop the runner &after its run"), this)),
      m_store(store),
      m_jobs(jobs) {
    start->setIconText(tr("Start the runner"));
    start->setToolTip(tr("Start waiting runs one after another; goes on when this window is closed"));
    start->setStatusTip(start->toolTip());
    stop->setStatusTip(tr("The run being trained is saved and stays first in the queue"));
    stopAfterRun->setStatusTip(tr("The run being trained goes on to its end; the next one is not started"));
    connect(start, &QAction::triggered, this, [this] {
        m_jobs.start(tr("Start the queue's runner"), workerProgram(),
                     {"queue", "run", "--detach", "--json", "--store", m_store.path()},
                     [](const QByteArray& json, int) {
                         return tr("at work as process %1; it goes on when this window is closed")
                             .arg(QJsonDocument::fromJson(json).object().value("pid").toInteger());
                     });
    });
    connect(stop, &QAction::triggered, this, [this] { ask(false); });
    connect(stopAfterRun, &QAction::triggered, this, [this] { ask(true); });
    setRunnerAtWork(false);
}

void QueueActions::setRunnerAtWork(bool isAtWork) {
    m_isRunnerAtWork = isAtWork;
    start->setEnabled(!isAtWork);
    stop->setEnabled(isAtWork);
    stopAfterRun->setEnabled(isAtWork);
}

void QueueActions::ask(bool afterRun) {
    m_store.perform(tr("stop the queue's runner"), [afterRun](RunStore& store) {
        RunQueue(store).ask_runner(afterRun ? RunnerRequest::kStopAfterRun : RunnerRequest::kStopNow);
    });
}

}  // namespace f8net
