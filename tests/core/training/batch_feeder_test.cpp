// SPDX-License-Identifier: Apache-2.0
#include "core/training/batch_feeder.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <utility>
#include <vector>

#include "core/config/experiment_document.h"
#include "core/training/training_data.h"
#include "tests/core/training/synthetic_images.h"

namespace f8net {
namespace {

namespace fs = std::filesystem;

class BatchFeederTest : public testing::Test {
protected:
    BatchFeederTest() : folder_(fs::temp_directory_path() / ("f8net-feeder-" + std::to_string(::getpid()))) {
        fs::remove_all(folder_);
        testing_support::write_synthetic_images(folder_, 96, 32, 3);
    }
    ~BatchFeederTest() override { fs::remove_all(folder_); }

    std::unique_ptr<TrainingData> data() const {
        return std::make_unique<TrainingData>(
            parse_experiment(testing_support::synthetic_experiment(folder_), "synthetic.yaml").experiment);
    }

    fs::path folder_;
};

TEST_F(BatchFeederTest, GivesTheLoadersBatchesAlsoAheadAndAfterAStart) {
    const auto expected = data(), fed = data();
    BatchFeeder feeder(fed->loader(), torch::kCPU);
    const std::vector<std::pair<int64_t, int64_t>> starts = {{0, 0}, {1, 0}, {1, 2}};  // epoch, first batch
    for (const auto& [epoch, first] : starts) {
        expected->loader().start(epoch, first);
        feeder.start(epoch, first);
        int64_t seen = 0;
        while (const std::optional<Batch> batch = expected->loader().next()) {
            if (seen % 2 == 0) feeder.fetch_ahead();
            const std::optional<DeviceBatch> given = feeder.next();
            ASSERT_TRUE(given);
            EXPECT_EQ(given->number(), batch->number);
            EXPECT_EQ(given->size(), batch->size);
            EXPECT_TRUE(torch::equal(given->pixels, pixels_of(*batch)));
            EXPECT_TRUE(torch::equal(given->labels, torch::tensor(batch->labels)));
            ++seen;
        }
        EXPECT_EQ(seen, 4 - first);
        feeder.fetch_ahead();
        EXPECT_FALSE(feeder.next());
        EXPECT_FALSE(feeder.next());
    }
    // One that is fetched ahead belongs to the epoch before the start.
    feeder.start(0);
    feeder.fetch_ahead();
    feeder.start(0, 3);
    EXPECT_EQ(feeder.next()->number(), 3);
}

TEST_F(BatchFeederTest, ABatchStaysWhereItIsWhenItIsHandedOn) {
    const auto fed = data();
    BatchFeeder feeder(fed->loader(), torch::kCPU);
    feeder.start(0);
    DeviceBatch first = *feeder.next();
    const torch::Tensor copy = first.pixels.clone();
    std::vector<DeviceBatch> several;
    several.push_back(std::move(first));
    while (std::optional<DeviceBatch> batch = feeder.next()) several.push_back(std::move(*batch));
    EXPECT_TRUE(torch::equal(several[0].pixels, copy));
}

}  // namespace
}  // namespace f8net
