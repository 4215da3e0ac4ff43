// SPDX-License-Identifier: GPL-3.0-or-later
/// What runs said (stages, epochs, warnings, errors), oldest first, as lines; the oldest go when there are many.
/// Threads  UI thread.
#pragma once

#include <QAbstractTableModel>
#include <deque>
#include <map>

#include "core/store/run_record.h"

namespace f8net {

struct RunsUpdate;

class EventModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Columns { kTime, kRun, kMessage, kNumColumns };
    enum Roles { kRunIdRole = Qt::UserRole, kLevelRole };
    static constexpr int kLongest = 5000;

    using QAbstractTableModel::QAbstractTableModel;
    void append(const std::vector<EventRecord>& events);
    void learnNames(const RunsUpdate& update);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::deque<EventRecord> m_events;
    std::map<RunId, QString> m_names;
};

}  // namespace f8net
