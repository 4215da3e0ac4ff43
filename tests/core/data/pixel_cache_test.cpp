// SPDX-License-Identifier: Apache-2.0
// Kept pictures are the ones that decoding gives, whatever happens to the file or beside it.
#include "core/data/pixel_cache.h"

#include <sys/wait.h>

#include <atomic>
#include <thread>

#include "core/data/loader.h"
#include "core/data/pixel_file.h"
#include "tests/core/data/data_test.h"
#include "tests/core/data/image_files.h"

namespace f8net {
namespace {

using namespace testing_support;
using ::testing::HasSubstr;

constexpr int64_t kPlenty = int64_t{1} << 30;
constexpr int kPictures = 12;

Image picture(int i) {
    return smooth_image(30 + i, 50 - i, 3, i);
}

class PixelCaches : public FolderTest {
protected:
    void SetUp() override {
        FolderTest::SetUp();
        for (int i = 0; i < kPictures; ++i) write_picture(i, picture(i));
    }
    std::string file_of(int i) const {
        return "train/" + std::string(i % 2 == 0 ? "even/" : "odd/") + std::to_string(100 + i) + ".jpg";
    }
    void write_picture(int i, const Image& image) const { write(file_of(i), jpeg_of(image)); }
    DatasetPtr open(PixelCache cache, int64_t bytes = kPlenty) const {
        return open_dataset({.folder = path(), .cache = cache, .cache_folder = path("pixels"), .cache_bytes = bytes},
                            Split::kTrain);
    }
    std::string pixel_file() const {
        for (const auto& entry : std::filesystem::directory_iterator(path("pixels"))) return entry.path().string();
        return "none";
    }
    void damage(std::uintmax_t from_end) const {
        std::fstream file(pixel_file(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(-static_cast<std::streamoff>(from_end), std::ios::end);
        file.put('\x55');
        file.put('\x56');
    }
};

void expect_equal(const Dataset& cached, const Dataset& plain, const std::string& when) {
    const ChoosePart part = [](ImageSize size) { return Box{3, 5, size.height - 7, size.width - 11}; };
    for (int64_t i = 0; i < plain.size(); ++i) {
        ASSERT_EQ(cached.get(i).image, plain.get(i).image) << when << ", picture " << i;
        ASSERT_EQ(cached.get_part(i, part).image, plain.get_part(i, part).image) << when << ", picture " << i;
        ASSERT_EQ(cached.get(i).label, plain.label(i));
    }
}

TEST_F(PixelCaches, GiveTheSamePixelsBeforeAndAfterTheyAreKept) {
    const DatasetPtr plain = open(PixelCache::kNone);
    for (const PixelCache cache : {PixelCache::kMemory, PixelCache::kDisk}) {
        const DatasetPtr cached = open(cache);
        expect_equal(*cached, *plain, "first");
        expect_equal(*cached, *plain, "again");
        EXPECT_EQ(cached->fingerprint(), plain->fingerprint());
        EXPECT_EQ(cached->name(3), plain->name(3));
    }
}

TEST_F(PixelCaches, DoNotDecodeAgain) {
    for (const PixelCache cache : {PixelCache::kMemory, PixelCache::kDisk}) {
        const DatasetPtr cached = open(cache);
        const Image before = cached->get(4).image;
        const std::string file = cached->name(4);
        const auto time = std::filesystem::last_write_time(file);
        const std::string jpeg = jpeg_of(picture(4));
        std::ofstream(file) << std::string(jpeg.size(), 'x');  // no picture any more
        std::filesystem::last_write_time(file, time);
        EXPECT_EQ(cached->get(4).image, before);
        std::ofstream(file, std::ios::binary) << jpeg;
        std::filesystem::last_write_time(file, time);
    }
}

TEST_F(PixelCaches, OnDiskServeTheNextProcess) {
    const Image before = open(PixelCache::kDisk)->get(4).image;
    const DatasetPtr next = open(PixelCache::kDisk);
    const auto time = std::filesystem::last_write_time(next->name(4));
    std::ofstream(next->name(4)) << std::string(jpeg_of(picture(4)).size(), 'x');
    std::filesystem::last_write_time(next->name(4), time);
    EXPECT_EQ(next->get(4).image, before);
}

TEST_F(PixelCaches, APictureThatWasChangedIsDecodedAgain) {
    { expect_equal(*open(PixelCache::kDisk), *open(PixelCache::kNone), "first"); }
    // Of the same size in bytes and with the same fingerprint would be rare: the time of change alone has to do.
    const std::string file = open(PixelCache::kNone)->name(0);
    std::filesystem::last_write_time(file, std::filesystem::last_write_time(file) + std::chrono::seconds(5));
    const auto size_before = std::filesystem::file_size(pixel_file());
    { expect_equal(*open(PixelCache::kDisk), *open(PixelCache::kNone), "touched"); }
    EXPECT_GT(std::filesystem::file_size(pixel_file()), size_before);
}

TEST_F(PixelCaches, DamagedPixelsAreDecodedAgain) {
    const DatasetPtr plain = open(PixelCache::kNone);
    { expect_equal(*open(PixelCache::kDisk), *plain, "first"); }
    for (const std::uintmax_t place : {2u, 1000u, 20000u}) damage(place);
    expect_equal(*open(PixelCache::kDisk), *plain, "damaged");
    std::filesystem::resize_file(pixel_file(), std::filesystem::file_size(pixel_file()) - 3000);
    expect_equal(*open(PixelCache::kDisk), *plain, "cut");
    const auto table = sizeof(int64_t) * 4;
    std::filesystem::resize_file(pixel_file(), table);
    expect_equal(*open(PixelCache::kDisk), *plain, "without a table");
}

TEST_F(PixelCaches, AForeignFileUnderItsNameIsAnError) {
    open(PixelCache::kDisk)->get(0);
    const std::string file = pixel_file();
    std::ofstream(file) << std::string(5000, 'q');
    try {
        open(PixelCache::kDisk);
        FAIL() << "no error";
    } catch (const IoError& error) {
        EXPECT_THAT(error.what(), ::testing::AllOf(HasSubstr(file), HasSubstr("remove it")));
    }
    std::filesystem::remove_all(path("pixels"));
    write("pixels", "a file in the way");
    EXPECT_THROW(open(PixelCache::kDisk), IoError);
}

TEST_F(PixelCaches, KeepNoMoreThanTheLimit) {
    const DatasetPtr plain = open(PixelCache::kNone);
    const int64_t limit = 3 * 30 * 50 * 3;  // about three of twelve
    expect_equal(*open(PixelCache::kMemory, limit), *plain, "memory");
    { expect_equal(*open(PixelCache::kDisk, limit), *plain, "disk"); }
    EXPECT_LE(std::filesystem::file_size(pixel_file()), static_cast<std::uintmax_t>(limit));
    EXPECT_GT(std::filesystem::file_size(pixel_file()), static_cast<std::uintmax_t>(limit / 2));
}

TEST_F(PixelCaches, ManyThreadsAndTwoProcessesFillOneFile) {
    const DatasetPtr plain = open(PixelCache::kNone);
    const pid_t child = ::fork();
    const DatasetPtr cached = open(PixelCache::kDisk);
    std::atomic<int> different = 0;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&, t] {
                for (int k = 0; k < 5 * kPictures; ++k) {
                    const int i = (k * 7 + t) % kPictures;
                    if (cached->get(i).image != plain->get(i).image) ++different;
                }
            });
        }
    }
    if (child == 0) ::_exit(different == 0 ? 0 : 1);
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(different, 0);
    expect_equal(*open(PixelCache::kDisk), *plain, "afterwards");
}

TEST_F(PixelCaches, BatchesOfTrainingAreTheSame) {
    const TransformOptions augmented{.image_size = 24, .augmentation = Augmentation::kResizedCropFlip, .seed = 3};
    const auto pixels_of = [&](const DatasetPtr& dataset) {
        const ImageTransform transform(augmented, *dataset);
        Loader loader(dataset, transform, Sampler({.num_images = dataset->size(), .batch_size = 4, .seed = 5}),
                      {.num_threads = 2});
        std::vector<uint8_t> all;
        for (int64_t epoch = 0; epoch < 3; ++epoch) {
            loader.start(epoch);
            while (auto batch = loader.next()) all.insert(all.end(), batch->pixels.begin(), batch->pixels.end());
        }
        return all;
    };
    const auto expected = pixels_of(open(PixelCache::kNone));
    EXPECT_EQ(expected.size(), size_t{3 * kPictures * 24 * 24 * 3});
    EXPECT_EQ(pixels_of(open(PixelCache::kMemory)), expected);
    EXPECT_EQ(pixels_of(open(PixelCache::kDisk)), expected);
}

}  // namespace
}  // namespace f8net
