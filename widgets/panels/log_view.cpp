// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/log_view.h"

#include <QCoreApplication>
#include <QFontDatabase>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QPainter>
#include <QScrollBar>
#include <QSortFilterProxyModel>
#include <QToolButton>
#include <QVBoxLayout>

#include "widgets/models/job_list.h"
#include "widgets/models/store_follower.h"
#include "widgets/panels/run_delegates.h"
#include "widgets/support/colors.h"
#include "widgets/support/icons.h"
#include "widgets/support/selection.h"
#include "widgets/support/theme.h"

namespace f8net {

namespace {

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

QTableView* makeTable(QAbstractItemModel* model, QAbstractItemDelegate* delegate) {
    auto* table = new QTableView;
    table->setModel(model);
    delegate->setParent(table);
    table->setItemDelegate(delegate);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setShowGrid(false);
    table->setWordWrap(false);
    table->setTabKeyNavigation(false);
    table->verticalHeader()->hide();
    table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    table->verticalHeader()->setDefaultSectionSize(20);
    table->horizontalHeader()->setStretchLastSection(true);
    table->horizontalHeader()->setHighlightSections(false);
    applySelectionTint(table);
    return table;
}

}  // namespace

LogView::LogView(const ViewContext& context, QWidget* parent)
    : QWidget(parent),
      m_context(context),
      m_events(new EventModel(this)),
      m_shown(new QSortFilterProxyModel(this)),
      m_onlyRun(new QCheckBox(tr("Only the chosen &run"))),
      m_cancel(new QToolButton) {
    m_shown->setSourceModel(m_events);
    m_shown->setFilterRole(EventModel::kRunIdRole);
    m_log = makeTable(m_shown, new LogDelegate(nullptr));
    m_log->setAccessibleName(tr("Log of the runs"));
    m_log->horizontalHeader()->hide();
    const QFont mono = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    m_log->setFont(mono);
    m_log->setColumnWidth(EventModel::kTime, QFontMetrics(mono).horizontalAdvance("21 Nov 09:12") + 14);
    m_log->setColumnWidth(EventModel::kRun, QFontMetrics(mono).horizontalAdvance("resnet18-w8a8-mae") + 14);
    m_jobs = makeTable(&context.jobs, new RowDelegate(nullptr));
    m_jobs->setAccessibleName(tr("Jobs"));
    m_jobs->setColumnHidden(JobList::kTime, true);
    m_jobs->setColumnWidth(JobList::kTitle, 220);
    m_jobs->setColumnWidth(JobList::kState, 76);
    m_cancel->setIcon(icon("close"));
    m_cancel->setText(tr("&Cancel job"));
    m_cancel->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_cancel->setAutoRaise(true);

    auto* bar = new QHBoxLayout;
    bar->addWidget(m_onlyRun);
    bar->addStretch(1);
    bar->addWidget(m_cancel);
    m_empty = new EmptyState(m_log, tr("What runs say appears here: stages, epochs, warnings."));
    m_empty->setEmpty(true);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->setSpacing(6);
    layout->addLayout(bar);
    layout->addWidget(m_empty, 2);
    layout->addWidget(m_jobs, 1);

    connect(&context.store, &StoreFollower::eventsArrived, this, [this](const std::vector<EventRecord>& events) {
        // Follows the end, unless the user scrolled up to read.
        const QScrollBar* bar_ = m_log->verticalScrollBar();
        const bool isAtEnd = bar_->value() >= bar_->maximum() - 1;
        m_events->append(events);
        m_empty->setEmpty(m_events->rowCount() == 0);
        if (isAtEnd) m_log->scrollToBottom();
    });
    connect(&context.store, &StoreFollower::runsChanged, m_events, &EventModel::learnNames);
    connect(m_onlyRun, &QCheckBox::toggled, this, &LogView::updateFilter);
    connect(&context.selection, &Selection::runChanged, this, &LogView::updateFilter);
    connect(&context.jobs, &JobList::changed, this, &LogView::updateJobs);
    connect(m_cancel, &QToolButton::clicked, this, [this] {
        const QModelIndex current = m_jobs->currentIndex();
        for (int row = 0; row < m_context.jobs.rowCount(); ++row) {
            const bool isMeant = current.isValid() ? row == current.row() : true;
            if (isMeant && m_context.jobs.job(row).state == Job::State::kRunning) m_context.jobs.cancel(row);
        }
    });
    updateJobs();
}

void LogView::updateJobs() {
    m_jobs->setVisible(m_context.jobs.rowCount() > 0);
    m_cancel->setVisible(m_context.jobs.numRunning() > 0);
}

void LogView::updateFilter() {
    const QString run = QString::fromStdString(m_context.selection.run().text());
    m_shown->setFilterFixedString(m_onlyRun->isChecked() ? run : QString());
    m_log->scrollToBottom();
}

void LogView::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() != QEvent::PaletteChange) return;
    applySelectionTint(m_log);
    applySelectionTint(m_jobs);
}

void registerLogView(ViewRegistry& registry) {
    const auto tr = [](const char* text) { return QCoreApplication::translate("f8net::LogView", text); };
    registry.add(
        {"log", tr("Log and jobs"), "log", ViewPlace::kLeftBottom, true, QKeySequence("Ctrl+0"),
         tr("What all runs said, newest at the bottom: stages, epochs, warnings, errors. Below, jobs of this window "
            "such as exports, with their result. Closing the window never stops a run; jobs end with it."),
         [](const ViewContext& context, QWidget* parent) -> QWidget* { return new LogView(context, parent); }});
}

}  // namespace f8net
