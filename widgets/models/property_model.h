// SPDX-License-Identifier: GPL-3.0-or-later
/// Names and values under headings, two levels: what the Details view shows of a run (configuration with origins,
/// environment, files).
/// Threads  UI thread.
#pragma once

#include <QAbstractItemModel>
#include <QString>
#include <vector>

namespace f8net {

struct PropertyRow {
    QString name, value, remark;
    bool isMono = false;        ///< hashes, paths
    bool isEmphasized = false;  ///< changed from its default
    QString run = {};           ///< id of the run that a click on the row leads to; empty: it is no link
    QString file = {};          ///< path of the file that the row is about
    QString hash = {};          ///< of that file, as the store knows it
};

struct PropertyGroup {
    QString title;
    std::vector<PropertyRow> rows;
};

class PropertyModel final : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Columns { kName, kValue, kRemark, kNumColumns };
    enum Roles { kEmphasizedRole = Qt::UserRole, kRunRole, kFileRole, kHashRole };
    using QAbstractItemModel::QAbstractItemModel;

    void setGroups(std::vector<PropertyGroup> groups);
    const std::vector<PropertyGroup>& groups() const { return m_groups; }

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& index) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::vector<PropertyGroup> m_groups;
};

}  // namespace f8net
