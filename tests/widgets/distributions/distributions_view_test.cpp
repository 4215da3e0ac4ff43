// SPDX-License-Identifier: GPL-3.0-or-later
// The Distributions view over a store of invented runs, read and shown as in the program.
#include "widgets/distributions/distributions_view.h"

#include <gtest/gtest.h>

#include <QApplication>
#include <QFile>
#include <QImage>
#include <QTemporaryDir>
#include <QTest>

#include "tests/widgets/synthetic/synthetic_store.h"
#include "widgets/distributions/layer_multiples.h"
#include "widgets/distributions/tensor_panel.h"
#include "widgets/models/job_list.h"
#include "widgets/panels/run_actions.h"
#include "widgets/plots/plot_export.h"
#include "widgets/support/colors.h"
#include "widgets/support/number_text.h"
#include "widgets/support/selection.h"
#include "widgets/support/settings.h"

namespace f8net {
namespace {

constexpr int kPatience = 60'000;

bool hasFact(const TensorPanel& panel, const char* name) {
    return std::any_of(panel.facts().begin(), panel.facts().end(), [&](const Fact& fact) { return fact.name == name; });
}

class Distributions : public testing::Test {
protected:
    void SetUp() override {
        run = store.add({.name = "one",
                         .epochs = 6,
                         .doneEpochs = 6,
                         .stepsPerEpoch = 4,
                         .floatEpochs = 2,
                         .seed = 1,
                         .histogramsEvery = 3});
        other =
            store.add({.name = "two", .epochs = 4, .doneEpochs = 4, .stepsPerEpoch = 4, .floatEpochs = 1, .seed = 2});
        selection.setRun(run);
        selection.setLayer("stage_1_layer_0.body.0");
        view = std::make_unique<DistributionsView>(ViewContext{selection, settings, follower, jobs, actions}, nullptr);
        view->resize(840, 420);
        view->show();
        settle();
    }
    void settle() { ASSERT_TRUE(follower.waitUntilCaughtUp(kPatience)); }
    void choose(const char* tensors) {
        view->choose(tensors);
        settle();
    }

    QTemporaryDir folder;
    synthetic::Store store{folder.filePath("runs.db").toStdString()};
    RunId run, other;
    Selection selection;
    Settings settings{folder.filePath("w.ini")};
    StoreFollower follower{folder.filePath("runs.db")};
    JobList jobs;
    RunActions actions{selection, follower, jobs, nullptr};
    std::unique_ptr<DistributionsView> view;
};

TEST_F(Distributions, ShowsInputAndWeightOfTheChosenLayer) {
    ASSERT_EQ(view->panels().size(), 2u);
    EXPECT_EQ(view->panels()[0]->plot()->accessibleName(), "Input, stage_1_layer_0.body.0");
    EXPECT_TRUE(hasFact(*view->panels()[0], "clipped at the top"));
    EXPECT_TRUE(hasFact(*view->panels()[1], "largest |w|"));
    EXPECT_GT(view->panels()[0]->plot()->plotTable().rows.size(), 20u);
    selection.setLayer("classifier.0");
    settle();
    EXPECT_EQ(view->panels()[0]->plot()->accessibleName(), "Input, classifier.0");
}

TEST_F(Distributions, AnEpochWithoutHistogramsOffersTheNearestAsLinks) {
    EXPECT_FALSE(view->emptyState()->isEmpty());
    selection.setEpoch(Epoch{4});  // recorded: 3, 6
    settle();
    ASSERT_TRUE(view->emptyState()->isEmpty());
    const QString text = view->emptyState()->findChild<QLabel*>()->text();
    EXPECT_TRUE(text.contains("epoch 4") && text.contains(">3</a>") && text.contains(">6</a>")) << text.toStdString();
    Q_EMIT view->emptyState()->linkActivated("3");
    settle();
    EXPECT_EQ(selection.epoch(), std::optional(Epoch{3}));
    EXPECT_FALSE(view->emptyState()->isEmpty());
}

TEST_F(Distributions, TheSliderWalksTheRecordedEpochsAndFollowsTheSelection) {
    auto* slider = view->findChild<QSlider*>();
    EXPECT_EQ(slider->maximum(), 1);
    slider->setFocus();
    QTest::keyClick(slider, Qt::Key_Comma);
    settle();
    EXPECT_EQ(selection.epoch(), std::optional(Epoch{3}));
    EXPECT_EQ(view->data()->epoch, 3);
    QTest::keyClick(slider, Qt::Key_Period);
    settle();
    EXPECT_EQ(selection.epoch(), std::nullopt);  // the latest stays the latest while it grows
}

TEST_F(Distributions, TheBaselineIsOutlined) {
    EXPECT_TRUE(view->panels()[0]->plot()->outline().empty());
    selection.setBaseline(other);
    settle();
    EXPECT_FALSE(view->panels()[0]->plot()->outline().empty());
    EXPECT_EQ(view->data()->baselineName, "two");
    for (auto* box : view->findChildren<QCheckBox*>()) {
        if (box->text().contains("Baseline")) box->setChecked(false);
    }
    EXPECT_TRUE(view->panels()[0]->plot()->outline().empty());
}

TEST_F(Distributions, RealUnitsEndTheInputsRangeAtTheClippingLevel) {
    HistogramPlot* plot = view->panels()[0]->plot();
    const TensorDistribution& input = *view->data()->find(tensor::kInput);
    const double scaled = plot->xAxis->range().upper;
    for (auto* box : view->findChildren<QCheckBox*>()) {
        if (box->text().contains("Real")) box->setChecked(true);
    }
    EXPECT_NEAR(plot->xAxis->range().upper / scaled, input.report->clip_scale, 1e-9);
    EXPECT_NEAR(input.format->max_value() * input.report->clip_scale, *clipLevelOf(input), 1e-9);
}

TEST_F(Distributions, EachTensorIsThereSumsAndPoolsToo) {
    choose("accumulator");
    ASSERT_EQ(view->panels().size(), 1u);
    EXPECT_TRUE(hasFact(*view->panels()[0], "bits left of 32"));
    for (const char* layer : {"stage_0_layer_0.add", "pool", "head.max_pool"}) {
        selection.setLayer(layer);
        settle();
        ASSERT_FALSE(view->emptyState()->isEmpty()) << layer;
        EXPECT_TRUE(view->panels()[0]->plot()->accessibleName().startsWith("Output")) << layer;
    }
    selection.setLayer("input");  // what the first layer reads
    settle();
    ASSERT_FALSE(view->emptyState()->isEmpty());
    EXPECT_EQ(view->panels()[0]->plot()->accessibleName(), "Input, head.0");
}

TEST_F(Distributions, FollowTheTensorChosenElsewhere) {
    choose("input");
    selection.setTensor("weight");
    settle();
    EXPECT_TRUE(view->panels()[0]->plot()->accessibleName().startsWith("Effective weight"));
    selection.setTensor("input");
    settle();
    EXPECT_TRUE(view->panels()[0]->plot()->accessibleName().startsWith("Input"));
    choose("weight");
    EXPECT_EQ(selection.tensor(), "weight");
    EXPECT_TRUE(view->panels()[0]->plot()->accessibleName().startsWith("Raw weight"));
}

TEST_F(Distributions, AllLayersAtOnceAreChosenByClickAndArrows) {
    choose("all:input");
    ASSERT_EQ(view->multiples()->numLayers(), 21);
    QTest::mouseClick(view->multiples(), Qt::LeftButton, {}, view->multiples()->cellRect("head.0").center());
    EXPECT_EQ(selection.layer(), "head.0");
    QTest::keyClick(view->multiples(), Qt::Key_Right);
    EXPECT_EQ(selection.layer(), "stage_0_layer_0.body.0");
    choose("all:output");
    EXPECT_EQ(view->multiples()->numLayers(), 8 + 2);  // sums, max pool, average pool
}

TEST_F(Distributions, AllLayersAreSortedWorstFirstAndRememberIt) {
    choose("all:input");
    const auto box = [this] {
        for (auto* each : view->findChildren<QCheckBox*>()) {
            if (each->text().contains("Worst")) return each;
        }
        return static_cast<QCheckBox*>(nullptr);
    };
    LayerMultiples& multiples = *view->multiples();
    EXPECT_EQ(multiples.plotTable().rows[0][0].toString(), "head.0");
    ASSERT_TRUE(box()->isVisible());
    box()->setChecked(true);
    const PlotTable table = multiples.plotTable();
    EXPECT_EQ(table.rows[0][0].toString(), "stage_1_layer_0.shortcut.0");  // clips 6.1 %
    for (size_t i = 1; i < table.rows.size(); ++i)
        EXPECT_GE(table.rows[i - 1][2].toDouble(), table.rows[i][2].toDouble());
    selection.setLayer(table.rows[0][0].toString());
    QTest::keyClick(&multiples, Qt::Key_Right);
    EXPECT_EQ(selection.layer(), table.rows[1][0].toString());
    choose("all:accumulator");
    EXPECT_TRUE(box()->isEnabled());
    choose("all:output");
    EXPECT_FALSE(box()->isEnabled());
    choose("input");
    EXPECT_FALSE(box()->isVisible());
}

TEST_F(Distributions, SmallPicturesOutlineTheBaseline) {
    choose("all:input");
    const auto hasOutline = [this] {
        const auto legend = view->multiples()->plotLegend();
        return std::any_of(legend.begin(), legend.end(), [](const auto& entry) { return entry.text == "baseline"; });
    };
    const QImage without = view->multiples()->grab().toImage();
    EXPECT_FALSE(hasOutline());
    selection.setBaseline(other);
    settle();
    EXPECT_TRUE(hasOutline());
    EXPECT_NE(view->multiples()->grab().toImage(), without);
    for (auto* box : view->findChildren<QCheckBox*>()) {
        if (box->text().contains("Baseline")) box->setChecked(false);
    }
    EXPECT_FALSE(hasOutline());
    EXPECT_EQ(view->multiples()->grab().toImage(), without);
}

/// Pixels of a colour in the picture of a layer.
int pixelsOf(const LayerMultiples& multiples, const QImage& picture, const QString& layer, const QColor& color) {
    const QRect cell = multiples.cellRect(layer);
    int count = 0;
    for (int y = cell.top(); y <= cell.bottom(); ++y) {
        for (int x = cell.left(); x <= cell.right(); ++x) count += picture.pixelColor(x, y) == color ? 1 : 0;
    }
    return count;
}

TEST_F(Distributions, WhatIsClippedIsAsRedAsItIsMuch) {
    choose("all:input");
    const LayerMultiples& multiples = *view->multiples();
    const QImage picture = view->multiples()->grab().toImage();
    const QColor red = lightColors().trouble;
    const QString worst = "stage_1_layer_0.shortcut.0", harmless = "stage_0_layer_0.body.1";
    EXPECT_NEAR(multiples.sharesOf(worst).clipped, 0.061, 1e-9);
    ASSERT_GT(multiples.sharesOf(harmless).clipped, 0);
    ASSERT_LT(multiples.sharesOf(harmless).clipped, 0.01);
    const int limit = 60;  // the line at the end of the range
    EXPECT_GT(pixelsOf(multiples, picture, worst, red), limit + 20);
    EXPECT_LE(pixelsOf(multiples, picture, harmless, red), limit);
    EXPECT_NEAR(multiples.sharesOf(worst).zeroed, view->data()->tensors[7].report->input_negative_share, 1e-9);
}

TEST_F(Distributions, NotesStandAboveTheBars) {
    HistogramPlot& plot = *view->panels()[0]->plot();
    for (const QSize size : {QSize(1400, 900)}) {
        view->resize(size);
        QApplication::processEvents();
        plot.replot();
        int seen = 0;
        for (const bool isRight : {false, true}) {
            const QRectF note = plot.noteRect(isRight);
            if (note.isEmpty()) continue;
            ++seen;
            for (size_t bin = 0; bin < plot.bins().size(); ++bin) {
                const double top = plot.yAxis->coordToPixel(std::max(0.5, plot.bins().counts[bin]));
                // Less its padding and the room below the base line, which its figures do not need.
                EXPECT_GE(top, note.bottom() - 3) << size.width() << " bin " << bin;
            }
        }
        EXPECT_GT(seen, 0);
    }
}

TEST_F(Distributions, LongCountsHaveSeparators) {
    HistogramPlot& plot = *view->panels()[0]->plot();
    plot.resize(400, 400);  // room for every decade
    plot.replot();
    QStringList labels;
    for (const QString& label : plot.yAxis->tickVectorLabels()) labels << label;
    EXPECT_TRUE(labels.contains(text::count(100'000))) << labels.join("; ").toStdString();
    EXPECT_TRUE(labels.contains("1000")) << labels.join("; ").toStdString();
}

TEST_F(Distributions, TheCrosshairReadsTheBinUnderIt) {
    HistogramPlot* plot = view->panels()[0]->plot();
    plot->setFocus();
    plot->setCrosshair(0.01);
    plot->showCard({plot->xAxis->coordToPixel(0.01), 60});
    ASSERT_EQ(plot->card().rows().size(), 1u);
    EXPECT_TRUE(plot->card().rows()[0].name.contains("representable"));
    plot->showCard({plot->xAxis->coordToPixel(-0.5), 60});
    EXPECT_TRUE(plot->card().rows()[0].name.contains("set to zero"));
}

TEST_F(Distributions, SaturatedBarsAreRedAndNegativeOnesOfUnsignedInputsGrey) {
    const Colors& colors = lightColors();
    HistogramPlot* plot = view->panels()[0]->plot();
    const QImage picture = plot->toPixmap(600, 300).toImage();
    int grey = 0, blue = 0;
    for (int y = 0; y < picture.height(); ++y) {
        for (int x = 0; x < picture.width(); ++x) {
            grey += picture.pixelColor(x, y) == colors.zeroed ? 1 : 0;
            blue += picture.pixelColor(x, y) == colors.inputs ? 1 : 0;
        }
    }
    EXPECT_GT(grey, 200);
    EXPECT_GT(blue, 2000);
}

TEST_F(Distributions, EachPictureIsExportedWithItsNumbers) {
    for (const char* shown : {"input", "all:input"}) {
        choose(shown);
        ASSERT_NE(view->currentPlot(), nullptr);
        EXPECT_GT(view->currentPlot()->plotTable().rows.size(), 20u);
        for (const char* name : {"d.csv", "d.png", "d.svg"}) {
            exportPlot(*view->currentPlot(), folder.filePath(name));
            EXPECT_GT(QFile(folder.filePath(name)).size(), 800) << name;
        }
    }
    EXPECT_TRUE(toCsv(view->currentPlot()->plotTable()).contains("stage_3_layer_1.body.1,u8."));
}

TEST_F(Distributions, WithoutARunItSaysWhatWouldBeHere) {
    selection.setRun({});
    settle();
    EXPECT_TRUE(view->emptyState()->isEmpty());
    EXPECT_TRUE(view->emptyState()->findChild<QLabel*>()->text().contains("Choose a run"));
}

}  // namespace
}  // namespace f8net
