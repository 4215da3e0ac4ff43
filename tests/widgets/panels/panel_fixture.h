// SPDX-License-Identifier: GPL-3.0-or-later
/// What a view is given, over a store of its own, without a main window.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <QTemporaryDir>
#include <QTest>
#include <memory>

#include "core/store/run_reader.h"
#include "core/store/run_store.h"
#include "widgets/models/job_list.h"
#include "widgets/models/store_follower.h"
#include "widgets/panels/run_actions.h"
#include "widgets/support/selection.h"
#include "widgets/support/settings.h"
#include "widgets/support/view_registry.h"

namespace f8net {

class PanelTest : public testing::Test {
protected:
    static constexpr int kPatience = 60'000;

    PanelTest()
        : path(folder.filePath("runs.db")),
          store(path.toStdString(), RunStore::Mode::kReadWrite),
          settings(folder.filePath("w.ini")),
          follower(path),
          actions(selection, follower, jobs, &window),
          context{selection, settings, follower, jobs, actions} {
        // A list read before a run was made would take the choice of that run back.
        follower.waitUntilCaughtUp(kPatience);
    }

    RunId add(const std::string& name, RunStore::Start start = RunStore::Start::kAtOnce) {
        NewRun run;
        run.name = name;
        run.total_epochs = 5;
        return store.create_run(run, start);
    }
    void settle() { ASSERT_TRUE(follower.waitUntilCaughtUp(kPatience)); }
    std::vector<std::string> queued() {
        std::vector<std::string> names;
        for (const RunSummary& run : RunReader(store).queue()) names.push_back(run.name);
        return names;
    }
    template <typename Condition>
    bool waitFor(Condition condition) {
        return QTest::qWaitFor(condition, kPatience);
    }

    QTemporaryDir folder;
    QString path;
    RunStore store;
    Selection selection;
    Settings settings;
    StoreFollower follower;
    JobList jobs;
    QWidget window;
    RunActions actions;
    ViewContext context;
};

}  // namespace f8net
