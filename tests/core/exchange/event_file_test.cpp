// SPDX-License-Identifier: Apache-2.0
// Event files without TensorBoard; tests/system/exchange_test.py has its own library read and write them.
#include <sstream>

#include "core/base/atomic_file.h"
#include "core/exchange/crc32c.h"
#include "core/exchange/export_runs.h"
#include "core/exchange/import_runs.h"
#include "core/exchange/record_file.h"
#include "tests/core/store/store_fixture.h"

namespace f8net {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Crc32c, GivesTheValuesOfTheStandard) {  // RFC 3720 B.4
    EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
    EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
    std::string ascending;
    for (char byte = 0; byte < 32; ++byte) ascending += byte;
    EXPECT_EQ(crc32c(ascending), 0x46dd794eu);
    EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
}

class RecordFile : public testing::Test {
protected:
    static std::string refusal(const std::string& file) {
        return message_of<DataError>([&] {
            std::istringstream stream(file);
            RecordReader reader(stream, "f");
            for (std::string bytes; reader.next(bytes);) {
            }
        });
    }
};

TEST_F(RecordFile, ReadsWhatItWrites) {
    std::string file;
    const std::vector<std::string> records{"", "one", std::string(3'000'000, 'x')};
    for (const std::string& record : records) append_record(file, record);
    std::istringstream stream(file);
    RecordReader reader(stream, "f");
    for (const std::string& record : records) {
        std::string bytes;
        ASSERT_TRUE(reader.next(bytes));
        EXPECT_EQ(bytes, record);
    }
    std::string rest;
    EXPECT_FALSE(reader.next(rest));
}

TEST_F(RecordFile, EveryChangedBitAndEveryCutIsFound) {
    std::string file;
    append_record(file, "first");
    const size_t second = file.size();
    append_record(file, "second");
    for (size_t bit = 0; bit < 8 * file.size(); ++bit) {
        std::string changed = file;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
        EXPECT_THAT(refusal(changed), HasSubstr("f: record at byte " + std::to_string(bit / 8 < second ? 0 : second)));
    }
    for (size_t size = second + 1; size < file.size(); ++size) {
        EXPECT_THAT(refusal(file.substr(0, size)),
                    HasSubstr("f: record at byte " + std::to_string(second) + " is cut off"));
    }
}

TEST_F(RecordFile, AnAbsurdLengthIsNotBelieved) {
    const std::string length("\xff\xff\xff\xff\xff\xff\xff\x7f", 8);
    std::string file = length;
    for (int i = 0; i < 4; ++i) file += static_cast<char>(masked_crc32c(length) >> (8 * i));
    EXPECT_THAT(refusal(file), HasSubstr("claims 9223372036854775807 bytes"));
}

class EventFile : public StoreTest {
protected:
    std::vector<double> values(const RunId& run, const std::string& metric) {
        std::vector<double> values;
        for (const MetricPoint& point : RunReader(open()).metric(run, metric).points) values.push_back(point.value);
        return values;
    }
};

TEST_F(EventFile, WhatTensorBoardWroteIsRead) {  // by version 2.21: 1 / step, as a number and as a tensor
    for (const char* name : {"plain", "tensors"}) {
        const std::string file = std::string(F8NET_SOURCE_DIR) + "/tests/fuzz/corpus/events/" + name;
        const RunTransfer transfer = import_runs(path, file);
        ASSERT_EQ(transfer.runs.size(), 1u);
        EXPECT_EQ(transfer.runs[0].name, "events");  // its folder
        const std::vector<double> loss = values(transfer.runs[0].to, "loss");
        EXPECT_EQ(loss.size(), name == std::string("plain") ? 5u : 3u);
        EXPECT_EQ(loss[2], double{1.0f / 3});
    }
}

TEST_F(EventFile, ExportedRunsComeBackWithTheirCurves) {
    const RunId id = create("some/run");
    RunWriter writer(path, id, nullptr);
    for (int step = 1; step <= 20; ++step) writer.on_step(step_report(step));
    writer.on_epoch(epoch_report(1, 10));
    writer.on_checkpoint(checkpoint_report(writer.folder(), "best", 1, 10));
    writer.finish(RunState::kFinished, 0);
    const RunExport done = export_runs(open(), {id}, RunFormat::kTensorBoard, folder / "logs");
    EXPECT_THAT(done.files, ElementsAre(folder / "logs/some-run"));
    const RunTransfer transfer = import_runs(path, folder / "logs");
    ASSERT_EQ(transfer.runs.size(), 1u);
    EXPECT_EQ(transfer.runs[0].name, "some-run");
    const RunId copy = transfer.runs[0].to;
    const std::vector<double> loss = values(id, "train/loss"), again = values(copy, "train/loss");
    ASSERT_EQ(again.size(), 20u);
    for (size_t i = 0; i < 20; ++i) EXPECT_EQ(again[i], double{static_cast<float>(loss[i])});
    EXPECT_THAT(values(copy, "input_fractional_length/head.0"), ElementsAre(6));
    EXPECT_EQ(RunReader(open()).metric(copy, "train/loss").points[3].wall_time,
              RunReader(open()).metric(id, "train/loss").points[3].wall_time);
}

TEST_F(EventFile, FilesOfOthersAreLeftInTheFolder) {
    const RunId id = create("mine");
    std::filesystem::create_directories(folder / "logs/other");
    write_text_file(folder / "logs/other/events.out.tfevents.1", "x");
    export_runs(open(), {id}, RunFormat::kTensorBoard, folder / "logs");
    export_runs(open(), {id}, RunFormat::kTensorBoard, folder / "logs");  // its own is replaced
    EXPECT_EQ(read_text_file(folder / "logs/other/events.out.tfevents.1"), "x");
    write_text_file(folder / "logs/mine/notes.txt", "x");
    EXPECT_THROW(export_runs(open(), {id}, RunFormat::kTensorBoard, folder / "logs"), ConfigError);
}

TEST_F(EventFile, AFolderWithoutEventsIsRefused) {
    std::filesystem::create_directories(folder / "empty");
    EXPECT_THAT(message_of<DataError>([&] { import_runs(path, folder / "empty"); }), HasSubstr("no event files"));
}

}  // namespace
}  // namespace f8net
