// SPDX-License-Identifier: Apache-2.0
// The files under configs/ are promises to whoever starts here: they load, and say what they are for.
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>

#include "core/config/experiment_document.h"

namespace f8net {
namespace {

const std::string kConfigs = std::string(F8NET_SOURCE_DIR) + "/configs";

TEST(ReadyExperiments, AllLoadAndSayWhatTheyAreForAndHowLongTheyTake) {
    std::vector<std::string> problems;
    const auto experiments = list_experiments(kConfigs, &problems);
    EXPECT_THAT(problems, testing::IsEmpty());
    EXPECT_GE(experiments.size(), 4u);
    for (const auto& experiment : experiments) {
        EXPECT_GT(experiment.description.size(), 20u) << experiment.path;
        EXPECT_FALSE(experiment.duration.empty()) << experiment.path;
        std::ifstream stream(experiment.path);
        EXPECT_EQ(stream.peek(), '#') << experiment.path << " begins with a comment that says what it is for";
    }
}

TEST(ReadyExperiments, QuickstartIsTheOneOfTheReadme) {
    const auto e = load_experiment(kConfigs + "/fashion-mnist/quickstart.yaml", {}, {}).experiment;
    EXPECT_EQ(e.name, "quickstart");
    const auto stages = e.resolved_stages();
    ASSERT_EQ(stages.size(), 2u);
    EXPECT_EQ(stages[0].experiment.quantization.mode, NumericMode::kFloat);
    EXPECT_EQ(stages[1].experiment.quantization.mode, NumericMode::kFakeQuant);
    for (const auto& stage : stages) {
        EXPECT_EQ(stage.experiment.network.architecture, "resnet18");
        EXPECT_EQ(stage.experiment.network.width_multiplier, 0.25);
        EXPECT_FALSE(stage.experiment.quantization.rescale_forward) << "ten classes (method.md 3.6)";
    }
}

}  // namespace
}  // namespace f8net
