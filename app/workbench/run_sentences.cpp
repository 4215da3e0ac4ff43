// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/workbench/run_sentences.h"

#include <QCoreApplication>
#include <QStringList>
#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/config/experiment_document.h"
#include "widgets/models/run_table_model.h"
#include "widgets/support/number_text.h"

namespace f8net {

namespace {
QString tr(const char* text) {
    return QCoreApplication::translate("f8net::RunSentences", text);
}
}  // namespace

std::vector<PlannedStage> planOf(const std::string& config) {
    std::vector<PlannedStage> plan;
    try {
        int epoch = 0;
        for (const ResolvedStage& stage : parse_experiment(config, "run").experiment.resolved_stages()) {
            const int epochs = stage.experiment.training.epochs;
            const NumericMode mode = stage.experiment.quantization.mode;
            plan.push_back({stage.name, epoch + 1, epoch + epochs,
                            mode != NumericMode::kFloat && mode != NumericMode::kFloatUnclipped});
            epoch += epochs;
        }
    } catch (const Error&) {  // of a newer version, perhaps: the sentence does without
        plan.clear();
    }
    return plan;
}

namespace {

/// About how long until the end of this epoch's predecessor, from the pace of the whole.
QString timeUntilEpoch(const RunSummary& run, int epoch) {
    if (!run.eta_seconds || run.total_epochs <= run.epoch) return {};
    const double perEpoch = *run.eta_seconds / (run.total_epochs.value - run.progress * run.total_epochs.value);
    const double done = run.progress * run.total_epochs.value;
    return text::duration(std::max(1.0, std::round((epoch - 1 - done) * perEpoch / 5) * 5));
}

}  // namespace

QString stageSentence(const RunSummary& run, const std::vector<PlannedStage>& plan) {
    if (run.step.value == 0)
        return tr("%1 starts: images and network are loaded.").arg(QString::fromStdString(run.name));
    if (run.total_steps.value > 0 && run.step.value >= run.total_steps.value) {
        return tr("Training is done; the network is evaluated with integers only.");
    }
    // The epochs done; the one being trained is the next.
    const int epoch = std::min(run.epoch.value + 1, run.total_epochs.value);
    const auto stage = std::find_if(plan.begin(), plan.end(), [epoch](const PlannedStage& s) {
        return s.first_epoch <= epoch && epoch <= s.last_epoch;
    });
    QString sentence;
    bool hasFormats = run.numeric_mode != "float";
    if (stage != plan.end()) {
        hasFormats = stage->has_formats;
        sentence = tr("Stage %1 of %2, %3, epoch %4 of %5: ")
                       .arg(stage - plan.begin() + 1)
                       .arg(plan.size())
                       .arg(QString::fromStdString(stage->name))
                       .arg(epoch - stage->first_epoch + 1)
                       .arg(stage->last_epoch - stage->first_epoch + 1);
    } else {
        sentence = tr("Stage %1, epoch %2 of %3: ")
                       .arg(QString::fromStdString(run.stage))
                       .arg(epoch)
                       .arg(run.total_epochs.value);
    }
    if (hasFormats) {
        sentence += tr("weights and inputs are rounded to 8 bits; formats move until they settle.");
    } else {
        const auto rounded = std::find_if(plan.begin(), plan.end(), [epoch](const PlannedStage& s) {
            return s.has_formats && s.first_epoch > epoch;
        });
        const QString wait = rounded != plan.end() ? timeUntilEpoch(run, rounded->first_epoch + 1) : QString();
        sentence += rounded == plan.end() ? tr("learning without rounding.")
                    : wait.isEmpty()      ? tr("learning without rounding; formats follow in stage %1.")
                                           .arg(QString::fromStdString(rounded->name))
                                     : tr("learning without rounding; formats follow in about %1.").arg(wait);
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
