// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/predictions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/base/error.h"
#include "core/tensorfile/safetensors.h"

namespace f8net {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Logits integers(int64_t classes, std::vector<int32_t> values, double scale = 1) {
    Logits logits;
    logits.classes = classes;
    logits.images = static_cast<int64_t>(values.size()) / classes;
    logits.values.assign(values.begin(), values.end());
    logits.integers = std::move(values);
    logits.scale = scale;
    return logits;
}

Predictions three_images(std::vector<int32_t> classes) {
    Predictions made;
    made.dataset_fingerprint = "f";
    made.split = "test";
    made.labels = {0, 1, 1};
    made.modes["integer-only"] = {"best", std::move(classes), {1, 2, 3}};
    return made;
}

class PredictionsFile : public testing::Test {
protected:
    std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("f8net-predictions-" + std::to_string(::getpid()));
    PredictionsFile() { std::filesystem::create_directories(folder); }
    ~PredictionsFile() override { std::filesystem::remove_all(folder); }
    std::string path = (folder / "p.safetensors").string();
};

TEST(PredictionRecorder, KeepsClassAndMarginOfEachImageInTheScaleOfTraining) {
    PredictionRecorder recorder("f", "test", 3);
    recorder.add(NumericMode::kIntegerOnly, "best", 0, integers(3, {5, 9, 1, 7, 7, 2}, 0.5), {1, 1});
    recorder.add(NumericMode::kIntegerOnly, "best", 2, integers(3, {-4, -9, -1}, 0.5), {0});
    const Predictions taken = recorder.take();
    EXPECT_THAT(taken.labels, ElementsAre(1, 1, 0));
    const ModePredictions& mode = taken.modes.at("integer-only");
    EXPECT_THAT(mode.classes, ElementsAre(1, 0, 2));  // a tie goes to the smaller class, as in accuracy
    EXPECT_THAT(mode.margins, ElementsAre(2, 0, 1.5f));
    EXPECT_TRUE(taken.is_right(mode, 0));
    EXPECT_FALSE(taken.is_right(mode, 1));
}

TEST(PredictionRecorder, LeavesOutModesThatDidNotSeeEveryImage) {
    PredictionRecorder recorder("f", "test", 3);
    recorder.add(NumericMode::kIntegerOnly, "best", 0, integers(2, {1, 0, 0, 1, 1, 0}), {0, 1, 0});
    recorder.add(NumericMode::kSimulatedInteger, "best", 0, integers(2, {1, 0}), {0});
    EXPECT_EQ(recorder.take().modes.size(), 1u);
}

TEST_F(PredictionsFile, ReadsWhatWasWritten) {
    const Predictions written = three_images({0, 1, 0});
    write_predictions(path, written);
    const Predictions read = read_predictions(path);
    EXPECT_EQ(read.labels, written.labels);
    EXPECT_EQ(read.split, "test");
    EXPECT_EQ(read.modes.at("integer-only").classes, written.modes.at("integer-only").classes);
    EXPECT_EQ(read.modes.at("integer-only").margins, written.modes.at("integer-only").margins);
    EXPECT_EQ(read.modes.at("integer-only").checkpoint, "best");
}

TEST_F(PredictionsFile, OtherFilesAndTornOnesAreNamed) {
    TensorMap other;
    other.set("labels", HostTensor::from<int32_t>({1}, std::vector<int32_t>{1}));
    write_safetensors(path, other);
    EXPECT_THROW(read_predictions(path), DataError);
    TensorMap torn = read_safetensors(path);
    torn.metadata = {{"format", "f8net-predictions-1"}, {"dataset_fingerprint", ""}, {"split", "test"}};
    torn.set("class/float", HostTensor::from<int32_t>({2}, std::vector<int32_t>{1, 2}));
    write_safetensors(path, torn);
    try {
        read_predictions(path);
        FAIL();
    } catch (const DataError& error) {
        EXPECT_THAT(error.what(), HasSubstr("class/float"));
    }
}

TEST(PredictionsMerge, JoinsModesOfTheSameImagesAndKeepsTheLargerSetOfOthers) {
    Predictions all = three_images({0, 1, 0});
    Predictions newer = three_images({0, 1, 1});
    newer.modes["float"] = {"last", {0, 0, 0}, {1, 1, 1}};
    all.merge(newer);
    EXPECT_EQ(all.modes.size(), 2u);
    EXPECT_THAT(all.modes.at("integer-only").classes, ElementsAre(0, 1, 1));
    Predictions fewer = three_images({0, 1, 0});
    fewer.labels = {0};
    fewer.modes = {{"fake-quant", {"best", {0}, {1}}}};
    all.merge(fewer);
    EXPECT_EQ(all.images(), 3);
    EXPECT_EQ(all.modes.count("fake-quant"), 0u);
    Predictions other = three_images({1, 1, 1});
    other.dataset_fingerprint = "g";
    all.merge(other);
    EXPECT_EQ(all.modes.size(), 1u);
}

TEST(CountPairs, CountsWhatOnlyOneGetsRight) {
    const Predictions first = three_images({0, 0, 0}), second = three_images({1, 1, 1});  // labels 0 1 1
    const PairedCounts counts = count_pairs(first, second, "integer-only");
    EXPECT_EQ(counts.images, 3);
    EXPECT_EQ(counts.gained, 2);
    EXPECT_EQ(counts.lost, 1);
    EXPECT_EQ(count_pairs(first, second, "float").images, 0);
    Predictions other = second;
    other.labels[0] = 1;
    EXPECT_EQ(count_pairs(first, other, "integer-only").images, 0);
}

}  // namespace
}  // namespace f8net
