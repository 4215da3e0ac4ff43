// SPDX-License-Identifier: GPL-3.0-or-later
// Ten thousand random events over a store with several runs, one of them being trained: nothing crashes, Qt warns of
// nothing, no dialog stays, no other program is started, and the store is whole afterwards.
#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/resource.h>

#include <cstdio>

#include "core/store/run_reader.h"
#include "core/store/run_store.h"
#include "tests/app/workbench/random_user.h"
#include "tests/app/workbench/window_fixture.h"

namespace f8net {
namespace {

constexpr int kEventsOfASeed = 2'000;

/// Page faults of the processes that this one started and saw end: none, where none was started.
long faultsOfChildren() {
    rusage usage{};
    getrusage(RUSAGE_CHILDREN, &usage);
    return usage.ru_minflt + usage.ru_majflt;
}

class RandomEvents : public WholeWindow, public testing::WithParamInterface<unsigned> {};

TEST_P(RandomEvents, LeaveAWorkingProgramAndAWholeStore) {
    std::printf("seed %u\n", GetParam());
    trainAnother();
    open();
    const long faultsBefore = faultsOfChildren();
    RandomUser user(GetParam(), *window);
    user.act(kEventsOfASeed);
    EXPECT_EQ(user.stuckIn().toStdString(), "") << "a dialog does not close";
    EXPECT_GT(user.numDialogs(), 0);
    EXPECT_EQ(faultsOfChildren(), faultsBefore) << "a program was started past outside()";

    // The window still does what it is told.
    if (!window->isVisible()) window->show();
    window->docks().applyDefaultLayout();
    window->selection().setRun(first);
    settle();
    window->docks().raise("runs");
    EXPECT_TRUE(window->docks().view("runs")->isVisible());
    window->close();
    window.reset();

    SQLite::Database database(storePath(), SQLite::OPEN_READONLY, kPatience);
    EXPECT_EQ(database.execAndGet("PRAGMA integrity_check").getString(), "ok");
    const RunStore read(storePath(), RunStore::Mode::kReadOnly);
    RunListOptions all;
    all.trash = RunListOptions::Trash::kWith;
    const RunList list = RunReader(read).list(all);
    EXPECT_GE(list.runs.size(), 6u);  // deleted ones are in the trash
    for (const RunSummary& run : list.runs) {
        EXPECT_FALSE(run.name.empty());
        EXPECT_NO_THROW(RunReader(read).run(run.id));
    }
    // What was restored is what was remembered: the next start is none the worse.
    open();
    EXPECT_TRUE(window->notices().text().isEmpty()) << window->notices().text().toStdString();
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomEvents, testing::Values(1u, 2u, 3u, 4u, 5u));

}  // namespace
}  // namespace f8net
