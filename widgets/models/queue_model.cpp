// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/queue_model.h"

#include <QMimeData>
#include <algorithm>

#include "core/base/error.h"
#include "widgets/models/run_table_model.h"
#include "widgets/support/number_text.h"

namespace f8net {

namespace {
const char* const kMimeType = "application/x-f8net-queued-run";

QString q(const std::string& text) {
    return QString::fromStdString(text);
}
}  // namespace

QueueState readQueue(const RunReader& reader) {
    QueueState state;
    state.runner = reader.queue_runner();
    state.waiting = reader.queue();
    if (!state.runner || !state.runner->run) return state;
    try {
        RunRecord run = reader.run(*state.runner->run);
        if (run.state == RunState::kRunning) state.running = std::move(run);
    } catch (const ConfigError&) {  // purged meanwhile
    }
    return state;
}

RunId QueueModel::run(int row) const {
    return m_rows[static_cast<size_t>(row)].id;
}

int QueueModel::rowOf(const RunId& run) const {
    for (int row = 0; row < rowCount(); ++row) {
        if (QueueModel::run(row) == run) return row;
    }
    return -1;
}

void QueueModel::setState(QueueState state) {
    std::vector<RunSummary> after;
    if (state.running) after.push_back(*state.running);
    after.insert(after.end(), state.waiting.begin(), state.waiting.end());
    // A row keeps the position it shows until all of them are told anew, below.
    for (size_t i = 0; i < after.size(); ++i)
        after[i].queue_position = static_cast<int64_t>(i) + (state.running ? 0 : 1);
    const auto isIn = [](const std::vector<RunSummary>& rows, const RunId& id) {
        return std::any_of(rows.begin(), rows.end(), [&](const RunSummary& run) { return run.id == id; });
    };
    // What went, what came, then the order: a selected row stays selected wherever its run goes.
    for (int row = rowCount() - 1; row >= 0; --row) {
        if (isIn(after, run(row))) continue;
        beginRemoveRows({}, row, row);
        m_rows.erase(m_rows.begin() + row);
        endRemoveRows();
    }
    std::vector<RunSummary> added;
    for (const RunSummary& run : after) {
        if (!isIn(m_rows, run.id)) added.push_back(run);
    }
    if (!added.empty()) {
        beginInsertRows({}, rowCount(), rowCount() + static_cast<int>(added.size()) - 1);
        m_rows.insert(m_rows.end(), added.begin(), added.end());
        endInsertRows();
    }
    const bool isInOrder = std::equal(m_rows.begin(), m_rows.end(), after.begin(), after.end(),
                                      [](const RunSummary& x, const RunSummary& y) { return x.id == y.id; });
    if (!isInOrder) {
        Q_EMIT layoutAboutToBeChanged();
        const QModelIndexList before = persistentIndexList();
        std::vector<RunId> runs;
        for (const QModelIndex& index : before) runs.push_back(run(index.row()));
        m_rows = after;
        for (int i = 0; i < before.size(); ++i)
            changePersistentIndex(before[i], index(rowOf(runs[static_cast<size_t>(i)]), before[i].column()));
        Q_EMIT layoutChanged();
    }
    m_rows = std::move(after);
    m_state = std::move(state);
    if (rowCount() > 0) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, kNumColumns - 1));
}

int QueueModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}
int QueueModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : kNumColumns;
}

QVariant QueueModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid()) return {};
    const RunSummary& run = m_rows[static_cast<size_t>(index.row())];
    const bool isRunning = run.queue_position == 0;
    if (role == kRunIdRole) return q(run.id.text());
    if (role == Qt::ToolTipRole) {
        return isRunning ? tr("%1 is being trained").arg(q(run.name))
                         : tr("Drag to change the order (Ctrl+Up, Ctrl+Down); Del takes it out");
    }
    if (role == Qt::TextAlignmentRole && (index.column() == kPosition || index.column() == kEpochs)) {
        return QVariant::fromValue(Qt::Alignment(Qt::AlignVCenter | Qt::AlignRight));
    }
    if (role != Qt::DisplayRole) return {};
    switch (index.column()) {
        case kPosition:
            return isRunning ? tr("now") : QString::number(run.queue_position);
        case kName:
            return q(run.name);
        case kExperiment: {
            if (!isRunning) return q(run.experiment);
            const QString done = tr("%1 % done").arg(static_cast<int>(run.progress * 100));
            return run.eta_seconds ? done + ", " + text::eta(*run.eta_seconds) : done;
        }
        case kEpochs:
            return run.epoch.value > 0 ? tr("%1 of %2").arg(run.epoch.value).arg(run.total_epochs.value)
                                       : QString::number(run.total_epochs.value);
        case kTags: {
            QStringList tags;
            for (const std::string& tag : run.tags) tags << q(tag);
            return tags.join(", ");
        }
        default:
            return {};
    }
}

QVariant QueueModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) return {};
    if (role == Qt::TextAlignmentRole && (section == kPosition || section == kEpochs)) {
        return QVariant::fromValue(Qt::Alignment(Qt::AlignVCenter | Qt::AlignRight));
    }
    if (role != Qt::DisplayRole) return {};
    switch (section) {
        case kName:
            return tr("Run");
        case kExperiment:
            return tr("Experiment");
        case kEpochs:
            return tr("Epochs");
        case kTags:
            return tr("Tags");
        default:
            return QString();
    }
}

Qt::ItemFlags QueueModel::flags(const QModelIndex& index) const {
    if (!index.isValid()) return Qt::ItemIsDropEnabled;  // between rows, and below the last
    const Qt::ItemFlags flags = Qt::ItemIsSelectable | Qt::ItemIsEnabled;
    return position(index.row()) > 0 ? flags | Qt::ItemIsDragEnabled : flags;
}

QStringList QueueModel::mimeTypes() const {
    return {kMimeType};
}

QMimeData* QueueModel::mimeData(const QModelIndexList& indexes) const {
    auto* data = new QMimeData;
    if (!indexes.isEmpty()) data->setData(kMimeType, QByteArray::fromStdString(run(indexes.first().row()).text()));
    return data;
}

bool QueueModel::canDropMimeData(const QMimeData* data, Qt::DropAction action, int, int, const QModelIndex&) const {
    return action == Qt::MoveAction && data->hasFormat(kMimeType);
}

bool QueueModel::dropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column,
                              const QModelIndex& parent) {
    if (!canDropMimeData(data, action, row, column, parent)) return false;
    const RunId moved(data->data(kMimeType).toStdString());
    const int from = rowOf(moved);
    if (from < 0) return false;
    int target = parent.isValid() ? parent.row() : row < 0 ? rowCount() : row;
    if (!parent.isValid() && target > from) --target;  // the row itself leaves a gap above
    const int wanted = std::max(1, position(target));
    if (wanted != position(from)) Q_EMIT moveRequested(moved, wanted);
    return false;  // nothing moves here until the store says so
}

QString runnerSentence(const QueueState& state) {
    const auto tr = [](const char* text) { return QueueModel::tr(text); };
    if (!state.runner) {
        return state.waiting.empty() ? tr("No runner is at work.")
                                     : tr("No runner is at work: what waits does not start.");
    }
    const QString who = tr("pid %1 on %2").arg(state.runner->owner.pid).arg(q(state.runner->owner.host));
    if (state.running && state.runner->is_ending) {
        return tr("The runner ends after %1 (%2).").arg(q(state.running->name), who);
    }
    if (state.running) return tr("The runner trains %1 (%2).").arg(q(state.running->name), who);
    return state.runner->is_ending ? tr("The runner ends (%1).").arg(who)
                                   : tr("The runner waits for runs (%1).").arg(who);
}

}  // namespace f8net
