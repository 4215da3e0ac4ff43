// SPDX-License-Identifier: Apache-2.0
#include "core/store/liveness.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include "tests/core/store/store_fixture.h"

namespace f8net {
namespace {

TEST(Liveness, ThisProcessIsAliveHoweverOldItsHeartbeat) {
    RunOwner owner = this_process();
    owner.heartbeat -= 10'000;
    EXPECT_TRUE(is_alive(owner, now_seconds()));
}

TEST(Liveness, NobodyIsNotAlive) {
    EXPECT_FALSE(is_alive(RunOwner{}, now_seconds()));
}

TEST(Liveness, ReusedPidIsAnotherProcess) {
    RunOwner owner = this_process();
    owner.process_start -= 1;
    EXPECT_FALSE(is_alive(owner, now_seconds()));
}

TEST(Liveness, AProcessMayHaveAnyName) {
    const RunOwner owner = this_process();
    char name[16] = {};
    prctl(PR_GET_NAME, name);
    for (const char* other : {") Z 1 2 3", "a (b) c", "((", "))"}) {
        prctl(PR_SET_NAME, other);
        EXPECT_TRUE(is_alive(owner, now_seconds())) << other;
        EXPECT_EQ(this_process().process_start, owner.process_start) << other;
    }
    prctl(PR_SET_NAME, name);
}

TEST(Liveness, ZombieIsNotAlive) {
    const pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    RunOwner owner = this_process();
    owner.pid = child;
    // Its start time is not known here; find it as the one that counts as alive.
    const int64_t start = owner.process_start;
    while (!is_alive(owner, now_seconds()) && owner.process_start < start + 100'000) ++owner.process_start;
    ASSERT_TRUE(is_alive(owner, now_seconds()));
    kill(child, SIGKILL);
    EXPECT_TRUE(eventually([&] { return !is_alive(owner, now_seconds()); }));  // not waited for yet
    waitpid(child, nullptr, 0);
    EXPECT_FALSE(is_alive(owner, now_seconds()));
}

TEST(Liveness, ElsewhereTheHeartbeatDecides) {
    const double now = now_seconds();
    for (const bool other_host : {true, false}) {
        RunOwner owner = this_process();
        (other_host ? owner.host : owner.boot_id) += "-other";
        owner.heartbeat = now - 59;
        EXPECT_TRUE(is_alive(owner, now));
        owner.heartbeat = now - 61;
        EXPECT_FALSE(is_alive(owner, now));
    }
}

}  // namespace
}  // namespace f8net
