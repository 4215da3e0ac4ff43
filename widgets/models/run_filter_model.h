// SPDX-License-Identifier: GPL-3.0-or-later
/// Filter and order of the run table: the store's filter words, the trash apart, no value last in both directions.
/// Threads  UI thread.
#pragma once

#include <QSortFilterProxyModel>

#include "core/store/run_filter.h"

namespace f8net {

class RunFilterModel final : public QSortFilterProxyModel {
    Q_OBJECT
public:
    explicit RunFilterModel(QObject* parent = nullptr);

    /// Empty on success, else what is wrong with the text; the filter stays as it was then.
    QString setFilterText(const QString& text);
    const RunFilter& filter() const { return m_filter; }
    void setShowsTrash(bool showsTrash);
    bool showsTrash() const { return m_showsTrash; }
    /// Rows that no longer match go, those that do now come, also while rows are held still (dynamicSortFilter off).
    void matchAgain() { invalidateFilter(); }

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;
    bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

private:
    RunFilter m_filter;
    bool m_showsTrash = false;
};

}  // namespace f8net
