// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/dialogs/new_run_dialog.h"

#include <gtest/gtest.h>

#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QTextBlock>
#include <QTimer>
#include <QToolButton>
#include <set>

#include "core/data/dataset.h"
#include "widgets/dialogs/data_preview.h"
#include "widgets/dialogs/experiment_list.h"
#include "widgets/dialogs/option_form.h"
#include "widgets/dialogs/yaml_editor.h"

namespace f8net {
namespace {

constexpr int kPatience = 60'000;

class NewRunDialogTest : public testing::Test {
protected:
    void SetUp() override {
        dialog.show();
        ASSERT_EQ(dialog.problem().toStdString(), "");
    }
    QPushButton* button(const QString& text) const {
        for (auto* candidate : dialog.findChildren<QPushButton*>()) {
            if (QString(candidate->text()).remove('&') == text) return candidate;
        }
        return nullptr;
    }
    template <typename Widget>
    Widget* named(const QString& name) const {
        for (auto* candidate : dialog.findChildren<Widget*>()) {
            if (candidate->accessibleName() == name) return candidate;
        }
        return nullptr;
    }
    void typeYaml(const QString& text) {
        dialog.yamlEditor()->setPlainText(text);
        // It is read once the typing pauses, by a timer: those that are due earlier come earlier, however late all are.
        bool hasPaused = false;
        QTimer::singleShot(400, &dialog, [&] { hasPaused = true; });
        EXPECT_TRUE(QTest::qWaitFor([&] { return hasPaused; }, kPatience));
    }

    NewRunDialog dialog{QString(F8NET_SOURCE_DIR) + "/configs", "/tmp/it's.db"};
};

TEST_F(NewRunDialogTest, ValuesChangedInTheFormAreInTheYamlAndBack) {
    auto* width = named<QLineEdit>("network.width_multiplier");
    auto* rate = named<QLineEdit>("optimizer.lr");
    ASSERT_TRUE(width != nullptr && rate != nullptr);
    rate->selectAll();
    QTest::keyClicks(rate, "0.025");
    EXPECT_TRUE(dialog.yamlEditor()->toPlainText().contains("lr: 0.025"));
    typeYaml(dialog.yamlEditor()->toPlainText().replace("width_multiplier: 0.25", "width_multiplier: 0.75"));
    EXPECT_EQ(width->text(), "0.75");
    EXPECT_EQ(rate->text(), "0.025");
    // Both are marked as changed and can be taken back.
    QToolButton* back = named<QToolButton>("Reset optimizer.lr");
    ASSERT_TRUE(back != nullptr);
    EXPECT_TRUE(back->isVisibleTo(&dialog));
    EXPECT_TRUE(named<QToolButton>("Reset network.width_multiplier")->isVisibleTo(&dialog));
    EXPECT_FALSE(named<QToolButton>("Reset optimizer.nesterov")->isVisibleTo(&dialog));
    back->click();
    EXPECT_EQ(rate->text(), "0.1");
    EXPECT_EQ(width->text(), "0.75");
    EXPECT_FALSE(back->isVisibleTo(&dialog));
}

TEST_F(NewRunDialogTest, WhatWasChangedIsThereAgainAfterALookAtAnotherExperiment) {
    auto* rate = named<QLineEdit>("optimizer.lr");
    auto* name = named<QLineEdit>("Name of the run");
    auto* experiments = dialog.findChild<ExperimentList*>();
    ASSERT_TRUE(rate != nullptr && name != nullptr && experiments != nullptr);
    rate->selectAll();
    QTest::keyClicks(rate, "0.025");
    name->setText("mine");
    // Typed a moment ago, not read yet.
    dialog.yamlEditor()->setPlainText(
        dialog.yamlEditor()->toPlainText().replace("width_multiplier: 0.25", "width_multiplier: 0.75"));
    experiments->setCurrentRow(1);
    EXPECT_NE(rate->text(), "0.025");
    EXPECT_NE(name->text(), "mine");
    experiments->setCurrentRow(0);
    EXPECT_EQ(rate->text(), "0.025");
    EXPECT_EQ(name->text(), "mine");
    EXPECT_TRUE(dialog.yamlEditor()->toPlainText().contains("width_multiplier: 0.75"));
    EXPECT_EQ(dialog.problem().toStdString(), "");
}

TEST_F(NewRunDialogTest, ACloneIsThereAgainAfterALookAtAnotherExperiment) {
    dialog.chooseText("Clone of x", "", dialog.yamlEditor()->toPlainText(), "x");
    dialog.setOption("optimizer.lr", "0.015625");
    auto* experiments = dialog.findChild<ExperimentList*>();
    experiments->setCurrentRow(1);
    EXPECT_FALSE(dialog.yamlEditor()->toPlainText().contains("0.015625"));
    experiments->setCurrentRow(0);
    EXPECT_TRUE(dialog.yamlEditor()->toPlainText().contains("0.015625"));
    EXPECT_EQ(dialog.runName(), "x");
}

TEST_F(NewRunDialogTest, AWrongLineIsMarkedAndStopsTheStart) {
    const QString good = dialog.yamlEditor()->toPlainText();
    typeYaml(QString(good).replace("width_multiplier: 0.25", "width_multiplier: much"));
    EXPECT_GT(dialog.yamlEditor()->markedLine(), 0);
    EXPECT_TRUE(dialog.problem().contains("line")) << dialog.problem().toStdString();
    EXPECT_FALSE(button("Start")->isEnabled());
    EXPECT_FALSE(button("Queue")->isEnabled());
    EXPECT_TRUE(dialog.yamlEditor()->toPlainText().contains("width_multiplier: much"));  // what was typed stays
    typeYaml(good);
    EXPECT_EQ(dialog.yamlEditor()->markedLine(), 0);
    EXPECT_TRUE(button("Start")->isEnabled());
}

TEST_F(NewRunDialogTest, ChangedLinesOfTheYamlAreMarked) {
    YamlEditor& yaml = *dialog.yamlEditor();
    const auto changed = [&yaml] {
        QStringList lines;
        for (int line = 1; line <= yaml.blockCount(); ++line) {
            if (yaml.isChangedLine(line)) lines << yaml.document()->findBlockByNumber(line - 1).text().trimmed();
        }
        return lines;
    };
    EXPECT_EQ(changed(), QStringList());
    dialog.setOption("network.width_multiplier", "0.75");
    EXPECT_EQ(changed(), QStringList("width_multiplier: 0.75"));
    // The same words below another heading are another line.
    typeYaml(yaml.toPlainText().replace("training:\n  images_per_epoch: 10000", "evaluation:\n  batch_size: 10000"));
    typeYaml(yaml.toPlainText() + "\n");
    EXPECT_TRUE(changed().contains("batch_size: 10000")) << changed().join(" | ").toStdString();
}

TEST_F(NewRunDialogTest, OptionsSayTheirRangeAndDefault) {
    const auto says = [this](const QString& words) {
        for (const auto* label : dialog.findChildren<QLabel*>()) {
            if (label->text().contains(words)) return true;
        }
        return false;
    };
    EXPECT_TRUE(says("0: no random crop. (0 to 256 pixels, default 0)"));
    EXPECT_TRUE(says("1: as published. (0.01 to 8, default 1)"));
}

class NewRunStages : public NewRunDialogTest {
protected:
    void SetUp() override {
        NewRunDialogTest::SetUp();
        stage = named<QComboBox>("Stage whose options are shown");
        epochs = named<QLineEdit>("training.epochs");
        rate = named<QLineEdit>("optimizer.lr");
        ownEpochs = named<QCheckBox>("Own value of training.epochs");
        ownRate = named<QCheckBox>("Own value of optimizer.lr");
        ASSERT_TRUE(stage && epochs && rate && ownEpochs && ownRate);
    }
    QString yaml() const { return dialog.yamlEditor()->toPlainText(); }
    /// Of the line that belongs to the option; its remark is the last of its labels that is not a problem.
    QString remarkOf(const QWidget* editor) const {
        QString longest;
        for (const auto* label : editor->parentWidget()->findChildren<QLabel*>()) {
            if (label->isVisibleTo(&dialog) && label->text().size() > longest.size()) longest = label->text();
        }
        return longest;
    }

    QComboBox* stage;
    QLineEdit *epochs, *rate;
    QCheckBox *ownEpochs, *ownRate;
};

TEST_F(NewRunStages, AStageShowsItsValuesAndWhichAreItsOwn) {
    QStringList items;
    for (int i = 0; i < stage->count(); ++i) items << stage->itemText(i);
    EXPECT_EQ(items, (QStringList{"All stages", "float", "fixed-point"}));
    EXPECT_EQ(epochs->text(), "1");
    EXPECT_FALSE(ownEpochs->isVisibleTo(&dialog));
    EXPECT_TRUE(remarkOf(epochs).contains("float: 3")) << remarkOf(epochs).toStdString();

    stage->setFocus();
    QTest::keyClick(stage, Qt::Key_Down);
    EXPECT_EQ(epochs->text(), "3");
    EXPECT_EQ(rate->text(), "0.1");
    EXPECT_TRUE(ownEpochs->isVisibleTo(&dialog) && ownEpochs->isChecked());
    EXPECT_TRUE(ownRate->isVisibleTo(&dialog) && !ownRate->isChecked());
    EXPECT_TRUE(remarkOf(epochs).contains("whole experiment has 1")) << remarkOf(epochs).toStdString();
    auto* width = named<QLineEdit>("network.width_multiplier");
    EXPECT_FALSE(width->isEnabled());
    EXPECT_TRUE(remarkOf(width).contains("One for the whole run")) << remarkOf(width).toStdString();
    EXPECT_FALSE(named<QCheckBox>("Own value of network.width_multiplier")->isVisibleTo(&dialog));

    auto* onlyOwn = dialog.findChild<QCheckBox*>("ownValuesOnly");
    ASSERT_TRUE(onlyOwn != nullptr && onlyOwn->isVisibleTo(&dialog));
    onlyOwn->click();
    EXPECT_TRUE(epochs->isVisibleTo(&dialog));
    EXPECT_FALSE(rate->isVisibleTo(&dialog));
    stage->setCurrentIndex(0);
    EXPECT_TRUE(rate->isVisibleTo(&dialog));
    EXPECT_FALSE(onlyOwn->isVisibleTo(&dialog));
    EXPECT_TRUE(width->isEnabled());
}

TEST_F(NewRunStages, ATagIsAWord) {
    for (QLineEdit* edit : dialog.findChildren<QLineEdit*>()) {
        if (edit->accessibleName() == "Tags of the run") edit->setText(" baseline, wide  lr0.1,, ");
    }
    const QStringList arguments = dialog.trainArguments();
    QStringList tags;
    for (qsizetype i = 0; i + 1 < arguments.size(); ++i) {
        if (arguments[i] == "--tag") tags << arguments[i + 1];
    }
    EXPECT_EQ(tags, (QStringList{"baseline", "wide", "lr0.1"}));
}

TEST_F(NewRunStages, EditsGoToTheStageAndCanBeTakenBack) {
    const QString before = yaml();
    stage->setCurrentIndex(stage->findText("fixed-point"));
    rate->selectAll();
    QTest::keyClicks(rate, "0.025");
    EXPECT_TRUE(ownRate->isChecked());
    EXPECT_TRUE(yaml().contains("mode: fake-quant\n    optimizer:\n      lr: 0.025\n")) << yaml().toStdString();
    EXPECT_EQ(dialog.draft().current().optimizer.lr, 0.1);
    EXPECT_EQ(dialog.trainArguments().mid(1, 2), (QStringList{"--set", "stages.fixed-point.optimizer.lr=0.025"}));
    QToolButton* back = named<QToolButton>("Reset optimizer.lr");
    EXPECT_TRUE(back->isVisibleTo(&dialog));
    stage->setCurrentIndex(stage->findText("float"));
    EXPECT_EQ(rate->text(), "0.1");
    EXPECT_FALSE(back->isVisibleTo(&dialog));
    stage->setCurrentIndex(0);
    EXPECT_TRUE(back->isVisibleTo(&dialog));  // changed in one of them
    stage->setCurrentIndex(stage->findText("fixed-point"));
    ownRate->click();
    EXPECT_EQ(rate->text(), "0.1");
    EXPECT_EQ(yaml(), before);

    // The file's own value of a stage goes and comes back, too.
    EXPECT_EQ(epochs->text(), "2");
    ownEpochs->click();
    EXPECT_EQ(epochs->text(), "1");
    EXPECT_FALSE(yaml().contains("epochs: 2"));
    named<QToolButton>("Reset training.epochs")->click();
    EXPECT_EQ(epochs->text(), "2");
    EXPECT_TRUE(ownEpochs->isChecked());
    EXPECT_EQ(yaml(), before);
}

TEST_F(NewRunStages, FollowTheYaml) {
    stage->setCurrentIndex(stage->findText("float"));
    typeYaml(yaml().replace("epochs: 3", "epochs: 4"));
    EXPECT_EQ(stage->currentText(), "float");
    EXPECT_EQ(epochs->text(), "4");
    const auto* onlyOwn = dialog.findChild<QCheckBox*>("ownValuesOnly");
    EXPECT_TRUE(onlyOwn->isVisibleTo(&dialog));
    typeYaml(yaml().replace("name: float", "name: first"));
    EXPECT_EQ(stage->currentText(), "All stages");
    EXPECT_EQ(epochs->text(), "1");
    EXPECT_FALSE(onlyOwn->isVisibleTo(&dialog));
    EXPECT_GE(stage->findText("first"), 0);
    stage->setCurrentIndex(stage->findText("fixed-point"));
    typeYaml(yaml().replace("name: first", "name: second"));
    EXPECT_EQ(stage->currentText(), "fixed-point");
    EXPECT_EQ(epochs->text(), "2");
    typeYaml(yaml().left(yaml().indexOf("stages:")));
    EXPECT_FALSE(stage->isVisibleTo(&dialog));
}

TEST_F(NewRunStages, ALookAtAStageChangesNothingAndATickDoes) {
    const QString before = yaml();
    auto* form = dialog.findChild<OptionForm*>();
    QSignalSpy edited(form, &OptionForm::edited), inherited(form, &OptionForm::inherited);
    for (const int index : {1, 2, 1, 0}) stage->setCurrentIndex(index);
    EXPECT_EQ(edited.size() + inherited.size(), 0);
    stage->setCurrentIndex(stage->findText("float"));
    ownRate->click();
    EXPECT_EQ(rate->text(), "0.1");
    EXPECT_TRUE(yaml().contains("lr: 0.1\n    training:\n      epochs: 3\n")) << yaml().toStdString();
    auto* back = named<QToolButton>("Reset optimizer.lr");
    EXPECT_TRUE(back->isVisibleTo(&dialog));  // the value is what it was, and now the stage's own
    back->click();
    EXPECT_FALSE(ownRate->isChecked());
    EXPECT_EQ(yaml(), before);
}

TEST_F(NewRunStages, WhoTakesTheWholeExperimentsValueHasTypedNothingWrong) {
    stage->setCurrentIndex(stage->findText("float"));
    epochs->selectAll();
    QTest::keyClicks(epochs, "many");
    EXPECT_FALSE(button("Start")->isEnabled());
    ownEpochs->click();
    EXPECT_EQ(epochs->text(), "1");
    EXPECT_TRUE(button("Start")->isEnabled());
}

TEST_F(NewRunStages, AWrongValueStaysUntilAnotherStageIsShown) {
    stage->setCurrentIndex(stage->findText("float"));
    epochs->selectAll();
    QTest::keyClicks(epochs, "many");
    rate->setFocus();
    QTest::keyClicks(rate, "5");
    EXPECT_EQ(epochs->text(), "many");
    EXPECT_FALSE(button("Start")->isEnabled());
    stage->setCurrentIndex(0);
    EXPECT_EQ(epochs->text(), "1");
    EXPECT_TRUE(button("Start")->isEnabled());
    stage->setCurrentIndex(stage->findText("float"));
    EXPECT_EQ(epochs->text(), "3");
    auto* experiments = dialog.findChild<ExperimentList*>();
    const int row = experiments->currentRow();
    experiments->setCurrentRow(row + 1);
    EXPECT_EQ(stage->currentText(), "All stages");
    epochs->selectAll();
    QTest::keyClicks(epochs, "many");
    EXPECT_FALSE(button("Start")->isEnabled());
    experiments->setCurrentRow(row);
    EXPECT_EQ(epochs->text(), "1");
    EXPECT_TRUE(button("Start")->isEnabled());
}

TEST_F(NewRunDialogTest, SaysBesideTheStartThatTheDataAreNotThere) {
    dialog.setOption("data.folder", "/no/such/folder");
    const auto says = [this] {
        for (const auto* label : dialog.findChildren<QLabel*>()) {
            if (label->text().contains("The data are not here") && label->text().contains("/no/such/folder"))
                return true;
        }
        return false;
    };
    EXPECT_TRUE(QTest::qWaitFor(says, kPatience));
}

TEST_F(NewRunDialogTest, YamlIsBesideTheFormWhereThereIsRoom) {
    const auto becomes = [this](bool isVisible) {
        return QTest::qWaitFor([&] { return dialog.yamlEditor()->isVisible() == isVisible; }, kPatience);
    };
    dialog.resize(1240, 760);
    EXPECT_TRUE(becomes(true));
    dialog.resize(900, 700);
    EXPECT_TRUE(becomes(false));  // a tab behind the options
    dialog.resize(1240, 760);
    EXPECT_TRUE(becomes(true));
}

TEST_F(NewRunDialogTest, StartAndQueueAskOnceAndAFailureKeepsItOpen) {
    QSignalSpy asked(&dialog, &NewRunDialog::startRequested);
    QTest::mouseClick(button("Start"), Qt::LeftButton);
    ASSERT_EQ(asked.count(), 1);
    EXPECT_FALSE(asked[0][0].toBool());
    EXPECT_EQ(button("Start"), nullptr);  // "Starting…"
    QTest::keyClick(&dialog, Qt::Key_Return, Qt::ControlModifier);
    EXPECT_EQ(asked.count(), 1);
    dialog.finishStart("the disk is full");
    EXPECT_TRUE(dialog.isVisible());
    EXPECT_EQ(dialog.problem(), "the disk is full");
    ASSERT_NE(button("Start"), nullptr);
    EXPECT_TRUE(button("Start")->isEnabled());
    QTest::keyClick(&dialog, Qt::Key_Return, Qt::ControlModifier | Qt::ShiftModifier);
    ASSERT_EQ(asked.count(), 2);
    EXPECT_TRUE(asked[1][0].toBool());
    dialog.finishStart({});
    EXPECT_FALSE(dialog.isVisible());
}

TEST_F(NewRunDialogTest, CopiesTheCommandThatDoesTheSame) {
    dialog.setOption("optimizer.lr", "0.025");
    button("Copy shell command")->click();
    const QString command = QApplication::clipboard()->text();
    EXPECT_TRUE(command.startsWith("f8net train ")) << command.toStdString();
    EXPECT_TRUE(command.contains("--set optimizer.lr=0.025 --name quickstart --store '/tmp/it'\\''s.db'"))
        << command.toStdString();
}

TEST_F(NewRunDialogTest, StartsFromARunOrACheckpoint) {
    dialog.setStartRuns({{"0k3f", "base"}, {"0k3g", "wide"}});
    auto* from = named<QComboBox>("Weights to begin with");
    ASSERT_NE(from, nullptr);
    const int wide = from->findText("wide, best");
    ASSERT_GE(wide, 0);
    from->setCurrentIndex(wide);
    Q_EMIT from->activated(wide);
    EXPECT_TRUE(dialog.trainArguments().contains("training.from=0k3g"));
    dialog.startFrom("/data/net.pth");
    EXPECT_EQ(from->currentData().toString(), "/data/net.pth");
    EXPECT_TRUE(dialog.trainArguments().contains("training.from=/data/net.pth"));
    dialog.startFrom({});
    EXPECT_EQ(from->currentText(), "Fresh weights");
}

TEST_F(NewRunDialogTest, CardsSayWhetherTheDataAreThere) {
    auto* cards = named<ExperimentList>("Experiments");
    ASSERT_NE(cards, nullptr);
    EXPECT_TRUE(cards->item(0)->text().contains("quickstart"));
    const auto problemOf = [&](const QString& name) {
        for (int row = 0; row < cards->count(); ++row) {
            if (cards->item(row)->text() == name) return cards->item(row)->data(Qt::UserRole + 2);
        }
        return QVariant();
    };
    ASSERT_TRUE(QTest::qWaitFor([&] { return problemOf("imagenet/resnet18").isValid(); }, kPatience));
    EXPECT_FALSE(problemOf("imagenet/resnet18").toString().isEmpty());  // nobody has it in the test's home
    EXPECT_EQ(problemOf("fashion-mnist/quickstart").toString().isEmpty(),
              QFile::exists(QString::fromStdString(default_fashion_mnist_folder())));
}

TEST_F(NewRunDialogTest, AFileThatDoesNotLoadHasItsOwnNameAndSaysSo) {
    const QTemporaryDir folder;
    const QString path = folder.filePath("mine.yaml");
    QFile file(path);
    ASSERT_TRUE(file.open(QIODevice::WriteOnly));
    file.write("name: [open");
    file.close();
    dialog.choose(path);
    EXPECT_EQ(dialog.runName(), "mine");  // not that of the experiment before
    auto* cards = named<ExperimentList>("Experiments");
    ASSERT_TRUE(QTest::qWaitFor([&] { return cards->currentItem()->data(Qt::UserRole + 4).isValid(); }, kPatience));
    EXPECT_FALSE(cards->currentItem()->data(Qt::UserRole + 4).toBool());
    EXPECT_TRUE(cards->currentItem()->toolTip().contains("mine.yaml"));
}

TEST(DataPreview, ShowsAPictureOfEachClassAndTheFingerprint) {
    if (!QFile::exists(QString::fromStdString(default_fashion_mnist_folder())))
        GTEST_SKIP() << "dataset-fashion-mnist is not installed";
    Experiment experiment;
    experiment.data.dataset = "fashion-mnist";
    experiment.network.input_channels = 1;
    experiment.network.num_classes = 10;
    DataPreview preview;
    preview.showDataOf(experiment);
    ASSERT_TRUE(QTest::qWaitFor([&] { return preview.pictures()->count() > 0; }, kPatience));
    EXPECT_EQ(preview.pictures()->count(), 10);
    EXPECT_TRUE(preview.caption().contains("60000"));
    std::set<QString> names;
    for (int i = 0; i < 10; ++i) names.insert(preview.pictures()->item(i)->text());
    EXPECT_EQ(names.size(), 10u);
    const std::string expected = open_dataset(experiment, Split::kTrain)->fingerprint();
    const auto saysFingerprint = [&] {
        for (const auto* label : preview.findChildren<QLabel*>()) {
            if (label->text().contains(QString::fromStdString(expected))) return true;
        }
        return false;
    };
    EXPECT_TRUE(QTest::qWaitFor(saysFingerprint, kPatience));
}

TEST(DataPreview, SaysWhatIsWrong) {
    Experiment experiment;
    experiment.data.folder = "/no/such/folder";
    DataPreview preview;
    preview.showDataOf(experiment);
    ASSERT_TRUE(QTest::qWaitFor([&] { return preview.caption().contains("/no/such/folder"); }, kPatience))
        << preview.caption().toStdString();
    EXPECT_EQ(preview.pictures()->count(), 0);
}

}  // namespace
}  // namespace f8net
