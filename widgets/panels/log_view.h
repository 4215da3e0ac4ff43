// SPDX-License-Identifier: GPL-3.0-or-later
/// View 10, Log and jobs: what runs said, newest at the bottom (events of all or of the chosen run, or the end of its
/// log file); the queue; background jobs with progress and cancel.
/// Threads  UI thread; events, log file and queue come from the store's reader.
#pragma once

#include <QCheckBox>
#include <QComboBox>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QTableView>
#include <QTimer>
#include <QWidget>

#include "widgets/models/event_model.h"
#include "widgets/models/log_tail.h"
#include "widgets/models/store_follower.h"
#include "widgets/panels/empty_state.h"
#include "widgets/support/remembered.h"
#include "widgets/support/view_registry.h"

class QStackedWidget;
class QTabBar;

namespace f8net {

class EventFilterModel;
class JobPanel;
class QueuePanel;

class LogView final : public QWidget {
    Q_OBJECT
public:
    enum Page { kLog, kQueue, kJobs };

    LogView(const ViewContext& context, QWidget* parent);
    ~LogView() override;

    void showPage(Page page);
    Q_INVOKABLE void findInView();  ///< in the log: queue and jobs are short
    QueuePanel* queue() const { return m_queue; }
    JobPanel* jobs() const { return m_jobs; }
    QComboBox* source() const { return m_source; }
    QPlainTextEdit* output() const { return m_output; }

protected:
    void changeEvent(QEvent* event) override;

private:
    enum Source { kAllRuns, kChosenRun, kOutput };
    QWidget* makeLogPage();
    void updateSource();
    void askForOutput();
    void showOutput(const LogTail& tail);
    void filterOutput();
    void updateJobs();

    ViewContext m_context;
    EventModel* m_events;
    EventFilterModel* m_shown;
    QTabBar* m_tabs;
    QStackedWidget* m_pages;
    QComboBox* m_source;
    QLineEdit* m_find;
    QCheckBox* m_problems;
    QTableView* m_log;
    QPlainTextEdit* m_output;
    QStackedWidget* m_texts;
    EmptyState *m_empty, *m_outputEmpty;
    QueuePanel* m_queue;
    JobPanel* m_jobs;
    StoreQuestion m_outputQuestion;
    LogTail m_tail;
    QTimer m_outputAgain;  ///< the last words of a run come after its last row
    Remembered m_remembered;
};

void registerLogView(ViewRegistry& registry);

}  // namespace f8net
