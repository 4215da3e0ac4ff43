// SPDX-License-Identifier: GPL-3.0-or-later
// Comparison of runs: words, rows, and the view on a store of invented runs.
#include <gtest/gtest.h>

#include <QAbstractItemModelTester>
#include <QApplication>
#include <QCheckBox>
#include <QDialog>
#include <QFile>
#include <QLabel>
#include <QTabWidget>
#include <QTableView>
#include <QTest>
#include <QTextDocumentFragment>
#include <algorithm>
#include <cmath>

#include "tests/widgets/synthetic/view_fixture.h"
#include "tests/widgets/synthetic/written_down.h"
#include "widgets/compare/compare_view.h"
#include "widgets/compare/comparison_rows.h"
#include "widgets/compare/comparison_table_model.h"
#include "widgets/compare/network_pair.h"
#include "widgets/models/empty_last_proxy.h"
#include "widgets/network/network_canvas.h"
#include "widgets/network/network_pane.h"

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
    const ComparisonWords words = comparisonWords(comparison, 1);
    return QTextDocumentFragment::fromHtml(words.verdict + " " + words.differences).toPlainText().toStdString();
}

TEST(ComparisonSentence, SaysWhoIsBetterWhatDiffersAndWhere) {
    EXPECT_EQ(
        sentence(twoRuns()),
        "b reaches 92.00 %, a 90.00 % (integer-only); which is better can be told once both are evaluated on the same "
        "images. Differs in lr; 1 of 2 layers has other formats; the largest SQNR gap is head.0 (−9.0 "
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
    EXPECT_EQ(results.rows[1].cells[1].text.toStdString(), "0.6000  (+0.1)");
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

TEST(ComparisonTableModel, WhatHasNoValueIsLastUpwardsAndDownwards) {
    RunComparison comparison = twoRuns();
    comparison.layers.push_back({"only in a", {report("only in a", 5, 40), {}}});
    ComparisonTableModel model;
    model.setTable(layersTable(comparison));
    model.setShowsEqual(true);
    EmptyLastProxy sorted;
    sorted.setSourceModel(&model);
    sorted.setSortRole(ComparisonTableModel::kSortRole);
    constexpr int kSqnrOfB = 5;
    for (const Qt::SortOrder order : {Qt::AscendingOrder, Qt::DescendingOrder}) {
        sorted.sort(kSqnrOfB, order);
        EXPECT_EQ(sorted.index(2, 0).data().toString(), "only in a");
        EXPECT_EQ(sorted.index(order == Qt::AscendingOrder ? 0 : 1, 0).data().toString(), "head.0");
    }
    EXPECT_EQ(model.headerData(kSqnrOfB, Qt::Horizontal, Qt::TextAlignmentRole).toInt(),
              int(Qt::AlignRight | Qt::AlignVCenter));  // as its numbers
}

TEST(ComparisonSentence, NamesAreNoMarkup) {
    RunComparison comparison = twoRuns();
    comparison.runs[1].name = "<i>b</i> & co";
    EXPECT_EQ(sentence(comparison).find("<i>b</i> & co reaches 92.00 %"), 0u) << sentence(comparison);
}

class View : public ViewFixture {
protected:
    void SetUp() override {
        synthetic::Store runs(storePath());
        a = runs.add({.name = "a", .epochs = 4, .doneEpochs = 4, .stepsPerEpoch = 5, .floatEpochs = 1, .seed = 1});
        b = runs.add({.name = "b", .epochs = 4, .doneEpochs = 3, .stepsPerEpoch = 5, .floatEpochs = 1, .seed = 2});
        c = runs.add({.name = "c", .epochs = 4, .doneEpochs = 4, .stepsPerEpoch = 5, .floatEpochs = 1, .seed = 3});
        open();
        view = std::make_unique<CompareView>(context(), nullptr);
        view->resize(800, 400);
        view->show();
        settle();
    }

    std::unique_ptr<CompareView> view;
    RunId a, b, c;
};

TEST_F(View, ComparesTheMarkedRunsWithTheBaselineFirst) {
    selection.setMarked({a, b});
    selection.setBaseline(b);
    settle();
    EXPECT_TRUE(view->sentences().contains("\nDiffers in") || view->sentences().contains("configured alike"))
        << view->sentences().toStdString();
    EXPECT_EQ(view->model(0).headerData(1, Qt::Horizontal, Qt::DisplayRole).toString().toStdString(), "b *");
    EXPECT_EQ(view->model(2).columnCount(), 7);
    EXPECT_EQ(view->model(2).rowCount() + view->model(2).numFolded(), 21);
}

TEST_F(View, RunsThatCannotBeComparedYetAreEvaluatedByALink) {
    WrittenDown others;
    const OutsideReplaced replaced{others};
    selection.setMarked({a, c});
    selection.setBaseline(a);
    settle();
    ASSERT_TRUE(view->sentences().contains("once both are evaluated")) << view->sentences().toStdString();
    for (auto* label : view->findChildren<QLabel*>()) {
        if (label->text().contains("<a href=\"1\">")) Q_EMIT label->linkActivated("1");
    }
    auto* dialog = qobject_cast<QDialog*>(QApplication::activeModalWidget());
    ASSERT_NE(dialog, nullptr);
    EXPECT_EQ(dialog->windowTitle(), "Evaluate 2 runs");
    dialog->accept();
    ASSERT_EQ(others.started.size(), 2);
    EXPECT_EQ(others.started[0].mid(0, 2), QStringList({"evaluate", QString::fromStdString(a.text())}));
    EXPECT_EQ(others.started[1].mid(0, 2), QStringList({"evaluate", QString::fromStdString(c.text())}));
    EXPECT_EQ(others.started[0].mid(5), QStringList({"--mode", "integer-only"}));
    QApplication::processEvents();  // the jobs fail before the view goes
}

TEST_F(View, ChoosingALayerChoosesItEverywhere) {
    selection.setMarked({a, b});
    settle();
    view->findChild<QCheckBox*>()->setChecked(true);
    view->table(2)->setCurrentIndex(view->table(2)->model()->index(3, 0));
    EXPECT_EQ(selection.layer(), view->table(2)->model()->index(3, 0).data().toString());
    EXPECT_FALSE(selection.layer().isEmpty());
}

TEST_F(View, TheLayersFollowALayerChosenElsewhere) {
    selection.setLayer("stage_2_layer_1.body.0");
    selection.setMarked({a, b});
    settle();
    view->findChild<QCheckBox*>()->setChecked(true);
    const auto current = [this] { return view->table(2)->currentIndex().siblingAtColumn(0).data().toString(); };
    EXPECT_EQ(current(), "stage_2_layer_1.body.0");
    selection.setLayer("classifier.0");
    EXPECT_EQ(current(), "classifier.0");
    selection.setLayer("pool");  // has no row
    EXPECT_EQ(current(), "");
    EXPECT_EQ(selection.layer(), "pool");
}

TEST_F(View, ATableEndsWithItsRows) {
    selection.setMarked({a, b});
    settle();
    QApplication::processEvents();
    QTableView& table = *view->table(0);
    const int rows = table.model()->rowCount();
    ASSERT_LT(rows, 6);
    EXPECT_LT(table.height(), (rows + 3) * table.rowHeight(0));
    view->findChild<QCheckBox*>()->setChecked(true);
    QApplication::processEvents();
    ASSERT_GT(table.model()->rowCount(), rows);
    EXPECT_GE(table.viewport()->height(), table.model()->rowCount() * table.rowHeight(0));
}

TEST_F(View, SentencesTakeTheLinesTheyHaveAtTheirWidth) {
    view->resize(200, 700);  // a narrow dock while there is nothing to compare
    QApplication::processEvents();
    selection.setMarked({a, b, c});
    settle();
    view->resize(1600, 700);
    QApplication::processEvents();
    const QList<QLabel*> labels = view->findChildren<QLabel*>();
    const auto words = std::ranges::find(labels, QString("Comparison in words"), &QLabel::accessibleDescription);
    ASSERT_NE(words, labels.end());
    ASSERT_GT((*words)->width(), 1500);
    const int height = (*words)->height();
    (*words)->setMinimumHeight(0);  // which a label counts among what its words need
    EXPECT_EQ(height, (*words)->heightForWidth((*words)->width()));
}

using ManyRuns = ViewFixture;

TEST_F(ManyRuns, AreComparedAsFarAsTheyCanBeToldApartAndTheRestIsSaid) {
    std::vector<RunId> runs;
    {
        synthetic::Store made(storePath());
        for (unsigned seed = 0; seed < 10; ++seed) {
            runs.push_back(made.add({.name = "run " + std::to_string(seed),
                                     .epochs = 1,
                                     .doneEpochs = 1,
                                     .stepsPerEpoch = 2,
                                     .floatEpochs = 1,
                                     .seed = seed}));
        }
    }
    open();
    CompareView view(context(), nullptr);
    selection.setMarked(runs);
    settle();
    EXPECT_EQ(view.model(0).columnCount(), 9);
    EXPECT_TRUE(view.sentences().contains("8 of 10 runs are compared")) << view.sentences().toStdString();
    runs.resize(8);
    selection.setMarked(runs);
    settle();
    EXPECT_FALSE(view.sentences().contains("are compared")) << view.sentences().toStdString();
}

TEST_F(View, WithFewerThanTwoRunsSaysHowToCompare) {
    selection.setMarked({a, b});
    settle();
    EXPECT_TRUE(view->table(0)->isVisible());
    selection.setMarked({a});
    settle();
    EXPECT_FALSE(view->table(0)->isVisible());
}

TEST_F(View, NetworksStandSideBySideAndFollowEachOther) {
    selection.setMarked({a, b});
    selection.setBaseline(b);
    settle();
    NetworkPair& pair = *view->networks();
    EXPECT_TRUE(pair.pane(0)->run().empty());  // nothing is read before somebody looks
    view->tabs()->setCurrentWidget(&pair);
    settle();
    NetworkCanvas &first = *pair.pane(0)->canvas(), &other = *pair.pane(1)->canvas();
    EXPECT_EQ(pair.pane(0)->run(), b);
    EXPECT_EQ(pair.pane(1)->run(), a);
    EXPECT_EQ(pair.other()->currentText(), "a");
    ASSERT_FALSE(first.networkLayout().nodes.empty());
    EXPECT_FALSE(view->findChild<QCheckBox*>()->isVisible());  // of the tables

    pair.setQuantity(Quantity::kWeightSqnr);
    EXPECT_EQ(first.quantity(), Quantity::kWeightSqnr);
    EXPECT_EQ(other.quantity(), Quantity::kWeightSqnr);
    pair.showLargestDifference();
    const std::string layer = selection.layer().toStdString();
    const double largest = std::abs(*pair.pane(0)->network()->value(Quantity::kWeightSqnr, layer) -
                                    *pair.pane(1)->network()->value(Quantity::kWeightSqnr, layer));
    EXPECT_GT(largest, 0);
    for (const Layer& each : pair.pane(0)->network()->graph.layers) {
        const auto x = pair.pane(0)->network()->value(Quantity::kWeightSqnr, each.name);
        const auto y = pair.pane(1)->network()->value(Quantity::kWeightSqnr, each.name);
        EXPECT_LE(std::abs(x.value_or(0) - y.value_or(0)), largest) << each.name;
    }
    EXPECT_TRUE(pair.sentence().startsWith(selection.layer())) << pair.sentence().toStdString();
    EXPECT_TRUE(pair.sentence().contains("in the baseline")) << pair.sentence().toStdString();
    pair.showLargestDifference();
    EXPECT_NE(selection.layer().toStdString(), layer);

    // A layer clicked in one is chosen in both; both show it at the same place.
    const auto place = [](const NetworkCanvas& canvas, size_t node) {
        return canvas.toScreen(canvas.networkLayout().nodes[node].rect.center()) - QRectF(canvas.rect()).center();
    };
    const QPointF middle = other.toScreen(other.networkLayout().nodes[5].rect.center());
    QTest::mouseClick(&other, Qt::LeftButton, {}, middle.toPoint());
    EXPECT_TRUE(pair.sentence().startsWith(selection.layer()));
    first.setZoom(1.7, {100, 100});
    EXPECT_EQ(other.zoom(), 1.7);
    EXPECT_NEAR((place(first, 3) - place(other, 3)).manhattanLength(), 0, 1e-9);
    QTest::keyClick(&other, Qt::Key_Left);
    EXPECT_NEAR((place(first, 3) - place(other, 3)).manhattanLength(), 0, 1e-9);
}

TEST_F(View, TheRunBesideTheBaselineIsChosenAmongMany) {
    selection.setMarked({a, b, c});
    settle();
    view->tabs()->setCurrentWidget(view->networks());
    NetworkPair& pair = *view->networks();
    ASSERT_EQ(pair.other()->count(), 2);
    pair.other()->setCurrentIndex(1);
    settle();
    EXPECT_EQ(pair.pane(1)->run(), c);
    selection.setMarked({b, c});
    settle();
    EXPECT_EQ(pair.pane(0)->run(), b);
    EXPECT_EQ(pair.pane(1)->run(), c);
    EXPECT_FALSE(view->exportTo(folder.filePath("none.csv")));  // a picture, no table
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
