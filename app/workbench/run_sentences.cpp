// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/workbench/run_sentences.h"

#include <QCoreApplication>
#include <QStringList>
#include <algorithm>

#include "widgets/models/run_table_model.h"
#include "widgets/support/number_text.h"

namespace f8net {

namespace {
QString tr(const char* text) {
    return QCoreApplication::translate("f8net::RunSentences", text);
}
}  // namespace

QString stageSentence(const RunSummary& run) {
    if (run.step.value == 0)
        return tr("%1 starts: images and network are loaded.").arg(QString::fromStdString(run.name));
    if (run.total_steps.value > 0 && run.step.value >= run.total_steps.value) {
        return tr("Training is done; the network is evaluated with integers only.");
    }
    const QString stage = QString::fromStdString(run.stage);
    // The epochs done; the one being trained is the next.
    const int epoch = std::min(run.epoch.value + 1, run.total_epochs.value);
    QString sentence = tr("Stage %1, epoch %2 of %3: ").arg(stage).arg(epoch).arg(run.total_epochs.value);
    if (run.numeric_mode != "float" && run.stage.find("float") == 0) {
        sentence += tr("learning without rounding; formats appear with the fixed-point stage.");
    } else if (run.numeric_mode != "float") {
        sentence += tr("weights and inputs are rounded to 8 bits; formats move until they settle.");
    } else {
        sentence += tr("learning without rounding.");
    }
    if (run.eta_seconds) sentence += "  " + text::eta(*run.eta_seconds);
    return sentence;
}

QString endSentence(const RunSummary& run, const std::vector<EvaluationRecord>& evaluations) {
    const QString name = QString::fromStdString(run.name);
    if (run.state != RunState::kFinished) return tr("%1: %2").arg(name, stateText(run));
    QStringList parts;
    if (run.integer_top1) parts << tr("integer only %1").arg(text::percent(*run.integer_top1));
    if (run.float_top1) parts << tr("float %1").arg(text::percent(*run.float_top1));
    if (parts.isEmpty() && run.best_top1) parts << tr("best top-1 %1").arg(text::percent(*run.best_top1));
    QString sentence =
        parts.isEmpty() ? tr("%1 has finished").arg(name) : tr("%1 has finished: %2").arg(name, parts.join(", "));
    bool isCompared = false, agrees = true;
    for (const EvaluationRecord& evaluation : evaluations) {
        if (!evaluation.integer_modes_agree) continue;
        isCompared = true;
        agrees = agrees && *evaluation.integer_modes_agree;
    }
    if (isCompared) {
        sentence += agrees ? tr("; the integer modes agree in every code") : tr("; the integer modes differ");
    }
    return sentence;
}

}  // namespace f8net
