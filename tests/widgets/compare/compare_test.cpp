// SPDX-License-Identifier: GPL-3.0-or-later
// Comparison of runs: words, rows, and the view on a store of invented runs.
#include <gtest/gtest.h>

#include <QAbstractItemModelTester>
#include <QCheckBox>
#include <QFile>
#include <QTableView>

#include "tests/widgets/synthetic/view_fixture.h"
#include "widgets/compare/compare_view.h"
#include "widgets/compare/comparison_table_model.h"

namespace f8net {
namespace {

LayerFormatReport report(const std::string& layer, int length, double sqnr) {
    LayerFormatReport made;
    made.layer = layer;
    made.input_format = {8, length, false};
    made.weight_format = {8, 7, true};
    made.input_sqnr_db = sqnr;
    return made;
}

RunComparison twoRuns() {
    RunComparison comparison;
    comparison.runs.resize(2);
    comparison.runs[0].name = "a";
    comparison.runs[1].name = "b";
    comparison.options = {{"optimizer.lr", {"0.1", "0.2"}, true}, {"optimizer.momentum", {"0.9", "0.9"}, false}};
    comparison.metrics = {{"integer-only top-1", ComparedMetric::Unit::kShare, true, {0.9, 0.92}},
                          {"training loss", ComparedMetric::Unit::kLoss, false, {0.5, 0.6}}};
    comparison.layers = {{"head.0", {report("head.0", 5, 30), report("head.0", 6, 21)}},
                         {"fc", {report("fc", 5, 30), report("fc", 5, 30)}}};
    comparison.accuracies.resize(2);
    comparison.accuracies[1] = ComparedAccuracy{"integer-only", 0.9, 0.92, 0, {}};
    return comparison;
}

std::string sentence(const RunComparison& comparison) {
    return comparisonSentence(comparison, 1).toStdString();
}

TEST(ComparisonSentence, SaysWhoIsBetterWhatDiffersAndWhere) {
    EXPECT_EQ(
        sentence(twoRuns()),
        "b reaches 92.00 %, a 90.00 % (integer-only); which is better can be told once both are evaluated on the same "
        "images; differs in lr; 1 of 2 layers has other formats; the largest SQNR gap is head.0 (−9.0 "
        "dB).");
}

TEST(ComparisonSentence, TellsMoreThanChanceFromNotDistinguishable) {
    RunComparison comparison = twoRuns();
    comparison.accuracies[1]->images = 1000;
    comparison.accuracies[1]->paired = paired_difference(1000, 40, 20);
    EXPECT_EQ(sentence(comparison).find("b is 2.00 points better, more than chance ("), 0u) << sentence(comparison);
    comparison.accuracies[1]->paired = paired_difference(1000, 220, 200);
    EXPECT_EQ(sentence(comparison).find("a and b are not distinguishable ("), 0u) << sentence(comparison);
}

TEST(ComparisonSentence, TheIntervalIsInFavourOfTheBetterRun) {
    RunComparison comparison = twoRuns();
    std::swap(comparison.accuracies[1]->first, comparison.accuracies[1]->other);
    comparison.accuracies[1]->images = 1000;
    comparison.accuracies[1]->paired = paired_difference(1000, 20, 60);
    const std::string text = sentence(comparison);
    EXPECT_EQ(text.find("a is 4.00 points better, more than chance"), 0u) << text;
    EXPECT_EQ(text.find("interval −"), std::string::npos) << text;
}

TEST(ComparisonRows, MarkWhatIsBetterWorseAndOther) {
    const RunComparison comparison = twoRuns();
    const ComparisonTable results = metricsTable(comparison);
    EXPECT_EQ(results.rows[0].cells[1].tone, ComparisonCell::Tone::kBetter);
    EXPECT_EQ(results.rows[0].cells[1].text.toStdString(), "92.00 %  (+2.00)");
    EXPECT_EQ(results.rows[1].cells[1].tone, ComparisonCell::Tone::kWorse);
    const ComparisonTable layers = layersTable(comparison);
    EXPECT_EQ(layers.rows[0].cells[3].tone, ComparisonCell::Tone::kDiffers);
    EXPECT_EQ(layers.rows[0].cells[4].tone, ComparisonCell::Tone::kWorse);
    EXPECT_TRUE(layers.rows[1].isEqual);
    EXPECT_TRUE(configurationTable(comparison).rows[1].isEqual);
}

TEST(ComparisonTableModel, FoldsEqualRowsUnlessWanted) {
    ComparisonTableModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    model.setTable(configurationTable(twoRuns()));
    EXPECT_EQ(model.rowCount(), 1);
    EXPECT_EQ(model.numFolded(), 1);
    model.setShowsEqual(true);
    EXPECT_EQ(model.rowCount(), 2);
    EXPECT_EQ(model.toCsv().split("\n").first().trimmed().toStdString(), "Option,a *,b");
}

class View : public ViewFixture {
protected:
    void SetUp() override {
        synthetic::Store runs(storePath());
        a = runs.add({.name = "a", .epochs = 4, .doneEpochs = 4, .stepsPerEpoch = 5, .floatEpochs = 1, .seed = 1});
        b = runs.add({.name = "b", .epochs = 4, .doneEpochs = 4, .stepsPerEpoch = 5, .floatEpochs = 1, .seed = 2});
        open();
        view = std::make_unique<CompareView>(context(), nullptr);
        view->resize(800, 400);
        view->show();
        settle();
    }

    std::unique_ptr<CompareView> view;
    RunId a, b;
};

TEST_F(View, ComparesTheMarkedRunsWithTheBaselineFirst) {
    selection.setMarked({a, b});
    selection.setBaseline(b);
    settle();
    EXPECT_TRUE(view->sentences().contains("; differs in") || view->sentences().contains("configured alike"))
        << view->sentences().toStdString();
    EXPECT_EQ(view->model(0).headerData(1, Qt::Horizontal, Qt::DisplayRole).toString().toStdString(), "b *");
    EXPECT_EQ(view->model(2).columnCount(), 7);
    EXPECT_EQ(view->model(2).rowCount() + view->model(2).numFolded(), 21);
}

TEST_F(View, ChoosingALayerChoosesItEverywhere) {
    selection.setMarked({a, b});
    settle();
    view->findChild<QCheckBox*>()->setChecked(true);
    view->table(2)->setCurrentIndex(view->table(2)->model()->index(3, 0));
    EXPECT_EQ(selection.layer(), view->table(2)->model()->index(3, 0).data().toString());
    EXPECT_FALSE(selection.layer().isEmpty());
}

TEST_F(View, WithFewerThanTwoRunsSaysHowToCompare) {
    selection.setMarked({a, b});
    settle();
    EXPECT_TRUE(view->table(0)->isVisible());
    selection.setMarked({a});
    settle();
    EXPECT_FALSE(view->table(0)->isVisible());
}

TEST_F(View, ExportsTheTabAsCsv) {
    selection.setMarked({a, b});
    settle();
    ASSERT_TRUE(view->exportTo(folder.filePath("c.csv")));
    QFile file(folder.filePath("c.csv"));
    ASSERT_TRUE(file.open(QIODevice::ReadOnly));
    EXPECT_TRUE(file.readAll().startsWith("Option,"));
    EXPECT_FALSE(view->exportTo("/nowhere/c.csv"));
}

}  // namespace
}  // namespace f8net
