// SPDX-License-Identifier: GPL-3.0-or-later
// Predictions on a run with a real network (of random weights), real images and the real program that compares.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <QComboBox>
#include <QFile>
#include <QFileInfo>
#include <QPushButton>
#include <QScrollBar>
#include <QTableView>
#include <QTest>

#include "core/data/dataset.h"
#include "core/inference/executor.h"
#include "core/store/run_reader.h"
#include "tests/core/analysis/mixed_up_run.h"
#include "tests/widgets/predictions/sample_flips.h"
#include "tests/widgets/synthetic/view_fixture.h"
#include "widgets/models/dataset_pictures.h"
#include "widgets/predictions/error_chart.h"
#include "widgets/predictions/flip_search.h"
#include "widgets/predictions/flip_table_model.h"
#include "widgets/predictions/image_panel.h"
#include "widgets/predictions/predictions_view.h"

namespace f8net {
namespace {

using testing::HasSubstr;

constexpr int kPatience = 60'000;
constexpr int kImages = 500;

class Predictions : public ViewFixture {
protected:
    void SetUp() override {
        if (!QFileInfo::exists(QString::fromStdString(default_fashion_mnist_folder())))
            GTEST_SKIP() << "dataset-fashion-mnist is not installed";
        run = make_mixed_up_run(storePath(), "small");
        open();
        view = std::make_unique<PredictionsView>(context(), nullptr);
        view->resize(1000, 520);
        view->show();
    }
    void choose(const RunId& chosen) {
        selection.setRun(chosen);
        settle();
    }
    QComboBox* images() { return view->search()->findChild<QComboBox*>(); }
    QPushButton* button(const QString& text) {
        for (auto* each : view->search()->findChildren<QPushButton*>()) {
            if (each->text().remove('&').startsWith(text)) return each;
        }
        return nullptr;
    }
    void search() {
        images()->setCurrentIndex(images()->findData(kImages));
        button("Find")->click();
        ASSERT_TRUE(QTest::qWaitFor([&] { return !view->isEmpty() || !view->search()->isRunning(); }, kPatience));
        settle();
    }
    Flips expected() {
        const IntegerNetwork network = mixed_up_network();
        DatasetOptions options;
        options.kind = DatasetKind::kFashionMnist;
        const DatasetPtr data = open_dataset(options, Split::kTest);
        return find_flips(network, *make_executor(network, "scalar", 1),
                          {data, ImageTransform({}, *data), kImages, 64, 1}, 2);
    }
    void keepFile(const QByteArray& contents) {
        RunStore writable(storePath(), RunStore::Mode::kReadWrite);
        ArtifactRecord artifact;
        artifact.path = writable.run_folder(run) + "/flips.json";
        artifact.role = "flips";
        artifact.hash = QString::number(qHash(contents)).toStdString();
        QFile file(QString::fromStdString(artifact.path));
        ASSERT_TRUE(file.open(QIODevice::WriteOnly));
        file.write(contents);
        file.close();
        writable.add_artifact(run, artifact);
    }

    std::unique_ptr<PredictionsView> view;
    RunId run;
};

TEST_F(Predictions, SayWhatWouldBeHere) {
    EXPECT_TRUE(view->isEmpty());
    EXPECT_THAT(view->emptyText().toStdString(), HasSubstr("Choose a run"));
    EXPECT_FALSE(view->search()->isVisible());
    choose(make_network_run(storePath(), "bare", false));
    EXPECT_THAT(view->emptyText().toStdString(), HasSubstr("bare has no trained network yet"));
    EXPECT_FALSE(view->search()->isVisible());
    choose(run);
    EXPECT_THAT(view->emptyText().toStdString(), HasSubstr("not looked for yet in small"));
    EXPECT_TRUE(view->search()->isVisible());
}

TEST_F(Predictions, AreFoundByTheProgramAndKeptWithTheRun) {
    choose(run);
    search();
    ASSERT_FALSE(view->isEmpty()) << view->emptyText().toStdString();
    const Flips flips = expected();
    ASSERT_GT(flips.flipped.size(), 0u);
    EXPECT_EQ(view->table()->model()->rowCount(), static_cast<int>(flips.flipped.size()));
    EXPECT_THAT(view->sentence().toStdString(), HasSubstr("of 500 images ("));
    // The first row is the one that lost most.
    const auto most = std::max_element(flips.flipped.begin(), flips.flipped.end(), [](const auto& a, const auto& b) {
        return a.confidence_lost < b.confidence_lost;
    });
    EXPECT_EQ(view->table()->currentIndex().siblingAtColumn(0).data().toInt(), most->image);
    EXPECT_THAT(view->panel()->sentence().toStdString(), HasSubstr("grew most at " + most->grew_at));

    // Its picture, from the data set.
    ASSERT_TRUE(QTest::qWaitFor([&] { return !view->panel()->picture()->image().isNull(); }, kPatience))
        << view->panel()->picture()->problem().toStdString();
    DatasetOptions options;
    options.kind = DatasetKind::kFashionMnist;
    EXPECT_EQ(view->panel()->picture()->image(), toImage(open_dataset(options, Split::kTest)->get(most->image).image));
    ASSERT_TRUE(QTest::qWaitFor(
        [&] { return !view->table()->currentIndex().data(FlipTableModel::kPictureRole).value<QImage>().isNull(); },
        kPatience));

    // Another view that opens later finds it without searching.
    PredictionsView later(context(), nullptr);
    settle();
    EXPECT_FALSE(later.isEmpty());
    EXPECT_EQ(later.sentence(), view->sentence());
    if (const QString pictures = qEnvironmentVariable("F8NET_PICTURES"); !pictures.isEmpty())
        view->grab().save(pictures + "/predictions.png");
}

TEST_F(Predictions, TheChosenLayerIsChosenEverywhere) {
    choose(run);
    keepFile(sampleFlips());
    settle();
    ASSERT_FALSE(view->isEmpty()) << view->emptyText().toStdString();
    Q_EMIT view->panel()->chart()->layerClicked("fc");
    EXPECT_EQ(selection.layer(), "fc");
    selection.setLayer("head.0");
    EXPECT_EQ(view->panel()->chart()->layer(), "head.0");
    view->table()->selectRow(1);
    EXPECT_THAT(view->panel()->sentence().toStdString(), HasSubstr("Image 7 (Shirt)"));
    view->verdicts()->setCurrentIndex(view->verdicts()->findData(static_cast<int>(FlipVerdict::kBothAreWrong)));
    EXPECT_EQ(view->table()->model()->rowCount(), 1);
    EXPECT_THAT(view->panel()->sentence().toStdString(), HasSubstr("Image 31 ("));
    view->words()->setText("no such class");
    EXPECT_THAT(view->panel()->sentence().toStdString(), HasSubstr("Choose an image"));
}

/// In the dock it has by default.
TEST_F(Predictions, AllColumnsAreSeenAndTheChartIsHighEnough) {
    view->resize(833, 426);
    choose(run);
    keepFile(sampleFlips());
    ASSERT_TRUE(QTest::qWaitFor([&] { return !view->isEmpty(); }, kPatience));
    QApplication::processEvents();
    EXPECT_EQ(view->size(), QSize(833, 426));  // it asks for no more
    EXPECT_EQ(view->table()->horizontalScrollBar()->maximum(), 0);
    for (const int column : {FlipTableModel::kLost, FlipTableModel::kGrewAt}) {
        const int end = view->table()->columnViewportPosition(column) + view->table()->columnWidth(column);
        EXPECT_LE(end, view->table()->viewport()->width()) << column;
    }
    EXPECT_GE(view->table()->columnWidth(FlipTableModel::kGrewAt), 80);
    EXPECT_GE(view->panel()->chart()->height(), 160);
}

TEST_F(Predictions, APictureOfAnotherDataSetIsNotShown) {
    choose(run);
    keepFile(sampleFlips());  // its image 30 is of class 2; Fashion-MNIST's is of class 8
    settle();
    ASSERT_TRUE(QTest::qWaitFor([&] { return view->panel()->picture()->problem().contains("another one"); }, kPatience))
        << view->panel()->picture()->problem().toStdString();
}

TEST_F(Predictions, ADamagedFileIsNamedAndCanBeMadeAgain) {
    choose(run);
    keepFile(sampleFlips().replace("\"images\": 200", "\"images\": \"many\""));
    settle();
    EXPECT_TRUE(view->isEmpty());
    EXPECT_THAT(view->emptyText().toStdString(), HasSubstr("flips.json: images: expected a number"));
    EXPECT_TRUE(view->search()->isVisible());
    keepFile(sampleFlips());
    settle();
    EXPECT_FALSE(view->isEmpty());
}

TEST_F(Predictions, FailuresAreSaidWithTheWayOut) {
    const RunId elsewhere = make_mixed_up_run(storePath(), "elsewhere", folder.filePath("nowhere").toStdString());
    choose(elsewhere);
    search();
    EXPECT_TRUE(view->isEmpty());
    EXPECT_THAT(view->emptyText().toStdString(), HasSubstr("nowhere"));
    ASSERT_NE(button("Choose the folder"), nullptr);
    EXPECT_TRUE(button("Choose the folder")->isVisible());
    // Of that run alone.
    choose(run);
    EXPECT_THAT(view->emptyText().toStdString(), HasSubstr("not looked for yet"));
    EXPECT_FALSE(button("Choose the folder")->isVisible());
    // With a folder that is there.
    choose(elsewhere);
    view->search()->setDataFolder(QString::fromStdString(default_fashion_mnist_folder()));
    images()->setCurrentIndex(images()->findData(kImages));
    button("Try again")->click();
    ASSERT_TRUE(QTest::qWaitFor([&] { return !view->isEmpty(); }, kPatience)) << view->emptyText().toStdString();
    ASSERT_TRUE(QTest::qWaitFor([&] { return !view->panel()->picture()->image().isNull(); }, kPatience))
        << view->panel()->picture()->problem().toStdString();
}

TEST_F(Predictions, ASearchCanBeCancelledAndGoesOnBehindAnotherRun) {
    choose(run);
    images()->setCurrentIndex(images()->count() - 1);  // all
    button("Find")->click();
    ASSERT_TRUE(view->search()->isRunning());
    EXPECT_THAT(view->emptyText().toStdString(), HasSubstr("Each image goes through small"));
    const RunId other = make_network_run(storePath(), "other");
    choose(other);
    EXPECT_FALSE(view->search()->isRunning());
    EXPECT_EQ(jobs.numRunning(), 1);
    choose(run);
    EXPECT_TRUE(view->search()->isRunning());
    EXPECT_TRUE(button("Cancel")->isVisible());
    button("Cancel")->click();
    ASSERT_TRUE(QTest::qWaitFor([&] { return !view->search()->isRunning(); }, kPatience));
    EXPECT_THAT(view->emptyText().toStdString(), HasSubstr("not looked for yet"));
    EXPECT_EQ(jobs.job(0).state, Job::State::kCancelled);
}

TEST_F(Predictions, AreExportedAsListed) {
    choose(run);
    keepFile(sampleFlips());
    settle();
    ASSERT_TRUE(view->exportTo(folder.filePath("p.csv")));
    QFile file(folder.filePath("p.csv"));
    ASSERT_TRUE(file.open(QIODevice::ReadOnly));
    EXPECT_EQ(file.readAll().count('\n'), 4);
    EXPECT_FALSE(view->exportTo("/nowhere/p.csv"));
}

TEST_F(Predictions, SayWhenTheCheckpointIsAnotherOneNow) {
    choose(run);
    keepFile(sampleFlips());
    settle();
    EXPECT_FALSE(view->sentence().contains("newer checkpoint"));
    RunStore writable(storePath(), RunStore::Mode::kReadWrite);
    ArtifactRecord checkpoint;
    checkpoint.path = writable.run_folder(run) + "/best.safetensors";
    checkpoint.role = "best";
    checkpoint.is_checkpoint = true;
    checkpoint.hash = "11aa";
    writable.add_artifact(run, checkpoint);
    settle();
    EXPECT_TRUE(view->sentence().contains("newer checkpoint")) << view->sentence().toStdString();
}

}  // namespace
}  // namespace f8net
