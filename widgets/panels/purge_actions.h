// SPDX-License-Identifier: GPL-3.0-or-later
/// Deleting for good what is in the trash, confirmed with the room it takes, which is the reason to do it.
/// Threads  UI thread; files are counted and removed on the store reader's.
#pragma once

#include <QAction>
#include <QObject>
#include <map>
#include <vector>

#include "core/store/run_record.h"
#include "widgets/models/store_follower.h"

class QWidget;

namespace f8net {

class PurgeActions final : public QObject {
    Q_OBJECT
public:
    /// `runs` are all of the store.
    PurgeActions(StoreFollower& store, const std::map<RunId, RunSummary>& runs, QWidget* window);

    QAction *purge, *emptyTrash;

    /// What "delete for good" acts on, as far as it is in the trash. To be called after `runs` changed, too.
    void setMarked(std::vector<RunSummary> marked);

private:
    void ask(const std::vector<RunSummary>& runs);
    void confirm(const std::vector<RunId>& runs, const QString& what, int64_t bytes);

    StoreFollower& m_store;
    const std::map<RunId, RunSummary>& m_runs;
    QWidget* m_window;
    std::vector<RunSummary> m_marked;
    StoreQuestion m_size;
};

}  // namespace f8net
