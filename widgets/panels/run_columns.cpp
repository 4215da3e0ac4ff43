// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/run_columns.h"

#include <QHeaderView>
#include <QInputDialog>
#include <QMenu>
#include <QTableView>
#include <algorithm>

#include "core/config/option_table.h"
#include "widgets/models/run_table_model.h"
#include "widgets/support/mnemonics.h"
#include "widgets/support/settings.h"

namespace f8net {

namespace {
constexpr int kShownWidth = 50, kStateWidth = 180, kTop1Width = 62, kDeltaWidth = 72, kEpochWidth = 64;
}

RunColumns::RunColumns(QTableView* table, RunTableModel* model, QObject* parent)
    : QObject(parent), m_table(table), m_model(model) {
    QHeaderView* header = table->horizontalHeader();
    header->setHighlightSections(false);
    header->setSectionsMovable(true);
    header->setMinimumSectionSize(40);
    header->setContextMenuPolicy(Qt::CustomContextMenu);
    header->setSectionResizeMode(QHeaderView::Interactive);
    header->setSectionResizeMode(RunTableModel::kShown, QHeaderView::Fixed);
    header->setSectionResizeMode(RunTableModel::kName, QHeaderView::Stretch);
    table->setColumnWidth(RunTableModel::kShown, kShownWidth);
    table->setColumnWidth(RunTableModel::kState, kStateWidth);
    table->setColumnWidth(RunTableModel::kTop1, kTop1Width);
    table->setColumnWidth(RunTableModel::kDelta, kDeltaWidth);
    table->setColumnWidth(RunTableModel::kEpoch, kEpochWidth);
    for (int column = 0; column < RunTableModel::kNumColumns; ++column) {
        table->setColumnHidden(column, !RunTableModel::isDefaultColumn(column));
    }
    connect(header, &QWidget::customContextMenuRequested, this, &RunColumns::showMenu);
}

void RunColumns::setKeys(const QStringList& keys) {
    m_model->setKeys(keys);
    for (int column = RunTableModel::kNumColumns; column < m_model->columnCount(); ++column)
        m_table->setColumnHidden(column, false);
    Q_EMIT keysChanged();
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
        connect(action, &QAction::toggled, this, [this, column](bool on) { m_table->setColumnHidden(column, !on); });
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

void RunColumns::fitState(int tableWidth) {
    const int others = kShownWidth + kTop1Width + kDeltaWidth + kEpochWidth + 20;
    const QString title = RunTableModel::columnTitle(RunTableModel::kState);
    const int least = m_table->fontMetrics().horizontalAdvance(title) + 12;  // the icon stays, and what it is
    const int state = std::clamp(tableWidth - others - 152, least, kStateWidth);
    if (!m_table->isColumnHidden(RunTableModel::kState)) m_table->setColumnWidth(RunTableModel::kState, state);
}

void RunColumns::restore(const Settings& settings) {
    setKeys(settings.list("runs/keys"));
    const QStringList hidden = settings.list("runs/hiddenColumns", {"default"});
    if (!hidden.contains("default")) {
        for (int column = RunTableModel::kState; column < RunTableModel::kNumColumns; ++column)
            m_table->setColumnHidden(column, hidden.contains(QString::number(column)));
    }
    QHeaderView* header = m_table->horizontalHeader();
    const QStringList order = settings.list("runs/order");
    for (int place = 0; place < static_cast<int>(order.size()); ++place) {
        bool isNumber = false;
        const int column = order[place].toInt(&isNumber);
        const int from = isNumber ? header->visualIndex(column) : -1;
        if (from >= 0 && place < header->count()) header->moveSection(from, place);
    }
    const int sorted = static_cast<int>(settings.number("runs/sortedBy", -1, -1, m_model->columnCount() - 1));
    m_table->sortByColumn(sorted, settings.flag("runs/sortedDown", false) ? Qt::DescendingOrder : Qt::AscendingOrder);
}

void RunColumns::save(Settings& settings) const {
    const QHeaderView* header = m_table->horizontalHeader();
    QStringList hidden, order;
    for (int column = 0; column < RunTableModel::kNumColumns; ++column) {
        if (m_table->isColumnHidden(column)) hidden << QString::number(column);
    }
    for (int place = 0; place < header->count(); ++place) order << QString::number(header->logicalIndex(place));
    settings.setValue("runs/keys", m_model->keys());
    settings.setValue("runs/hiddenColumns", hidden);
    settings.setValue("runs/order", order);
    settings.setValue("runs/sortedBy",
                      header->sortIndicatorSection() < header->count() ? header->sortIndicatorSection() : -1);
    settings.setValue("runs/sortedDown", header->sortIndicatorOrder() == Qt::DescendingOrder ? "true" : "false");
}

}  // namespace f8net
