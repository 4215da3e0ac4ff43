// SPDX-License-Identifier: GPL-3.0-or-later
// The Sigma explorer on a store of invented runs.
#include <gtest/gtest.h>

#include <QSpinBox>
#include <QTest>
#include <cmath>
#include <map>

#include "tests/widgets/synthetic/view_fixture.h"
#include "widgets/sigma/sigma_chart.h"
#include "widgets/sigma/sigma_view.h"

namespace f8net {
namespace {

TEST(SigmaOf, IsOneNumberWhateverStatisticChose) {
    EXPECT_EQ(sigmaOf("std", 1.5), 1.5);
    EXPECT_EQ(sigmaOf("rms", 1.5), 1.5);
    EXPECT_NEAR(sigmaOf("mae", 1.0), 1.2533, 1e-4);  // E|x| = sigma * sqrt(2 / pi)
    EXPECT_EQ(sigmaOf("grid", 1.5), 0);
    EXPECT_EQ(sigmaOf("std", 0), 0);
    EXPECT_EQ(sigmaOf("std", std::nan("")), 0);
}

LayerFormatReport report(const std::string& statistic, double input, double weight) {
    LayerFormatReport made;
    made.layer = "head.0";
    made.input_format = {8, 5, false};
    made.weight_format = {8, 7, true};
    made.statistic = statistic;
    made.input_statistic = input;
    made.weight_statistic = weight;
    return made;
}

TEST(MarkRun, MarksTensorsOfTheWordLengthWhoseSpreadIsKnown) {
    FormatsData formats;
    formats.runName = "a";
    formats.epoch = 3;
    FormatLayer layer;
    layer.name = "head.0";
    layer.report = report("std", 1.6, 0.1);
    formats.layers = {layer};
    const SigmaData data = markRun(formats, computeSigmaCurves(8));
    ASSERT_EQ(data.marks.size(), 2u);
    EXPECT_FALSE(data.marks[0].is_weight);
    EXPECT_EQ(data.marks[0].sigma, 1.6);
    EXPECT_EQ(data.marks[0].best_fractional_length, best_fractional_length(1.6, 8, false));
    EXPECT_TRUE(data.marks[1].is_weight);
    EXPECT_TRUE(markRun(formats, computeSigmaCurves(6)).marks.empty());
    formats.layers[0].report = report("grid", 0, 0);
    const SigmaData grid = markRun(formats, computeSigmaCurves(8));
    EXPECT_TRUE(grid.marks.empty());
    EXPECT_EQ(grid.numWithoutSigma, 2);
}

TEST(MarkSentence, NamesTheBetterLengthWhereThereIsOne) {
    const QString fine = markSentence(mark_layer("a", false, {8, 5, false}, 1.6));
    EXPECT_TRUE(fine.startsWith("a input u8.5: sigma 1.6, expected error ")) << fine.toStdString();
    EXPECT_TRUE(fine.endsWith("no other length is better for this spread")) << fine.toStdString();
    const QString coarse = markSentence(mark_layer("a", true, {8, 1, true}, 0.1));
    EXPECT_TRUE(coarse.contains("s8.7 would err ")) << coarse.toStdString();
}

class View : public ViewFixture {
protected:
    void SetUp() override {
        synthetic::Store runs(storePath());
        run =
            runs.add({.name = "a", .epochs = 5, .doneEpochs = 5, .stepsPerEpoch = 5, .floatEpochs = 2, .numLayers = 9});
        open();
        view = std::make_unique<SigmaView>(context(), nullptr);
        view->resize(900, 400);
        view->show();
        settle();
    }

    std::unique_ptr<SigmaView> view;
    RunId run;
};

TEST_F(View, WithoutARunShowsTheCurvesAndSaysHowToGetMarks) {
    EXPECT_TRUE(view->sentence().startsWith("Choose a run")) << view->sentence().toStdString();
    EXPECT_EQ(view->chart(false)->graphCount(), 9);
    EXPECT_EQ(view->chart(true)->graphCount(), 8);
    EXPECT_EQ(view->chart(true)->plotTable().columns.size(), 9);
}

TEST_F(View, MarksTheRunsLayersAndSaysHowTheChosenOneDoes) {
    selection.setRun(run);
    selection.setLayer("classifier.0");
    settle();
    EXPECT_GT(view->chart(false)->graphCount(), 9);  // marks and their rug
    EXPECT_TRUE(view->sentence().startsWith("classifier.0 input u8.")) << view->sentence().toStdString();
    selection.setTensor("weight");
    EXPECT_TRUE(view->sentence().startsWith("classifier.0 weight s8.")) << view->sentence().toStdString();
    EXPECT_TRUE(view->chart(true)->plotSentence().contains("of the run"))
        << view->chart(true)->plotSentence().toStdString();
}

/// Of the text items in the plot, by what they say.
std::map<QString, QRectF> namesIn(SigmaChart& chart) {
    std::map<QString, QRectF> names;
    for (int i = 0; i < chart.itemCount(); ++i) {
        const auto* item = qobject_cast<QCPItemText*>(chart.item(i));
        if (item == nullptr || item->text().size() != 1) continue;
        names[item->text()] = QRectF(item->topLeft->pixelPosition(), item->bottomRight->pixelPosition());
    }
    return names;
}

TEST_F(View, CurvesAreNamedAndLayersAreSpread) {
    for (const bool hasRun : {false, true}) {
        if (hasRun) selection.setRun(run);
        settle();
        SigmaChart& chart = *view->chart(false);
        chart.replot();
        EXPECT_TRUE(chart.xAxis->label().contains("sigma"));
        const auto names = namesIn(chart);
        for (int length = 0; length <= 8; ++length)
            EXPECT_TRUE(names.contains(QString::number(length)))
                << length << " of " << names.size() << (hasRun ? " with a run" : "");
        for (const auto& [name, place] : names) {
            EXPECT_TRUE(QRectF(chart.axisRect()->rect()).contains(place)) << name.toStdString();
            for (const auto& [other, otherPlace] : names)
                EXPECT_TRUE(name == other || !place.intersects(otherPlace))
                    << name.toStdString() << other.toStdString();
        }
        const QCPRange shown = chart.xAxis->range();
        EXPECT_LE(std::log10(shown.upper / shown.lower), hasRun ? 3.0 : 6.1);
    }
}

TEST_F(View, OtherWordLengthsHaveTheirOwnCurves) {
    auto* length = view->findChild<QSpinBox*>();
    ASSERT_NE(length, nullptr);
    length->setValue(4);
    settle();
    EXPECT_EQ(view->chart(false)->graphCount(), 5);
    EXPECT_EQ(view->chart(true)->graphCount(), 4);
}

TEST_F(View, AClickOnAMarkChoosesItsLayerAndTensorEverywhere) {
    selection.setRun(run);
    settle();
    SigmaChart* chart = view->chart(true);
    chart->replot();
    QPoint at;
    QString name;
    for (int i = 0; i < chart->graphCount() && name.isEmpty(); ++i) {
        const QCPGraph* graph = chart->graph(i);
        if (graph->lineStyle() != QCPGraph::lsNone || graph->scatterStyle().shape() != QCPScatterStyle::ssSquare)
            continue;
        at = QPointF(chart->xAxis->coordToPixel(graph->data()->at(0)->key),
                     chart->yAxis->coordToPixel(graph->data()->at(0)->value))
                 .toPoint();
        QTest::mouseClick(chart, Qt::LeftButton, {}, at);
        name = selection.layer();
    }
    EXPECT_FALSE(name.isEmpty());
    EXPECT_EQ(selection.tensor(), "weight");
}

}  // namespace
}  // namespace f8net
