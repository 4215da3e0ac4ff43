// SPDX-License-Identifier: Apache-2.0
#include "core/data/loader.h"

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/core/data/data_test.h"
#include "tests/core/data/image_files.h"

namespace f8net {
namespace {

using namespace testing_support;
using ::testing::HasSubstr;

/// Image i has its own picture and label; decoding one of them can fail, all of them can be slow.
class MadeImages : public Dataset {
public:
    explicit MadeImages(int64_t count) : count_(count) {}
    int64_t size() const override { return count_; }
    const std::vector<std::string>& class_names() const override { return names_; }
    int channels() const override { return 1; }
    std::optional<ImageSize> image_size() const override { return ImageSize{12, 12}; }
    Sample get(int64_t index) const override {
        ++gets;
        if (index == fails_at) throw DataError(name(index) + ": damaged");
        // Later images of a batch are ready before earlier ones.
        if (is_uneven) std::this_thread::sleep_for(std::chrono::microseconds(index * 7919 % 300));
        return {smooth_image(12, 12, 1, static_cast<double>(index)), label(index)};
    }
    int64_t label(int64_t index) const override { return index % 10; }
    std::string name(int64_t index) const override { return "made/" + std::to_string(index) + ".png"; }
    std::string fingerprint() const override { return ""; }
    std::string description() const override { return "made images"; }

    mutable std::atomic<int64_t> gets{0};
    std::atomic<int64_t> fails_at{-1};
    bool is_uneven = false;

private:
    int64_t count_;
    std::vector<std::string> names_ = std::vector<std::string>(10, "class");
};

const TransformOptions kAugmented{.augmentation = Augmentation::kCropFlip, .crop_padding = 2};

std::vector<Batch> epoch_of(Loader& loader, int64_t epoch, int64_t first_batch = 0) {
    std::vector<Batch> batches;
    loader.start(epoch, first_batch);
    while (auto batch = loader.next()) batches.push_back(std::move(*batch));
    return batches;
}

void expect_same(const std::vector<Batch>& a, const std::vector<Batch>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i) {
        EXPECT_EQ(a[i].pixels, b[i].pixels);
        EXPECT_EQ(a[i].labels, b[i].labels);
        EXPECT_EQ(a[i].indexes, b[i].indexes);
        EXPECT_EQ(a[i].number, b[i].number);
    }
}

TEST(Loader, DeliversTheSameBytesForAnyNumberOfThreads) {
    auto images = std::make_shared<MadeImages>(205);
    images->is_uneven = true;
    const ImageTransform transform(kAugmented, *images);
    const Sampler sampler({.num_images = 205, .batch_size = 16, .seed = 3});
    Loader one(images, transform, sampler, {.num_threads = 1});
    const auto expected = epoch_of(one, 1);
    ASSERT_EQ(expected.size(), 13u);
    EXPECT_EQ(expected.back().size, 205 - 12 * 16);
    for (const int threads : {2, 3, 7}) {
        Loader several(images, transform, sampler, {.num_threads = threads, .prefetch_batches = threads});
        expect_same(epoch_of(several, 1), expected);
    }
}

TEST(Loader, BatchHoldsTheImagesOfItsIndexes) {
    const auto images = std::make_shared<MadeImages>(40);
    const ImageTransform transform(kAugmented, *images);
    Loader loader(images, transform, Sampler({.num_images = 40, .batch_size = 8}), {.num_threads = 2});
    for (const Batch& batch : epoch_of(loader, 5)) {
        ASSERT_EQ(batch.size, 8);
        for (size_t i = 0; i < 8; ++i) {
            const Image expected = transform.train(*images, 5, batch.indexes[i]).image;
            EXPECT_TRUE(std::equal(expected.pixels.begin(), expected.pixels.end(),
                                   batch.pixels.begin() + static_cast<ptrdiff_t>(i * 144)));
            EXPECT_EQ(batch.labels[i], batch.indexes[i] % 10);
        }
    }
}

TEST(Loader, GoesOnWithinAnEpochWhereItWasLeft) {
    const auto images = std::make_shared<MadeImages>(100);
    const ImageTransform transform(kAugmented, *images);
    const Sampler sampler({.num_images = 100, .batch_size = 8});
    Loader loader(images, transform, sampler, {.num_threads = 3});
    auto whole = epoch_of(loader, 2);
    whole.erase(whole.begin(), whole.begin() + 5);
    Loader resumed(images, transform, sampler, {.num_threads = 2});
    expect_same(epoch_of(resumed, 2, 5), whole);
    loader.start(2);
    loader.next();
    expect_same(epoch_of(loader, 2, 5), whole);  // restarted in the middle
}

TEST(Loader, NeverMakesMoreThanThePrefetchAhead) {
    const auto images = std::make_shared<MadeImages>(1000);
    Loader loader(images, ImageTransform({}, *images), Sampler({.num_images = 1000, .batch_size = 10}),
                  {.num_threads = 4, .prefetch_batches = 3});
    loader.start(0);
    loader.next();
    constexpr int64_t kAllowed = 10 * 4;  // one delivered, three ahead
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (images->gets < kAllowed && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // time to do more than it may
    EXPECT_EQ(images->gets.load(), kAllowed);
}

TEST(Loader, ErrorComesInPlaceOfItsBatchWithThePath) {
    const auto images = std::make_shared<MadeImages>(100);
    images->fails_at = 35;
    Loader loader(images, ImageTransform({}, *images), Sampler({.num_images = 100, .batch_size = 10, .shuffle = false}),
                  {.num_threads = 3});
    loader.start(0);
    for (int b = 0; b < 3; ++b) EXPECT_TRUE(loader.next().has_value());
    EXPECT_THAT(data_error([&] { loader.next(); }), HasSubstr("made/35.png"));
    EXPECT_FALSE(loader.next().has_value());
    images->fails_at = -1;
    EXPECT_EQ(epoch_of(loader, 0).size(), 10u);  // usable again
}

TEST(Loader, StopsAtAnyMoment) {
    const auto images = std::make_shared<MadeImages>(500);
    images->is_uneven = true;
    for (int taken = 0; taken < 20; ++taken) {
        Loader loader(images, ImageTransform(kAugmented, *images), Sampler({.num_images = 500, .batch_size = 50}),
                      {.num_threads = 3});
        if (taken == 0) continue;  // never started
        loader.start(taken);
        for (int b = 1; b < taken && b < 5; ++b) ASSERT_TRUE(loader.next().has_value()) << taken << ", " << b;
    }
}

TEST(Loader, SamplerOfAnotherSizeIsAnError) {
    const auto images = std::make_shared<MadeImages>(10);
    EXPECT_THAT(data_error([&] { Loader(images, ImageTransform({}, *images), Sampler({.num_images = 11}), {}); }),
                HasSubstr("11"));
}

TEST(LoadBatch, TakesChosenImagesWithoutAugmentation) {
    const auto images = std::make_shared<MadeImages>(50);
    const ImageTransform transform(kAugmented, *images);
    const std::vector<int64_t> indexes{7, 3, 3, 49};
    for (const int threads : {1, 3}) {
        const Batch batch = load_batch(*images, transform, indexes, threads);
        ASSERT_EQ(batch.size, 4);
        for (size_t i = 0; i < 4; ++i) {
            const Image expected = images->get(indexes[i]).image;
            EXPECT_TRUE(std::equal(expected.pixels.begin(), expected.pixels.end(),
                                   batch.pixels.begin() + static_cast<ptrdiff_t>(i * 144)));
        }
    }
    EXPECT_EQ(load_batch(*images, transform, {}, 2).size, 0);
}

}  // namespace
}  // namespace f8net
