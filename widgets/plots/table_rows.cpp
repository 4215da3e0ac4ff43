// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/table_rows.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QShortcut>
#include <QTableView>

#include "widgets/support/number_text.h"

namespace f8net {

namespace {

QVariant plainCell(const QModelIndex& index) {
    const QVariant edited = index.data(Qt::EditRole);
    QString shown = edited.userType() == QMetaType::QString ? edited.toString() : index.data().toString();
    if (edited.userType() == QMetaType::Double) return edited;
    // A cell with a picture alone has words for those who do not see it.
    if (shown.isEmpty()) return index.data(Qt::AccessibleTextRole).toString();
    if (shown == text::none()) return {};
    bool isNumber = false;
    const QString plain = QString(shown).replace(QChar(0x2212), '-').remove(QChar(0x2009));
    plain.toDouble(&isNumber);
    return isNumber ? plain : shown;
}

QString heading(const QAbstractItemModel& model, int column) {
    const QString shown = model.headerData(column, Qt::Horizontal).toString();
    return shown.isEmpty() ? model.headerData(column, Qt::Horizontal, Qt::ToolTipRole).toString() : shown;
}

}  // namespace

PlotTable shownTable(const QTableView& view, TableRows rows) {
    const QAbstractItemModel& model = *view.model();
    std::vector<int> columns;
    for (int place = 0; place < model.columnCount(); ++place) {
        const int column = view.horizontalHeader()->logicalIndex(place);
        if (!view.isColumnHidden(column)) columns.push_back(column);
    }
    PlotTable table;
    for (const int column : columns) table.columns << heading(model, column);
    for (int row = 0; row < model.rowCount(); ++row) {
        if (view.isRowHidden(row)) continue;
        if (rows == TableRows::kSelected && !view.selectionModel()->isRowSelected(row, view.rootIndex())) continue;
        QVariantList cells;
        for (const int column : columns) cells << plainCell(model.index(row, column));
        table.rows.push_back(cells);
    }
    return table;
}

void letRowsBeCopied(QTableView* view) {
    auto* copy = new QShortcut(QKeySequence::Copy, view, nullptr, nullptr, Qt::WidgetShortcut);
    QObject::connect(copy, &QShortcut::activated, view, [view] {
        QGuiApplication::clipboard()->setText(toTabbedText(shownTable(*view, TableRows::kSelected)));
    });
}

}  // namespace f8net
