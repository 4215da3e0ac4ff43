// SPDX-License-Identifier: Apache-2.0
#include "core/store/run_filter.h"

#include "tests/core/store/store_fixture.h"

namespace f8net {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

RunSummary sample() {
    RunSummary run;
    run.id = RunId("0abc12345678");
    run.name = "Quickstart narrow";
    run.state = RunState::kRunning;
    run.tags = {"baseline", "paper"};
    run.note = "warm-up of 5 epochs";
    run.model = "resnet18";
    run.dataset = "fashion-mnist";
    run.best_top1 = 0.91;
    run.total_epochs = Epoch{30};
    run.duration_seconds = 5000;
    run.values = {{"lr", "0.05"}, {"optimizer.name", "sgd"}, {"train/loss", "0.31"}};
    return run;
}

bool matches(const std::string& text) {
    return RunFilter(text).matches(sample());
}

TEST(RunFilter, EmptyLetsEverythingThrough) {
    EXPECT_TRUE(RunFilter().matches(sample()));
    EXPECT_TRUE(RunFilter().empty());
    EXPECT_TRUE(matches("  "));
}

TEST(RunFilter, TextIsFoundInAnyCaseInNameTagsNoteModel) {
    for (const char* text : {"quick", "NARROW", "paper", "warm-up", "resnet", "0abc", "\"start narrow\""})
        EXPECT_TRUE(matches(text)) << text;
    EXPECT_FALSE(matches("mobilenet"));
    EXPECT_FALSE(matches("quick mobilenet"));
    EXPECT_TRUE(matches("quick -mobilenet"));
    EXPECT_FALSE(matches("-quick"));
}

TEST(RunFilter, RegularExpressions) {
    EXPECT_TRUE(matches("/^quick.*narrow$/"));
    EXPECT_TRUE(matches("/resnet(18|34)/"));
    EXPECT_FALSE(matches("/^narrow/"));
    EXPECT_THAT(message_of<ConfigError>([] { RunFilter("/(/"); }), HasSubstr("/(/"));
}

TEST(RunFilter, Fields) {
    EXPECT_TRUE(matches("state:running tag:paper model:resnet"));
    EXPECT_FALSE(matches("state:finished"));
    EXPECT_FALSE(matches("tag:pap"));  // a tag is a whole word
    EXPECT_TRUE(matches("name:\"start nar\""));
    EXPECT_FALSE(matches("-tag:paper"));
}

TEST(RunFilter, Numbers) {
    for (const char* text :
         {"top1>=0.91", "top1>90%", "top1<1", "epochs=30", "epochs!=29", "duration>1h", "duration<90m", "lr<0.1",
          "lr=0.05", "train/loss<=0.31", "optimizer.name=sgd", "optimizer.name!=adam"}) {
        EXPECT_TRUE(matches(text)) << text;
    }
    for (const char* text : {"top1>0.91", "top1<0.91", "epochs=31", "lr>=0.1", "optimizer.name=adam"})
        EXPECT_FALSE(matches(text)) << text;
}

TEST(RunFilter, WhatARunDoesNotHaveDoesNotMatch) {
    EXPECT_FALSE(matches("integer>0"));
    EXPECT_FALSE(matches("integer<=1"));
    EXPECT_FALSE(matches("no.such.key=1"));
}

TEST(RunFilter, SaysWhichKeysItNeeds) {
    EXPECT_THAT(RunFilter("top1>0.9 lr<0.1 lr>0.01 train/loss<1 text").keys(), ElementsAre("lr", "train/loss"));
}

TEST(RunFilter, WordsFromAShellNeedNoQuotes) {
    EXPECT_TRUE(RunFilter(std::vector<std::string>{"start narrow", "tag:paper"}).matches(sample()));
    EXPECT_EQ(RunFilter(std::vector<std::string>{"start narrow", "tag:paper"}).text(), "\"start narrow\" tag:paper");
}

TEST(RunFilter, ErrorsNameTheWordAndTheWayOut) {
    EXPECT_THAT(message_of<ConfigError>([] { RunFilter("stat:running"); }), HasSubstr("state"));
    EXPECT_THAT(message_of<ConfigError>([] { RunFilter("state:runing"); }), HasSubstr("finished"));
    EXPECT_THAT(message_of<ConfigError>([] { RunFilter("top1>high"); }), HasSubstr("high"));
    EXPECT_THAT(message_of<ConfigError>([] { RunFilter("top1>"); }), HasSubstr("value"));
    EXPECT_THAT(message_of<ConfigError>([] { RunFilter("\"open"); }), HasSubstr("quotation"));
}

TEST(RunFilter, LoneSignsAreText) {
    for (const char* text : {"-", ":", "/", "<", "a:", ":a"}) EXPECT_FALSE(matches(std::string("zzz ") + text)) << text;
}

}  // namespace
}  // namespace f8net
