// SPDX-License-Identifier: Apache-2.0
// `f8net bench train` on a tiny network: what it says, not how fast it is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/run/train_benchmark.h"
#include "tests/app/cli/program_runner.h"

namespace f8net {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class BenchTrain : public testing::Test {
protected:
    void SetUp() override {
        if (!has_torch_module()) GTEST_SKIP() << "built without LibTorch";
    }
    Outcome measure(const std::vector<std::string>& more) {
        std::vector<std::string> words{"bench",
                                       "train",
                                       project_file("configs/fashion-mnist/quickstart.yaml"),
                                       "--threads",
                                       "1",
                                       "--rounds",
                                       "1",
                                       "--set",
                                       "network.width_multiplier=0.125",
                                       "--set",
                                       "training.images_per_epoch=256"};
        words.insert(words.end(), more.begin(), more.end());
        return workplace.run_in_store(words);
    }

    Workplace workplace;
};

TEST_F(BenchTrain, ShowsTimesCountsAndSpeeds) {
    const Outcome outcome = measure({"--random-pixels", "--batch", "4", "--operators", "3"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.messages;
    EXPECT_THAT(outcome.output,
                AllOf(HasSubstr("resnet18, 28 pixels, batch 4, cpu, 1 threads, 1 rounds"),
                      HasSubstr("plain float step"), HasSubstr("convolution 2"), HasSubstr("launches"),
                      HasSubstr("host reads"), HasSubstr("kept for backward by the straightforward step")));
    EXPECT_THAT(outcome.output, Not(HasSubstr("loader")));  // none is measured
}

TEST_F(BenchTrain, JsonHasEverythingOfTheContract) {
    const Outcome outcome =
        measure({"--random-pixels", "--batch", "4", "--json", "--against", "quantization.format_policy=grid-search"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.messages;
    const nlohmann::json json = outcome.json();
    EXPECT_EQ(json["network"], "resnet18");
    EXPECT_EQ(json["batch"], 4);
    EXPECT_EQ(json["rounds"], 1);
    EXPECT_EQ(json["device"], "cpu");
    EXPECT_GT(json["step_ms"]["min"].get<double>(), 0);
    EXPECT_GT(json["images_per_second"].get<double>(), 0);
    EXPECT_DOUBLE_EQ(json["ratio"].get<double>(),
                     json["step_ms"]["min"].get<double>() / json["plain_ms"]["min"].get<double>());
    EXPECT_TRUE(json["queued_ms"].is_null());  // a CPU replays nothing
    EXPECT_TRUE(json["queued_because"].is_null());
    EXPECT_EQ(json["against"]["settings"], nlohmann::json::array({"quantization.format_policy=grid-search"}));
    EXPECT_GT(json["against"]["ms"]["median"].get<double>(), 0);
    EXPECT_TRUE(json["loader_images_per_second"].is_null());
    EXPECT_TRUE(json["loader_is_the_limit"].is_null());
    double parts = 0;
    for (const auto& part : json["parts"]) parts += part["ms"].get<double>();
    EXPECT_GT(parts, 0.5 * json["step_ms"]["min"].get<double>());
    for (const char* which : {"counts", "plain_counts"}) {
        const nlohmann::json& counts = json[which];
        EXPECT_LT(counts["outer_operators"], counts["operators"]) << which;
        EXPECT_LT(counts["launches"], counts["operators"]) << which;
        EXPECT_GT(counts["launches"].get<int>(), 100) << which;
        EXPECT_EQ(counts["host_reads"], 1) << which;  // after each step on a CPU
        EXPECT_GT(counts["peak_bytes"].get<int64_t>(), counts["saved_bytes"].get<int64_t>()) << which;
    }
    EXPECT_LT(json["counts"]["saved_bytes"], json["straightforward_saved_bytes"]);
}

TEST_F(BenchTrain, MeasuresTheLoaderBesideTraining) {
    if (!has_fashion_mnist()) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
    const Outcome text = measure({"--batch", "32"});
    ASSERT_EQ(text.exit_code, 0) << text.messages;
    EXPECT_THAT(text.output, ContainsRegex("images/s +loader alone +training"));
    const nlohmann::json json = measure({"--batch", "32", "--json"}).json();
    EXPECT_GT(json["loader_images_per_second"].get<double>(), 0);
    EXPECT_EQ(json["loader_is_the_limit"].get<bool>(),
              json["loader_images_per_second"].get<double>() < 1.2 * json["images_per_second"].get<double>());
}

TEST_F(BenchTrain, BadInputIsOneLine) {
    const auto expect = [&](int code, const std::string& named, const std::vector<std::string>& more) {
        const Outcome outcome = measure(more);
        EXPECT_EQ(outcome.exit_code, code) << outcome.messages;
        EXPECT_THAT(outcome.messages, HasSubstr(named));
        EXPECT_LE(outcome.message_lines().size(), 3U) << outcome.messages;
    };
    expect(2, "no.such.key", {"--random-pixels", "--against", "no.such.key=1"});
    expect(2, "expected key=value", {"--random-pixels", "--against", "optimizer.lr"});
    expect(2, "--rounds", {"--random-pixels", "--rounds", "0"});
    expect(2, "'second.yaml' is one too many", {"second.yaml", "--random-pixels"});
    expect(71, "device is 'cuda:99'", {"--random-pixels", "--device", "cuda:99"});
    expect(65, workplace.path("no-data"), {"--data", workplace.path("no-data")});
}

TEST(TrainBenchmark, TheLoaderIsTheLimitBelowAFifthMoreThanTraining) {
    TrainBenchmark measured;
    measured.batch = 100;
    measured.step.median_ms = 1000;  // 100 images/s
    EXPECT_EQ(measured.loader_is_the_limit(), std::nullopt);
    measured.loader_images_per_second = 119;
    EXPECT_EQ(measured.loader_is_the_limit(), true);
    measured.loader_images_per_second = 121;
    EXPECT_EQ(measured.loader_is_the_limit(), false);
}

}  // namespace
}  // namespace f8net
