// SPDX-License-Identifier: GPL-3.0-or-later
// What was found of changed classes: read, in words, as rows, and drawn.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

#include "core/base/error.h"
#include "tests/widgets/predictions/sample_flips.h"
#include "widgets/models/dataset_pictures.h"
#include "widgets/predictions/answer_bars.h"
#include "widgets/predictions/error_chart.h"
#include "widgets/predictions/flip_table_model.h"

namespace f8net {
namespace {

using testing::HasSubstr;

std::shared_ptr<const FlipsData> sample() {
    return std::make_shared<const FlipsData>(parseFlips(sampleFlips()));
}

std::string problemOf(QByteArray json) {
    try {
        parseFlips(json);
    } catch (const DataError& error) {
        return error.what();
    }
    return "no problem";
}

TEST(FlipsData, IsReadFromTheDocumentOfTheCommand) {
    const FlipsData data = parseFlips(sampleFlips());
    EXPECT_EQ(data.flips.images, 200);
    EXPECT_EQ(data.checkpointHash, "00ff");
    ASSERT_EQ(data.flips.flipped.size(), 3u);
    EXPECT_EQ(data.flips.flipped[0].real_top[1].probability, 0.375);
    EXPECT_EQ(data.flips.flipped[1].errors, (std::vector<double>{0.04, 0.03}));
    EXPECT_EQ(data.layerIndex("fc"), 1);
    EXPECT_EQ(data.layerIndex("nothing"), -1);
    EXPECT_EQ(data.className(2), "Bag");
    EXPECT_EQ(data.className(3), "3");
}

TEST(FlipsData, NamesWhatIsMissingOrDoesNotFit) {
    EXPECT_THAT(problemOf("{"), HasSubstr("byte "));
    EXPECT_THAT(problemOf("[1]"), HasSubstr("expected an object"));
    EXPECT_EQ(problemOf(sampleFlips().replace("\"confidence_lost\": 0.25", "\"confidence_lost\": null")),
              "flipped[1].confidence_lost: expected a number");
    EXPECT_EQ(problemOf(sampleFlips().replace("\"grew_at\": \"head.0\"", "\"grew_at\": 3")),
              "flipped[1].grew_at: expected a text");
    EXPECT_EQ(problemOf(sampleFlips().replace("\"errors\": [0.04, 0.03]", "\"errors\": [0.04]")),
              "flipped[1].errors: expected a number for each layer");
    EXPECT_EQ(problemOf(sampleFlips().replace("\"real_top\": [{\"class\": 1, \"logit\": 1, \"probability\": 0.5}]",
                                              "\"real_top\": []")),
              "flipped[1].real_top: expected at least one class");
    EXPECT_EQ(problemOf(sampleFlips().replace("\"layers\"", "\"strata\"")), "layers: expected an array");
}

TEST(FlipsSentence, CountsTheBetterTheWorseAndTheRest) {
    FlipsData data = parseFlips(sampleFlips());
    EXPECT_EQ(flipsSentence(data).toStdString(),
              "3 of 200 images (1.50 %) change their class in integers: 1 for the better, 1 for the worse, 1 from one "
              "wrong class to another. Top-1 is 91.50 % without rounding and 91.00 % in integers.");
    data.flips.flipped.resize(1);
    EXPECT_THAT(flipsSentence(data).toStdString(),
                HasSubstr("(0.50 %) change their class in integers: 1 for the worse. "));
    data.flips.flipped.clear();
    EXPECT_THAT(flipsSentence(data).toStdString(), HasSubstr("None of 200 images changes"));
}

class Table : public testing::Test {
protected:
    void SetUp() override { model.setFlips(sample()); }
    std::vector<int> images() const {
        std::vector<int> numbers;
        for (int row = 0; row < filter.rowCount(); ++row) numbers.push_back(filter.index(row, 0).data().toInt());
        return numbers;
    }

    DatasetPictures pictures;
    FlipTableModel model{pictures};
    FlipFilterModel filter{&model};
    QAbstractItemModelTester ofModel{&model, QAbstractItemModelTester::FailureReportingMode::Fatal};
    QAbstractItemModelTester ofFilter{&filter, QAbstractItemModelTester::FailureReportingMode::Fatal};
};

TEST_F(Table, ListsBothAnswersAndWhoIsRight) {
    ASSERT_EQ(model.rowCount(), 3);
    const QModelIndex real = model.index(0, FlipTableModel::kReal), integer = model.index(0, FlipTableModel::kInteger);
    EXPECT_EQ(real.data().toString(), "Shirt");
    EXPECT_EQ(integer.data().toString(), "Coat");
    EXPECT_TRUE(real.data(FlipTableModel::kRightRole).toBool());
    EXPECT_FALSE(integer.data(FlipTableModel::kRightRole).toBool());
    EXPECT_EQ(integer.data(FlipTableModel::kSecondRole).toString().toStdString(), "margin 0.25");
    EXPECT_EQ(integer.data(Qt::AccessibleTextRole).toString(), "Coat, wrong");
    model.setFlips(nullptr);
    EXPECT_EQ(model.rowCount(), 0);
}

TEST_F(Table, IsSortedByWhatTheColumnsMean) {
    filter.sort(FlipTableModel::kLost, Qt::DescendingOrder);
    EXPECT_EQ(images(), (std::vector{30, 7, 31}));
    filter.sort(FlipTableModel::kInteger, Qt::AscendingOrder);  // margins
    EXPECT_EQ(images(), (std::vector{31, 7, 30}));
    filter.sort(FlipTableModel::kGrewAt, Qt::AscendingOrder);  // depth, not letters
    EXPECT_EQ(images().front(), 30);
}

TEST_F(Table, IsFilteredByWhoIsWrongAndByWords) {
    filter.sort(FlipTableModel::kImage, Qt::AscendingOrder);
    filter.setVerdict(FlipVerdict::kIntegerIsWrong);
    EXPECT_EQ(images(), std::vector{7});
    filter.setVerdict(FlipVerdict::kRealIsWrong);
    EXPECT_EQ(images(), std::vector{30});
    filter.setVerdict(FlipVerdict::kBothAreWrong);
    EXPECT_EQ(images(), std::vector{31});
    filter.setVerdict(std::nullopt);
    filter.setWords("bag");
    EXPECT_EQ(images(), (std::vector{30, 31}));
    filter.setWords("bag fc");
    EXPECT_EQ(images(), std::vector{31});
    EXPECT_EQ(filter.toCsv().trimmed().toStdString(),
              "image,true class,class without rounding,margin,class in integers,margin in integers,confidence lost,"
              "grew most at,error before,error after\n31,Shirt,Coat,0.0625,Bag,0.0625,0.0625,fc,0.01,0.03");
}

TEST(Pictures, SmallOnesAreEnlargedByWholeFactorsAndLargeOnesFit) {
    EXPECT_EQ(pictureSize({28, 28}, 72), QSize(56, 56));
    EXPECT_EQ(pictureSize({28, 14}, 224), QSize(224, 112));
    EXPECT_EQ(pictureSize({640, 480}, 64), QSize(64, 48));
    EXPECT_EQ(pictureSize({}, 64), QSize());
    QImage two(2, 1, QImage::Format_RGB888);
    two.setPixelColor(0, 0, Qt::black);
    two.setPixelColor(1, 0, Qt::white);
    const QImage large = fitPicture(two, 9);
    EXPECT_EQ(large.size(), QSize(8, 4));
    EXPECT_EQ(large.pixelColor(3, 3), QColor(Qt::black));
    EXPECT_EQ(large.pixelColor(4, 0), QColor(Qt::white));
}

TEST(ErrorChartTest, SaysWhereTheErrorGrewAndHasItsNumbers) {
    ErrorChart chart;
    chart.resize(500, 240);
    chart.setFlips(sample(), 0);
    EXPECT_THAT(chart.plotSentence().toStdString(), HasSubstr("image 7 grew most at fc, from 2.00 % to 5.00 %"));
    const PlotTable table = chart.plotTable();
    ASSERT_EQ(table.rows.size(), 2u);
    EXPECT_EQ(table.columns.size(), 4);
    EXPECT_EQ(table.rows[1][0].toString(), "fc");
    EXPECT_DOUBLE_EQ(table.rows[1][1].toDouble(), 2);
    EXPECT_DOUBLE_EQ(table.rows[1][2].toDouble(), 3.5);
    EXPECT_DOUBLE_EQ(table.rows[1][3].toDouble(), 5);
    EXPECT_EQ(chart.plotLegend().size(), 3u);
    chart.setFlips(sample(), std::nullopt);
    EXPECT_EQ(chart.plotTable().columns.size(), 3);
}

TEST(ErrorChartTest, AClickAndReturnAtTheCrosshairChooseTheLayer) {
    ErrorChart chart;
    chart.resize(500, 240);
    chart.setFlips(sample(), 0);
    chart.show();
    chart.replotNow();
    QSignalSpy clicked(&chart, &ErrorChart::layerClicked);
    const QPoint at(static_cast<int>(chart.xAxis->coordToPixel(1)), chart.axisRect()->center().y());
    QTest::mouseClick(&chart, Qt::LeftButton, {}, at);
    ASSERT_EQ(clicked.count(), 1);
    EXPECT_EQ(clicked.takeFirst().front().toString(), "fc");
    chart.setCrosshair(0.2);
    QTest::keyClick(&chart, Qt::Key_Return);
    ASSERT_EQ(clicked.count(), 1);
    EXPECT_EQ(clicked.takeFirst().front().toString(), "head.0");
    // A drag zooms and chooses nothing.
    QTest::mousePress(&chart, Qt::LeftButton, {}, at);
    QTest::mouseRelease(&chart, Qt::LeftButton, {}, at - QPoint(80, 60));
    EXPECT_EQ(clicked.count(), 0);
}

TEST(AnswerBarsTest, ShowTheClassesThatEitherNetworkRanks) {
    AnswerBars bars;
    bars.setFlips(sample(), 1);
    const PlotTable table = bars.plotTable();
    ASSERT_EQ(table.rows.size(), 2u);
    EXPECT_EQ(table.rows[0][0].toString(), "Bag");  // the likeliest of both
    EXPECT_TRUE(std::isnan(table.rows[0][1].toDouble()));
    EXPECT_EQ(table.rows[0][2].toDouble(), 75);
    EXPECT_EQ(table.rows[1][1].toDouble(), 50);
    EXPECT_THAT(bars.accessibleDescription().toStdString(), HasSubstr("Image 30 (Bag)"));
    bars.setFlips(sample(), std::nullopt);
    EXPECT_TRUE(bars.plotTable().rows.empty());
}

}  // namespace
}  // namespace f8net
