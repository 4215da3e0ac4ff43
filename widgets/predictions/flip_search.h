// SPDX-License-Identifier: GPL-3.0-or-later
/// The row that starts `f8net analyze flips` on a run as a background job, shows how far it is, and cancels it. One
/// search per run; searches go on while another run is looked at.
/// Threads  UI thread; the work is another process, whose result comes through the store.
#pragma once

#include <QPersistentModelIndex>
#include <QString>
#include <QWidget>
#include <map>

#include "core/base/units.h"

class QComboBox;
class QLabel;
class QProgressBar;
class QPushButton;

namespace f8net {

class JobList;

class FlipSearch final : public QWidget {
    Q_OBJECT
public:
    FlipSearch(JobList& jobs, const QString& storePath, QWidget* parent = nullptr);

    /// `isAgain`: there is a result already.
    void setRun(const RunId& run, const QString& name, bool isAgain);
    bool isRunning() const;
    /// Why the last search of this run failed; empty where it did not.
    QString problem() const;

    void start();
    void cancel();
    /// Of the data, for the searches of this run from now on; empty: as the run says.
    void setDataFolder(const QString& folder);

Q_SIGNALS:
    void changed();  ///< a search of the run shown began, moved on or ended

private:
    struct Search {
        QPersistentModelIndex job;
        QString problem, dataFolder;
    };
    const Search* search() const;
    void showState();
    void askFolder();

    JobList& m_jobs;
    QString m_storePath, m_name;
    RunId m_run;
    bool m_isAgain = false;
    std::map<RunId, Search> m_searches;
    QComboBox* m_images;
    QPushButton *m_start, *m_cancel, *m_folder;
    QProgressBar* m_progress;
    QLabel* m_message;
};

}  // namespace f8net
