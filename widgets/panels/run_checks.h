// SPDX-License-Identifier: GPL-3.0-or-later
/// What is measured of trained runs, each as a background job of `f8net`: the accuracy in each numeric mode, and
/// whether every way of computing gives the same codes. `f8net` puts what it finds into the store, where Compare,
/// Details, the health line and the log read it. Threads  UI thread; the work is other processes.
#pragma once

#include <QAction>
#include <QObject>
#include <vector>

#include "core/store/run_record.h"

class QDialog;
class QWidget;

namespace f8net {

class JobList;

struct EvaluationChoice {
    QString modes;       ///< as `f8net evaluate --mode` takes them; empty: those of the experiment
    int images = 0;      ///< the first so many; 0: as many as the experiment says
    QString dataFolder;  ///< empty: that of the run
};

class RunChecks final : public QObject {
    Q_OBJECT
public:
    RunChecks(JobList& jobs, const QString& storePath, QWidget* window);

    QAction *evaluate, *verify;

    /// What the actions act on; those without a network are left out.
    void setRuns(std::vector<RunSummary> runs);
    /// Asks in which modes and on how many images; `modes` are proposed.
    void ask(const std::vector<RunSummary>& runs, const QString& modes);
    QDialog* makeDialog(const std::vector<RunSummary>& runs, const QString& modes);  ///< not shown yet
    void evaluateRuns(const std::vector<RunSummary>& runs, const EvaluationChoice& choice);
    void verifyRuns(const std::vector<RunSummary>& runs);

private:
    JobList& m_jobs;
    QString m_storePath;
    QWidget* m_window;
    std::vector<RunSummary> m_runs;
};

/// Whether there is something to evaluate and to export. A network kept from What-if is finished without an epoch.
bool hasNetwork(const RunSummary& run);

/// "float 88.89 %, integer-only 90.12 % of 10 000 images; the integer modes agree" from the document of `f8net
/// evaluate`.
QString describeEvaluation(const QByteArray& json);

}  // namespace f8net
