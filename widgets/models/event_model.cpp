// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/event_model.h"

#include <QDateTime>
#include <QLocale>
#include <cmath>

#include "widgets/models/store_follower.h"
#include "widgets/support/number_text.h"

namespace f8net {

void EventModel::append(const std::vector<EventRecord>& events) {
    std::vector<EventRecord> fresh;
    const int64_t newest = m_events.empty() ? 0 : m_events.back().id;
    for (const EventRecord& event : events) {
        if (event.id > newest) fresh.push_back(event);
    }
    if (fresh.empty()) return;
    const int overflow = rowCount() + static_cast<int>(fresh.size()) - kLongest;
    if (overflow > 0) {
        const int dropped = std::min(overflow, rowCount());
        if (dropped > 0) {
            beginRemoveRows({}, 0, dropped - 1);
            m_events.erase(m_events.begin(), m_events.begin() + dropped);
            endRemoveRows();
        }
    }
    beginInsertRows({}, rowCount(), rowCount() + static_cast<int>(fresh.size()) - 1);
    m_events.insert(m_events.end(), fresh.begin(), fresh.end());
    endInsertRows();
}

void EventModel::learnNames(const RunsUpdate& update) {
    bool changed = false;
    for (const RunSummary& run : update.runs) {
        QString& name = m_names[run.id];
        if (name == QString::fromStdString(run.name)) continue;
        name = QString::fromStdString(run.name);
        changed = true;
    }
    if (changed && rowCount() > 0) Q_EMIT dataChanged(index(0, kRun), index(rowCount() - 1, kRun));
}

int EventModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_events.size());
}
int EventModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : kNumColumns;
}

QVariant EventModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid()) return {};
    const EventRecord& event = m_events[static_cast<size_t>(index.row())];
    if (role == kRunIdRole) return QString::fromStdString(event.run.text());
    if (role == kLevelRole) return static_cast<int>(event.event.level);
    if (role == Qt::ToolTipRole) {
        return text::isoMoment(event.time) + "\n" + QString::fromStdString(event.event.message);
    }
    if (role != Qt::DisplayRole) return {};
    switch (index.column()) {
        case kTime: {
            const QDateTime time = QDateTime::fromMSecsSinceEpoch(std::llround(event.time * 1000));
            return time.date() == QDate::currentDate() ? time.toString("HH:mm:ss")
                                                       : QLocale::c().toString(time, "d MMM HH:mm");
        }
        case kRun: {
            const auto name = m_names.find(event.run);
            return name == m_names.end() ? QString::fromStdString(event.run.text()) : name->second;
        }
        case kMessage: {
            // The level in words: colour is never the only sign.
            const QString message = QString::fromStdString(event.event.message).simplified();
            return event.event.level == EventLevel::kWarning ? tr("Warning: %1").arg(message)
                   : event.event.level == EventLevel::kError ? tr("Error: %1").arg(message)
                                                             : message;
        }
        default:
            return {};
    }
}

QVariant EventModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
    switch (section) {
        case kTime:
            return tr("Time");
        case kRun:
            return tr("Run");
        case kMessage:
            return tr("Event");
        default:
            return {};
    }
}

}  // namespace f8net
