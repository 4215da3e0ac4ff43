// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/runs_view.h"

#include <QCoreApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QMenu>
#include <QMouseEvent>
#include <QStackedLayout>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "core/base/error.h"
#include "core/store/run_reader.h"
#include "widgets/models/store_follower.h"
#include "widgets/panels/export_actions.h"
#include "widgets/panels/first_start_card.h"
#include "widgets/panels/health_line.h"
#include "widgets/panels/purge_actions.h"
#include "widgets/panels/run_actions.h"
#include "widgets/panels/run_checks.h"
#include "widgets/panels/run_columns.h"
#include "widgets/panels/run_delegates.h"
#include "widgets/panels/run_health_list.h"
#include "widgets/plots/plot_export.h"
#include "widgets/plots/table_rows.h"
#include "widgets/support/colors.h"
#include "widgets/support/fonts.h"
#include "widgets/support/icons.h"
#include "widgets/support/outside.h"
#include "widgets/support/selection.h"
#include "widgets/support/settings.h"
#include "widgets/support/theme.h"

namespace f8net {

namespace {
constexpr size_t kMostShownAtFirst = 3;
}  // namespace

RunsView::RunsView(const ViewContext& context, QWidget* parent)
    : QWidget(parent),
      m_context(context),
      m_model(new RunTableModel(context.selection, this)),
      m_filter(new RunFilterModel(this)),
      m_filterLine(new QLineEdit),
      m_filterProblem(new QLabel),
      m_trash(new QToolButton),
      m_table(new QTableView),
      m_remembered(context.settings, "runs"),
      m_card(context.store),
      m_counts(new QLabel),
      m_newRows(new QToolButton) {
    m_filter->setSourceModel(m_model);
    m_filterLine->setObjectName("find");  // Ctrl+F
    m_filterLine->setPlaceholderText(tr("Filter: words, /regex/, top1>=0.9, state:running"));
    m_filterLine->setClearButtonEnabled(true);
    m_filterLine->setAccessibleName(tr("Filter of the runs"));
    m_filterProblem->setWordWrap(true);
    m_filterProblem->hide();
    m_trash->setIcon(icon("trash"));
    m_trash->setCheckable(true);
    m_trash->setAutoRaise(true);
    m_trash->setToolTip(tr("Show the trash"));
    m_trash->setAccessibleName(tr("Show the trash"));
    m_trash->setMinimumSize(24, 24);

    // Before the table hears of it: rows that leave must not choose another run.
    connect(m_filter, &QAbstractItemModel::rowsAboutToBeRemoved, this,
            [this](const QModelIndex&, int firstRow, int lastRow) { rowsLeave(firstRow, lastRow); });
    connect(m_filter, &QAbstractItemModel::rowsRemoved, this, [this] {
        m_rowsLeave = false;
        m_markSoon.start();
    });
    connect(m_filter, &QAbstractItemModel::rowsInserted, &m_markSoon, qOverload<>(&QTimer::start));
    m_markSoon.setSingleShot(true);
    m_markSoon.setInterval(0);
    connect(&m_markSoon, &QTimer::timeout, this, &RunsView::markAgain);
    m_table->setModel(m_filter);
    m_table->setItemDelegate(new RunDelegate(m_table));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->setEditTriggers(QAbstractItemView::EditKeyPressed);
    m_table->setShowGrid(false);
    m_table->setWordWrap(false);
    m_table->setTabKeyNavigation(false);
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(-1, Qt::AscendingOrder);  // as the store lists them: newest first
    m_table->setContextMenuPolicy(Qt::CustomContextMenu);
    m_table->setMouseTracking(true);
    m_table->setAccessibleName(tr("Runs"));
    m_table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(rowHeight(fontMetrics()));
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_columns = new RunColumns(m_table, m_model, this);
    m_table->addActions({context.runActions.show, context.runActions.showOnly, context.runActions.trash});
    m_table->viewport()->installEventFilter(this);
    m_table->installEventFilter(this);
    letRowsBeCopied(m_table);
    applySelectionTint(m_table);

    auto* filterRow = new QHBoxLayout;
    filterRow->setSpacing(4);
    filterRow->addWidget(m_filterLine, 1);
    filterRow->addWidget(m_trash);
    m_counts->setForegroundRole(QPalette::PlaceholderText);
    auto* content = new QWidget;
    auto* layout = new QVBoxLayout(content);
    layout->setContentsMargins(8, 8, 8, 4);
    layout->setSpacing(8);
    layout->addLayout(filterRow);
    layout->addWidget(m_filterProblem);
    layout->addWidget(m_table, 1);
    layout->addWidget(new HealthLine(context));
    m_newRows->setAutoRaise(true);
    m_newRows->setToolTip(tr("Show the runs that came while the pointer was over the table"));
    m_newRows->hide();
    auto* countsRow = new QHBoxLayout;
    countsRow->addWidget(m_counts, 1);
    countsRow->addWidget(m_newRows);
    layout->addLayout(countsRow);
    m_stack = new QStackedLayout(this);
    m_stack->addWidget(content);
    m_stack->addWidget(new FirstStartCard(context.runActions));

    connect(m_filterLine, &QLineEdit::textChanged, this, &RunsView::applyFilter);
    connect(m_newRows, &QToolButton::clicked, this, &RunsView::letRowsMove);
    connect(m_trash, &QToolButton::toggled, this, [this](bool on) {
        m_filter->setShowsTrash(on);
        updateCounts();
    });
    connect(m_table, &QWidget::customContextMenuRequested, this, &RunsView::showContextMenu);
    auto* health = new RunHealthList(context.store, m_model, this);
    connect(m_columns, &RunColumns::shownChanged, this,
            [this, health] { health->setActive(!m_table->isColumnHidden(RunTableModel::kHealth)); });
    connect(m_columns, &RunColumns::keysChanged, this, &RunsView::askForValues);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this,
            &RunsView::selectionOfTableChanged);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this](const QModelIndex& current) {
                if (current.isValid() && !m_rowsLeave) m_context.selection.setRun(runAt(current));
            });
    connect(&context.runActions, &RunActions::stoppingChanged, this,
            [this] { m_model->setStopping(m_context.runActions.stopping()); });
    connect(m_model, &RunTableModel::renameRequested, &context.runActions, &RunActions::renameTo);
    connect(&context.runActions, &RunActions::renameInPlaceRequested, this, [this] {
        const QModelIndex name = m_table->currentIndex().siblingAtColumn(RunTableModel::kName);
        if (!name.isValid() || m_table->isPersistentEditorOpen(name)) return;  // pressed again in the middle of it
        Q_EMIT m_context.runActions.viewRequested("runs");
        m_table->setFocus();  // ends the editing of another name
        if (!m_table->isVisible() || m_table->isColumnHidden(RunTableModel::kName)) return;
        // A view ends the editing of the cell that was current, and of no other.
        m_table->selectionModel()->setCurrentIndex(name, QItemSelectionModel::NoUpdate);
        m_table->edit(name);
    });
    connect(&context.selection, &Selection::visibleRunsChanged, this, &RunsView::updateCounts);
    connect(&context.selection, &Selection::hoveredChanged, this, &RunsView::askForCard);
    connect(&context.selection, &Selection::runChanged, this, &RunsView::showCurrentRun);
    connect(&context.store, &StoreFollower::runsChanged, this, &RunsView::applyUpdate);
    connect(&context.store, &StoreFollower::performed, this, [this] { m_userActed = true; });
    restoreSettings();
    setFocusProxy(m_table);
}

RunsView::~RunsView() {
    saveSettings();
}

RunId RunsView::runAt(const QModelIndex& proxyIndex) const {
    return RunId(proxyIndex.siblingAtColumn(0).data(RunTableModel::kRunIdRole).toString().toStdString());
}

void RunsView::holdRowsStill() {
    m_filter->setDynamicSortFilter(false);
}

void RunsView::letRowsMove() {
    m_filter->setDynamicSortFilter(true);  // sorts
    m_filter->matchAgain();
    updateCounts();
    if (m_held.empty()) return;
    RunsUpdate held;
    held.runs.swap(m_held);
    m_newRows->hide();
    applyUpdate(held);
}

RunsUpdate RunsView::withoutHeld(const RunsUpdate& update) {
    // Nothing moves under the pointer: what is new waits until it is gone, or its user asks.
    if (update.isComplete || m_filter->dynamicSortFilter() || m_model->runs().empty()) {
        if (update.isComplete) m_held.clear();
        return update;
    }
    RunsUpdate known;
    for (const RunSummary& run : update.runs) {
        if (m_model->rowOf(run.id) >= 0) {
            known.runs.push_back(run);
            continue;
        }
        const auto same =
            std::find_if(m_held.begin(), m_held.end(), [&](const RunSummary& r) { return r.id == run.id; });
        if (same != m_held.end()) {
            *same = run;
        } else {
            m_held.insert(m_held.begin(), run);  // newest first
        }
    }
    return known;
}

void RunsView::applyUpdate(const RunsUpdate& all) {
    if (all.isComplete) forgetRestored(all);
    const RunsUpdate update = withoutHeld(all);
    m_newRows->setText(tr("%1 new").arg(m_held.size()));
    m_newRows->setVisible(!m_held.empty());
    m_model->apply(update);
    if (std::exchange(m_userActed, false)) m_filter->matchAgain();  // what is done here shows at once
    m_stack->setCurrentIndex(m_model->runs().empty() ? 1 : 0);
    // A run that begins while we look is what the user wants to see.
    if (!m_isFirstUpdate && !update.isComplete) {
        for (const RunSummary& run : update.runs) {
            const bool isNew = run.state == RunState::kRunning && run.attempt == 1 && run.step.value == 0;
            if (isNew && !m_context.selection.isVisible(run.id)) m_context.selection.setVisible(run.id, true);
        }
    }
    if (m_isFirstUpdate || m_context.selection.run().empty()) chooseFirstRun();
    if (!m_table->currentIndex().isValid()) markAgain();  // the list was made anew
    m_isFirstUpdate = m_isFirstUpdate && m_model->runs().empty();
    updateCounts();
}

/// What the settings told to choose may have left the store since.
void RunsView::forgetRestored(const RunsUpdate& all) {
    for (const RunSummary& run : all.runs) m_restored.erase(run.id);
    m_context.selection.forget(std::exchange(m_restored, {}));
}

QModelIndex RunsView::indexOf(const RunId& run) const {
    const int row = m_model->rowOf(run);
    return row < 0 ? QModelIndex() : m_filter->mapFromSource(m_model->index(row, RunTableModel::kName));
}

void RunsView::showCurrentRun() {
    const QModelIndex index = indexOf(m_context.selection.run());
    if (index.isValid() && index.row() != m_table->currentIndex().row()) mark(index);
}

void RunsView::mark(const QModelIndex& index) {
    // Whatever keys are held: the run that all views show is the one marked.
    m_table->selectionModel()->setCurrentIndex(index, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
}

void RunsView::rowsLeave(int first, int last) {
    m_rowsLeave = true;
    const QModelIndex index = indexOf(m_context.selection.run());
    if (index.isValid() && first <= index.row() && index.row() <= last) m_rowOfRun = first;
}

/// After rows came or went. A run that the filter hides stays the one that all views show, without a row; in place of
/// one that was deleted its neighbour is chosen.
void RunsView::markAgain() {
    const RunId& run = m_context.selection.run();
    const RunSummary* known = m_model->find(run);
    const bool isDeleted = known == nullptr || (known->trashed_at > 0 && !m_filter->showsTrash());
    QModelIndex index = indexOf(run);
    if (!index.isValid() && isDeleted)
        index = m_filter->index(std::min(m_rowOfRun, m_filter->rowCount() - 1), RunTableModel::kName);
    if (!index.isValid()) {
        m_table->selectionModel()->clear();
    } else if (runAt(m_table->currentIndex()) != runAt(index) || !m_table->selectionModel()->hasSelection()) {
        mark(index);
    }
}

void RunsView::chooseFirstRun() {
    if (m_model->runs().empty()) return;
    Selection& selection = m_context.selection;
    if (m_isFirstUpdate && selection.visibleRuns().empty()) {
        std::set<RunId> shown;
        for (const RunSummary& run : m_model->runs()) {
            if (shown.size() < kMostShownAtFirst && run.step.value > 0 && run.trashed_at == 0) shown.insert(run.id);
        }
        selection.setVisibleRuns(std::move(shown));
    }
    if (!selection.run().empty()) return;
    int best = -1;
    for (int row = 0; row < m_filter->rowCount(); ++row) {
        const auto state = static_cast<RunState>(m_filter->index(row, 0).data(RunTableModel::kStateRole).toInt());
        if (state == RunState::kRunning || best < 0) best = row;
        if (state == RunState::kRunning) break;
    }
    if (best >= 0) m_table->setCurrentIndex(m_filter->index(best, RunTableModel::kName));
}

void RunsView::applyFilter() {
    const QString problem = m_filter->setFilterText(m_filterLine->text());
    m_filterProblem->setText(problem);
    m_filterProblem->setVisible(!problem.isEmpty());
    if (problem.isEmpty()) askForValues();
    updateCounts();
}

void RunsView::askForValues() {
    std::vector<std::string> keys = m_filter->filter().keys();
    for (const QString& key : m_model->keys()) {
        if (std::find(keys.begin(), keys.end(), key.toStdString()) == keys.end()) keys.push_back(key.toStdString());
    }
    m_context.store.setListKeys(keys);
}

/// What a card says besides the table's columns is read once a run is pointed at.
void RunsView::askForCard() {
    struct Card {
        std::map<RunId, std::map<std::string, std::string>> configurations;
        std::map<RunId, RunHealth> health;
    };
    const RunId hovered = m_context.selection.hovered();
    if (hovered.empty()) return m_card.forget();
    m_card.ask(
        [hovered, baseline = m_context.selection.baseline()](const RunReader& reader) {
            Card card;
            card.configurations[hovered] = reader.run(hovered).config_values;
            card.health[hovered] = read_health(reader, hovered);
            if (baseline) card.configurations[*baseline] = reader.run(*baseline).config_values;
            return card;
        },
        [this](const Card& card) {
            m_model->setConfigurations(card.configurations);
            std::map<RunId, HealthWords> words;
            for (const auto& [run, health] : card.health) words[run] = healthWords(health);
            m_model->learnHealth(words);
        });
}

void RunsView::selectionOfTableChanged() {
    std::vector<RunId> marked;
    for (const QModelIndex& index : m_table->selectionModel()->selectedRows()) marked.push_back(runAt(index));
    m_context.selection.setMarked(std::move(marked));
}

void RunsView::updateCounts() {
    int running = 0, queued = 0, total = 0, shown = 0;
    for (const RunSummary& run : m_model->runs()) {
        if (run.trashed_at > 0) continue;
        ++total;
        running += run.state == RunState::kRunning ? 1 : 0;
        queued += run.state == RunState::kQueued ? 1 : 0;
        shown += m_context.selection.isVisible(run.id) ? 1 : 0;
    }
    QStringList parts;
    if (m_filter->showsTrash()) {
        parts << tr("%1 runs in the trash").arg(m_filter->rowCount());
    } else {
        parts << (total == 1 ? tr("1 run") : tr("%1 runs").arg(total));
        if (m_filter->rowCount() != total) parts << tr("%1 match").arg(m_filter->rowCount());
        parts << tr("%1 shown in charts").arg(shown);
        if (running > 0) parts << tr("%1 running").arg(running);
        if (queued > 0) parts << tr("%1 queued").arg(queued);
    }
    m_counts->setText(parts.join(", "));
}

void RunsView::toggleShown(const QModelIndex& index, Qt::KeyboardModifiers modifiers) {
    const RunId run = runAt(index);
    if (modifiers & Qt::AltModifier) {
        m_context.selection.setVisibleRuns({run});
        return;
    }
    if (!m_paintsShown) m_paintsShown = !m_context.selection.isVisible(run);
    m_context.selection.setVisible(run, *m_paintsShown);
}

bool RunsView::eventFilter(QObject* watched, QEvent* event) {
    const auto isOnEye = [this](const QPoint& position) {
        const QModelIndex index = m_table->indexAt(position);
        return index.isValid() && index.column() == RunTableModel::kShown ? index : QModelIndex();
    };
    if (watched == m_table->viewport()) {
        switch (event->type()) {
            case QEvent::MouseButtonPress: {
                auto* mouse = static_cast<QMouseEvent*>(event);
                const QModelIndex eye = isOnEye(mouse->pos());
                if (!eye.isValid() || mouse->button() != Qt::LeftButton) break;
                m_paintsShown.reset();
                toggleShown(eye, mouse->modifiers());
                return true;
            }
            case QEvent::MouseMove: {
                auto* mouse = static_cast<QMouseEvent*>(event);
                const QModelIndex index = m_table->indexAt(mouse->pos());
                m_context.selection.setHovered(index.isValid() ? runAt(index) : RunId());
                if (!(mouse->buttons() & Qt::LeftButton) || !m_paintsShown) break;
                const QModelIndex eye = isOnEye(mouse->pos());
                if (eye.isValid()) toggleShown(eye, {});
                return true;
            }
            case QEvent::MouseButtonRelease:
                if (!m_paintsShown) break;
                m_paintsShown.reset();
                return true;
            case QEvent::Enter:
                holdRowsStill();
                break;
            case QEvent::Leave:
                m_context.selection.setHovered({});
                letRowsMove();
                break;
            default:
                break;
        }
    }
    if (watched == m_table && event->type() == QEvent::Resize) m_columns->fit();
    if (watched == m_table && event->type() == QEvent::ShortcutOverride) {
        // What is marked here is deleted, not a run that the filter hides.
        const bool isDelete = static_cast<QKeyEvent*>(event)->key() == Qt::Key_Delete;
        if (isDelete && !m_table->selectionModel()->hasSelection()) event->accept();
    }
    return QWidget::eventFilter(watched, event);
}

void RunsView::showContextMenu(const QPoint& position) {
    const RunActions& actions = m_context.runActions;
    QMenu menu(this);
    if (m_filter->showsTrash()) {
        menu.addActions({actions.restore, actions.purges->purge, actions.purges->emptyTrash});
    } else {
        menu.addActions({actions.show, actions.showOnly, actions.baseline});
        menu.addSeparator();
        menu.addActions({actions.compare, actions.checks->evaluate, actions.checks->verify});
        menu.addActions({actions.clone, actions.stop, actions.resume, actions.enqueue});
        menu.addSeparator();
        menu.addActions({actions.rename, actions.tags, actions.note});
        menu.addSeparator();
        QMenu* exports = menu.addMenu(icon("export"), tr("E&xport"));
        exports->addAction(actions.exports->handOff);
        exports->addSeparator();
        for (QAction* action : actions.exports->formats()) exports->addAction(action);
        menu.addActions({actions.copyCommand, actions.openFolder});
        menu.addSeparator();
        menu.addAction(actions.trash);
    }
    menu.exec(m_table->viewport()->mapToGlobal(position));
}

void RunsView::exportView() {
    const QString path = outside().askSaveFile(this, tr("Export runs"), "runs.csv", tr("Tables (*.csv)"));
    if (path.isEmpty()) return;
    try {
        exportTable(shownTable(*m_table, TableRows::kAll), path);
    } catch (const Error& error) {
        Q_EMIT m_context.store.failed(QString::fromUtf8(error.what()));
    }
}

void RunsView::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) applySelectionTint(m_table);
}

void RunsView::restoreSettings() {
    const Settings& settings = m_context.settings;
    m_filterLine->setText(settings.value("runs/filter").toString());
    m_columns->keep(m_remembered, settings);
    const auto ofStore = [this](const char* key) { return Settings::ofStore(m_context.store.path(), key); };
    std::set<RunId> shown;
    for (const QString& id : settings.list(ofStore("shown"))) shown.insert(RunId(id.toStdString()));
    Selection& selection = m_context.selection;
    selection.setVisibleRuns(std::move(shown));
    const std::string baseline = settings.value(ofStore("baseline")).toString().toStdString();
    if (!baseline.empty()) selection.setBaseline(RunId(baseline));
    selection.setLayer(settings.value(ofStore("layer")).toString());  // before the run: no place to go back to
    if (settings.value(ofStore("tensor")).toString() == "weight") selection.setTensor("weight");
    selection.setRun(RunId(settings.value(ofStore("run")).toString().toStdString()));
    m_restored = selection.visibleRuns();
    if (selection.baseline()) m_restored.insert(*selection.baseline());
    m_restored.insert(selection.run());
}

void RunsView::saveSettings() const {
    Settings& settings = m_context.settings;
    settings.setValue("runs/filter", m_filterLine->text());
    const auto ofStore = [this](const char* key) { return Settings::ofStore(m_context.store.path(), key); };
    const Selection& selection = m_context.selection;
    QStringList shown;
    for (const RunId& run : selection.visibleRuns()) shown << QString::fromStdString(run.text());
    settings.setValue(ofStore("shown"), shown);
    const auto& baseline = selection.baseline();
    settings.setValue(ofStore("baseline"), baseline ? QString::fromStdString(baseline->text()) : QString());
    settings.setValue(ofStore("run"), QString::fromStdString(selection.run().text()));
    settings.setValue(ofStore("layer"), selection.layer());
    settings.setValue(ofStore("tensor"), selection.tensor());
}

void registerRunsView(ViewRegistry& registry) {
    const auto tr = [](const char* text) { return QCoreApplication::translate("f8net::RunsView", text); };
    registry.add(
        {"runs", tr("Runs"), "runs", ViewPlace::kLeftTop, true, QKeySequence("Ctrl+1"),
         tr("Every run of the store, newest first, also those started from a shell or on another machine. The eye "
            "shows a run in the charts, in the colour beside it; the run marked with * is the baseline that "
            "differences refer to. Right-click for everything that can be done with a run."),
         [](const ViewContext& context, QWidget* parent) -> QWidget* { return new RunsView(context, parent); }});
}

}  // namespace f8net
