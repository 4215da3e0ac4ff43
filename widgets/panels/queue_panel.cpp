// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/queue_panel.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QMenu>
#include <QToolButton>
#include <QVBoxLayout>

#include "core/store/run_queue.h"
#include "core/store/run_store.h"
#include "widgets/panels/queue_actions.h"
#include "widgets/panels/run_actions.h"
#include "widgets/panels/run_delegates.h"
#include "widgets/support/fonts.h"
#include "widgets/support/icons.h"
#include "widgets/support/mnemonics.h"
#include "widgets/support/selection.h"
#include "widgets/support/theme.h"

namespace f8net {

QueuePanel::QueuePanel(const ViewContext& context, QWidget* parent)
    : QWidget(parent),
      m_context(context),
      m_question(context.store),
      m_model(new QueueModel(this)),
      m_table(new QTableView),
      m_sentence(new QLabel) {
    m_table->setModel(m_model);
    m_table->setItemDelegate(new RowDelegate(m_table));
    m_table->setAccessibleName(tr("Queue"));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setShowGrid(false);
    m_table->setWordWrap(false);
    m_table->setTabKeyNavigation(false);
    m_table->setDragEnabled(true);
    m_table->setAcceptDrops(true);
    m_table->setDropIndicatorShown(true);
    m_table->setDragDropMode(QAbstractItemView::InternalMove);
    m_table->setDragDropOverwriteMode(false);
    m_table->setContextMenuPolicy(Qt::CustomContextMenu);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->verticalHeader()->setDefaultSectionSize(compactRowHeight(fontMetrics()));
    QHeaderView* header = m_table->horizontalHeader();
    header->setHighlightSections(false);
    header->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    header->setMinimumSectionSize(36);
    header->setSectionResizeMode(QueueModel::kName, QHeaderView::Stretch);
    const QFontMetrics metrics = fontMetrics();
    m_table->setColumnWidth(QueueModel::kPosition, columnWidth(metrics, "100"));
    m_table->setColumnWidth(QueueModel::kExperiment, columnWidth(metrics, "fashion-mnist/mobilenet_v1"));
    m_table->setColumnWidth(QueueModel::kEpochs, columnWidth(metrics, tr("Epochs")));
    m_table->setColumnWidth(QueueModel::kTags, columnWidth(metrics, "baseline"));
    m_table->installEventFilter(this);
    applySelectionTint(m_table);
    m_sentence->setWordWrap(true);
    m_sentence->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_sentence->setMinimumWidth(1);

    m_up = addButton(tr("Earlier"), "up", tr("Earlier (Ctrl+Up)"), &QueuePanel::moveUp);
    m_down = addButton(tr("Later"), "down", tr("Later (Ctrl+Down)"), &QueuePanel::moveDown);
    m_remove = addButton(tr("Take out"), "close", tr("Take out of the queue (Del); the run is stopped then"),
                         &QueuePanel::removeSelected);
    m_start = new QToolButton;
    m_start->setDefaultAction(context.runActions.queue->start);
    m_start->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_start->setAutoRaise(true);
    m_start->setMinimumHeight(24);
    m_stop = new QToolButton;
    m_stop->setText(tr("Stop the runner"));
    m_stop->setIcon(icon("stop"));
    m_stop->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_stop->setAutoRaise(true);
    m_stop->setMinimumHeight(24);
    m_stop->setPopupMode(QToolButton::InstantPopup);
    auto* stopMenu = new QMenu(m_stop);
    stopMenu->addActions({context.runActions.queue->stopAfterRun, context.runActions.queue->stop});
    m_stop->setMenu(stopMenu);

    auto* bar = new QHBoxLayout;
    bar->setSpacing(4);
    bar->addWidget(m_sentence, 1);
    for (QToolButton* button : {m_up, m_down, m_remove, m_start, m_stop}) bar->addWidget(button);
    m_empty = new EmptyState(
        m_table, tr("Nothing waits. New run (Ctrl+N) can put a run into the queue instead of starting it."));
    m_empty->setEmpty(true);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addLayout(bar);
    layout->addWidget(m_empty, 1);

    connect(m_model, &QueueModel::moveRequested, this, &QueuePanel::move);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &QueuePanel::updateButtons);
    connect(m_table, &QTableView::doubleClicked, this,
            [this](const QModelIndex& index) { m_context.selection.setRun(m_model->run(index.row())); });
    connect(m_table, &QWidget::customContextMenuRequested, this, [this](const QPoint& position) {
        QMenu menu(this);
        for (QToolButton* button : {m_up, m_down, m_remove}) {
            QAction* action = menu.addAction(button->icon(), button->text(), button, &QToolButton::click);
            action->setStatusTip(button->toolTip());
            action->setEnabled(button->isEnabled());
        }
        fillMnemonics(menu);
        menu.exec(m_table->viewport()->mapToGlobal(position));
    });
    m_again.setInterval(2000);
    connect(&m_again, &QTimer::timeout, this, &QueuePanel::ask);
    ask();
    updateButtons();
}

QToolButton* QueuePanel::addButton(const QString& text, const QString& iconName, const QString& toolTip,
                                   void (QueuePanel::*slot)()) {
    auto* button = new QToolButton;
    button->setText(text);
    button->setIcon(icon(iconName));
    button->setToolTip(toolTip);
    button->setAccessibleName(text);
    button->setAutoRaise(true);
    button->setMinimumSize(24, 24);
    connect(button, &QToolButton::clicked, this, slot);
    return button;
}

void QueuePanel::ask() {
    m_question.ask([](const RunReader& reader) { return readQueue(reader); },
                   [this](const QueueState& state) { showState(state); });
}

void QueuePanel::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    m_again.start();
    ask();
}

void QueuePanel::hideEvent(QHideEvent* event) {
    QWidget::hideEvent(event);
    m_again.stop();
}

void QueuePanel::showState(const QueueState& state) {
    m_model->setState(state);
    m_empty->setEmpty(m_model->rowCount() == 0);
    m_sentence->setText(runnerSentence(state));
    m_context.runActions.queue->setRunnerAtWork(state.runner.has_value());
    updateButtons();
    Q_EMIT waitingChanged(static_cast<int>(state.waiting.size()));
}

void QueuePanel::updateButtons() {
    const QModelIndex current = m_table->currentIndex();
    const int position = current.isValid() ? m_model->position(current.row()) : 0;
    m_up->setEnabled(position > 1);
    m_down->setEnabled(position > 0 && current.row() + 1 < m_model->rowCount());
    m_remove->setEnabled(position > 0);
    const bool hasRunner = m_model->state().runner.has_value();
    m_start->setVisible(!hasRunner);
    m_stop->setVisible(hasRunner);
}

void QueuePanel::move(const RunId& run, int position) {
    m_context.store.perform(tr("move the run in the queue"),
                            [run, position](RunStore& store) { RunQueue(store).put(run, position); });
}

void QueuePanel::moveBy(int rows) {
    const QModelIndex current = m_table->currentIndex();
    if (!current.isValid() || m_model->position(current.row()) == 0) return;
    const int position = m_model->position(current.row()) + rows;
    if (position >= 1 && position <= static_cast<int>(m_model->state().waiting.size()))
        move(m_model->run(current.row()), position);
}

void QueuePanel::removeSelected() {
    const QModelIndex current = m_table->currentIndex();
    if (!current.isValid() || m_model->position(current.row()) == 0) return;
    m_context.store.perform(tr("take the run out of the queue"),
                            [run = m_model->run(current.row())](RunStore& store) { RunQueue(store).remove(run); });
}

bool QueuePanel::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_table && event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        const bool isControl = key->modifiers() & Qt::ControlModifier;
        if (isControl && (key->key() == Qt::Key_Up || key->key() == Qt::Key_Down)) {
            moveBy(key->key() == Qt::Key_Up ? -1 : 1);
            return true;
        }
        if (key->key() == Qt::Key_Delete) {
            removeSelected();
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

void QueuePanel::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) applySelectionTint(m_table);
}

}  // namespace f8net
