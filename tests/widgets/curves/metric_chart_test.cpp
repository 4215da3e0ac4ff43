// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/curves/metric_chart.h"

#include <gtest/gtest.h>

#include <QApplication>
#include <QImage>
#include <cmath>

#include "widgets/plots/plot_export.h"
#include "widgets/support/colors.h"
#include "widgets/support/number_text.h"

namespace f8net {
namespace {

constexpr int kPatience = 60'000;

MetricSeries seriesOf(const RunId& run, double level, int points = 40) {
    MetricSeries series;
    series.run = run;
    for (int i = 0; i < points; ++i)
        series.points.push_back({i + 1, i / 10 + 1, static_cast<float>(i % 10 + 1) / 10, 1000.0 + i, level + 0.01 * i});
    return series;
}

std::shared_ptr<const CurveSet> setOf(const std::vector<MetricSeries>& all, const QString& metric = "train/loss") {
    auto set = std::make_shared<CurveSet>();
    CurveChart chart;
    chart.kind = chartKindOf(metric);
    for (const MetricSeries& series : all) {
        set->request.runs.push_back(series.run);
        chart.curves.push_back(makeCurve(series, chart.kind, set->request));
        set->differences[series.run] = series.run == RunId("a") ? "lr 0.1" : "";
    }
    std::tie(chart.lower, chart.upper) = chartRange(chart, false);
    set->lower = 0;
    set->upper = 4.1;
    set->charts.push_back(std::move(chart));
    return set;
}

const RunLooks kLooks{{RunId("a"), {"first", 0}}, {RunId("b"), {"second", 1}}};

struct ShownChart {
    explicit ShownChart(const std::shared_ptr<const CurveSet>& set) {
        chart.resize(420, 260);
        chart.show();
        chart.setCurves(set, 0, kLooks);
        chart.replot();
    }
    QImage picture() {
        EXPECT_TRUE(chart.lines().waitUntilCurrent(kPatience));
        return chart.grab().toImage();
    }
    int pixelsOf(const QColor& color) {
        const QImage image = picture();
        int count = 0;
        for (int y = 0; y < image.height(); ++y) {
            for (int x = 0; x < image.width(); ++x) count += image.pixel(x, y) == color.rgb() ? 1 : 0;
        }
        return count;
    }
    MetricChart chart;
};

TEST(MetricChart, DrawsEachRunInItsColour) {
    ShownChart shown(setOf({seriesOf(RunId("a"), 1), seriesOf(RunId("b"), 2)}));
    EXPECT_GT(shown.pixelsOf(runColor(lightColors(), 0)), 40);
    EXPECT_GT(shown.pixelsOf(runColor(lightColors(), 1)), 40);
    shown.chart.setPalette(paletteOf(darkColors()));
    EXPECT_GT(shown.pixelsOf(runColor(darkColors(), 0)), 40);
}

TEST(MetricChart, AHoveredRunIsLiftedAndTheOthersFade) {
    ShownChart shown(setOf({seriesOf(RunId("a"), 1), seriesOf(RunId("b"), 2)}));
    const int before = shown.pixelsOf(runColor(lightColors(), 0));
    shown.chart.setHovered(RunId("a"));
    EXPECT_GT(shown.pixelsOf(runColor(lightColors(), 0)), before);
    EXPECT_EQ(shown.pixelsOf(runColor(lightColors(), 1)), 0);
    EXPECT_GT(shown.pixelsOf(blend(runColor(lightColors(), 1), lightColors().base, 0.25)), 40);
    shown.chart.setHovered({});
    EXPECT_EQ(shown.pixelsOf(runColor(lightColors(), 0)), before);
}

TEST(MetricChart, TheHoverCardShowsAllRunsAsTheyAreStackedAndBothUnits) {
    ShownChart shown(setOf({seriesOf(RunId("a"), 1), seriesOf(RunId("b"), 2)}));
    shown.picture();
    shown.chart.showCard({shown.chart.xAxis->coordToPixel(2.0), shown.chart.yAxis->coordToPixel(1.2)});
    const auto& rows = shown.chart.card().rows();
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].name, "second");  // it lies above
    EXPECT_EQ(rows[1].name, "first");
    EXPECT_EQ(rows[1].value, "1.190");
    EXPECT_EQ(shown.chart.card().nearest(), 1);
}

TEST(MetricChart, TheLegendOfAnExportSaysWhatDiffers) {
    ShownChart shown(setOf({seriesOf(RunId("a"), 1), seriesOf(RunId("b"), 2)}));
    const auto legend = shown.chart.plotLegend();
    ASSERT_EQ(legend.size(), 2u);
    EXPECT_EQ(legend[0].text, "first: lr 0.1");
    EXPECT_EQ(legend[1].text, "second");
    EXPECT_EQ(legend[1].line.color(), runColor(lightColors(), 1));
}

TEST(MetricChart, DescribesItselfFromTheData) {
    ShownChart shown(setOf({seriesOf(RunId("a"), 1), seriesOf(RunId("b"), 2)}));
    EXPECT_EQ(shown.chart.accessibleName(), "Loss, training");
    EXPECT_EQ(shown.chart.accessibleDescription(),
              "Loss, training: first ends at 1.390, best 1.000, second ends at 2.390, best 2.000");
    MetricSeries broken = seriesOf(RunId("a"), 1);
    broken.points.back().value = std::nan("");
    shown.chart.setCurves(setOf({broken}), 0, kLooks);
    EXPECT_TRUE(shown.chart.accessibleDescription().contains("no numbers from 4"))
        << shown.chart.accessibleDescription().toStdString();
}

TEST(MetricChart, TheTableHasAllThatWasMeasuredAndNoGaps) {
    MetricSeries resumed = seriesOf(RunId("a"), 1, 100);
    resumed.attempts = {{1, {0}, 999, 1005, "", 0}, {2, {50}, 2000, 0, "", 0}};
    ShownChart shown(setOf({resumed}));
    const PlotTable table = shown.chart.plotTable();
    ASSERT_EQ(table.rows.size(), 100u);
    EXPECT_EQ(table.columns[1], "Epoch");
    EXPECT_EQ(table.rows[60][0].toString(), "first");
    EXPECT_EQ(table.rows[60][2].toDouble(), 61);  // the step
    EXPECT_NEAR(table.rows[60][3].toDouble(), 1.6, 1e-9);
    EXPECT_NE(table.rows[60][4].toDouble(), table.rows[60][3].toDouble());  // smoothed
}

TEST(MetricChart, ALongLineIsExportedWholeAndItsTableSaysThatItIsReduced) {
    constexpr int kPoints = 120'000;
    ShownChart shown(setOf({seriesOf(RunId("a"), 1, kPoints)}));
    const PlotTable table = shown.chart.plotTable();
    EXPECT_LT(table.rows.size(), 10'000u);
    EXPECT_TRUE(table.note.contains(text::count(kPoints))) << table.note.toStdString();
    const PlotRows rows = shown.chart.plotRows();
    EXPECT_EQ(rows.count, kPoints);
    double next = 1;
    EXPECT_TRUE(rows.walk([&](const QVariantList& row) {
        EXPECT_EQ(row[2].toDouble(), next);  // each step, in order
        return row[2].toDouble() == next++;
    }));
    EXPECT_EQ(next, kPoints + 1);
    EXPECT_TRUE(ShownChart(setOf({seriesOf(RunId("a"), 1)})).chart.plotTable().note.isEmpty());
}

TEST(MetricChart, AZoomStaysWhereItIsWhileDataArrive) {
    ShownChart shown(setOf({seriesOf(RunId("a"), 1)}));
    shown.chart.setXZoom(QCPRange(1, 2));
    shown.chart.setYZoom(QCPRange(1.1, 1.2));
    shown.chart.setCurves(setOf({seriesOf(RunId("a"), 1, 200)}), 0, kLooks);
    EXPECT_EQ(shown.chart.xAxis->range(), QCPRange(1, 2));
    EXPECT_EQ(shown.chart.yAxis->range(), QCPRange(1.1, 1.2));
    shown.chart.resetZoom();
    EXPECT_EQ(shown.chart.xAxis->range(), QCPRange(0, 4.1));
}

}  // namespace
}  // namespace f8net
