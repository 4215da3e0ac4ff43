// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/dialogs/experiment_draft.h"

#include <gtest/gtest.h>

#include <QFile>
#include <QTemporaryDir>

namespace f8net {
namespace {

const QString kQuickstart = QString(F8NET_SOURCE_DIR) + "/configs/fashion-mnist/quickstart.yaml";

QString read(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

class ExperimentDraftTest : public testing::Test {
protected:
    void SetUp() override {
        draft.openFile(kQuickstart);
        ASSERT_EQ(draft.problem().toStdString(), "");
    }
    QStringList arguments(const QString& name = "run") { return draft.arguments(folder.path(), name); }

    QTemporaryDir folder;
    ExperimentDraft draft;
};

TEST_F(ExperimentDraftTest, ChangesOfAFileBecomeSettings) {
    EXPECT_FALSE(draft.isChanged());
    draft.setOption("optimizer.lr", "0.025");
    draft.setOption("data.flip", "true");
    EXPECT_EQ(arguments(), (QStringList{kQuickstart, "--set", "optimizer.lr=0.025", "--set", "data.flip=true"}));
    EXPECT_EQ(draft.changes().size(), 2u);
    EXPECT_TRUE(draft.yaml().contains("lr: 0.025"));
    draft.resetOption("data.flip");
    draft.setOption("optimizer.lr", "0.1");  // as the file says
    EXPECT_EQ(arguments(), QStringList{kQuickstart});
    EXPECT_FALSE(draft.isChanged());
}

TEST_F(ExperimentDraftTest, AStagesValueIsASettingOfThatStage) {
    draft.setOption("stages.float.optimizer.lr", "0.2");
    ASSERT_EQ(draft.problem().toStdString(), "");
    EXPECT_EQ(arguments(), (QStringList{kQuickstart, "--set", "stages.float.optimizer.lr=0.2"}));
    EXPECT_EQ(draft.changes(), (std::map<std::string, std::string>{{"stages.float.optimizer.lr", "0.2"}}));
    EXPECT_TRUE(
        draft.yaml().contains("  - name: float\n"
                              "    quantization:\n      mode: float\n"
                              "    optimizer:\n      lr: 0.2\n"
                              "    training:\n      epochs: 3\n"))
        << draft.yaml().toStdString();
    EXPECT_EQ(draft.current().optimizer.lr, 0.1);
    draft.inheritOption("stages.float.optimizer.lr");
    EXPECT_EQ(arguments(), QStringList{kQuickstart});
    EXPECT_FALSE(draft.isChanged());
    draft.setOption("stages.float.training.epochs", "7");
    draft.resetOption("stages.float.training.epochs");  // to the 3 of the file
    EXPECT_FALSE(draft.isChanged());
    EXPECT_EQ(draft.yaml(), draft.baseYaml());
}

TEST_F(ExperimentDraftTest, AValueOfAllStagesWinsOverThoseBeforeIt) {
    draft.setOption("stages.float.training.epochs", "7");
    draft.setOption("training.epochs", "5");
    draft.setOption("stages.fixed-point.training.epochs", "2");  // as the file says, which is overruled now
    EXPECT_EQ(arguments(), (QStringList{kQuickstart, "--set", "training.epochs=5", "--set",
                                        "stages.fixed-point.training.epochs=2"}));
    const auto stages = draft.current().resolved_stages();
    EXPECT_EQ(stages.at(0).experiment.training.epochs, 5);
    EXPECT_EQ(stages.at(1).experiment.training.epochs, 2);
    EXPECT_EQ(draft.changes(), (std::map<std::string, std::string>{{"training.epochs", "5"}}));
    draft.resetOption("training.epochs");
    EXPECT_FALSE(draft.isChanged());
    EXPECT_EQ(draft.yaml(), draft.baseYaml());
}

TEST_F(ExperimentDraftTest, AStageTakesTheWholeExperimentsValueAndBack) {
    draft.setOption("optimizer.lr", "0.025");
    draft.inheritOption("stages.float.training.epochs");  // the file says 3 there
    ASSERT_EQ(draft.problem().toStdString(), "");
    EXPECT_FALSE(draft.yaml().contains("epochs: 3")) << draft.yaml().toStdString();
    EXPECT_EQ(draft.current().resolved_stages().at(0).experiment.training.epochs, 1);
    EXPECT_EQ(draft.current().optimizer.lr, 0.025);
    EXPECT_EQ(draft.changes(),
              (std::map<std::string, std::string>{{"optimizer.lr", "0.025"}, {"stages.float.training.epochs", "1"}}));
    ExperimentDraft written;
    written.openFile(arguments().at(0));
    EXPECT_EQ(written.problem().toStdString(), "");
    EXPECT_EQ(written.current().resolved_stages().at(0).experiment.training.epochs, 1);
    // The same on a text: one stage's value, all stages' values, and back to what the file said of each.
    draft.resetOption("stages.float.training.epochs");
    EXPECT_EQ(draft.current().resolved_stages().at(0).experiment.training.epochs, 3);
    draft.setOption("training.epochs", "9");
    EXPECT_EQ(draft.current().resolved_stages().at(1).experiment.training.epochs, 9);
    draft.resetOption("training.epochs");
    draft.resetOption("optimizer.lr");
    EXPECT_TRUE(draft.changes().empty());
    EXPECT_EQ(draft.yaml(), draft.baseYaml());
}

TEST_F(ExperimentDraftTest, WhatDoesNotFitInAStageNamesIt) {
    draft.setOption("stages.fixed-point.training.micro_batch", "7");
    EXPECT_TRUE(draft.problem().startsWith("training.micro_batch is 7")) << draft.problem().toStdString();
    EXPECT_TRUE(draft.problem().contains("in stage fixed-point")) << draft.problem().toStdString();
    draft.setOption("stages.fixed-point.training.micro_batch", "8");
    EXPECT_EQ(draft.problem().toStdString(), "");
    const QString bad = QString(draft.yaml()).replace("micro_batch: 8", "micro_batch: 7");
    draft.setYaml(bad);
    EXPECT_EQ(draft.problemLine(), bad.left(bad.indexOf("micro_batch: 7")).count('\n') + 1);
}

TEST_F(ExperimentDraftTest, EditedYamlIsAFileOfItsOwn) {
    draft.setOption("optimizer.lr", "0.025");
    draft.setYaml(QString(draft.yaml()).replace("width_multiplier: 0.25", "width_multiplier: 0.5"));
    ASSERT_EQ(draft.problem().toStdString(), "");
    EXPECT_EQ(draft.current().network.width_multiplier, 0.5);
    EXPECT_EQ(draft.changes().at("optimizer.lr"), "0.025");
    const QStringList first = arguments("a/b");
    ASSERT_EQ(first.size(), 1);
    EXPECT_EQ(read(first[0]), draft.yaml());
    EXPECT_FALSE(first[0].mid(folder.path().size() + 1).contains('/'));
    // Another text does not overwrite what a run was started with, the same text is the same file.
    EXPECT_EQ(arguments("a/b"), first);
    draft.setOption("network.width_multiplier", "0.75");
    EXPECT_TRUE(draft.yaml().contains("width_multiplier: 0.75"));
    const QStringList second = arguments("a/b");
    EXPECT_NE(second, first);
    EXPECT_TRUE(read(first[0]).contains("width_multiplier: 0.5"));
    ExperimentDraft again;
    again.openFile(second[0]);
    EXPECT_EQ(again.problem().toStdString(), "");
    EXPECT_EQ(again.current().network.width_multiplier, 0.75);
    EXPECT_EQ(again.current().optimizer.lr, 0.025);
}

TEST_F(ExperimentDraftTest, ErrorsHaveTheirLineAndKeepTheText) {
    const QString good = draft.yaml();
    const QString bad = QString(good).replace("width_multiplier: 0.25", "width_multiplierr: 0.25");
    ASSERT_NE(bad, good);
    draft.setYaml(bad);
    EXPECT_EQ(draft.problemLine(), bad.left(bad.indexOf("width_multiplierr")).count('\n') + 1);
    EXPECT_TRUE(draft.problem().contains("width_multiplier")) << draft.problem().toStdString();
    EXPECT_FALSE(draft.problem().contains("quickstart.yaml"));
    EXPECT_EQ(draft.yaml(), bad);
    EXPECT_EQ(draft.current().network.width_multiplier, 0.25);  // the last that was right
    draft.setOption("optimizer.lr", "0.5");                     // cannot be put into a text that does not parse
    EXPECT_EQ(draft.yaml(), bad);
    draft.setYaml(good);
    EXPECT_EQ(draft.problem().toStdString(), "");
    EXPECT_EQ(draft.problemLine(), 0);
}

TEST_F(ExperimentDraftTest, AFileThatDoesNotLoadCanBePutRight) {
    const QString path = folder.filePath("broken.yaml");
    QFile file(path);
    ASSERT_TRUE(file.open(QIODevice::WriteOnly));
    file.write("name: x\noptimizer: {lr: high}\n");
    file.close();
    draft.openFile(path);
    EXPECT_FALSE(draft.isOpen());
    EXPECT_EQ(draft.problemLine(), 2);
    EXPECT_EQ(draft.yaml(), "name: x\noptimizer: {lr: high}\n");
    draft.setYaml("name: x\noptimizer: {lr: 0.1}\n");
    EXPECT_TRUE(draft.isOpen());
    EXPECT_EQ(draft.problem().toStdString(), "");
}

TEST_F(ExperimentDraftTest, ARunsConfigurationIsCloned) {
    draft.setOption("optimizer.lr", "0.3");
    const QString stored = QString::fromStdString(to_yaml(draft.current(), YamlDetail::kEverything));
    ExperimentDraft clone;
    clone.openText(stored, "run 1");
    ASSERT_EQ(clone.problem().toStdString(), "");
    EXPECT_EQ(clone.current().optimizer.lr, 0.3);
    EXPECT_TRUE(clone.changes().empty());
    const QStringList written = clone.arguments(folder.path(), "clone");
    ExperimentDraft loaded;
    loaded.openFile(written.at(0));
    EXPECT_EQ(to_yaml(loaded.current(), YamlDetail::kEverything), stored.toStdString());
}

}  // namespace
}  // namespace f8net
