// SPDX-License-Identifier: Apache-2.0
#include "core/subject/network_as_run.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "core/base/error.h"
#include "core/store/run_reader.h"
#include "core/subject/run_network.h"
#include "tests/core/network/small_network.h"

namespace f8net {
namespace {

class NetworkAsRun : public testing::Test {
protected:
    void SetUp() override {
        folder = std::filesystem::temp_directory_path() / ("network_as_run." + std::to_string(::getpid()));
        std::filesystem::create_directories(folder);
    }
    void TearDown() override { std::filesystem::remove_all(folder); }
    std::string place(const std::string& name) const { return (folder / name).string(); }
    std::string file(bool has_experiment) const {
        IntegerNetwork network = small_random_network();
        if (has_experiment)
            network.metadata["experiment"] =
                "name: narrow\nnetwork: {width_multiplier: 0.125, image_size: 28, input_channels: 1, num_classes: 10, "
                "stem: small}\ndata: {dataset: fashion-mnist}\n";
        save_integer_network(place("coarser.f8n"), network);
        return place("coarser.f8n");
    }
    std::filesystem::path folder;
};

TEST_F(NetworkAsRun, IsAFinishedRunWithLayersFormatsAndTheFile) {
    RunStore store(place("runs.db"), RunStore::Mode::kReadWrite);
    const std::string path = file(true);
    const RunId id = keep_network_as_run(store, path);
    std::filesystem::remove(path);  // the run has its own
    const RunReader reader(store);
    const RunRecord run = reader.run(id);
    EXPECT_EQ(run.name, "coarser");
    EXPECT_EQ(run.state, RunState::kFinished);
    EXPECT_EQ(run.numeric_mode, "integer-only");
    EXPECT_EQ(run.config_values.at("network.width_multiplier"), "0.125");
    const IntegerNetwork wanted = small_random_network();
    const RunNetwork opened = open_run_network(store, id);
    EXPECT_EQ(opened.experiment.name, "narrow");
    EXPECT_EQ(opened.network.nodes.size(), wanted.nodes.size());
    EXPECT_EQ(opened.network.nodes[1].weight_s8, wanted.nodes[1].weight_s8);
    EXPECT_EQ(reader.layers(id).size(), wanted.nodes.size());
    const std::vector<LayerFormatReport> formats = reader.formats(id);
    ASSERT_FALSE(formats.empty());
    EXPECT_EQ(formats.front().layer, wanted.nodes[1].name);
    EXPECT_EQ(formats.front().weight_format, wanted.nodes[1].weight_format);
    EXPECT_TRUE(std::isnan(formats.front().input_sqnr_db));  // nobody has measured it
}

TEST_F(NetworkAsRun, NeedsTheExperimentInTheFile) {
    RunStore store(place("runs.db"), RunStore::Mode::kReadWrite);
    EXPECT_THROW(keep_network_as_run(store, file(false)), ConfigError);
    EXPECT_TRUE(RunReader(store).list().runs.empty());
}

}  // namespace
}  // namespace f8net
