// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/span_raster.h"

#include <gtest/gtest.h>

#include <QPainter>
#include <cmath>
#include <random>

namespace f8net {
namespace {

constexpr QRgb kRed = 0xffff0000u, kBlue = 0xff0000ffu;

std::shared_ptr<const LongLine> lineOf(QVector<double> x, QVector<double> y) {
    return std::make_shared<LongLine>(std::move(x), std::move(y));
}

int painted(const QImage& image, int column) {
    int count = 0;
    for (int row = 0; row < image.height(); ++row) count += qAlpha(image.pixel(column, row)) > 0 ? 1 : 0;
    return count;
}

/// Pixels that only one of two pictures has, further than one pixel from any of the other's.
int apart(const QImage& a, const QImage& b) {
    const auto has = [](const QImage& image, int x, int y) {
        return image.rect().contains(x, y) && qAlpha(image.pixel(x, y)) > 0;
    };
    const auto isNear = [&](const QImage& image, int x, int y) {
        for (int dx = -1; dx <= 1; ++dx) {
            for (int dy = -1; dy <= 1; ++dy) {
                if (has(image, x + dx, y + dy)) return true;
            }
        }
        return false;
    };
    int count = 0;
    for (int y = 0; y < a.height(); ++y) {
        for (int x = 0; x < a.width(); ++x) {
            count += (has(a, x, y) && !isNear(b, x, y)) || (has(b, x, y) && !isNear(a, x, y)) ? 1 : 0;
        }
    }
    return count;
}

/// The same by QPainter.
QImage reference(const LongLine& line, const PlotView& view) {
    QImage image(view.pixels, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    QPainter painter(&image);
    painter.setPen(QColor(kRed));
    const auto log = [&](double v) { return view.isLogY ? std::log(v) : v; };
    QPolygonF polygon;
    for (qsizetype i = 0; i < line.size(); ++i) {
        polygon << QPointF(
            (line.x()[i] - view.xLower) / (view.xUpper - view.xLower) * view.pixels.width(),
            (log(view.yUpper) - log(line.y()[i])) / (log(view.yUpper) - log(view.yLower)) * view.pixels.height());
    }
    painter.drawPolyline(polygon);
    return image;
}

TEST(SpanRaster, DrawsWhatAPainterDraws) {
    const unsigned seed = 3;
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> value(0.15, 0.95);
    for (const int points : {2, 7, 60, 200, 5'000}) {
        QVector<double> x, y;
        for (int i = 0; i < points; ++i) {
            x.push_back(i * 10.0 / (points - 1));
            y.push_back(value(random));
        }
        const auto line = lineOf(x, y);
        for (const bool isLog : {false, true}) {
            // All of it, a part of it, and more than there is.
            for (const auto& [lower, upper] : {std::pair(0.0, 10.0), std::pair(3.3, 4.7), std::pair(-8.0, 15.0)}) {
                const PlotView view{lower, upper, 0.1, 1.0, isLog, {160, 90}};
                EXPECT_EQ(apart(rasterize({{line, kRed, 1}}, view), reference(*line, view)), 0)
                    << points << " points from " << lower << ", log " << isLog;
            }
        }
    }
}

TEST(SpanRaster, DensePartsComeFromThePyramidAndLookTheSame) {
    std::mt19937 random(5);
    std::normal_distribution<double> noise(0.5, 0.1);
    QVector<double> x, y;
    for (int i = 0; i < 50'000; ++i) {
        x.push_back(i);
        y.push_back(noise(random));
    }
    y[33'333] = 0.95;
    const auto line = lineOf(x, y);
    const PlotView view{0, 49'999, 0, 1, false, {100, 80}};  // 500 points a column, 128 are the limit
    EXPECT_EQ(apart(rasterize({{line, kRed, 1}}, view), reference(*line, view)), 0);
}

TEST(SpanRaster, LaterLinesLieAboveEarlierOnes) {
    const auto low = lineOf({0, 1}, {0.5, 0.5});
    const QImage image = rasterize({{low, kRed, 5}, {low, kBlue, 1}}, {0, 1, 0, 1, false, {20, 21}});
    EXPECT_EQ(image.pixel(10, 10), kBlue);
    EXPECT_EQ(image.pixel(10, 9), kRed);
    EXPECT_EQ(painted(image, 10), 5);
    EXPECT_EQ(qAlpha(image.pixel(10, 2)), 0);
}

TEST(SpanRaster, AGapIsLeftOpenAndALonePointIsSeen) {
    const double none = std::nan("");
    const auto line = lineOf({0, 2, 4, 6, 8, 10}, {0.5, 0.5, none, 0.5, none, 0.5});
    const QImage image = rasterize({{line, kRed, 1}}, {-1, 11, 0, 1, false, {120, 40}});
    EXPECT_EQ(painted(image, 20), 1);
    EXPECT_EQ(painted(image, 50), 0);
    EXPECT_EQ(painted(image, 70), 1);  // x = 6, alone
    EXPECT_EQ(painted(image, 90), 0);
    EXPECT_EQ(painted(image, 110), 1);
}

TEST(SpanRaster, ALogarithmicAxisHasNoPlaceForZero) {
    const QImage image = rasterize({{lineOf({0, 5, 10}, {0.5, 0, 0.5}), kRed, 1}}, {0, 10, 0.1, 1, true, {100, 50}});
    EXPECT_EQ(painted(image, 50), 0);
    EXPECT_EQ(painted(image, 0), 1);
}

TEST(SpanRaster, ADeepZoomIntoALogarithmicAxisStaysExact) {
    const PlotView view{0, 1, 1.0, 1.001, true, {100, 100}};
    const QImage image = rasterize({{lineOf({0, 1}, {1.0, 1.001}), kRed, 1}}, view);
    for (int column = 2; column < 98; ++column) {
        int row = 0;
        while (row < 100 && qAlpha(image.pixel(column, row)) == 0) ++row;
        EXPECT_NEAR(row, 99 - column, 1.01);
    }
}

TEST(SpanRaster, NothingToDrawIsTransparentAndNoRangeIsNoPicture) {
    EXPECT_EQ(painted(rasterize({{nullptr, kRed, 1}, {lineOf({}, {}), kRed, 1}}, {0, 1, 0, 1, false, {4, 4}}), 2), 0);
    EXPECT_TRUE(rasterize({}, {1, 1, 0, 1, false, {4, 4}}).isNull());
    EXPECT_TRUE(rasterize({}, {0, 1, 0, 1, true, {4, 4}}).isNull());
    EXPECT_TRUE(rasterize({}, {0, 1, 0, 1, false, {0, 4}}).isNull());
}

}  // namespace
}  // namespace f8net
