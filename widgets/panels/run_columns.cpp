// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/run_columns.h"

#include <QHeaderView>
#include <QInputDialog>
#include <QMenu>
#include <QTableView>
#include <algorithm>
#include <iterator>

#include "core/config/option_table.h"
#include "widgets/models/run_table_model.h"
#include "widgets/support/fonts.h"
#include "widgets/support/mnemonics.h"
#include "widgets/support/remembered.h"
#include "widgets/support/settings.h"
#include "widgets/support/table_columns.h"

namespace f8net {

namespace {

constexpr int kShownWidth = 50;  // eye and swatch
constexpr int kStateIcon = 28;

int nameWidth(const QFontMetrics& metrics) {
    return columnWidth(metrics, "mobilenet_v1-w8a8 *");
}
int stateWidth(const QFontMetrics& metrics) {
    return kStateIcon + columnWidth(metrics, "failed, loss is NaN at");
}

/// In the settings, where a column that comes to be must not take another one's place.
constexpr const char* kIds[] = {"shown",   "name",     "state",   "top1",      "delta", "epoch",
                                "model",   "dataset",  "numbers", "last-top1", "float", "fixed",
                                "integer", "duration", "started", "tags",      "note",  "health"};
static_assert(std::size(kIds) == RunTableModel::kNumColumns);
const QString kKeyId = "key:";

}  // namespace

RunColumns::RunColumns(QTableView* table, RunTableModel* model, QObject* parent)
    : QObject(parent), m_table(table), m_model(model) {
    QHeaderView* header = table->horizontalHeader();
    header->setHighlightSections(false);
    header->setMinimumSectionSize(40);
    header->setContextMenuPolicy(Qt::CustomContextMenu);
    header->setSectionResizeMode(QHeaderView::Interactive);
    header->setSectionResizeMode(RunTableModel::kShown, QHeaderView::Fixed);
    header->setSectionResizeMode(RunTableModel::kName, QHeaderView::Stretch);
    table->setColumnWidth(RunTableModel::kShown, kShownWidth);
    const QFontMetrics metrics = table->fontMetrics();
    table->setColumnWidth(RunTableModel::kState, stateWidth(metrics));
    table->setColumnWidth(RunTableModel::kTop1, columnWidth(metrics, RunTableModel::columnTitle(RunTableModel::kTop1)));
    table->setColumnWidth(RunTableModel::kDelta, columnWidth(metrics, tr("baseline")));
    table->setColumnWidth(RunTableModel::kEpoch, columnWidth(metrics, "100 / 100"));
    table->setColumnWidth(RunTableModel::kHealth, stateWidth(metrics));
    for (int column = 0; column < RunTableModel::kNumColumns; ++column) {
        table->setColumnHidden(column, !RunTableModel::isDefaultColumn(column));
    }
    connect(header, &QWidget::customContextMenuRequested, this, &RunColumns::showMenu);
    connect(header, &QHeaderView::sectionResized, this, [this](int column, int before, int now) {
        const bool isByUser = before > 0 && now > 0;  // hidden, it has no width
        if (column == RunTableModel::kState && isByUser && !m_isFitting) m_hasStateWidth = true;
    });
}

void RunColumns::setKeys(const QStringList& keys) {
    m_model->setKeys(keys);
    for (int column = RunTableModel::kNumColumns; column < m_model->columnCount(); ++column)
        m_table->setColumnHidden(column, false);
    fit();
    Q_EMIT keysChanged();
}

void RunColumns::setShown(int column, bool isShown) {
    m_table->setColumnHidden(column, !isShown);
    fit();
    Q_EMIT shownChanged();
}

void RunColumns::askForKey() {
    QStringList known;
    for (const OptionRow& row : option_table()) known << QString::fromStdString(row.key);
    QInputDialog dialog(m_table);
    dialog.setWindowTitle(tr("Add a column"));
    dialog.setLabelText(tr("A key of the configuration (optimizer.lr) or a metric (test/loss):"));
    dialog.setComboBoxItems(known);
    dialog.setComboBoxEditable(true);
    if (dialog.exec() != QDialog::Accepted) return;
    const QString key = dialog.textValue().trimmed();
    if (!key.isEmpty() && !m_model->keys().contains(key)) setKeys(m_model->keys() + QStringList{key});
}

void RunColumns::showMenu(const QPoint& position) {
    QMenu menu(m_table);
    for (int column = RunTableModel::kState; column < RunTableModel::kNumColumns; ++column) {
        QAction* action = menu.addAction(RunTableModel::columnTitle(column));
        action->setCheckable(true);
        action->setStatusTip(tr("Show or hide this column"));
        action->setChecked(!m_table->isColumnHidden(column));
        connect(action, &QAction::toggled, this, [this, column](bool on) { setShown(column, on); });
    }
    for (const QString& key : m_model->keys()) {
        QAction* action = menu.addAction(key);
        action->setCheckable(true);
        action->setStatusTip(tr("Take this column away"));
        action->setChecked(true);
        connect(action, &QAction::toggled, this, [this, key] {
            QStringList keys = m_model->keys();
            keys.removeAll(key);
            setKeys(keys);
        });
    }
    menu.addSeparator();
    menu.addAction(tr("&Add a column of the configuration…"), this, &RunColumns::askForKey)
        ->setStatusTip(tr("Show a key of the configuration or a metric beside each run"));
    menu.addAction(tr("&Order of the store (newest first)"), this,
                   [this] { m_table->sortByColumn(-1, Qt::AscendingOrder); })
        ->setStatusTip(tr("Sort by no column"));
    fillMnemonics(menu);
    menu.exec(m_table->horizontalHeader()->mapToGlobal(position));
}

void RunColumns::fit() {
    const QFontMetrics metrics = m_table->fontMetrics();
    if (!m_hasStateWidth && !m_table->isColumnHidden(RunTableModel::kState)) {
        const int least = columnWidth(metrics, RunTableModel::columnTitle(RunTableModel::kState));  // the icon stays
        const int room = roomBeside(*m_table, RunTableModel::kName) + m_table->columnWidth(RunTableModel::kState);
        m_isFitting = true;
        m_table->setColumnWidth(RunTableModel::kState,
                                std::clamp(room - nameWidth(metrics), least, stateWidth(metrics)));
        m_isFitting = false;
    }
    giveRest(*m_table, RunTableModel::kName, std::max(100, 2 * nameWidth(metrics) / 3));
}

QString RunColumns::idOf(int column) const {
    return column < RunTableModel::kNumColumns ? QString(kIds[column])
                                               : kKeyId + m_model->keys()[column - RunTableModel::kNumColumns];
}

void RunColumns::keep(Remembered& remembered, const Settings& settings) {
    QStringList keys;  // which are columns once they are asked for
    for (const QString& entry : settings.list("runs/columns")) {
        if (entry.startsWith(kKeyId)) keys << entry.section(' ', 0, 0).mid(kKeyId.size());
    }
    setKeys(keys);
    remembered.keepColumns(
        m_table, [this](int column) { return idOf(column); },
        [this](int column) { return column != RunTableModel::kState || m_hasStateWidth; });
    fit();
    Q_EMIT shownChanged();
}

}  // namespace f8net
