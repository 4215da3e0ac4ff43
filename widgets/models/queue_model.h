// SPDX-License-Identifier: GPL-3.0-or-later
/// The queue as a table: the run that its runner trains, then what waits, in its order. Rows that wait can be dragged;
/// the model asks for the move and shows it once the store has it. Threads  UI thread.
#pragma once

#include <QAbstractTableModel>
#include <optional>
#include <vector>

#include "core/store/run_reader.h"

namespace f8net {

/// Read in one go, so that nothing contradicts itself.
struct QueueState {
    std::optional<QueueRunner> runner;
    std::optional<RunSummary> running;  ///< the runner's run
    std::vector<RunSummary> waiting;
};
QueueState readQueue(const RunReader& reader);

class QueueModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Columns { kPosition, kName, kExperiment, kEpochs, kTags, kNumColumns };
    enum Roles { kRunIdRole = Qt::UserRole };

    using QAbstractTableModel::QAbstractTableModel;

    void setState(QueueState state);
    const QueueState& state() const { return m_state; }
    RunId run(int row) const;
    /// Position in the queue, from 1; 0: that row is being trained.
    int position(int row) const { return row + (m_state.running ? 0 : 1); }
    int rowOf(const RunId& run) const;  ///< -1 where there is none

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    Qt::DropActions supportedDropActions() const override { return Qt::MoveAction; }
    QStringList mimeTypes() const override;
    QMimeData* mimeData(const QModelIndexList& indexes) const override;
    bool canDropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column,
                         const QModelIndex& parent) const override;
    bool dropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column,
                      const QModelIndex& parent) override;

Q_SIGNALS:
    void moveRequested(const f8net::RunId& run, int position);

private:
    QueueState m_state;
    std::vector<RunSummary> m_rows;  ///< running, then waiting
};

/// "The runner trains base (pid 12 on host)", "No runner is at work: waiting runs do not start".
QString runnerSentence(const QueueState& state);

}  // namespace f8net
