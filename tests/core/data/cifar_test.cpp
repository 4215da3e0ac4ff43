// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "core/data/cifar_file.h"
#include "core/data/dataset.h"
#include "tests/core/data/data_test.h"

namespace f8net {
namespace {

using namespace testing_support;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Byte p of plane c of picture `number`.
uint8_t plane_byte(size_t number, size_t c, size_t p) {
    return static_cast<uint8_t>(number * 31 + c * 101 + p * 7);
}

/// `count` records, the first being picture `first`, with label bytes of their number.
std::string records(size_t count, size_t first, bool is_hundred) {
    std::string bytes;
    for (size_t number = first; number < first + count; ++number) {
        if (is_hundred) bytes += static_cast<char>(number % 20);
        bytes += static_cast<char>(number % (is_hundred ? 100 : 10));
        for (size_t c = 0; c < 3; ++c)
            for (size_t p = 0; p < 1024; ++p) bytes += static_cast<char>(plane_byte(number, c, p));
    }
    return bytes;
}

class Cifar : public FolderTest {
protected:
    void SetUp() override {
        FolderTest::SetUp();
        for (size_t batch = 1; batch <= 5; ++batch)
            write("ten/data_batch_" + std::to_string(batch) + ".bin", records(3, 3 * batch - 3, false));
        write("ten/test_batch.bin", records(12, 40, false));
        write("ten/batches.meta.txt", "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n");
        write("hundred/cifar-100-binary/train.bin", records(130, 0, true));
        write("hundred/cifar-100-binary/test.bin", records(2, 55, true));
    }
    DatasetOptions in(const std::string& folder) const {
        DatasetOptions options;
        options.folder = path(folder);
        return options;
    }
    std::string error(const std::string& folder, Split split = Split::kTrain) const {
        return data_error([&] { open_dataset(in(folder), split); });
    }
};

TEST_F(Cifar, TenReadsItsFiveBatchesInOrderAndItsClassNames) {
    const DatasetPtr train = open_dataset(in("ten"), Split::kTrain);
    EXPECT_EQ(detect_dataset(in("ten")), DatasetKind::kCifar10);
    EXPECT_EQ(train->size(), 15);
    EXPECT_EQ(train->channels(), 3);
    EXPECT_EQ(train->image_size(), (ImageSize{32, 32}));
    EXPECT_EQ(train->class_names().at(9), "truck");
    EXPECT_EQ(train->description(), "CIFAR-10 train, 15 images 32x32, 10 classes");
    EXPECT_EQ(train->name(7), path("ten/data_batch_3.bin") + " image 1");
    for (const int64_t index : {0, 7, 14}) {
        const Sample sample = train->get(index);
        EXPECT_EQ(sample.label, index % 10);
        for (const size_t p : {size_t{0}, size_t{33}, size_t{1023}})
            for (size_t c = 0; c < 3; ++c)
                EXPECT_EQ(sample.image.pixels[3 * p + c], plane_byte(static_cast<size_t>(index), c, p));
    }
    EXPECT_EQ(open_dataset(in("ten"), Split::kTest)->size(), 12);
    DatasetOptions as_grey = in("ten");
    as_grey.channels = 1;
    const Image grey = open_dataset(as_grey, Split::kTrain)->get(3).image;
    EXPECT_EQ(grey, with_channels(train->get(3).image, 1));
}

TEST_F(Cifar, HundredTakesTheFineLabelsAndIsFoundBelowTheFolder) {
    const DatasetPtr train = open_dataset(in("hundred"), Split::kTrain);
    EXPECT_EQ(detect_dataset(in("hundred")), DatasetKind::kCifar100);
    EXPECT_EQ(train->size(), 130);
    EXPECT_EQ(train->num_classes(), 100);
    EXPECT_EQ(train->label(129), 29);
    EXPECT_EQ(train->class_names().at(7), "7");  // there is no file of names
    EXPECT_EQ(train->get(129).image.pixels[1], plane_byte(129, 1, 0));
    EXPECT_EQ(open_dataset(in("hundred"), Split::kTest)->label(1), 56);
}

TEST_F(Cifar, FingerprintIsOfPixelsLabelsAndOrder) {
    const auto fingerprint = [&] { return open_dataset(in("ten"), Split::kTrain)->fingerprint(); };
    const std::string before = fingerprint();
    EXPECT_EQ(fingerprint(), before);
    std::string batch = records(3, 6, false);
    ++batch[3073 + 500];
    write("ten/data_batch_3.bin", batch);
    EXPECT_NE(fingerprint(), before);
    batch = records(3, 6, false);
    ++batch[3073];
    write("ten/data_batch_3.bin", batch);
    EXPECT_NE(fingerprint(), before);
    write("ten/data_batch_3.bin", records(3, 9, false));
    write("ten/data_batch_4.bin", records(3, 6, false));
    EXPECT_NE(fingerprint(), before);
}

TEST_F(Cifar, TruncatedOversizedAndMissingFilesAreNamed) {
    for (const size_t size : {size_t{0}, size_t{1}, size_t{3072}, size_t{3 * 3073 - 1}, size_t{3 * 3073 + 1}}) {
        std::string bytes = records(4, 3, false);
        bytes.resize(size);
        write("ten/data_batch_2.bin", bytes);
        EXPECT_THAT(error("ten"), AllOf(HasSubstr("data_batch_2.bin: " + std::to_string(size) + " bytes"),
                                        HasSubstr("records of 3073")));
    }
    std::filesystem::remove(path("ten/data_batch_2.bin"));
    EXPECT_THAT(error("ten"), AllOf(HasSubstr("data_batch_2.bin: no such file"), HasSubstr("binary version")));
    DatasetOptions nowhere;
    nowhere.kind = DatasetKind::kCifar10;
    EXPECT_THAT(data_error([&] { open_dataset(nowhere, Split::kTrain); }), HasSubstr("cifar-10"));
}

TEST_F(Cifar, LabelsOutOfRangeAndWrongNumbersOfNamesSayWhere) {
    std::string bytes = records(3, 0, false);
    bytes[3073] = 10;
    write("ten/data_batch_1.bin", bytes);
    EXPECT_THAT(error("ten"), AllOf(HasSubstr("data_batch_1.bin: label of record 1 (byte 3073) is 10"),
                                    HasSubstr("expected 0 to 9")));
    bytes = records(2, 0, true);
    bytes[3074] = 20;
    write("hundred/cifar-100-binary/test.bin", bytes);
    EXPECT_THAT(error("hundred", Split::kTest), HasSubstr("coarse label of record 1 (byte 3074) is 20"));
    bytes[3074] = 19;
    bytes[3075] = 100;
    write("hundred/cifar-100-binary/test.bin", bytes);
    EXPECT_THAT(error("hundred", Split::kTest), HasSubstr("fine label of record 1 (byte 3075) is 100"));
    write("hundred/cifar-100-binary/fine_label_names.txt", "apple\nbaby\n");
    EXPECT_THAT(error("hundred"), AllOf(HasSubstr("fine_label_names.txt"), HasSubstr("2 classes, expected 100")));
}

}  // namespace
}  // namespace f8net
