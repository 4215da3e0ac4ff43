// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/workbench/new_runs.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QPointer>
#include <algorithm>

#include "core/base/error.h"
#include "core/base/places.h"
#include "core/store/run_reader.h"
#include "core/subject/network_as_run.h"
#include "widgets/dialogs/import_file.h"
#include "widgets/dialogs/new_run_dialog.h"
#include "widgets/models/job_list.h"
#include "widgets/panels/run_actions.h"
#include "widgets/panels/run_checks.h"
#include "widgets/support/background.h"
#include "widgets/support/outside.h"

namespace f8net {

namespace {

QString q(const std::string& text) {
    return QString::fromStdString(text);
}

/// "2 runs imported: alpha, beta; 1 is being trained and was left out".
QString describeImport(const QByteArray& json) {
    const QJsonObject result = QJsonDocument::fromJson(json).object();
    const QJsonArray runs = result.value("runs").toArray();
    constexpr int kNamed = 3;
    QStringList names;
    for (const QJsonValue& run : runs) {
        if (names.size() < kNamed) names << run.toObject().value("name").toString();
    }
    if (runs.size() > kNamed) names << "…";
    QString sentence = runs.size() == 1 ? NewRuns::tr("imported as run %1").arg(names.first())
                                        : NewRuns::tr("%1 runs imported: %2").arg(runs.size()).arg(names.join(", "));
    if (const auto busy = result.value("left_out").toArray().size(); busy > 0)
        sentence += NewRuns::tr("; left out, as they are being trained: %1").arg(busy);
    return sentence;
}

/// The shipped experiment that trains this architecture on so many classes; empty where there is none.
QString findExperiment(const QString& architecture, int numClasses) {
    QString best;
    for (const ExperimentSummary& summary : list_experiments(experiments_place())) {
        const Experiment experiment = load_experiment(summary.path, {}, {}).experiment;
        if (q(experiment.network.architecture) != architecture) continue;
        if (experiment.network.width_multiplier != 1) continue;  // no program publishes narrow ones
        if (experiment.network.num_classes == numClasses) return q(summary.path);
        if (best.isEmpty()) best = q(summary.path);
    }
    return best;
}

}  // namespace

NewRuns::NewRuns(StoreFollower& store, JobList& jobs, RunActions& actions, QWidget* window)
    : QObject(window), m_store(store), m_jobs(jobs), m_actions(actions), m_window(window), m_cloned(store) {
    connect(actions.newRun, &QAction::triggered, this, &NewRuns::open);
    connect(actions.import, &QAction::triggered, this, &NewRuns::askImport);
    connect(&actions, &RunActions::cloneRequested, this, &NewRuns::clone);
}

std::vector<NewRunDialog::StartRun> NewRuns::startRuns() const {
    std::vector<NewRunDialog::StartRun> runs;
    for (const auto& [id, run] : m_actions.runs()) {
        if (run.epoch.value > 0 && run.trashed_at == 0) runs.push_back({q(id.text()), q(run.name)});
    }
    std::reverse(runs.begin(), runs.end());  // newest first
    return runs;
}

NewRunDialog* NewRuns::make() {
    auto* dialog = new NewRunDialog(q(experiments_place()), m_store.path(), m_window);
    dialog->setStartRuns(startRuns());
    connect(dialog, &NewRunDialog::startRequested, this, [this, dialog](bool inQueue) {
        QStringList arguments;
        try {
            arguments = dialog->trainArguments();
        } catch (const Error& error) {
            dialog->finishStart(QString::fromUtf8(error.what()));
            return;
        }
        const auto ended = [dialog = QPointer(dialog)](const Job& job, const QByteArray&) {
            if (dialog) dialog->finishStart(job.state == Job::State::kDone ? QString() : job.message);
        };
        if (inQueue) {
            m_actions.addToQueue(tr("Queue %1").arg(dialog->runName()), arguments, ended);
        } else {
            m_actions.startTraining(tr("Start %1").arg(dialog->runName()), arguments, ended);
        }
    });
    connect(dialog, &NewRunDialog::evaluateRequested, this, [this, dialog](const QString& path) {
        try {
            evaluate(path, dialog->configArguments());
            dialog->accept();
        } catch (const Error& error) {
            dialog->finishStart(QString::fromUtf8(error.what()));
        }
    });
    return dialog;
}

NewRunDialog* NewRuns::reopen(const QString& purpose) {
    NewRunDialog* dialog = m_left[purpose];
    if (dialog == nullptr) return nullptr;
    if (!dialog->isVisible()) dialog->setStartRuns(startRuns());
    dialog->show();
    dialog->raise();
    dialog->activateWindow();
    return dialog;
}

/// The window beside it goes on: what is being prepared may depend on what is seen there.
void NewRuns::show(NewRunDialog* dialog, const QString& purpose) {
    m_left[purpose] = dialog;
    connect(dialog, &QDialog::accepted, this, [this, dialog, purpose] {
        m_left.erase(purpose);
        dialog->deleteLater();
    });
    dialog->show();
}

void NewRuns::open() {
    if (reopen({}) == nullptr) show(make(), {});
}

void NewRuns::clone(const RunId& run) {
    if (reopen(q(run.text())) != nullptr) return;
    m_cloned.ask([run](const RunReader& reader) { return reader.run(run); },
                 [this](const RunRecord& record) {
                     m_cloned.forget();  // once
                     NewRunDialog* dialog = make();
                     dialog->chooseText(
                         tr("Clone of %1").arg(q(record.name)),
                         tr("The configuration of run %1 (%2).").arg(q(record.id.text()), q(record.experiment)),
                         q(record.config), q(record.name));
                     show(dialog, q(record.id.text()));
                 });
}

void NewRuns::askImport() {
    const QString path = outside().askOpenFile(
        m_window, tr("Import"), QDir::homePath(),
        tr("All that can be imported (*.safetensors *.pth *.pt *.tar *.f8n *.yaml *.yml *.db *.json "
           "*.csv *tfevents*);;All files (*)"));
    if (!path.isEmpty()) import(path);
}

void NewRuns::import(const QString& path) {
    inBackground(
        this, [path] { return inspectFile(path); }, [this](const ImportedFile& file) { take(file); });
}

void NewRuns::openStore(const QString& path) {
    outside().startDetached(QCoreApplication::applicationFilePath(), {"--store", path});
}

void NewRuns::take(const ImportedFile& file) {
    if (reopen(file.path) != nullptr) return;
    if (!file.problem.isEmpty()) {
        Q_EMIT said(tr("Cannot import: %1").arg(file.problem), true);
        return;
    }
    switch (file.kind) {
        case ImportedFile::Kind::kConfig: {
            NewRunDialog* dialog = make();
            dialog->choose(file.path);
            show(dialog, file.path);
            break;
        }
        case ImportedFile::Kind::kCheckpoint:
            takeCheckpoint(file);
            break;
        case ImportedFile::Kind::kNetwork:
            takeNetwork(file);
            break;
        case ImportedFile::Kind::kRuns:
            m_jobs.start(tr("Import %1").arg(QFileInfo(file.path).fileName()), workerProgram(),
                         {"runs", "import", file.path, "--json", "--store", m_store.path()},
                         [](const QByteArray& json, int) { return describeImport(json); });
            break;
        case ImportedFile::Kind::kUnknown:
            break;
    }
}

/// With its experiment it becomes a run, which every view can show; without one it is only evaluated.
void NewRuns::takeNetwork(const ImportedFile& file) {
    const QString name = QFileInfo(file.path).fileName();
    if (file.experiment.isEmpty()) {
        Q_EMIT said(tr("%1 is %2; it is being evaluated (Log and jobs, Jobs).").arg(name, file.about), false);
        return evaluate(file.path, {});
    }
    struct Kept {
        RunId run;
        QString problem;
    };
    inBackground(
        this,
        [store = m_store.path().toStdString(), path = file.path.toStdString()]() -> Kept {
            try {
                RunStore writable(store, RunStore::Mode::kReadWrite);
                return {keep_network_as_run(writable, path), {}};
            } catch (const std::exception& error) {
                return {{}, QString::fromUtf8(error.what())};
            }
        },
        [this, name](const Kept& kept) {
            if (!kept.problem.isEmpty()) {
                Q_EMIT said(tr("Cannot import: %1").arg(kept.problem), true);
                return;
            }
            m_store.reload();
            Q_EMIT imported(kept.run);
            Q_EMIT said(tr("%1 is a run now: Formats and Network show it, What-if changes it, Run ▸ Evaluate… measures "
                           "it.")
                            .arg(name),
                        false);
        });
}

void NewRuns::takeCheckpoint(const ImportedFile& file) {
    NewRunDialog* dialog = make();
    const QString name = QFileInfo(file.path).completeBaseName();
    if (!file.experiment.isEmpty()) {
        dialog->chooseText(name, tr("The experiment that the file carries."), file.experiment, name);
    } else if (const QString experiment = findExperiment(file.architecture, file.numClasses); !experiment.isEmpty()) {
        dialog->choose(experiment);
    }
    dialog->startFrom(file.path);
    dialog->setNotice(tr("%1: %2. A new run begins with these weights; or they are evaluated as they are.")
                          .arg(QFileInfo(file.path).fileName(), file.about));
    dialog->offerEvaluation(file.path);
    show(dialog, file.path);
}

void NewRuns::evaluate(const QString& path, const QStringList& config) {
    QStringList arguments{"evaluate", path, "--json", "--store", m_store.path()};
    if (!config.isEmpty()) arguments << "--config" << config;
    m_jobs.start(tr("Evaluate %1").arg(QFileInfo(path).fileName()), workerProgram(), arguments,
                 [](const QByteArray& json, int) { return describeEvaluation(json); });
}

}  // namespace f8net
