// SPDX-License-Identifier: GPL-3.0-or-later
/// Sorts a table by its sort role; rows without a value stay last, upwards and downwards.
/// Threads  UI thread.
#pragma once

#include <QSortFilterProxyModel>

namespace f8net {

class EmptyLastProxy final : public QSortFilterProxyModel {
public:
    using QSortFilterProxyModel::QSortFilterProxyModel;

protected:
    bool lessThan(const QModelIndex& left, const QModelIndex& right) const override {
        const bool isLeft = left.data(sortRole()).isValid(), isRight = right.data(sortRole()).isValid();
        if (isLeft && isRight) return QSortFilterProxyModel::lessThan(left, right);
        return sortOrder() == Qt::AscendingOrder ? isLeft && !isRight : isRight && !isLeft;
    }
};

}  // namespace f8net
