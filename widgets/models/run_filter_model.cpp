// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/run_filter_model.h"

#include "core/base/error.h"
#include "widgets/models/run_table_model.h"

namespace f8net {

RunFilterModel::RunFilterModel(QObject* parent) : QSortFilterProxyModel(parent) {
    setSortRole(RunTableModel::kSortRole);
    setDynamicSortFilter(true);
}

QString RunFilterModel::setFilterText(const QString& text) {
    try {
        m_filter = RunFilter(text.toStdString());
    } catch (const Error& error) {
        return QString::fromUtf8(error.what());
    }
    invalidateFilter();
    return {};
}

void RunFilterModel::setShowsTrash(bool showsTrash) {
    m_showsTrash = showsTrash;
    invalidateFilter();
}

bool RunFilterModel::filterAcceptsRow(int row, const QModelIndex&) const {
    const RunSummary& run = static_cast<const RunTableModel*>(sourceModel())->run(row);
    return (run.trashed_at > 0) == m_showsTrash && m_filter.matches(run);
}

bool RunFilterModel::lessThan(const QModelIndex& left, const QModelIndex& right) const {
    const QVariant a = left.data(sortRole()), b = right.data(sortRole());
    if (!a.isValid() || !b.isValid()) {
        // A descending sort asks the same question and turns the answer round.
        return sortOrder() == Qt::AscendingOrder ? a.isValid() && !b.isValid() : !a.isValid() && b.isValid();
    }
    const bool isTextA = a.userType() == QMetaType::QString, isTextB = b.userType() == QMetaType::QString;
    if (isTextA != isTextB) return isTextB;  // a key's column may have both: numbers first
    if (isTextA) return QString::localeAwareCompare(a.toString(), b.toString()) < 0;
    return a.toDouble() < b.toDouble();
}

}  // namespace f8net
