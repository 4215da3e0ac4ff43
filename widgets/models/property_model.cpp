// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/property_model.h"

#include <QFont>
#include <QFontDatabase>
#include <QGuiApplication>
#include <QPalette>

namespace f8net {

namespace {
constexpr quintptr kIsGroup = 0;  // rows carry their group's number + 1
}

void PropertyModel::setGroups(std::vector<PropertyGroup> groups) {
    bool isSameShape = groups.size() == m_groups.size();
    for (size_t i = 0; isSameShape && i < groups.size(); ++i) {
        isSameShape = groups[i].title == m_groups[i].title && groups[i].rows.size() == m_groups[i].rows.size();
    }
    if (!isSameShape) {
        beginResetModel();
        m_groups = std::move(groups);
        endResetModel();
        return;
    }
    m_groups = std::move(groups);  // in place: what is unfolded and scrolled to stays
    for (int i = 0; i < static_cast<int>(m_groups.size()); ++i) {
        const QModelIndex group = index(i, 0);
        if (rowCount(group) > 0)
            Q_EMIT dataChanged(index(0, 0, group), index(rowCount(group) - 1, kNumColumns - 1, group));
    }
}

QModelIndex PropertyModel::index(int row, int column, const QModelIndex& parent) const {
    if (!hasIndex(row, column, parent)) return {};
    return createIndex(row, column, parent.isValid() ? static_cast<quintptr>(parent.row()) + 1 : kIsGroup);
}

QModelIndex PropertyModel::parent(const QModelIndex& index) const {
    if (!index.isValid() || index.internalId() == kIsGroup) return {};
    return createIndex(static_cast<int>(index.internalId() - 1), 0, kIsGroup);
}

int PropertyModel::rowCount(const QModelIndex& parent) const {
    if (!parent.isValid()) return static_cast<int>(m_groups.size());
    if (parent.internalId() != kIsGroup || parent.column() != 0) return 0;
    return static_cast<int>(m_groups[static_cast<size_t>(parent.row())].rows.size());
}

int PropertyModel::columnCount(const QModelIndex&) const {
    return kNumColumns;
}

QVariant PropertyModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid()) return {};
    if (index.internalId() == kIsGroup) {
        if (role == Qt::DisplayRole && index.column() == 0) return m_groups[static_cast<size_t>(index.row())].title;
        if (role == Qt::FontRole) {
            QFont font;
            font.setBold(true);
            return font;
        }
        return {};
    }
    const PropertyRow& row = m_groups[index.internalId() - 1].rows[static_cast<size_t>(index.row())];
    switch (role) {
        case Qt::DisplayRole:
            return index.column() == kName ? row.name : index.column() == kValue ? row.value : row.remark;
        case Qt::ToolTipRole:
            return QStringList{row.name, row.value, row.remark}.join("\n").trimmed();
        case Qt::FontRole: {
            if (index.column() != kValue) return {};
            if (row.isMono) return QFontDatabase::systemFont(QFontDatabase::FixedFont);
            if (!row.isEmphasized && row.run.isEmpty()) return {};
            QFont font;
            font.setBold(row.isEmphasized);
            font.setUnderline(!row.run.isEmpty());
            return font;
        }
        case Qt::ForegroundRole:
            if (row.run.isEmpty() || index.column() != kValue) return {};
            return QGuiApplication::palette().brush(QPalette::Link);
        case kRunRole:
            return row.run;
        case kFileRole:
            return row.file;
        case kHashRole:
            return row.hash;
        case kEmphasizedRole:
            return row.isEmphasized;
        default:
            return {};
    }
}

QVariant PropertyModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
    return section == kName ? tr("Name") : section == kValue ? tr("Value") : tr("From");
}

}  // namespace f8net
