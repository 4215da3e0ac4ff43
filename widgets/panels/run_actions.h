// SPDX-License-Identifier: GPL-3.0-or-later
/// What can be done with runs (stop, resume, queue, clone, rename, tag, delete, export...), as actions for menus, tool
/// bar and context menus. They act on the runs marked in the Selection, where none is on the one that all views show,
/// and are enabled by their states. Requests go
/// through the store, so runs on other machines obey too; work of its own is a job. Threads  UI thread.
#pragma once

#include <QAction>
#include <QObject>
#include <map>
#include <set>

#include "core/store/run_record.h"
#include "widgets/models/job_list.h"
#include "widgets/models/store_follower.h"

class QWidget;

namespace f8net {

class ExportActions;
class PurgeActions;
class QueueActions;
class RunChecks;
class Selection;

class RunActions final : public QObject {
    Q_OBJECT
public:
    RunActions(Selection& selection, StoreFollower& store, JobList& jobs, QWidget* window);

    /// New run, import and open store belong to the window, which does what they say.
    QAction *newRun, *import, *openStore;
    QAction *stop, *resume, *enqueue, *clone, *compare, *rename, *tags, *note, *baseline, *show, *showOnly, *trash,
        *restore, *undoTrash, *copyCommand, *openFolder;
    ExportActions* exports;
    RunChecks* checks;
    QueueActions* queue;
    PurgeActions* purges;

    const std::map<RunId, RunSummary>& runs() const { return m_runs; }
    const RunSummary* find(const RunId& run) const;
    /// Asked to stop here, and still active: they finish their step and save.
    const std::set<RunId>& stopping() const { return m_stopping; }
    void renameTo(const RunId& run, const QString& name);
    /// Starts `f8net train` detached: it outlives the workbench. `what` names it in Log and jobs.
    void startTraining(const QString& what, const QStringList& arguments, JobList::Ended ended = {});
    /// The same for `f8net queue add`.
    void addToQueue(const QString& what, const QStringList& arguments, JobList::Ended ended = {});

Q_SIGNALS:
    /// In-place renaming is the table's business; without a table there is a dialog.
    void renameInPlaceRequested();
    void runsUpdated();
    /// A run that was running when we last looked no longer is.
    void runEnded(const f8net::RunSummary& run);
    /// Its loss was finite when we last looked and is not any more.
    void runDiverged(const f8net::RunSummary& run);
    void cloneRequested(const f8net::RunId& run);
    void compareRequested();
    /// A view, by its id, that shows what was pointed at.
    void viewRequested(const QString& view);
    void trashed(int count);
    void stoppingChanged();

private:
    QAction* make(const QString& text, const QString& tip, const QString& iconName, const QKeySequence& keys,
                  void (RunActions::*slot)());
    void learn(const RunsUpdate& update);
    void refresh();
    std::vector<RunSummary> marked() const;
    QString subject() const;  ///< "resnet18" or "3 runs"

    void doStop();
    void noteStopping(const RunId& run);
    void doResume();
    void doEnqueue();
    void doRename();
    void doTags();
    void doNote();
    void doBaseline();
    void doShow();
    void doShowOnly();
    void doTrash();
    void doRestore();
    void doUndoTrash();
    void doCopyCommand();
    void doOpenFolder();

    Selection& m_selection;
    StoreFollower& m_store;
    JobList& m_jobs;
    QWidget* m_window;
    std::map<RunId, RunSummary> m_runs;
    std::vector<std::vector<RunId>> m_trashed;  ///< by deletion, the last one at the end: what undo brings back
    std::set<RunId> m_stopping;
    StoreQuestion m_commandQuestion;
};

}  // namespace f8net
