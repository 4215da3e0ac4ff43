// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/log_view.h"

#include <QCoreApplication>
#include <QFontDatabase>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QPainter>
#include <QScrollBar>
#include <QSortFilterProxyModel>
#include <QStackedWidget>
#include <QTabBar>
#include <QVBoxLayout>

#include "widgets/models/job_list.h"
#include "widgets/panels/job_panel.h"
#include "widgets/panels/queue_panel.h"
#include "widgets/panels/run_actions.h"
#include "widgets/panels/run_delegates.h"
#include "widgets/plots/table_rows.h"
#include "widgets/support/colors.h"
#include "widgets/support/selection.h"
#include "widgets/support/theme.h"

namespace f8net {

namespace {

constexpr int kOutputMs = 1000;

class LogDelegate final : public RowDelegate {
public:
    using RowDelegate::RowDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const auto level = static_cast<EventLevel>(index.data(EventModel::kLevelRole).toInt());
        if (index.column() != EventModel::kMessage || level == EventLevel::kInfo) {
            RowDelegate::paint(painter, option, index);
            return;
        }
        paintBackground(painter, option, index);
        const Colors& colors = colorsOf(option.palette);
        painter->save();
        painter->setFont(option.font);
        painter->setPen(level == EventLevel::kError ? colors.trouble : colors.warning);
        const QRect area = option.rect.adjusted(6, 0, -6, 0);
        painter->drawText(area, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
                          QFontMetrics(option.font).elidedText(index.data().toString(), Qt::ElideRight, area.width()));
        painter->restore();
    }
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        return QStyledItemDelegate::sizeHint(option, index);
    }
};

}  // namespace

/// Events of one run or all, that contain a text and are at least as grave as wanted.
class EventFilterModel final : public QSortFilterProxyModel {
public:
    using QSortFilterProxyModel::QSortFilterProxyModel;
    void choose(const QString& run, const QString& text, EventLevel least) {
        m_run = run;
        m_text = text;
        m_least = least;
        invalidateFilter();
    }

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override {
        const QModelIndex first = sourceModel()->index(row, 0, parent);
        if (!m_run.isEmpty() && first.data(EventModel::kRunIdRole).toString() != m_run) return false;
        if (first.data(EventModel::kLevelRole).toInt() < static_cast<int>(m_least)) return false;
        if (m_text.isEmpty()) return true;
        for (const int column : {EventModel::kRun, EventModel::kMessage}) {
            if (first.siblingAtColumn(column).data().toString().contains(m_text, Qt::CaseInsensitive)) return true;
        }
        return false;
    }

private:
    QString m_run, m_text;
    EventLevel m_least = EventLevel::kInfo;
};

LogView::LogView(const ViewContext& context, QWidget* parent)
    : QWidget(parent),
      m_context(context),
      m_events(new EventModel(this)),
      m_shown(new EventFilterModel(this)),
      m_tabs(new QTabBar),
      m_pages(new QStackedWidget),
      m_source(new QComboBox),
      m_find(new QLineEdit),
      m_problems(new QCheckBox(tr("Only &problems"))),
      m_log(new QTableView),
      m_output(new QPlainTextEdit),
      m_texts(new QStackedWidget),
      m_queue(new QueuePanel(context, this)),
      m_jobs(new JobPanel(context.jobs, this)),
      m_outputQuestion(context.store),
      m_remembered(context.settings, "log") {
    m_tabs->addTab(tr("Lo&g"));
    m_tabs->addTab(tr("&Queue"));
    m_tabs->addTab(tr("&Jobs"));
    m_tabs->setDrawBase(false);
    m_tabs->setExpanding(false);
    m_tabs->setAccessibleName(tr("Log, queue or jobs"));
    m_pages->addWidget(makeLogPage());
    m_pages->addWidget(m_queue);
    m_pages->addWidget(m_jobs);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 4, 8, 8);
    layout->setSpacing(4);
    layout->addWidget(m_tabs);
    layout->addWidget(m_pages, 1);

    connect(m_tabs, &QTabBar::currentChanged, m_pages, &QStackedWidget::setCurrentIndex);
    connect(m_queue, &QueuePanel::waitingChanged, this,
            [this](int count) { m_tabs->setTabText(kQueue, count > 0 ? tr("&Queue (%1)").arg(count) : tr("&Queue")); });
    connect(&context.store, &StoreFollower::eventsArrived, this, [this](const std::vector<EventRecord>& events) {
        // Follows the end, unless the user scrolled up to read.
        const QScrollBar* bar = m_log->verticalScrollBar();
        const bool isAtEnd = bar->value() >= bar->maximum() - 1;
        m_events->append(events);
        m_empty->setEmpty(m_events->rowCount() == 0);
        if (isAtEnd) m_log->scrollToBottom();
    });
    connect(&context.store, &StoreFollower::runsChanged, m_events, &EventModel::learnNames);
    connect(m_source, &QComboBox::currentIndexChanged, this, &LogView::updateSource);
    connect(m_find, &QLineEdit::textChanged, this, &LogView::updateSource);
    connect(m_problems, &QCheckBox::toggled, this, &LogView::updateSource);
    const auto enable = [this] {
        const bool hasRuns = !m_context.runActions.runs().empty();
        m_source->setEnabled(hasRuns);
        m_find->setEnabled(hasRuns);
        m_problems->setEnabled(hasRuns && m_source->currentIndex() != kOutput);  // lines of a file have no level
    };
    connect(&context.runActions, &RunActions::runsUpdated, this, enable);
    connect(m_source, &QComboBox::currentIndexChanged, this, enable);
    connect(&context.selection, &Selection::runChanged, this, &LogView::updateSource);
    connect(&context.jobs, &JobList::changed, this, &LogView::updateJobs);
    m_outputAgain.setInterval(kOutputMs);
    connect(&m_outputAgain, &QTimer::timeout, this, [this] {
        if (m_texts->isVisible()) askForOutput();  // also while there is no file yet
    });
    m_remembered.keep("source", m_source);
    m_remembered.keep("page", m_tabs);
    m_remembered.keep("onlyProblems", m_problems);
    updateSource();
    updateJobs();
    enable();
}

LogView::~LogView() = default;

QWidget* LogView::makeLogPage() {
    m_source->addItems({tr("Events, all runs"), tr("Events, chosen run"), tr("Output, chosen run")});
    m_source->setAccessibleName(tr("What the log shows"));
    m_find->setObjectName("find");  // Ctrl+F
    m_find->setPlaceholderText(tr("Find in the log"));
    m_find->setClearButtonEnabled(true);
    m_find->setMinimumWidth(fontMetrics().horizontalAdvance(m_find->placeholderText()) + 16);
    m_find->setAccessibleName(tr("Find in the log"));
    const QFont mono = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    m_shown->setSourceModel(m_events);
    m_log->setModel(m_shown);
    m_log->setItemDelegate(new LogDelegate(m_log));
    m_log->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_log->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_log->setShowGrid(false);
    m_log->setWordWrap(false);
    m_log->setTabKeyNavigation(false);
    m_log->setAccessibleName(tr("Log of the runs"));
    m_log->verticalHeader()->hide();
    m_log->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_log->verticalHeader()->setDefaultSectionSize(QFontMetrics(mono).height() + 4);
    m_log->horizontalHeader()->hide();
    m_log->horizontalHeader()->setStretchLastSection(true);
    m_log->setFont(mono);
    m_log->setColumnWidth(EventModel::kTime, QFontMetrics(mono).horizontalAdvance("21 Nov 09:12") + 14);
    m_log->setColumnWidth(EventModel::kRun, QFontMetrics(mono).horizontalAdvance("resnet18-w8a8-mae") + 14);
    letRowsBeCopied(m_log);
    applySelectionTint(m_log);
    m_output->setReadOnly(true);
    m_output->setFont(mono);
    m_output->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_output->setFrameShape(QFrame::NoFrame);
    m_output->setAccessibleName(tr("Output of the run"));
    m_empty = new EmptyState(m_log, tr("What runs say appears here: stages, epochs, warnings."));
    m_empty->setEmpty(true);
    m_outputEmpty = new EmptyState(m_output, {});
    m_texts->addWidget(m_empty);
    m_texts->addWidget(m_outputEmpty);
    auto* bar = new QHBoxLayout;
    bar->setSpacing(8);
    bar->addWidget(m_source);
    m_problems->setToolTip(tr("Warnings and errors alone"));
    bar->addWidget(m_find, 1);
    bar->addWidget(m_problems);
    auto* page = new QWidget;
    auto* layout = new QVBoxLayout(page);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addLayout(bar);
    layout->addWidget(m_texts, 1);
    return page;
}

void LogView::showPage(Page page) {
    m_tabs->setCurrentIndex(page);
}

void LogView::findInView() {
    showPage(kLog);
    m_find->setFocus(Qt::ShortcutFocusReason);
    m_find->selectAll();
}

void LogView::updateSource() {
    const int source = m_source->currentIndex();
    const RunId& run = m_context.selection.run();
    m_shown->choose(source == kChosenRun ? QString::fromStdString(run.text()) : QString(), m_find->text(),
                    m_problems->isChecked() ? EventLevel::kWarning : EventLevel::kInfo);
    m_log->scrollToBottom();
    m_texts->setCurrentIndex(source == kOutput ? 1 : 0);
    if (source == kOutput) {
        m_outputAgain.start();
        askForOutput();
    } else {
        m_outputAgain.stop();
        m_outputQuestion.forget();
    }
}

void LogView::askForOutput() {
    const RunSummary* run = m_context.runActions.find(m_context.selection.run());
    if (run == nullptr) {
        m_outputEmpty->setText(tr("Choose a run (Ctrl+1); the end of its log file is shown here."));
        m_outputEmpty->setEmpty(true);
        return;
    }
    const QString path = QString::fromStdString(run->folder) + "/log.txt";
    m_outputQuestion.ask([path, known = m_tail](const RunReader&) { return readLogTail(path, known); },
                         [this](const LogTail& tail) { showOutput(tail); });
}

void LogView::showOutput(const LogTail& tail) {
    const bool isSame = tail.path == m_tail.path && tail.sizeBytes == m_tail.sizeBytes;
    m_tail = tail;
    if (tail.text.isEmpty()) {
        m_outputEmpty->setText(!tail.problem.isEmpty()
                                   ? tail.problem
                                   : tr("No output is kept of this run: it was started in a terminal, which has it."));
    }
    m_outputEmpty->setEmpty(tail.text.isEmpty());
    if (!isSame || !m_find->text().isEmpty() || m_output->toPlainText().isEmpty()) filterOutput();
}

void LogView::filterOutput() {
    QString text = m_tail.text;
    if (!m_find->text().isEmpty()) {
        QStringList lines = text.split('\n');
        lines.removeIf([this](const QString& line) { return !line.contains(m_find->text(), Qt::CaseInsensitive); });
        text = lines.join('\n');
    }
    if (m_tail.isCut) text.prepend(tr("… older lines are in %1\n").arg(m_tail.path));
    if (m_output->toPlainText() == text) return;
    QScrollBar* bar = m_output->verticalScrollBar();
    const bool isAtEnd = bar->value() >= bar->maximum() - 1;
    const int before = bar->value();
    m_output->setPlainText(text);
    bar->setValue(isAtEnd ? bar->maximum() : before);
}

void LogView::updateJobs() {
    const int running = m_context.jobs.numRunning();
    m_tabs->setTabText(kJobs, running > 0 ? tr("&Jobs (%1)").arg(running) : tr("&Jobs"));
}

void LogView::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) applySelectionTint(m_log);
}

void registerLogView(ViewRegistry& registry) {
    const auto tr = [](const char* text) { return QCoreApplication::translate("f8net::LogView", text); };
    registry.add(
        {"log", tr("Log and jobs"), "log", ViewPlace::kLeftBottom, true, QKeySequence("Ctrl+0"),
         tr("What runs said, newest at the bottom: stages, epochs, warnings, errors, or the end of a run's log file. "
            "Queue: runs that wait for their turn, and the runner that starts them; it goes on when the window is "
            "closed. Jobs: exports and verification of this window, with their result; they end with it."),
         [](const ViewContext& context, QWidget* parent) -> QWidget* { return new LogView(context, parent); }});
}

}  // namespace f8net
