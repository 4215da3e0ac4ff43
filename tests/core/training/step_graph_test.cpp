// SPDX-License-Identifier: Apache-2.0
// When a step is done as it is, captured and replayed; with a graph that plays its part on the host.
#include "core/training/step_graph.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace f8net {
namespace {

/// Writes down what it is asked for; a replay calls what was captured.
class RecordedGraph final : public GpuGraph {
public:
    explicit RecordedGraph(std::string& calls) : calls_(calls) {}
    void warm_up(const std::function<void()>& work) override {
        calls_ += 'w';
        work();
    }
    void capture(const std::function<void()>& work) override {
        calls_ += 'c';
        work();
    }
    void replay() override { calls_ += 'r'; }

private:
    std::string& calls_;
};

TEST(StepGraph, SettlesThenCapturesOnceAndReplays) {
    std::string calls;
    int on_host = 0, replayed = 0, steps = 0;
    StepGraph graph(std::make_unique<RecordedGraph>(calls), [&] { ++steps; });
    for (int i = 0; i < 6; ++i) (graph.run() == StepGraph::Ran::kReplayed ? replayed : on_host)++;
    EXPECT_EQ(calls, "wwwcrrr");
    EXPECT_EQ(steps, StepGraph::kWarmUp + 1);
    EXPECT_EQ(on_host, StepGraph::kWarmUp + 1) << "the captured step is the host's, too: its counters have moved";
    EXPECT_EQ(replayed, 2);
    graph.forget();
    graph.run();
    EXPECT_EQ(calls, "wwwcrrrw");
}

TEST(StepGraph, AStepThatThrowsWhileItIsCapturedIsNotReplayed) {
    std::string calls;
    int steps = 0;
    StepGraph graph(std::make_unique<RecordedGraph>(calls), [&] {
        if (++steps == StepGraph::kWarmUp + 1) throw std::runtime_error("out of memory");
    });
    for (int i = 0; i < StepGraph::kWarmUp; ++i) graph.run();
    EXPECT_THROW(graph.run(), std::runtime_error);
    EXPECT_EQ(calls, "wwwc");
    graph.run();
    EXPECT_EQ(calls, "wwwccr") << "captured anew";
}

}  // namespace
}  // namespace f8net
