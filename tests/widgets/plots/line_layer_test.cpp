// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/line_layer.h"

#include <gtest/gtest.h>

#include <QFile>
#include <QPointer>
#include <QScrollArea>
#include <QScrollBar>
#include <QTemporaryDir>
#include <QTest>
#include <QVBoxLayout>
#include <array>
#include <cmath>
#include <memory>
#include <set>

#include "tests/widgets/plots/sample_chart.h"
#include "widgets/plots/plot_export.h"

namespace f8net {
namespace {

constexpr int kPatience = 60'000;
const QColor kBlue(20, 40, 220), kGreen(10, 160, 60);

std::shared_ptr<const LongLine> wave(int points, double level = 5) {
    QVector<double> x, y;
    for (int i = 0; i < points; ++i) {
        x.push_back(2.0 * i / (points - 1));
        y.push_back(level + std::sin(x.back() * 6));
    }
    return std::make_shared<LongLine>(x, y);
}

int pixelsOf(const QImage& image, const QColor& color) {
    int count = 0;
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) count += image.pixelColor(x, y) == color ? 1 : 0;
    }
    return count;
}

struct LayerChart {
    LayerChart() {
        chart.clearGraphs();
        chart.resize(500, 300);
        layer = new LineLayer(&chart);
        chart.show();
        chart.replot();
    }
    QImage picture() {
        EXPECT_TRUE(layer->waitUntilCurrent(kPatience));
        return chart.grab().toImage();
    }
    SampleChart chart;
    LineLayer* layer;
};

TEST(LineLayer, ShowsItsLinesAndMarksWhenTheyArePainted) {
    LayerChart shown;
    shown.layer->setPicture({{{wave(200), QPen(kBlue, 3)}}, {{1, 4, QPen(kGreen, 1), kGreen, 9}}});
    EXPECT_FALSE(shown.layer->isCurrent());
    const QImage image = shown.picture();
    EXPECT_GT(pixelsOf(image, kBlue), 300);
    EXPECT_GT(pixelsOf(image, kGreen), 30);
    const int x = static_cast<int>(shown.chart.xAxis->coordToPixel(1)),
              y = static_cast<int>(shown.chart.yAxis->coordToPixel(4));
    EXPECT_EQ(image.pixelColor(x, y), kGreen);
}

TEST(LineLayer, LinesLieWhereTheAxesSay) {
    LayerChart shown;
    shown.layer->setPicture(
        {{{std::make_shared<LongLine>(QVector<double>{0, 2}, QVector<double>{5, 5}), QPen(kBlue, 1)}}, {}});
    const QImage image = shown.picture();
    const int x = static_cast<int>(shown.chart.xAxis->coordToPixel(1.1));
    const double y = shown.chart.yAxis->coordToPixel(5);
    int nearest = 1000;
    for (int row = 0; row < image.height(); ++row) {
        if (image.pixelColor(x, row) == kBlue) nearest = std::min(nearest, static_cast<int>(std::abs(row - y)));
    }
    EXPECT_LE(nearest, 1) << y << ' ' << shown.chart.axisRect()->top() << ' ' << shown.chart.axisRect()->height();
}

TEST(LineLayer, PanningMovesTheLastPictureUntilTheNewOneIsThere) {
    LayerChart shown;
    QVector<double> x{1.0, 1.0}, y{3.2, 6.8};
    shown.layer->setPicture({{{std::make_shared<LongLine>(x, y), QPen(kBlue, 5)}}, {}});
    shown.picture();
    const auto columnOf = [&] {
        const QImage image = shown.chart.toPixmap().toImage();
        for (int column = 0; column < image.width(); ++column) {
            if (image.pixelColor(column, image.height() / 2).blue() > 180 &&
                image.pixelColor(column, image.height() / 2).red() < 120)
                return column;
        }
        return -1;
    };
    // No events are worked between: what is seen is the old picture, moved.
    shown.chart.setXZoom(QCPRange(0.5, 2.5));
    shown.chart.replot();
    EXPECT_FALSE(shown.layer->isCurrent());
    const QImage moved = [&] {
        QImage image(shown.chart.size(), QImage::Format_ARGB32_Premultiplied);
        shown.chart.render(&image);
        return image;
    }();
    const int expected = static_cast<int>(shown.chart.xAxis->coordToPixel(1.0));
    EXPECT_GT(moved.pixelColor(expected, 150).blue(), 180);
    EXPECT_LT(moved.pixelColor(expected, 150).red(), 120);
    shown.picture();
    EXPECT_NEAR(columnOf(), expected, 4);
}

TEST(LineLayer, LinesOutOfSightArePaintedWhenTheyAreScrolledIntoSight) {
    QScrollArea area;
    auto* page = new QWidget;
    auto* layout = new QVBoxLayout(page);
    std::array<LineLayer*, 2> layers{};
    std::array<int, 2> painted{};
    for (size_t i = 0; i < layers.size(); ++i) {
        auto* chart = new SampleChart;
        chart->setFixedHeight(300);
        layout->addWidget(chart);
        layers[i] = new LineLayer(chart);
        layers[i]->setPicture({{{wave(200), QPen(kBlue, 3)}}, {}});
        QObject::connect(layers[i], &LineLayer::painted, [&painted, i] { ++painted[i]; });
    }
    area.setWidget(page);
    area.setWidgetResizable(true);
    area.resize(400, 200);
    area.show();
    ASSERT_TRUE(QTest::qWaitFor([&] { return painted[0] > 0 && layers[0]->isCurrent(); }, kPatience));
    EXPECT_EQ(painted[1], 0);
    area.verticalScrollBar()->setValue(area.verticalScrollBar()->maximum());
    EXPECT_TRUE(QTest::qWaitFor([&] { return layers[1]->isCurrent(); }, kPatience));
    area.resize(500, 200);  // seen, so it follows
    EXPECT_TRUE(QTest::qWaitFor([&] { return painted[1] > 1 && layers[1]->isCurrent(); }, kPatience));
}

TEST(LineLayer, AThicketGoesThroughSpans) {
    LinePicture picture;
    for (int i = 0; i < 60; ++i)
        picture.lines.push_back({wave(300, 4.0 + 0.02 * i), QPen(i == 59 ? kGreen : kBlue, 1.75)});
    const PlotView view{0, 2, 3, 7, false, {300, 200}};
    const QImage thicket = paintPicture(picture, view, 1);
    std::set<QRgb> colors;
    for (int y = 0; y < 200; ++y) {
        for (int x = 0; x < 300; ++x) colors.insert(thicket.pixel(x, y));
    }
    EXPECT_EQ(colors.size(), 3u);  // not anti-aliased: blue, green, nothing
    picture.lines.resize(LineLayer::kMostPaintedLines);
    colors.clear();
    const QImage few = paintPicture(picture, view, 1);
    for (int y = 0; y < 200; ++y) {
        for (int x = 0; x < 300; ++x) colors.insert(few.pixel(x, y));
    }
    EXPECT_GT(colors.size(), 10u);
}

TEST(LineLayer, LeavingOutPointsThatCannotBeSeenChangesNothing) {
    // A smooth line of ten points a pixel, and the same by a painter that is given all of them.
    const auto line = wave(4'000);
    const PlotView view{0, 2, 3, 7, false, {400, 250}};
    const QImage ours = paintPicture({{{line, QPen(kBlue, 1.75)}}, {}}, view, 1);
    QImage all(view.pixels, QImage::Format_ARGB32_Premultiplied);
    all.fill(Qt::transparent);
    QPainter painter(&all);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(kBlue, 1.75, Qt::SolidLine, Qt::FlatCap, Qt::RoundJoin));
    QPolygonF polygon;
    for (qsizetype i = 0; i < line->size(); ++i)
        polygon << QPointF(line->x()[i] * 200, 250 - (line->y()[i] - 3) / 4 * 250);
    painter.drawPolyline(polygon);
    // Where the line's middle lies in each column; how painters shade its edges depends on the length of segments.
    const auto middle = [](const QImage& image, int x) {
        double sum = 0, weighted = 0;
        for (int y = 0; y < image.height(); ++y) {
            sum += qAlpha(image.pixel(x, y));
            weighted += y * qAlpha(image.pixel(x, y));
        }
        return weighted / sum;
    };
    for (int x = 2; x < 398; ++x) ASSERT_NEAR(middle(ours, x), middle(all, x), 0.25) << x;
}

TEST(LineLayer, OnPaperLinesStayLines) {
    const QTemporaryDir folder;
    LayerChart shown;
    shown.layer->setPicture({{{wave(200), QPen(kBlue, 1.75)}}, {}});
    exportPlot(shown.chart, folder.filePath("a.svg"));
    QFile file(folder.filePath("a.svg"));
    ASSERT_TRUE(file.open(QIODevice::ReadOnly));
    const QString svg = QString::fromUtf8(file.readAll());
    EXPECT_TRUE(svg.contains("polyline"));
    EXPECT_TRUE(svg.contains(kBlue.name()));
    EXPECT_FALSE(svg.contains("<image"));
}

TEST(LineLayer, AChartMayGoWhileItsLinesArePainted) {
    for (int i = 0; i < 20; ++i) {
        auto shown = std::make_unique<LayerChart>();
        shown->layer->setPicture({{{wave(100'000), QPen(kBlue, 1.75)}}, {}});
        const QPointer<QObject> layer = shown->layer;
        shown.reset();
        EXPECT_TRUE(layer.isNull());  // its chart owns it
    }
    QCoreApplication::processEvents();
}

}  // namespace
}  // namespace f8net
