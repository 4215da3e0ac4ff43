// SPDX-License-Identifier: Apache-2.0
#include "core/data/dataset.h"

#include <algorithm>
#include <set>

#include "tests/core/data/data_test.h"
#include "tests/core/data/image_files.h"

namespace f8net {
namespace {

using namespace testing_support;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class IdxFolder : public FolderTest {
protected:
    void SetUp() override {
        FolderTest::SetUp();
        for (size_t i = 0; i < pixels_.size(); ++i) pixels_[i] = static_cast<uint8_t>(i * 37);
        for (size_t i = 0; i < labels_.size(); ++i) labels_[i] = static_cast<uint8_t>(i % 4);
        write("train-images-idx3-ubyte", idx_of({60, 3, 2}, pixels_));
        write("train-labels-idx1-ubyte", idx_of({60}, labels_));
        write("t10k-images-idx3-ubyte.gz", gzip_of(idx_of({60, 3, 2}, pixels_)));
        write("t10k-labels-idx1-ubyte.gz", gzip_of(idx_of({60}, labels_)));
    }
    std::string error(Split split = Split::kTrain) const {
        return data_error([&] { open_dataset({.folder = path()}, split); });
    }

    std::vector<uint8_t> pixels_ = std::vector<uint8_t>(360);
    std::vector<uint8_t> labels_ = std::vector<uint8_t>(60);
};

TEST_F(IdxFolder, ReadsPlainAndPackedFiles) {
    for (const Split split : {Split::kTrain, Split::kTest}) {
        const DatasetPtr data = open_dataset({.folder = path()}, split);
        EXPECT_EQ(data->size(), 60);
        EXPECT_EQ(data->num_classes(), 4);
        EXPECT_EQ(data->image_size(), (ImageSize{3, 2}));
        const Sample sample = data->get(2);
        EXPECT_EQ(sample.label, 2);
        EXPECT_THAT(sample.image.pixels, ::testing::ElementsAreArray(pixels_.data() + 12, 6));
    }
    EXPECT_THAT(open_dataset({.folder = path(), .channels = 3}, Split::kTrain)->get(0).image.pixels,
                ::testing::SizeIs(18));
}

TEST_F(IdxFolder, TruncatedAndGarbledFilesNameFileAndSizes) {
    const std::string good = idx_of({60, 3, 2}, pixels_);
    write("train-images-idx3-ubyte", good.substr(0, 200));
    EXPECT_THAT(error(), AllOf(HasSubstr("train-images-idx3-ubyte"), HasSubstr("360"), HasSubstr("200")));
    write("train-images-idx3-ubyte", good + "x");
    EXPECT_THAT(error(), AllOf(HasSubstr("360"), HasSubstr("more")));
    write("train-images-idx3-ubyte", "abc");
    EXPECT_THAT(error(), HasSubstr("header"));
    write("train-images-idx3-ubyte", std::string(400, 'z'));
    EXPECT_THAT(error(), HasSubstr("not an IDX file"));
    write("train-images-idx3-ubyte", idx_of({0xffffffff, 16000, 16000}, pixels_));
    EXPECT_THAT(error(), HasSubstr("train-images-idx3-ubyte"));
    const std::string packed = gzip_of(good);
    std::filesystem::remove(path("train-images-idx3-ubyte"));
    for (size_t size = 0; size < packed.size(); ++size) {
        write("train-images-idx3-ubyte.gz", packed.substr(0, size));
        ASSERT_THAT(error(), HasSubstr("train-images-idx3-ubyte.gz")) << size;
    }
    const std::string fingerprint = open_dataset({.folder = path()}, Split::kTest)->fingerprint();
    for (size_t i = 10; i < packed.size(); ++i) {  // the ten bytes before hold a time and the like
        std::string bad = packed;
        bad[i] = static_cast<char>(bad[i] ^ 0x10);
        write("train-images-idx3-ubyte.gz", bad);
        // Some flips only make another encoding of the same bytes; none may change an image.
        if (error() == "no DataError") {
            EXPECT_EQ(open_dataset({.folder = path()}, Split::kTrain)->fingerprint(), fingerprint) << i;
        } else {
            EXPECT_THAT(error(), HasSubstr("train-images-idx3-ubyte.gz")) << i;
        }
    }
}

TEST_F(IdxFolder, LabelsMustFitImagesAndClasses) {
    write("train-labels-idx1-ubyte", idx_of({59}, std::vector<uint8_t>(59)));
    EXPECT_THAT(error(), AllOf(HasSubstr("59 labels"), HasSubstr("60")));
    write("train-labels-idx1-ubyte", idx_of({60}, std::vector<uint8_t>(60)));  // one class only
    EXPECT_THAT(error(Split::kTest), AllOf(HasSubstr("t10k-labels"), HasSubstr("label 1 of image 1")));
}

TEST_F(IdxFolder, FingerprintIsOfTheContent) {
    const std::string before = open_dataset({.folder = path()}, Split::kTrain)->fingerprint();
    // The same content, packed.
    EXPECT_EQ(open_dataset({.folder = path()}, Split::kTest)->fingerprint(), before);
    pixels_[100] ^= 1;
    write("train-images-idx3-ubyte", idx_of({60, 3, 2}, pixels_));
    const std::string changed = open_dataset({.folder = path()}, Split::kTrain)->fingerprint();
    EXPECT_NE(changed, before);
    pixels_[100] ^= 1;
    labels_[7] ^= 1;
    write("train-images-idx3-ubyte", idx_of({60, 3, 2}, pixels_));
    write("train-labels-idx1-ubyte", idx_of({60}, labels_));
    EXPECT_NE(open_dataset({.folder = path()}, Split::kTrain)->fingerprint(), before);
    EXPECT_NE(open_dataset({.folder = path(), .limit = 10}, Split::kTrain)->fingerprint(),
              open_dataset({.folder = path(), .limit = 11}, Split::kTrain)->fingerprint());
}

TEST_F(IdxFolder, ValidationIsSplitOffTrainingWithoutOverlap) {
    const auto names = [&](const DatasetOptions& options, Split split) {
        std::set<std::string> result;
        const DatasetPtr data = open_dataset(options, split);
        for (int64_t i = 0; i < data->size(); ++i) result.insert(data->name(i));
        return result;
    };
    for (const DatasetOptions& options : {DatasetOptions{.folder = path(), .validation_count = 15, .seed = 1},
                                          DatasetOptions{.folder = path(), .validation_share = 0.25, .seed = 1}}) {
        const auto train = names(options, Split::kTrain), validation = names(options, Split::kValidation);
        EXPECT_EQ(train.size(), 45u);
        EXPECT_EQ(validation.size(), 15u);
        std::set<std::string> all = train;
        all.insert(validation.begin(), validation.end());
        EXPECT_EQ(all.size(), 60u);
        EXPECT_EQ(names(options, Split::kValidation), validation);
        DatasetOptions other = options;
        other.seed = 2;
        EXPECT_NE(names(other, Split::kValidation), validation);
        EXPECT_EQ(names(options, Split::kTest).size(), 60u);
    }
    EXPECT_THAT(error(Split::kValidation), HasSubstr("no validation part"));
    EXPECT_THAT(data_error([&] { open_dataset({.folder = path(), .validation_count = 60}, Split::kTrain); }),
                HasSubstr("leave none"));
}

TEST_F(IdxFolder, MissingFoldersAndFilesAreNamed) {
    EXPECT_THAT(data_error([&] { open_dataset({.folder = path("nodata")}, Split::kTrain); }),
                AllOf(HasSubstr("nodata"), HasSubstr("apt-get install dataset-fashion-mnist")));
    std::filesystem::remove(path("train-labels-idx1-ubyte"));
    EXPECT_THAT(error(), HasSubstr("train-labels-idx1-ubyte"));
    std::filesystem::create_directories(path("empty"));
    EXPECT_THAT(data_error([&] { open_dataset({.folder = path("empty")}, Split::kTrain); }), HasSubstr("neither"));
}

TEST(FashionMnist, IsTheDefaultWhereItIsInstalled) {
    if (!std::filesystem::is_directory(default_fashion_mnist_folder())) {
        EXPECT_THROW(open_dataset({}, Split::kTest), MissingError);
        GTEST_SKIP() << "dataset-fashion-mnist is not installed";
    }
    const DatasetPtr test = open_dataset({}, Split::kTest);
    EXPECT_EQ(test->size(), 10000);
    EXPECT_EQ(test->class_names().at(9), "Ankle boot");
    EXPECT_EQ(test->label(0), 9);
    std::vector<int> counts(10);
    for (int64_t i = 0; i < test->size(); ++i) ++counts[static_cast<size_t>(test->label(i))];
    EXPECT_THAT(counts, ::testing::Each(1000));
    EXPECT_THAT(test->description(), HasSubstr("Fashion-MNIST test, 10000 images 28x28, 10 classes"));
}

class ImageFolders : public FolderTest {
protected:
    void SetUp() override {
        FolderTest::SetUp();
        for (int i = 0; i < 3; ++i) {
            write("train/cat/" + std::to_string(i) + ".jpg", jpeg_of(smooth_image(20, 30, 3, i)));
            write("train/dog/deep/" + std::to_string(i) + ".PNG", png_of(smooth_image(25, 22, 1, i)));
        }
        write("train/dog/notes.txt", "no image");
        write("train/.hidden/x.jpg", "no image");
        write("val/dog/a.jpeg", jpeg_of(smooth_image(20, 30, 1, 9)));
    }
};

TEST_F(ImageFolders, ClassesAreFoldersTakenInTurn) {
    const DatasetPtr train = open_dataset({.folder = path()}, Split::kTrain);
    EXPECT_THAT(train->class_names(), ElementsAre("cat", "dog"));
    ASSERT_EQ(train->size(), 6);
    EXPECT_THAT(train->name(1), HasSubstr("dog/deep/0.PNG"));
    for (int64_t i = 0; i < 6; ++i) EXPECT_EQ(train->get(i).label, i % 2);
    EXPECT_EQ(train->get(0).image.channels, 3);
    EXPECT_EQ(train->get(1).image.height, 25);
    EXPECT_FALSE(train->image_size().has_value());
    const DatasetPtr test = open_dataset({.folder = path(), .channels = 1}, Split::kTest);
    ASSERT_EQ(test->size(), 1);
    EXPECT_EQ(test->get(0).label, 1);
    EXPECT_EQ(test->get(0).image.channels, 1);
}

TEST_F(ImageFolders, DamagedFilesNameTheirPathAndUnknownClassesTheirs) {
    write("train/cat/1.jpg",
          read_text_file(path("train/cat/1.jpg")).substr(0, read_text_file(path("train/cat/1.jpg")).size() - 20));
    const DatasetPtr train = open_dataset({.folder = path()}, Split::kTrain);
    EXPECT_THAT(data_error([&] { train->get(2); }), AllOf(HasSubstr("train/cat/1.jpg"), HasSubstr("truncated")));
    write("val/fox/a.jpg", "x");
    EXPECT_THAT(data_error([&] { open_dataset({.folder = path()}, Split::kTest); }), HasSubstr("val/fox"));
}

TEST_F(ImageFolders, ClassesWithoutPicturesAreNamed) {
    const auto error = [&](Split split) { return data_error([&] { open_dataset({.folder = path()}, split); }); };
    std::filesystem::create_directories(path("val/cat"));
    EXPECT_THAT(error(Split::kTest), AllOf(HasSubstr("val/cat: no .jpg"), HasSubstr("add pictures or remove it")));
    std::filesystem::remove_all(path("train/dog/deep"));  // leaves a text
    EXPECT_THAT(error(Split::kTrain), HasSubstr("train/dog: no .jpg"));
    std::filesystem::remove_all(path("train/cat"));
    std::filesystem::remove_all(path("train/dog"));
    DatasetOptions options{.kind = DatasetKind::kImageFolder, .folder = path()};
    EXPECT_THAT(data_error([&] { open_dataset(options, Split::kTrain); }), HasSubstr("train: no folders of classes"));
}

TEST_F(ImageFolders, DataOfAnotherKindSayWhichTheyAre) {
    for (const Split split : {Split::kTrain, Split::kTest}) {
        for (const auto& [kind, name] :
             {std::pair(DatasetKind::kFashionMnist, "fashion-mnist"), std::pair(DatasetKind::kCifar10, "cifar-10")}) {
            DatasetOptions options{.kind = kind, .folder = path()};
            EXPECT_THAT(
                data_error([&] { open_dataset(options, split); }),
                HasSubstr("holds no " + std::string(name) + " but image-folder data: data.dataset=image-folder"));
        }
    }
}

TEST_F(ImageFolders, PartsMayHaveOtherNamesAndLieElsewhere) {
    std::filesystem::rename(path("train"), path("training-pictures"));
    std::filesystem::rename(path("val"), path("held-out"));
    DatasetOptions options{.folder = path(), .train_folder = "training-pictures", .test_folder = "held-out"};
    EXPECT_EQ(detect_dataset(options), DatasetKind::kImageFolder);
    EXPECT_EQ(open_dataset(options, Split::kTrain)->size(), 6);
    EXPECT_EQ(open_dataset(options, Split::kTest)->size(), 1);
    options.test_folder = path("held-out");  // absolute
    EXPECT_EQ(open_dataset(options, Split::kTest)->size(), 1);
    options.test_folder = "nowhere";
    EXPECT_FALSE(has_split(options, Split::kTest));
    EXPECT_TRUE(has_split(options, Split::kTrain));
    EXPECT_THAT(data_error([&] { open_dataset(options, Split::kTest); }), HasSubstr("no folder nowhere with"));
    // "val" by default also means its usual other names.
    std::filesystem::rename(path("held-out"), path("validation"));
    options.test_folder = "val";
    EXPECT_EQ(open_dataset(options, Split::kTest)->size(), 1);
}

TEST_F(ImageFolders, FingerprintChangesWithAByteAndWithAName) {
    const auto fingerprint = [&] { return open_dataset({.folder = path()}, Split::kTrain)->fingerprint(); };
    const std::string before = fingerprint();
    EXPECT_EQ(fingerprint(), before);
    std::string bytes = read_text_file(path("train/cat/2.jpg"));
    bytes[300] ^= 1;
    write("train/cat/2.jpg", bytes);
    EXPECT_NE(fingerprint(), before);
    bytes[300] ^= 1;
    write("train/cat/2.jpg", bytes);
    EXPECT_EQ(fingerprint(), before);
    std::filesystem::rename(path("train/cat/2.jpg"), path("train/cat/3.jpg"));
    EXPECT_NE(fingerprint(), before);
}

}  // namespace
}  // namespace f8net
