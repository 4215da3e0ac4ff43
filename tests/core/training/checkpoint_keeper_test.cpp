// SPDX-License-Identifier: Apache-2.0
#include "core/training/checkpoint_keeper.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/base/error.h"
#include "core/tensorfile/safetensors.h"
#include "core/training/run_position.h"

namespace f8net {
namespace {

namespace fs = std::filesystem;

class CheckpointKeeperTest : public testing::Test {
protected:
    CheckpointKeeperTest() : folder_(fs::temp_directory_path() / ("f8net-keeper-" + std::to_string(::getpid()))) {
        fs::remove_all(folder_);
    }
    ~CheckpointKeeperTest() override { fs::remove_all(folder_); }

    static TensorMap state(float value) {
        TensorMap map;
        map.set("classifier.0.bias", HostTensor::from<float>({1}, std::vector<float>{value}));
        return map;
    }
    std::vector<std::string> files() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(folder_ / "checkpoints"))
            names.push_back(entry.path().filename());
        std::sort(names.begin(), names.end());
        return names;
    }

    fs::path folder_;
};

TEST_F(CheckpointKeeperTest, KeepsTheLastTwoTheBestAndTheStagesEnd) {
    CheckpointKeeper keeper(folder_.string(), 2);
    for (int step = 1; step <= 5; ++step) {
        const CheckpointReport report =
            keeper.save_last(state(static_cast<float>(step)), Step{step * 10}, Epoch{step}, "float");
        if (step == 2) keeper.keep_as(report, "best");
        if (step == 3) keeper.keep_as(report, "stage:float");
        keeper.remove_old();
    }
    EXPECT_THAT(files(),
                testing::ElementsAre("best.safetensors", "stage-float.safetensors",
                                     "step-00000040-epoch-0004.safetensors", "step-00000050-epoch-0005.safetensors"));
    EXPECT_EQ(read_safetensors(keeper.path_of("best")).at("classifier.0.bias").item(), 2);
    EXPECT_EQ(read_safetensors(keeper.path_of("stage:float")).at("classifier.0.bias").item(), 3);
}

TEST_F(CheckpointKeeperTest, ForgetsWhatNobodyWasShownAndWhatACrashLeft) {
    CheckpointKeeper keeper(folder_.string(), 5);
    for (int step = 1; step <= 3; ++step) keeper.save_last(state(0), Step{step}, Epoch{step}, "float");
    std::ofstream(folder_ / "checkpoints" / "step-00000004.safetensors.tmp-1-2") << "half";
    keeper.forget_after(Step{2}, Epoch{2});
    keeper.remove_old();
    EXPECT_THAT(files(),
                testing::ElementsAre("step-00000001-epoch-0001.safetensors", "step-00000002-epoch-0002.safetensors"));
}

TEST_F(CheckpointKeeperTest, KeepsOneWhateverIsAsked) {
    CheckpointKeeper keeper(folder_.string(), 0);
    for (int step = 1; step <= 2; ++step) keeper.save_last(state(0), Step{step}, Epoch{step}, "float");
    keeper.remove_old();
    EXPECT_THAT(files(), testing::ElementsAre("step-00000002-epoch-0002.safetensors"));
}

TEST_F(CheckpointKeeperTest, GivesANameAlsoWhereACrashHasBegunTo) {
    CheckpointKeeper keeper(folder_.string(), 2);
    std::ofstream(keeper.path_of("stage:a/b") + ".tmp") << "half";
    keeper.keep_as(keeper.save_last(state(7), Step{1}, Epoch{1}, "a/b"), "stage:a/b");
    // Whatever a stage is called, its file is in the folder.
    EXPECT_THAT(files(), testing::ElementsAre("stage-a_b.safetensors", "step-00000001-epoch-0001.safetensors"));
    EXPECT_EQ(read_safetensors(keeper.path_of("stage:a/b")).at("classifier.0.bias").item(), 7);
}

TEST(CheckpointPlace, IsReadFromTheWholeNameOfAFile) {
    const auto place = place_of_checkpoint("step-00001234-epoch-0005.safetensors");
    ASSERT_TRUE(place);
    EXPECT_EQ(*place, (CheckpointPlace{1234, 5}));
    EXPECT_EQ(*place_of_checkpoint("step-123456789012-epoch-12345.safetensors"),
              (CheckpointPlace{123456789012, 12345}));
    for (const char* name :
         {"best.safetensors", "step-00001234.safetensors", "step-00001234-epoch-0005.safetensors.tmp",
          "step-00001234-epoch-0005.safetensors-1", "step--epoch-.safetensors", ""})
        EXPECT_FALSE(place_of_checkpoint(name)) << name;
}

TEST_F(CheckpointKeeperTest, StateBeforeAnEpochsEndIsNotOverwrittenByTheOneAfterIt) {
    CheckpointKeeper keeper(folder_.string(), 5);
    const CheckpointReport before = keeper.save_last(state(1), Step{12}, Epoch{2}, "float");
    const CheckpointReport after = keeper.save_last(state(2), Step{12}, Epoch{3}, "float");
    EXPECT_EQ(read_safetensors(before.path).at("classifier.0.bias").item(), 1);
    keeper.forget_after(Step{12}, Epoch{2});
    EXPECT_TRUE(fs::exists(before.path));
    EXPECT_FALSE(fs::exists(after.path));
}

TEST(RunPosition, ReadsBackToTheSameBits) {
    RunPosition position;
    position.stage_name = "fixed-point";
    position.step = 12345678901;
    position.loss_sum = 0.1 + 0.2;
    position.best_top1 = 1.0 / 3;
    EXPECT_EQ(RunPosition::from_json(position.to_json()), position);
    EXPECT_THROW(RunPosition::from_json("{\"stage\": \"one\"}"), DataError);
    EXPECT_THROW(RunPosition::from_json("{"), DataError);
}

}  // namespace
}  // namespace f8net
