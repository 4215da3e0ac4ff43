// SPDX-License-Identifier: GPL-3.0-or-later
// The keys by which a form speaks of stages, and what holds in them.
#include "widgets/dialogs/stage_values.h"

#include <gtest/gtest.h>

#include "core/config/experiment_document.h"

namespace f8net {
namespace {

TEST(StageValues, AKeySaysWhichStageItIsOf) {
    const auto expectBothWays = [](const std::string& text, const std::string& stage, const std::string& key) {
        const StageKey split = splitStageKey(text);
        EXPECT_EQ(split.stage, stage) << text;
        EXPECT_EQ(split.key, key) << text;
        EXPECT_EQ(joinStageKey(split), text);
    };
    expectBothWays("optimizer.lr", "", "optimizer.lr");
    expectBothWays("stages.fixed-point.optimizer.lr", "fixed-point", "optimizer.lr");
    expectBothWays("stages.float", "", "stages.float");  // of nothing in it
    expectBothWays("stages.", "", "stages.");
    expectBothWays("stage.float.lr", "", "stage.float.lr");
}

TEST(StageValues, AStageHasItsOwnValueOrTheWholeExperiments) {
    const Experiment experiment =
        load_experiment(std::string(F8NET_SOURCE_DIR) + "/configs/fashion-mnist/quickstart.yaml").experiment;
    EXPECT_EQ(ownValue(experiment, {"float", "training.epochs"}), "3");
    EXPECT_EQ(ownValue(experiment, {"fixed-point", "training.epochs"}), "2");
    EXPECT_EQ(ownValue(experiment, {"float", "optimizer.lr"}), std::nullopt);
    EXPECT_EQ(ownValue(experiment, {"", "training.epochs"}), std::nullopt);
    EXPECT_EQ(ownValue(experiment, {"no such stage", "training.epochs"}), std::nullopt);
    EXPECT_EQ(valueIn(experiment, {"float", "training.epochs"}), "3");
    EXPECT_EQ(valueIn(experiment, {"float", "optimizer.lr"}), "0.1");
    EXPECT_EQ(valueIn(experiment, {"", "training.epochs"}), "1");
}

}  // namespace
}  // namespace f8net
