// SPDX-License-Identifier: Apache-2.0
#include "core/training/part_timer.h"

#include <gmock/gmock.h>

#include <chrono>
#include <thread>

#include "core/modules/step_part.h"

namespace f8net {
namespace {

using testing::ElementsAre;
using testing::Key;

void work(int milliseconds) {
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

/// Since it was made.
class Stopwatch {
public:
    double ms() const {
        return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_).count();
    }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

TEST(PartTimer, CountsAPartWithoutThePartsWithinIt) {
    const Stopwatch all;
    const PartTimer timer(torch::kCPU);
    {
        const StepPart outer("outer");
        work(30);
        {
            const StepPart inner("inner");
            work(90);
        }
    }
    work(50);  // of no part
    { const StepPart again("outer"); }
    const auto parts = timer.read();
    EXPECT_THAT(parts, ElementsAre(Key("inner"), Key("outer")));
    EXPECT_GE(parts.at("inner").ms, 90);
    EXPECT_GE(parts.at("outer").ms, 30);
    EXPECT_LE(parts.at("outer").ms + parts.at("inner").ms, all.ms() - 50);
    EXPECT_EQ(parts.at("outer").first, 0);
    EXPECT_EQ(parts.at("inner").first, 1);
}

TEST(PartTimer, TakesOutOfAPartWhatAThreadDoesThatItWaitsFor) {
    const Stopwatch all;
    const PartTimer timer(torch::kCPU);
    const at::ThreadLocalState state;
    {
        const StepPart outer("outer");
        std::thread([&] {
            const at::ThreadLocalStateGuard as_backward_does(state);
            const StepPart inner("inner");
            work(60);
        }).join();
    }
    const auto parts = timer.read();
    EXPECT_GE(parts.at("inner").ms, 60);
    EXPECT_LE(parts.at("outer").ms + parts.at("inner").ms, all.ms());
}

TEST(PartTimer, IsSilentOnceItIsGone) {
    { const PartTimer timer(torch::kCPU); }
    const StepPart part("after");
    const PartTimer timer(torch::kCPU);
    EXPECT_TRUE(timer.read().empty());
}

}  // namespace
}  // namespace f8net
