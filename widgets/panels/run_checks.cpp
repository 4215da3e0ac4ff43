// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/run_checks.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>

#include "widgets/models/job_list.h"
#include "widgets/panels/evaluate_dialog.h"
#include "widgets/panels/export_actions.h"
#include "widgets/support/icons.h"
#include "widgets/support/number_text.h"

namespace f8net {

namespace {

QString q(const std::string& text) {
    return QString::fromStdString(text);
}

}  // namespace

bool hasNetwork(const RunSummary& run) {
    return run.trashed_at == 0 && (run.epoch.value > 0 || run.state == RunState::kFinished);
}

QString describeEvaluation(const QByteArray& json) {
    const QJsonObject result = QJsonDocument::fromJson(json).object();
    const QJsonObject modes = result.value("modes").toObject();
    QStringList parts;
    for (auto mode = modes.begin(); mode != modes.end(); ++mode) {
        const QJsonValue top1 = mode->toObject().value("top1");
        if (top1.isDouble()) parts << mode.key() + " " + text::percent(top1.toDouble());
    }
    QString sentence = RunChecks::tr("%1 of %2 images")
                           .arg(parts.join(", "), text::count(static_cast<int64_t>(result.value("images").toDouble())));
    if (const QJsonValue agrees = result.value("integer_modes_agree"); agrees.isBool()) {
        sentence +=
            agrees.toBool() ? RunChecks::tr("; the integer modes agree") : RunChecks::tr("; the integer modes differ");
    }
    return sentence;
}

RunChecks::RunChecks(JobList& jobs, const QString& storePath, QWidget* window)
    : QObject(window), m_jobs(jobs), m_storePath(storePath), m_window(window) {
    evaluate = new QAction(tr("E&valuate…"), this);
    evaluate->setStatusTip(tr("Measure the accuracy in each mode, and whether the integer modes agree in every code"));
    // Copies: other runs may be marked while the dialog is open.
    connect(evaluate, &QAction::triggered, this, [this] { ask(std::vector<RunSummary>(m_runs), "all"); });
    verify = new QAction(tr("Ver&ify"), this);
    verify->setStatusTip(
        tr("Check that every way of computing gives the codes of the scalar engine: processor paths, "
           "ONNX, C source"));
    connect(verify, &QAction::triggered, this, [this] { verifyRuns(std::vector<RunSummary>(m_runs)); });
    setRuns({});
}

void RunChecks::setRuns(std::vector<RunSummary> runs) {
    std::erase_if(runs, [](const RunSummary& run) { return !hasNetwork(run); });
    m_runs = std::move(runs);
    evaluate->setEnabled(!m_runs.empty());
    verify->setEnabled(!m_runs.empty());
}

QDialog* RunChecks::makeDialog(const std::vector<RunSummary>& runs, const QString& modes) {
    const auto isFloat = [](const RunSummary& run) { return run.numeric_mode == "float"; };
    // Trained in floating point alone: it has no formats, and float is what all of them have.
    const QString proposed = std::any_of(runs.begin(), runs.end(), isFloat) ? QString("float") : modes;
    auto* dialog = new EvaluateDialog(runs.size() == 1 ? q(runs.front().name) : tr("%1 runs").arg(runs.size()),
                                      proposed, m_window);
    connect(dialog, &QDialog::accepted, this, [this, dialog, runs] { evaluateRuns(runs, dialog->choice()); });
    return dialog;
}

void RunChecks::ask(const std::vector<RunSummary>& runs, const QString& modes) {
    QDialog* dialog = makeDialog(runs, modes);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

void RunChecks::evaluateRuns(const std::vector<RunSummary>& runs, const EvaluationChoice& choice) {
    for (const RunSummary& run : runs) {
        QStringList arguments{"evaluate", q(run.id.text()), "--json", "--store", m_storePath};
        if (!choice.modes.isEmpty()) arguments << "--mode" << choice.modes;
        if (choice.images > 0) arguments << "--limit" << QString::number(choice.images);
        if (!choice.dataFolder.isEmpty()) arguments << "--data" << choice.dataFolder;
        m_jobs.start(tr("Evaluate %1").arg(q(run.name)), workerProgram(), arguments,
                     [](const QByteArray& json, int) { return describeEvaluation(json); });
    }
}

void RunChecks::verifyRuns(const std::vector<RunSummary>& runs) {
    for (const RunSummary& run : runs) {
        m_jobs.start(tr("Verify %1").arg(q(run.name)), workerProgram(),
                     {"verify", q(run.id.text()), "--json", "--store", m_storePath},
                     [](const QByteArray& json, int) { return describeVerification(json); });
    }
}

}  // namespace f8net
