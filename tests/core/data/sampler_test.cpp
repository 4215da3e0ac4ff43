// SPDX-License-Identifier: Apache-2.0
#include "core/data/sampler.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "tests/core/data/data_test.h"

namespace f8net {
namespace {

using namespace testing_support;
using ::testing::ElementsAre;

std::vector<int64_t> counted(int64_t count) {
    std::vector<int64_t> all(static_cast<size_t>(count));
    std::iota(all.begin(), all.end(), 0);
    return all;
}

std::vector<int64_t> sorted(std::vector<int64_t> values) {
    std::sort(values.begin(), values.end());
    return values;
}

TEST(Sampler, EpochIsAPermutationKeyedBySeedAndEpoch) {
    const Sampler sampler({.num_images = 1000, .seed = 7});
    const auto first = sampler.epoch_indexes(0);
    EXPECT_EQ(sorted(first), counted(1000));
    EXPECT_EQ(sampler.epoch_indexes(0), first);
    EXPECT_NE(sampler.epoch_indexes(1), first);
    EXPECT_NE(Sampler({.num_images = 1000, .seed = 8}).epoch_indexes(0), first);
    EXPECT_EQ(Sampler({.num_images = 50, .shuffle = false}).epoch_indexes(3), counted(50));
}

TEST(Sampler, ShortEpochsWalkThroughAllImages) {
    const Sampler sampler({.num_images = 100, .images_per_epoch = 30, .batch_size = 10});
    std::vector<int64_t> seen;
    for (int64_t epoch = 0; epoch < 10; ++epoch) {  // 300 = three passes
        const auto indexes = sampler.epoch_indexes(epoch);
        EXPECT_EQ(indexes.size(), 30u);
        seen.insert(seen.end(), indexes.begin(), indexes.end());
    }
    for (int pass = 0; pass < 3; ++pass)
        EXPECT_EQ(sorted({seen.begin() + 100 * pass, seen.begin() + 100 * (pass + 1)}), counted(100));
}

TEST(Sampler, RanksTogetherHaveEachImageOnceInTheSameGlobalBatches) {
    for (const int64_t images : {1, 7, 64, 65, 100, 129}) {
        const Sampler whole({.num_images = images, .batch_size = 24});
        std::vector<int64_t> together;
        for (int rank = 0; rank < 3; ++rank) {
            const Sampler sampler({.num_images = images, .batch_size = 8, .rank = rank, .world = 3});
            EXPECT_EQ(sampler.num_batches(), whole.num_batches());
            const auto indexes = sampler.epoch_indexes(2);
            std::vector<int64_t> batches;
            for (int64_t b = 0; b < sampler.num_batches(); ++b) {
                const auto batch = sampler.batch_indexes(indexes, b);
                const auto global = sorted(whole.batch_indexes(whole.epoch_indexes(2), b));
                for (const int64_t index : batch) EXPECT_TRUE(std::binary_search(global.begin(), global.end(), index));
                batches.insert(batches.end(), batch.begin(), batch.end());
            }
            EXPECT_EQ(batches, indexes);
            together.insert(together.end(), indexes.begin(), indexes.end());
        }
        EXPECT_EQ(sorted(together), counted(images)) << images;
    }
}

TEST(Sampler, DropLastLeavesOnlyFullBatches) {
    for (int rank = 0; rank < 2; ++rank) {
        const Sampler sampler({.num_images = 103, .batch_size = 10, .drop_last = true, .rank = rank, .world = 2});
        EXPECT_EQ(sampler.num_batches(), 5);
        EXPECT_EQ(sampler.images_per_epoch(), 100);
        EXPECT_EQ(sampler.epoch_indexes(0).size(), 50u);
    }
}

TEST(Sampler, NumbersOutOfRangeAreErrors) {
    EXPECT_THROW(Sampler({.num_images = 0}), DataError);
    EXPECT_THROW(Sampler({.num_images = 1, .batch_size = 0}), DataError);
    EXPECT_THROW(Sampler({.num_images = 1, .rank = 2, .world = 2}), DataError);
}

}  // namespace
}  // namespace f8net
