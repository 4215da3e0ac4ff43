// SPDX-License-Identifier: GPL-3.0-or-later
/// How a run comes about in the workbench: the New run dialog, empty, with a run's configuration (clone), or with what
/// an imported file brings. A dialog that is left comes back as it was. Threads  UI thread; files are looked at on
/// another one.
#pragma once

#include <QObject>
#include <QPointer>
#include <functional>
#include <map>

#include "core/base/units.h"
#include "widgets/dialogs/new_run_dialog.h"
#include "widgets/models/store_follower.h"

namespace f8net {

class JobList;
class RunActions;
struct ImportedFile;

class NewRuns final : public QObject {
    Q_OBJECT
public:
    NewRuns(StoreFollower& store, JobList& jobs, RunActions& actions, QWidget* window);

    /// Not shown yet; belongs to the window.
    NewRunDialog* make();
    void open();
    void clone(const RunId& run);
    void askImport();
    void import(const QString& path);
    static void openStore(const QString& path);  ///< another store is another window

Q_SIGNALS:
    void said(const QString& message, bool isTrouble);
    void imported(const f8net::RunId& run);  ///< an integer network that is a run by now

private:
    /// The dialog that was left with what it was asked for; null: none.
    NewRunDialog* reopen(const QString& purpose);
    void show(NewRunDialog* dialog, const QString& purpose);
    std::vector<NewRunDialog::StartRun> startRuns() const;
    void take(const ImportedFile& file);
    void takeCheckpoint(const ImportedFile& file);
    void takeNetwork(const ImportedFile& file);
    void evaluate(const QString& path, const QStringList& config);

    StoreFollower& m_store;
    JobList& m_jobs;
    RunActions& m_actions;
    QWidget* m_window;
    StoreQuestion m_cloned;
    std::map<QString, QPointer<NewRunDialog>> m_left;  ///< by what they are for, until they start a run
};

}  // namespace f8net
