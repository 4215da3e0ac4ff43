// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/plot_table_model.h"

#include <cmath>

#include "widgets/support/number_text.h"

namespace f8net {

PlotTableModel::PlotTableModel(PlotTable table, QObject* parent)
    : QAbstractTableModel(parent), m_table(std::move(table)) {}

int PlotTableModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_table.rows.size());
}
int PlotTableModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_table.columns.size());
}

QVariant PlotTableModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid()) return {};
    const QVariantList& row = m_table.rows[static_cast<size_t>(index.row())];
    const QVariant cell = row.value(index.column());  // a short row ends in cells without a value
    const bool isNumber = cell.userType() == QMetaType::Double || cell.userType() == QMetaType::LongLong;
    switch (role) {
        case Qt::DisplayRole:
            if (!cell.isValid()) return text::none();
            if (cell.userType() == QMetaType::LongLong) return text::count(cell.toLongLong());
            if (cell.userType() != QMetaType::Double) return cell.toString();
            return std::isfinite(cell.toDouble()) ? text::axisNumber(cell.toDouble()) : text::none();
        case kSortRole:
            return isNumber && !std::isfinite(cell.toDouble()) ? QVariant() : cell;
        case Qt::TextAlignmentRole:
            return QVariant::fromValue(Qt::Alignment(Qt::AlignVCenter | (isNumber ? Qt::AlignRight : Qt::AlignLeft)));
        default:
            return {};
    }
}

QVariant PlotTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation == Qt::Horizontal && role == Qt::DisplayRole) return m_table.columns.value(section);
    return QAbstractTableModel::headerData(section, orientation, role);
}

}  // namespace f8net
