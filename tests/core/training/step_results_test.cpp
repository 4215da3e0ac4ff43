// SPDX-License-Identifier: Apache-2.0
#include "core/training/step_results.h"

#include <gmock/gmock.h>

#include <limits>
#include <stdexcept>

#include "core/modules/host_read.h"
#include "core/training/step_recorder.h"

namespace f8net {
namespace {

/// Logits of four images of which `right` are classified right, all of class 1.
torch::Tensor logits_of(int right) {
    torch::Tensor logits = torch::zeros({4, 3});
    for (int i = 0; i < 4; ++i) logits[i][i < right ? 1 : 2] = 1;
    return logits;
}
const torch::Tensor& labels() {
    static const torch::Tensor ones = torch::ones({4}, torch::kInt64);
    return ones;
}

float take_step(StepResults& results, const std::vector<double>& losses, int right = 0) {
    results.begin_step();
    for (const double loss : losses) results.add(torch::scalar_tensor(loss, torch::kFloat), logits_of(right), labels());
    const float skips = results.skip().item<float>();
    results.keep(4 * static_cast<int64_t>(losses.size()));
    return skips;
}

TEST(StepResults, AreReadInTheirOrderAsExactAsOnTheHost) {
    StepResults results(torch::kCPU, 3);
    EXPECT_TRUE(results.read().empty());
    const float loss = 0.1F;  // not a float64
    for (int round = 0; round < 2; ++round) {
        take_step(results, {loss, loss}, 1);
        take_step(results, {2 * loss}, 3);
        EXPECT_FALSE(results.is_full());
        take_step(results, {0}, 0);
        EXPECT_TRUE(results.is_full());
        const std::vector<StepResult> read = results.read();
        ASSERT_EQ(read.size(), 3U);
        EXPECT_EQ(read[0].loss_sum, static_cast<double>(loss) * 4 + static_cast<double>(loss) * 4);
        EXPECT_EQ(read[0].correct, 2);
        EXPECT_EQ(read[0].images, 8);
        EXPECT_EQ(read[1].loss_sum, static_cast<double>(2 * loss) * 4);
        EXPECT_EQ(read[1].correct, 3);
        EXPECT_EQ(read[1].images, 4);
        EXPECT_EQ(read[2].loss_sum, 0);
        EXPECT_FALSE(results.is_full());
    }
    for (int i = 0; i < 3; ++i) take_step(results, {1});
    EXPECT_THROW(take_step(results, {1}), std::logic_error);
}

/// As LibTorch's argmax, in both types: the first of several largest, NaN above everything.
TEST(StepResults, CountAsRightWhatTheArgmaxIs) {
    constexpr float kInf = std::numeric_limits<float>::infinity(), kNaN = std::numeric_limits<float>::quiet_NaN();
    const torch::Tensor logits = torch::tensor({{1.0F, 3.0F, 2.0F},
                                                {2.0F, 2.0F, 1.0F},
                                                {-kInf, -kInf, -kInf},
                                                {kInf, kNaN, 5.0F},
                                                {kNaN, 1.0F, kNaN},
                                                {0.0F, -0.0F, -1.0F}});
    for (const auto type : {torch::kFloat, torch::kDouble}) {
        const torch::Tensor typed = logits.to(type), expected = typed.argmax(1);
        for (int64_t wrong = 0; wrong < 3; ++wrong) {  // labels that are `wrong` classes off are right only for 0
            StepResults results(torch::kCPU, 1);
            results.begin_step();
            results.add(torch::scalar_tensor(1.0, type), typed, (expected + wrong) % 3);
            results.keep(6);
            EXPECT_EQ(results.read().at(0).correct, wrong == 0 ? 6 : 0) << typed;
        }
    }
}

TEST(StepResults, FromTheFirstLossThatIsNotFiniteOnStepsAreSkipped) {
    for (const double bad : {std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(),
                             std::numeric_limits<double>::quiet_NaN()}) {
        StepResults results(torch::kCPU, 8);
        EXPECT_EQ(take_step(results, {1e30}), 0);
        EXPECT_EQ(take_step(results, {1, bad}), 1);
        EXPECT_EQ(take_step(results, {1}), 1);
        (void)results.read();
        EXPECT_EQ(take_step(results, {1}), 1);
    }
}

TEST(StepResults, TheSumOfAllRanksTakesThePlaceOfOnes) {
    StepResults results(torch::kCPU, 1);
    results.begin_step();
    results.add(torch::scalar_tensor(1, torch::kFloat), logits_of(2), labels());
    const StepResult mine = results.at_hand(4);
    EXPECT_EQ(mine.loss_sum, 4);
    EXPECT_EQ(mine.correct, 2);
    results.replace({std::numeric_limits<double>::infinity(), 5, 12});
    EXPECT_EQ(results.skip().item<float>(), 1);
    results.keep(12);
    const StepResult read = results.read().at(0);
    EXPECT_EQ(read.correct, 5);
    EXPECT_EQ(read.images, 12);
}

TEST(StepResults, TheHostReadsOnceForManySteps) {
    StepResults results(torch::kCPU, 16);
    const auto reads_of = [](const StepRecorder& recorder) {
        int64_t reads = 0;
        for (const auto& [name, entry] : recorder.entries()) {
            if (name == "aten::_local_scalar_dense" || name == HostRead::kName) reads += entry.calls;
        }
        return reads;
    };
    const StepRecorder recorder;
    const torch::Tensor loss = torch::ones({}), logits = torch::ones({4, 3});
    for (int step = 0; step < 16; ++step) {
        results.begin_step();
        results.add(loss, logits, labels());
        (void)results.skip();
        results.keep(4);
    }
    EXPECT_EQ(reads_of(recorder), 0);
    (void)results.read();
    EXPECT_EQ(reads_of(recorder), 1);
}

}  // namespace
}  // namespace f8net
