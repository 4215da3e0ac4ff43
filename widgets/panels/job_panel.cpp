// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/job_panel.h"

#include <QClipboard>
#include <QFileInfo>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QMenu>
#include <QPainter>
#include <QVBoxLayout>

#include "widgets/panels/run_delegates.h"
#include "widgets/support/colors.h"
#include "widgets/support/fonts.h"
#include "widgets/support/icons.h"
#include "widgets/support/outside.h"
#include "widgets/support/theme.h"

namespace f8net {

namespace {

/// State as icon and word; while a job works a bar, full and pale where it does not say how far it is.
class JobDelegate final : public RowDelegate {
public:
    using RowDelegate::RowDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        if (index.column() != JobList::kState) {
            RowDelegate::paint(painter, option, index);
            return;
        }
        paintBackground(painter, option, index);
        const Colors& colors = colorsOf(option.palette);
        const auto state = static_cast<Job::State>(index.data(JobList::kStateRole).toInt());
        const auto [iconName, color] = state == Job::State::kRunning  ? std::pair("running", colors.accent)
                                       : state == Job::State::kDone   ? std::pair("finished", colors.gain)
                                       : state == Job::State::kFailed ? std::pair("failed", colors.trouble)
                                                                      : std::pair("stopped", colors.neutral);
        const int middle = option.rect.center().y();
        painter->save();
        painter->drawPixmap(QPoint(option.rect.left() + 6, middle - 8),
                            iconPixmap(iconName, color, 16, painter->device()->devicePixelRatioF()));
        QRect area = option.rect.adjusted(28, 0, -6, 0);
        const QVariant share = index.data(JobList::kShareRole);
        if (share.isValid() && area.width() > 40) {
            const QRectF bar(area.left(), middle - 2, area.width(), 5);
            painter->setRenderHint(QPainter::Antialiasing);
            painter->setPen(Qt::NoPen);
            painter->setBrush(share.toDouble() < 0 ? blend(colors.accent, colors.base, 0.35) : colors.border);
            painter->drawRoundedRect(bar, 2.5, 2.5);
            if (share.toDouble() >= 0) {
                painter->setBrush(colors.accent);
                painter->drawRoundedRect(
                    QRectF(bar.left(), bar.top(), std::max(5.0, bar.width() * share.toDouble()), bar.height()), 2.5,
                    2.5);
            }
        } else {
            painter->setFont(option.font);
            painter->setPen(state == Job::State::kFailed ? colors.trouble : colors.text);
            painter->drawText(
                area, Qt::AlignLeft | Qt::AlignVCenter,
                QFontMetrics(option.font).elidedText(index.data().toString(), Qt::ElideRight, area.width()));
        }
        painter->restore();
    }
};

QToolButton* makeButton(const QString& text, const QString& iconName) {
    auto* button = new QToolButton;
    button->setText(text);
    button->setIcon(icon(iconName));
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    button->setAutoRaise(true);
    button->setMinimumHeight(24);
    return button;
}

}  // namespace

JobPanel::JobPanel(JobList& jobs, QWidget* parent)
    : QWidget(parent),
      m_jobs(jobs),
      m_table(new QTableView),
      m_cancel(makeButton(tr("&Cancel job"), "close")),
      m_clear(makeButton(tr("Clear en&ded"), "trash")),
      m_open(makeButton(tr("&Open folder"), "folder")),
      m_result(new QLabel) {
    m_table->setModel(&jobs);
    m_table->setItemDelegate(new JobDelegate(m_table));
    m_table->setAccessibleName(tr("Jobs"));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setShowGrid(false);
    m_table->setWordWrap(false);
    m_table->setTabKeyNavigation(false);
    m_table->setContextMenuPolicy(Qt::CustomContextMenu);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->verticalHeader()->setDefaultSectionSize(compactRowHeight(fontMetrics()));
    m_table->horizontalHeader()->setStretchLastSection(true);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    // The result needs the room; when a job started its tool tip says.
    m_table->setColumnHidden(JobList::kTime, true);
    m_table->setColumnWidth(JobList::kTitle, columnWidth(fontMetrics(), "Compare the answers of quickstart"));
    m_table->setColumnWidth(JobList::kState, columnWidth(fontMetrics(), "100 %") + 48);
    applySelectionTint(m_table);
    auto* bar = new QHBoxLayout;
    bar->addStretch(1);
    bar->addWidget(m_open);
    bar->addWidget(m_cancel);
    bar->addWidget(m_clear);
    m_empty = new EmptyState(
        m_table, tr("Exports, verification and analysis of this window appear here. They end with it; runs do not."));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addLayout(bar);
    layout->addWidget(m_empty, 1);
    layout->addWidget(m_result);
    // A row has room for its beginning alone.
    m_result->setWordWrap(true);
    m_result->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_result->setAccessibleDescription(tr("Result of the job"));

    connect(&jobs, &JobList::changed, this, &JobPanel::updateButtons);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &JobPanel::updateButtons);
    connect(m_cancel, &QToolButton::clicked, this, &JobPanel::cancelSelected);
    connect(m_clear, &QToolButton::clicked, &jobs, &JobList::removeEnded);
    connect(m_open, &QToolButton::clicked, this, &JobPanel::openPlace);
    connect(m_table, &QTableView::activated, this, &JobPanel::openPlace);
    connect(m_table, &QWidget::customContextMenuRequested, this, [this](const QPoint& position) {
        const QModelIndex index = m_table->indexAt(position);
        if (!index.isValid()) return;
        QMenu menu(this);
        menu.addAction(tr("&Copy the result"), this,
                       [text = m_jobs.job(index.row()).message] { QGuiApplication::clipboard()->setText(text); })
            ->setStatusTip(tr("Copy what the job said"));
        if (m_open->isEnabled())
            menu.addAction(tr("&Open folder"), this, &JobPanel::openPlace)
                ->setStatusTip(tr("Open the folder that the job has written to"));
        menu.exec(m_table->viewport()->mapToGlobal(position));
    });
    updateButtons();
}

void JobPanel::cancelSelected() {
    const QModelIndex current = m_table->currentIndex();
    for (int row = 0; row < m_jobs.rowCount(); ++row) {
        const bool isMeant = !current.isValid() || row == current.row();
        if (isMeant && m_jobs.job(row).state == Job::State::kRunning) m_jobs.cancel(row);
    }
}

int JobPanel::chosen() const {
    const QModelIndex current = m_table->currentIndex();
    if (current.isValid() && current.row() < m_jobs.rowCount()) return current.row();
    return m_jobs.rowCount() > 0 ? 0 : -1;
}

/// Not before it is there: a package that is not verified is none.
void JobPanel::openPlace() {
    if (!m_open->isEnabled()) return;
    const QFileInfo place(m_jobs.job(chosen()).place);
    outside().openFolder(place.isDir() ? place.absoluteFilePath() : place.absolutePath());
}

void JobPanel::updateButtons() {
    m_empty->setEmpty(m_jobs.rowCount() == 0);
    const QModelIndex current = m_table->currentIndex();
    const bool isChosen = current.isValid() && current.row() < m_jobs.rowCount();
    m_cancel->setEnabled(isChosen ? m_jobs.job(current.row()).state == Job::State::kRunning : m_jobs.numRunning() > 0);
    m_clear->setEnabled(m_jobs.numRunning() < m_jobs.rowCount());
    const Job job = chosen() < 0 ? Job() : m_jobs.job(chosen());
    m_open->setEnabled(!job.place.isEmpty() && job.state != Job::State::kRunning && QFileInfo::exists(job.place));
    m_result->setText(job.message);
    m_result->setVisible(job.state != Job::State::kRunning && !job.message.isEmpty());
}

void JobPanel::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) applySelectionTint(m_table);
}

}  // namespace f8net
