// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/plot_export.h"

#include <gtest/gtest.h>

#include <QAbstractItemModelTester>
#include <QBuffer>
#include <QClipboard>
#include <QDialog>
#include <QFile>
#include <QFontInfo>
#include <QGuiApplication>
#include <QImage>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QSortFilterProxyModel>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <memory>

#include "core/base/error.h"
#include "tests/widgets/plots/sample_chart.h"
#include "widgets/plots/plot_actions.h"
#include "widgets/plots/plot_table_model.h"
#include "widgets/plots/table_writing.h"

namespace f8net {
namespace {

QByteArray bytesOf(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

int pixelsLike(const QImage& image, const QRect& part, const QColor& color) {
    int count = 0;
    for (int y = part.top(); y <= part.bottom(); ++y) {
        for (int x = part.left(); x <= part.right(); ++x) count += image.pixelColor(x, y) == color ? 1 : 0;
    }
    return count;
}

TEST(PlotTable, CsvQuotesWhatNeedsItAndLeavesNoValueEmpty) {
    const PlotTable table{{"run", "loss, test"}, {{"a \"b\"", 0.125}, {"c", std::nan("")}, {"d", qlonglong{12}}}};
    EXPECT_EQ(toCsv(table), "run,\"loss, test\"\n\"a \"\"b\"\"\",0.125\nc,\nd,12\n");
}

TEST(PlotTable, JsonSaysNullWhereThereIsNoValue) {
    QBuffer json;
    json.open(QIODevice::WriteOnly);
    ASSERT_TRUE(writeJson("Loss", "a ends at 1", rowsOf({{"x", "y"}, {{1.5, std::nan("")}, {2.0, 3.0}}}), json));
    const QJsonObject object = QJsonDocument::fromJson(json.data()).object();
    EXPECT_EQ(object["rows"].toArray().size(), 2);
    EXPECT_EQ(object["title"].toString(), "Loss");
    EXPECT_EQ(object["description"].toString(), "a ends at 1");
    EXPECT_EQ(object["columns"].toArray()[1].toString(), "y");
    EXPECT_EQ(object["rows"].toArray()[0].toArray()[0].toDouble(), 1.5);
    EXPECT_TRUE(object["rows"].toArray()[0].toArray()[1].isNull());
}

/// More rows than anybody would look at.
class LongChart final : public QWidget, public Plot {
public:
    static constexpr qsizetype kRows = 300'000;
    LongChart() { actions = new PlotActions(*this); }
    QWidget& plotWidget() override { return *this; }
    QString plotTitle() const override { return "Long"; }
    QString plotSentence() const override { return "a long line"; }
    PlotTable plotTable() const override { return {{"x"}, {{0.0}, {299'999.0}}, "2 of 300000 points"}; }
    PlotRows plotRows() const override {
        return {{"x"}, kRows, [](const PlotRows::Take& take) {
                    for (qsizetype i = 0; i < kRows; ++i) {
                        if (!take({static_cast<qlonglong>(i)})) return false;
                    }
                    return true;
                }};
    }
    void paintPlot(QCPPainter&, const QSize&) override {}
    PlotActions* actions;
};

TEST(LongTables, AreExportedWholeOnAnotherThread) {
    const QTemporaryDir folder;
    LongChart chart;
    for (const char* name : {"a.csv", "a.json"}) {
        const QString path = folder.filePath(name);
        auto* writing = new TableWriting(tableOf(chart), path, chart);
        EXPECT_FALSE(QFile::exists(path)) << "this thread has written it";
        QSignalSpy ended(writing, &TableWriting::ended);
        ASSERT_TRUE(ended.wait(60'000));
        EXPECT_EQ(ended.front().front().toString(), "");
        const QByteArray bytes = bytesOf(path);
        EXPECT_TRUE(bytes.contains("299999"));
        if (path.endsWith("csv")) {
            EXPECT_EQ(bytes.count('\n'), LongChart::kRows + 1);
        } else {
            EXPECT_EQ(QJsonDocument::fromJson(bytes)["rows"].toArray().size(), LongChart::kRows);
        }
    }
    chart.actions->copyTable->trigger();
    ASSERT_TRUE(QTest::qWaitFor([] { return QGuiApplication::clipboard()->text().contains("299999"); }, 60'000));
}

TEST(LongTables, LeaveTheFileThatWasThereWhenCancelled) {
    const QTemporaryDir folder;
    const QString path = folder.filePath("a.csv");
    LongChart chart;
    QFile before(path);
    ASSERT_TRUE(before.open(QIODevice::WriteOnly) && before.write("before") == 6);
    before.close();
    auto* writing = new TableWriting(tableOf(chart), path, chart);
    QSignalSpy ended(writing, &TableWriting::ended);
    writing->cancel();
    ASSERT_TRUE(ended.wait(60'000));
    EXPECT_EQ(bytesOf(path), "before");
    EXPECT_EQ(ended.front().front().toString(), "");
}

TEST(LongTables, SayWhyTheyCannotBeWritten) {
    LongChart chart;
    auto* writing = new TableWriting(tableOf(chart), "/no/such/folder/a.csv", chart);
    QSignalSpy ended(writing, &TableWriting::ended);
    ASSERT_TRUE(ended.wait(60'000));
    EXPECT_TRUE(ended.front().front().toString().contains("/no/such/folder/a.csv"));
}

TEST(LongTables, SayOnTheScreenWhatIsLeftOut) {
    LongChart chart;
    std::unique_ptr<QDialog> dialog(chart.actions->openTable());
    EXPECT_EQ(dialog->findChild<QLabel*>("note")->text(), "2 of 300000 points");
    EXPECT_FALSE(dialog->findChild<QLabel*>("note")->isHidden());
    SampleChart whole;
    std::unique_ptr<QDialog> other(whole.plotActions().openTable());
    EXPECT_TRUE(other->findChild<QLabel*>("note")->isHidden());
}

TEST(PlotTableModel, ShowsNumbersForPeopleAndSortsByValue) {
    PlotTableModel model({{"name", "value"}, {{"a", 10.0}, {"b", 9.0}, {"c", std::nan("")}, {"d"}}});
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Warning);
    EXPECT_EQ(model.index(2, 1).data().toString(), "–");
    EXPECT_EQ(model.index(3, 1).data().toString(), "–");
    EXPECT_EQ(model.headerData(1, Qt::Horizontal, Qt::DisplayRole).toString(), "value");
    QSortFilterProxyModel sorted;
    sorted.setSourceModel(&model);
    sorted.setSortRole(PlotTableModel::kSortRole);
    sorted.sort(1, Qt::AscendingOrder);
    EXPECT_EQ(sorted.index(0, 0).data().toString(), "b");  // as text, 10 would come before 9
    EXPECT_EQ(sorted.index(1, 0).data().toString(), "a");
}

TEST(PlotExport, APictureHasTheLegendBelowThePlot) {
    SampleChart chart;
    chart.resize(400, 240);
    const QImage image = pictureOf(chart);
    EXPECT_EQ(image.width(), 800);
    EXPECT_GT(image.height(), 480);
    EXPECT_GT(pixelsLike(image, QRect(0, 480, 800, image.height() - 480), SampleChart::lineColor()), 20);
    EXPECT_GT(pixelsLike(image, QRect(0, 0, 800, 480), SampleChart::lineColor()), 20);
}

TEST(PlotExport, ALongLegendTakesMoreRowsInsteadOfBeingCut) {
    SampleChart chart;
    chart.resize(400, 240);
    const int few = pictureOf(chart).height();
    for (int i = 0; i < 8; ++i) chart.legend.push_back({"another run with a long name " + QString::number(i), QPen()});
    EXPECT_GT(pictureOf(chart).height(), few + 8 * 2 * 8);
}

TEST(PlotExport, AViewSqueezedToNothingHasAPictureAllTheSame) {
    SampleChart chart;
    chart.setMinimumSize(0, 0);
    chart.resize(300, 0);
    const QImage picture = pictureOf(chart);
    EXPECT_GT(picture.width(), 600);
    EXPECT_GT(pixelsLike(picture, picture.rect(), SampleChart::lineColor()), 100);
}

TEST(PlotExport, SvgNamesAFontThatOtherProgramsKnow) {
    const QTemporaryDir folder;
    SampleChart chart;
    QFont font = chart.font();
    font.setFamily("Sans Serif");
    chart.setFont(font);
    const QString path = folder.filePath("a.svg");
    exportPlot(chart, path);
    const QString svg = QString::fromUtf8(bytesOf(path));
    EXPECT_TRUE(svg.contains("<title>Sample [%]</title>"));
    EXPECT_TRUE(svg.contains(">Sample [%]<"));  // text stays text
    EXPECT_TRUE(svg.contains(">the line<"));
    EXPECT_FALSE(svg.contains("\"Sans Serif\""));
    static const QRegularExpression family("font-family=\"([^,\"]+), sans-serif\"");
    const QRegularExpressionMatch match = family.match(svg);
    ASSERT_TRUE(match.hasMatch());
    EXPECT_EQ(QFontInfo(QFont(match.captured(1))).family(), match.captured(1));  // itself, not an alias
    EXPECT_TRUE(svg.contains(QString("viewBox=\"0 0 %1 ").arg(chart.width())));
}

TEST(PlotExport, WritesEveryFormatByItsEnding) {
    const QTemporaryDir folder;
    SampleChart chart;
    chart.resize(400, 240);
    for (const auto& [name, head] : {std::pair("a.png", "\x89PNG"), std::pair("a.svg", "<?xml"),
                                     std::pair("a.pdf", "%PDF"), std::pair("a.csv", "x,y"), std::pair("a.json", "{")}) {
        const QString path = folder.filePath(name);
        exportPlot(chart, path);
        EXPECT_TRUE(bytesOf(path).startsWith(head)) << name;
    }
    EXPECT_THROW(exportPlot(chart, folder.filePath("a.gif")), ConfigError);
    EXPECT_THROW(exportPlot(chart, "/no/such/folder/a.csv"), IoError);
}

TEST(PlotExport, FileNamesComeFromTheTitle) {
    EXPECT_EQ(exportFileName("Top-1 error, test [%]", "png"), "top-1-error-test.png");
    EXPECT_EQ(exportFileName("[]", "svg"), "plot.svg");
}

TEST(PlotActions, CopyPictureAndTableAndShowTheNumbers) {
    SampleChart chart;
    chart.resize(400, 240);
    chart.show();
    QApplication::setActiveWindow(&chart);
    chart.setFocus();
    QTest::keyClick(&chart, Qt::Key_C, Qt::ControlModifier);
    EXPECT_EQ(QGuiApplication::clipboard()->image().width(), 800);
    chart.plotActions().copyTable->trigger();
    EXPECT_TRUE(QGuiApplication::clipboard()->text().startsWith("x,y\n"));
    QTest::keyClick(&chart, Qt::Key_T, Qt::ControlModifier | Qt::ShiftModifier);
    auto* dialog = chart.findChild<QDialog*>();
    ASSERT_NE(dialog, nullptr);
    auto* table = dialog->findChild<QTableView*>();
    EXPECT_EQ(table->model()->rowCount(), 3);
    EXPECT_TRUE(table->accessibleName().contains("Sample"));
    EXPECT_EQ(table->accessibleDescription(), chart.plotSentence());
    QApplication::setActiveWindow(dialog);
    table->selectionModel()->select(table->model()->index(1, 0),
                                    QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    QTest::keyClick(table, Qt::Key_C, Qt::ControlModifier);
    EXPECT_EQ(QGuiApplication::clipboard()->text(), "x\ty\n1\t5\n");
}

}  // namespace
}  // namespace f8net
