// SPDX-License-Identifier: GPL-3.0-or-later
/// What happens to runs, told: a notice with next steps at a run's end, a strip that says which stage the first run is
/// in, and one message of the desktop when a run ends, fails, crashes or diverges.
/// Threads  UI thread.
#pragma once

#include <QLabel>
#include <QObject>
#include <optional>

#include "app/workbench/run_sentences.h"
#include "core/store/run_record.h"

class QToolBar;

namespace f8net {

class DesktopNotifier;
class DockHost;
class NoticeBar;
class RunActions;
class Selection;
class StoreFollower;

class RunNews final : public QObject {
    Q_OBJECT
public:
    /// The strips go into rows of the window's tool bar, which are hidden while there is nothing to say.
    RunNews(Selection& selection, StoreFollower& store, RunActions& actions, QToolBar* noticeRow, QToolBar* stageRow,
            QObject* parent);

    NoticeBar& notices() { return *m_notices; }
    void setDocks(DockHost* docks) { m_docks = docks; }  ///< where its next steps lead
    void say(const QString& message, bool isTrouble);
    void showWeakestLayer(const RunId& run);  ///< in the Network view; again: the next one

private:
    void takeEnd(const RunSummary& run);
    void sayEnded(const std::vector<EvaluationRecord>& evaluations);
    void sayTrashed(int count);
    void showStage();

    Selection& m_selection;
    RunActions& m_actions;
    QToolBar *m_noticeRow, *m_stageRow;
    NoticeBar* m_notices;
    QLabel* m_stageText;
    DesktopNotifier* m_desktop;
    DockHost* m_docks = nullptr;
    RunId m_planned;  ///< whose stages m_plan are
    std::vector<PlannedStage> m_plan;
    std::optional<RunSummary> m_ended;  ///< the run whose end the notice tells
};

}  // namespace f8net
