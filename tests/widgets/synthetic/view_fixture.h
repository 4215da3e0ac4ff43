// SPDX-License-Identifier: GPL-3.0-or-later
/// What a view is given, over a store of invented runs in a folder of its own. A test adds runs, calls open(), makes
/// its view of context() and settles.
#pragma once

#include <gtest/gtest.h>

#include <QTemporaryDir>
#include <memory>

#include "tests/widgets/synthetic/synthetic_store.h"
#include "widgets/models/job_list.h"
#include "widgets/models/store_follower.h"
#include "widgets/panels/run_actions.h"
#include "widgets/support/selection.h"
#include "widgets/support/settings.h"
#include "widgets/support/view_registry.h"

namespace f8net {

class ViewFixture : public testing::Test {
protected:
    std::string storePath() const { return folder.filePath("runs.db").toStdString(); }
    void open() {
        store = std::make_unique<StoreFollower>(folder.filePath("runs.db"));
        actions = std::make_unique<RunActions>(selection, *store, jobs, nullptr);
    }
    ViewContext context() { return {selection, settings, *store, jobs, *actions}; }
    void settle() { ASSERT_TRUE(store->waitUntilCaughtUp(60'000)); }

    QTemporaryDir folder;
    Selection selection;
    Settings settings{folder.filePath("w.ini")};
    JobList jobs;
    std::unique_ptr<StoreFollower> store;
    std::unique_ptr<RunActions> actions;
};

}  // namespace f8net
