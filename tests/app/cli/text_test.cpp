// SPDX-License-Identifier: Apache-2.0
#include "app/cli/text_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "app/cli/console_observer.h"
#include "app/cli/subject.h"

namespace f8net {
namespace {

TEST(TextTable, AlignsByCharactersNotBytes) {
    TextTable table{"name", ">count"};
    table.add_row({"größer", "7"});
    table.add_row({"a", "1234"});
    EXPECT_EQ(table.text(), "name    count\ngrößer      7\na        1234\n");
}

TEST(TextTable, AlignsByTheColumnsThatATerminalUses) {
    TextTable table{"name", ">count"};
    table.add_row({"日本語", "7"});
    table.add_row({"a😀", "8"});
    table.add_row({"", "9"});
    EXPECT_EQ(table.text(), "name    count\n日本語      7\na😀         8\n            9\n");
}

TEST(TextTable, ForeignTextIsNoCommandForATerminal) {
    TextTable table{"na\tme", "x"};
    table.add_row({"a\nb", "\033[31mred\xff\xc2\x9b"});
    EXPECT_EQ(table.text(), "na?me  x\na?b    ?[31mred??\n");
}

TEST(Text, FormatsForPeople) {
    EXPECT_EQ(format_percent(0.88123), "88.12 %");
    EXPECT_EQ(format_percent(std::numeric_limits<double>::quiet_NaN()), "-");
    EXPECT_EQ(format_bytes(999), "999 bytes");
    EXPECT_EQ(format_bytes(1'500'000), "1.5 MB");
    EXPECT_EQ(format_duration(45), "45 s");
    EXPECT_EQ(format_duration(200), "3 min 20 s");
    EXPECT_EQ(format_duration(7500), "2 h 5 min");
    EXPECT_EQ(format_time(0), "-");
}

TEST(ConsoleObserver, LineHasEpochStepLossAccuracySpeedAndTimeLeft) {
    Console console;
    console.configure(ColorMode::kNever, true, 0, false);
    ConsoleObserver observer(console);
    observer.on_stage_start("float", {}, Step{100}, Epoch{3});
    const auto start = ConsoleObserver::Clock::now();
    StepReport report;
    report.epoch = Epoch{1};
    report.step = Step{10};
    report.metrics = {{"train/loss", 1.5}, {"train/top1", 0.25}, {"train/images_per_second", 640}};
    observer.progress_line(report, start);
    report.step = Step{30};
    // 20 steps took 10 s, 70 are left.
    EXPECT_EQ(observer.progress_line(report, start + std::chrono::seconds(10)),
              "epoch 1/3  step 30/100  loss 1.5000  accuracy 25.0 %  640 images/s  ETA 35 s");
}

TEST(Subject, KindIsToldByTheNamesEnd) {
    EXPECT_EQ(kind_of_subject("net.f8n"), Subject::Kind::kIntegerNetwork);
    EXPECT_EQ(kind_of_subject("a/b.safetensors"), Subject::Kind::kCheckpoint);
    EXPECT_EQ(kind_of_subject("theirs.pth"), Subject::Kind::kCheckpoint);
    EXPECT_EQ(kind_of_subject("x.yml"), Subject::Kind::kConfig);
    EXPECT_EQ(kind_of_subject("quickstart:stage:float"), Subject::Kind::kRun);
}

}  // namespace
}  // namespace f8net
