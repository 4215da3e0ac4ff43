// SPDX-License-Identifier: Apache-2.0
// f8net export --to vectors, as a user runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>

#include "core/data/dataset.h"
#include "tests/app/cli/program_runner.h"
#include "tests/core/network/small_network.h"

namespace f8net {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class ExportVectors : public testing::Test {
protected:
    ExportVectors() { save_integer_network(net, small_random_network()); }
    nlohmann::json description() const { return nlohmann::json::parse(workplace.read("v/vectors.json")); }
    Outcome to_vectors(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {"export", net, "--to", "vectors", "-o", folder});
        return workplace.run_in_store(arguments);
    }

    Workplace workplace;
    std::string net = workplace.path("net.f8n"), folder = workplace.path("v");
};

TEST_F(ExportVectors, OfRandomImagesWhereNoDataAreNamed) {
    const Outcome outcome = to_vectors({"--json"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.messages;
    EXPECT_EQ(outcome.json()["format"], "vectors");
    EXPECT_GT(outcome.json()["bytes"], 1'000'000);
    EXPECT_EQ(description()["images"]["count"], 2);
    EXPECT_EQ(description()["images"]["source"], "random bytes, seed 1995");
    EXPECT_TRUE(description()["images"]["labels"].is_null());
    EXPECT_TRUE(fs::exists(folder + "/head.0/weight.hex"));
    EXPECT_FALSE(fs::exists(folder + "/head.0/weight.mem"));
}

TEST_F(ExportVectors, OfTheFirstImagesOfTheData) {
    if (!has_fashion_mnist()) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
    const Outcome outcome = to_vectors({"--images", "3", "--data", default_fashion_mnist_folder()});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.messages;
    EXPECT_THAT(description()["images"]["source"].get<std::string>(), HasSubstr("Fashion-MNIST"));
    EXPECT_EQ(description()["images"]["labels"], nlohmann::json::array({9, 2, 1}));  // of the test images
    EXPECT_EQ(description()["logits"]["shape"], nlohmann::json::array({3, 10}));
}

TEST_F(ExportVectors, InTheKindsOfFilesAndOfTheLayersAskedFor) {
    ASSERT_EQ(to_vectors({"--files", "mem", "--layers", "head.0"}).exit_code, 0);
    std::vector<std::string> files;
    for (const auto& entry : fs::directory_iterator(folder + "/head.0")) files.push_back(entry.path().filename());
    EXPECT_THAT(files,
                testing::UnorderedElementsAre("input.mem", "weight.mem", "bias.mem", "accumulator.mem", "output.mem"));
}

TEST_F(ExportVectors, RefuseWhatHasNoMeaning) {
    EXPECT_EQ(to_vectors({"--files", "nyp"}).exit_code, 2);
    const Outcome layer = to_vectors({"--layers", "haed.0"});
    EXPECT_EQ(layer.exit_code, 2);
    EXPECT_THAT(layer.messages, HasSubstr("'head.0'"));
    const Outcome csv = workplace.run({"export", net, "--to", "csv", "-o", workplace.path("t.csv"), "--images", "2"});
    EXPECT_EQ(csv.exit_code, 2);
    EXPECT_THAT(csv.messages, HasSubstr("--images"));
    EXPECT_FALSE(fs::exists(folder));
}

TEST_F(ExportVectors, LeaveNothingBehindWhereTheDiskIsFull) {
    // A limit on the size of files is what a full disk looks like to a program.
    const std::string command = "ulimit -f 64; exec '" F8NET_BINARY_DIR "/bin/f8net' export '" + net +
                                "' --to vectors -o '" + folder + "' 2> '" + workplace.path("messages") + "'";
    const int status = std::system(command.c_str());
    EXPECT_EQ(WEXITSTATUS(status), 74) << workplace.read("messages");
    for (const auto& entry : fs::directory_iterator(workplace.path(".")))
        EXPECT_THAT(entry.path().filename().string(), testing::Not(testing::StartsWith("v")));
}

}  // namespace
}  // namespace f8net
