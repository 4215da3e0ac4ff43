// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/compare/comparison_table_model.h"

#include <algorithm>
#include <cmath>

#include "widgets/plots/plot.h"
#include "widgets/support/number_text.h"

namespace f8net {

void ComparisonTableModel::choose() {
    m_shown.clear();
    for (size_t row = 0; row < m_table.rows.size(); ++row) {
        if (m_showsEqual || !m_table.rows[row].isEqual) m_shown.push_back(row);
    }
}

void ComparisonTableModel::setTable(ComparisonTable table) {
    beginResetModel();
    m_table = std::move(table);
    choose();
    endResetModel();
}

void ComparisonTableModel::setShowsEqual(bool showsEqual) {
    beginResetModel();
    m_showsEqual = showsEqual;
    choose();
    endResetModel();
}

int ComparisonTableModel::numFolded() const {
    return static_cast<int>(m_table.rows.size() - m_shown.size());
}

QString ComparisonTableModel::toCsv() const {
    PlotTable table{m_table.headings, {}};
    for (const ComparisonRow& row : m_table.rows) {
        QVariantList cells{row.name};
        for (const ComparisonCell& cell : row.cells) cells << cell.text;
        table.rows.push_back(std::move(cells));
    }
    return f8net::toCsv(table);
}

int ComparisonTableModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_shown.size());
}

int ComparisonTableModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_table.headings.size());
}

QVariant ComparisonTableModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid()) return {};
    const ComparisonRow& row = m_table.rows[m_shown[static_cast<size_t>(index.row())]];
    if (index.column() == 0) {
        if (role == Qt::DisplayRole || role == Qt::ToolTipRole) return row.name;
        if (role == kSortRole) return index.row();  // as they come
        return {};
    }
    const ComparisonCell& cell = row.cells[static_cast<size_t>(index.column() - 1)];
    switch (role) {
        case Qt::DisplayRole:
        case Qt::ToolTipRole:
            return cell.text;
        case Qt::TextAlignmentRole:
            return std::isnan(cell.number) ? QVariant() : QVariant(Qt::AlignRight | Qt::AlignVCenter);
        case kSortRole:
            if (cell.text == text::none()) return {};
            return std::isnan(cell.number) ? QVariant(cell.text) : QVariant(cell.number);
        case kToneRole:
            return static_cast<int>(cell.tone);
        default:
            return {};
    }
}

QVariant ComparisonTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) return {};
    if (role == Qt::TextAlignmentRole) {
        const bool isNumber = section > 0 && std::ranges::any_of(m_table.rows, [section](const ComparisonRow& row) {
                                  return !std::isnan(row.cells[static_cast<size_t>(section - 1)].number);
                              });
        return isNumber ? QVariant(Qt::AlignRight | Qt::AlignVCenter) : QVariant();
    }
    if (role != Qt::DisplayRole) return {};
    return m_table.headings.value(section);
}

}  // namespace f8net
