// SPDX-License-Identifier: GPL-3.0-or-later
/// The numbers behind a plot as an item model. Numbers sort by value (SortRole), texts by the locale.
/// Threads  UI thread.
#pragma once

#include <QAbstractTableModel>

#include "widgets/plots/plot.h"

namespace f8net {

class PlotTableModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    static constexpr int kSortRole = Qt::UserRole;

    explicit PlotTableModel(PlotTable table, QObject* parent = nullptr);
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    PlotTable m_table;
};

}  // namespace f8net
