// SPDX-License-Identifier: GPL-3.0-or-later
/// Rows of a comparison as an item model; those that are equal for all runs are folded unless wanted.
/// Threads  UI thread.
#pragma once

#include <QAbstractTableModel>

#include "widgets/compare/comparison_rows.h"

namespace f8net {

class ComparisonTableModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Roles { kSortRole = Qt::UserRole, kToneRole };

    using QAbstractTableModel::QAbstractTableModel;

    void setTable(ComparisonTable table);
    void setShowsEqual(bool showsEqual);
    int numFolded() const;
    QString toCsv() const;  ///< all rows

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    void choose();

    ComparisonTable m_table;
    bool m_showsEqual = false;
    std::vector<size_t> m_shown;  ///< indices of m_table.rows
};

}  // namespace f8net
