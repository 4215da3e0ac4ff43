// SPDX-License-Identifier: GPL-3.0-or-later
/// How a run comes about in the workbench: the New run dialog, empty, with a run's configuration (clone), or with what
/// an imported file brings. Threads  UI thread; files are looked at on another one.
#pragma once

#include <QObject>
#include <functional>

#include "core/base/units.h"
#include "widgets/models/store_follower.h"

namespace f8net {

class JobList;
class NewRunDialog;
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

private:
    void show(NewRunDialog* dialog);
    void take(const ImportedFile& file);
    void takeCheckpoint(const ImportedFile& file);
    void evaluate(const QString& path, const QStringList& config);

    StoreFollower& m_store;
    JobList& m_jobs;
    RunActions& m_actions;
    QWidget* m_window;
    StoreQuestion m_cloned;
};

}  // namespace f8net
