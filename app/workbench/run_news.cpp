// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/workbench/run_news.h"

#include <QToolBar>

#include "app/workbench/dock_host.h"
#include "app/workbench/notice_bar.h"
#include "widgets/models/store_follower.h"
#include "widgets/network/network_widget.h"
#include "widgets/panels/export_actions.h"
#include "widgets/panels/run_actions.h"
#include "widgets/support/desktop_notifier.h"
#include "widgets/support/selection.h"

namespace f8net {

namespace {

QString q(const std::string& text) {
    return QString::fromStdString(text);
}

bool isTrouble(RunState state) {
    return state == RunState::kFailed || state == RunState::kCrashed;
}

QString endTitle(const RunSummary& run) {
    switch (run.state) {
        case RunState::kFinished:
            return RunNews::tr("%1 has finished").arg(q(run.name));
        case RunState::kFailed:
            return RunNews::tr("%1 has failed").arg(q(run.name));
        case RunState::kCrashed:
            return RunNews::tr("%1 has crashed").arg(q(run.name));
        default:
            return RunNews::tr("%1 has stopped").arg(q(run.name));
    }
}

/// The one notice that tells of a run's end.
QString endTopic(const RunSummary& run) {
    return "end of " + q(run.id.text());
}

const QString kTrash = "trash";

}  // namespace

RunNews::RunNews(Selection& selection, StoreFollower& store, RunActions& actions, QToolBar* noticeRow,
                 QToolBar* stageRow, QObject* parent)
    : QObject(parent),
      m_selection(selection),
      m_actions(actions),
      m_noticeRow(noticeRow),
      m_stageRow(stageRow),
      m_notices(new NoticeBar),
      m_stageText(new QLabel),
      m_desktop(new DesktopNotifier(this)) {
    m_noticeRow->addWidget(m_notices);
    m_stageText->setContentsMargins(8, 4, 8, 4);
    m_stageText->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_stageText->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    m_stageText->setMinimumWidth(1);  // a narrow window is not widened by it
    m_stageRow->addWidget(m_stageText);
    m_noticeRow->hide();
    m_stageRow->hide();
    connect(&actions, &RunActions::runEnded, this, &RunNews::takeEnd);
    connect(&actions, &RunActions::runDiverged, this, [this](const RunSummary& run) {
        m_desktop->notify(q(run.id.text()), tr("%1: the loss is no longer finite").arg(q(run.name)),
                          tr("At step %1, epoch %2.").arg(run.step.value).arg(run.epoch.value), true);
    });
    connect(&actions, &RunActions::trashed, this, &RunNews::sayTrashed);
    connect(&actions, &RunActions::runsUpdated, this, &RunNews::showStage);
    connect(&store, &StoreFollower::detailsReady, this, [this](const std::shared_ptr<const RunDetails>& details) {
        if (m_ended && m_ended->id == details->run.id && m_notices->has(endTopic(*m_ended)))
            sayEnded(details->evaluations);
        if (m_stageRow->isVisible() && m_planned != details->run.id) {
            m_planned = details->run.id;
            m_plan = planOf(details->run.config);
            showStage();
        }
    });
    connect(m_notices, &NoticeBar::changed, this, [this] { m_noticeRow->setVisible(!m_notices->isEmpty()); });
    // Undone, whichever way.
    connect(actions.undoTrash, &QAction::triggered, this, [this] { m_notices->take(kTrash); });
    connect(m_desktop, &DesktopNotifier::activated, this, [this](const QString& run) {
        m_selection.setRun(RunId(run.toStdString()));
        m_noticeRow->window()->raise();
        m_noticeRow->window()->activateWindow();
    });
}

void RunNews::say(const QString& message, bool isTrouble) {
    m_notices->take(message);  // said again, it comes to the front
    m_notices->say(message, message, isTrouble);
}

void RunNews::takeEnd(const RunSummary& run) {
    m_desktop->notify(q(run.id.text()), endTitle(run), endSentence(run, {}), isTrouble(run.state));
    m_ended = run;
    m_notices->take(endTopic(run));  // of the attempt before
    sayEnded({});
}

void RunNews::sayEnded(const std::vector<EvaluationRecord>& evaluations) {
    const RunSummary& run = *m_ended;
    std::vector<NoticeBar::Step> steps;
    const RunId id = run.id;
    if (run.state == RunState::kFinished) {
        if (run.numeric_mode != "float") {
            steps.push_back({tr("&See formats"), [this, id] {
                                 m_selection.setRun(id);
                                 m_docks->raise("formats");
                             }});
            steps.push_back({tr("Find the &weakest layer"), [this, id] { showWeakestLayer(id); }});
        }
        steps.push_back({tr("Export &ONNX…"), [this, id] {
                             if (const RunSummary* known = m_actions.find(id))
                                 m_actions.exports->ask(*known, exportFormats().front());
                         }});
    } else if (isTrouble(run.state)) {
        steps.push_back({tr("See the lo&g"), [this, id] {
                             m_selection.setRun(id);
                             m_docks->raise("log");
                         }});
    }
    m_notices->say(endTopic(run), endSentence(run, evaluations), isTrouble(run.state), steps);
}

void RunNews::showWeakestLayer(const RunId& run) {
    m_selection.setRun(run);
    m_docks->raise("network");
    if (auto* network = qobject_cast<NetworkWidget*>(m_docks->view("network"))) network->showWorstLayer();
}

void RunNews::sayTrashed(int count) {
    m_notices->take(kTrash);
    m_notices->say(kTrash, tr("%n run(s) moved to the trash", nullptr, count).replace("(s)", count == 1 ? "" : "s"),
                   false, {{tr("&Undo"), [this] { m_actions.undoTrash->trigger(); }}});
}

void RunNews::showStage() {
    // Who starts the very first run wants to know what it is doing; later the Runs table says enough.
    const auto& runs = m_actions.runs();
    const bool isFirst = runs.size() == 1 && runs.begin()->second.state == RunState::kRunning;
    if (isFirst)
        m_stageText->setText(stageSentence(runs.begin()->second,
                                           m_planned == runs.begin()->first ? m_plan : std::vector<PlannedStage>()));
    m_stageRow->setVisible(isFirst);
}

}  // namespace f8net
