// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/store_follower.h"

#include <gtest/gtest.h>

#include <QFile>
#include <QTemporaryDir>
#include <QThread>

#include "core/store/run_reader.h"
#include "core/store/run_store.h"
#include "tests/widgets/synthetic/synthetic_store.h"

namespace f8net {
namespace {

class Follower : public testing::Test {
protected:
    QTemporaryDir folder;
    QString path = folder.filePath("runs.db");
    static constexpr int kPatience = 60'000;
};

TEST_F(Follower, AStoreThatIsNotThereYetIsEmptyAndAppears) {
    StoreFollower follower(path);
    std::vector<RunSummary> runs;
    QObject::connect(&follower, &StoreFollower::runsChanged, [&](const RunsUpdate& update) { runs = update.runs; });
    QString failure;
    QObject::connect(&follower, &StoreFollower::failed, [&](const QString& message) { failure = message; });
    ASSERT_TRUE(follower.waitUntilCaughtUp(kPatience));
    EXPECT_TRUE(runs.empty());
    EXPECT_FALSE(QFile::exists(path));  // looking does not create it
    synthetic::Store store(path.toStdString());
    store.add({.name = "first", .epochs = 2, .doneEpochs = 2, .stepsPerEpoch = 5, .floatEpochs = 1});
    follower.reload();
    ASSERT_TRUE(follower.waitUntilCaughtUp(kPatience));
    ASSERT_EQ(runs.size(), 1u);
    EXPECT_EQ(runs[0].name, "first");
    EXPECT_EQ(failure.toStdString(), "");
}

TEST_F(Follower, FormatsComeFinished) {
    synthetic::Store store(path.toStdString());
    const RunId run = store.add({.name = "a", .epochs = 6, .doneEpochs = 6, .stepsPerEpoch = 200, .floatEpochs = 2});
    StoreFollower follower(path);
    std::shared_ptr<const FormatsData> formats;
    QObject::connect(&follower, &StoreFollower::formatsReady, [&](const auto& data) { formats = data; });
    follower.followFormats({run, {}, {}});
    ASSERT_TRUE(follower.waitUntilCaughtUp(kPatience));
    ASSERT_TRUE(formats);
    EXPECT_EQ(formats->layers.size(), 21u);
    EXPECT_EQ(formats->epochs, (std::vector<int>{3, 4, 5, 6}));
    EXPECT_EQ(formats->epoch, 6);
    EXPECT_TRUE(formats->layers[0].report.has_value());
    follower.followFormats({run, {}, Epoch{4}});
    ASSERT_TRUE(follower.waitUntilCaughtUp(kPatience));
    EXPECT_EQ(formats->epoch, 4);
}

TEST_F(Follower, AQuestionIsAnsweredAwayFromTheUiThreadNowAndAfterEachChange) {
    synthetic::Store store(path.toStdString());
    const RunId run = store.add({.name = "a", .epochs = 2, .doneEpochs = 2, .stepsPerEpoch = 5, .floatEpochs = 1});
    StoreFollower follower(path);
    struct Answer {
        std::string name;
        QThread* readOn;
    };
    std::vector<Answer> answers;
    auto question = std::make_unique<StoreQuestion>(follower);
    const auto read = [run](const RunReader& reader) { return Answer{reader.run(run).name, QThread::currentThread()}; };
    question->ask(read, [](const Answer&) { FAIL() << "asked anew before it was answered"; });
    question->ask(read, [&](const Answer& answer) {
        EXPECT_EQ(QThread::currentThread(), follower.thread());
        answers.push_back(answer);
    });
    ASSERT_TRUE(follower.waitUntilCaughtUp(kPatience));
    ASSERT_FALSE(answers.empty());
    EXPECT_EQ(answers.back().name, "a");
    EXPECT_NE(answers.back().readOn, follower.thread());
    follower.perform("rename", [run](RunStore& s) { s.rename(run, "b"); });
    ASSERT_TRUE(follower.waitUntilCaughtUp(kPatience));
    EXPECT_EQ(answers.back().name, "b");
    question.reset();
    follower.perform("rename", [run](RunStore& s) { s.rename(run, "c"); });
    ASSERT_TRUE(follower.waitUntilCaughtUp(kPatience));
    EXPECT_EQ(answers.back().name, "b");  // forgotten with its asker
}

TEST_F(Follower, ChangesArePerformedAndSeen) {
    synthetic::Store store(path.toStdString());
    const RunId run = store.add({.name = "a", .epochs = 2, .doneEpochs = 2, .stepsPerEpoch = 5, .floatEpochs = 1});
    StoreFollower follower(path);
    std::string name;
    QObject::connect(&follower, &StoreFollower::runsChanged, [&](const RunsUpdate& update) {
        for (const RunSummary& summary : update.runs) name = summary.name;
    });
    follower.perform("rename", [run](RunStore& s) { s.rename(run, "b"); });
    ASSERT_TRUE(follower.waitUntilCaughtUp(kPatience));
    EXPECT_EQ(name, "b");
}

TEST_F(Follower, WhatCannotBeDoneIsSaidAndFollowingGoesOn) {
    synthetic::Store store(path.toStdString());
    const RunId run = store.add({.name = "a", .epochs = 2, .doneEpochs = 2, .stepsPerEpoch = 5, .floatEpochs = 1});
    StoreFollower follower(path);
    QString failure;
    QObject::connect(&follower, &StoreFollower::failed, [&](const QString& message) { failure = message; });
    follower.perform("stop a", [run](RunStore& s) { s.request(run, RunRequest::kStop); });  // it has finished
    ASSERT_TRUE(follower.waitUntilCaughtUp(kPatience));
    EXPECT_TRUE(failure.startsWith("Cannot stop a")) << failure.toStdString();
}

TEST_F(Follower, AFileThatIsNoStoreIsSaidOnce) {
    QFile file(path);
    ASSERT_TRUE(file.open(QIODevice::WriteOnly));
    file.write(QByteArray(5000, 'x'));
    file.close();
    StoreFollower follower(path);
    QStringList failures;
    QObject::connect(&follower, &StoreFollower::failed, [&](const QString& message) { failures << message; });
    ASSERT_TRUE(follower.waitUntilCaughtUp(kPatience));
    follower.waitUntilCaughtUp(kPatience);
    EXPECT_EQ(failures.size(), 1);
}

}  // namespace
}  // namespace f8net
