// SPDX-License-Identifier: GPL-3.0-or-later
/// Health of all runs, for the column of Runs: read a few runs at a time, newest first, and again where a run changed;
/// nothing is read while the column is hidden. Threads  UI thread; the rules are read on the store reader's.
#pragma once

#include <QObject>
#include <map>

#include "core/store/run_record.h"
#include "widgets/models/store_follower.h"

namespace f8net {

class RunTableModel;

class RunHealthList final : public QObject {
    Q_OBJECT
public:
    RunHealthList(StoreFollower& store, RunTableModel* model, QObject* parent);

    void setActive(bool isActive);

private:
    void readNext();

    RunTableModel* m_model;
    bool m_isActive = false, m_isReading = false;
    std::map<RunId, int64_t> m_read;  ///< revision of the run as it was read
    StoreQuestion m_question;
};

}  // namespace f8net
