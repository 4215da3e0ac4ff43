// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/chart.h"

#include <gtest/gtest.h>

#include <QApplication>
#include <QEnterEvent>
#include <QImage>
#include <QTest>
#include <QWheelEvent>
#include <memory>

#include "tests/widgets/plots/sample_chart.h"
#include "widgets/plots/chart_group.h"
#include "widgets/plots/plot_export.h"
#include "widgets/support/colors.h"
#include "widgets/support/workbench_style.h"

namespace f8net {
namespace {

/// Shown, laid out and painted.
struct Shown {
    Shown() {
        chart.show();
        QApplication::setActiveWindow(&chart);
        chart.setFocus();
        chart.replot();
    }
    void key(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier) { QTest::keyClick(&chart, key, modifiers); }
    void drag(const QPoint& from, const QPoint& to, Qt::MouseButton button = Qt::LeftButton) {
        QTest::mousePress(&chart, button, {}, from);
        QTest::mouseMove(&chart, (from + to) / 2);
        QMouseEvent move(QEvent::MouseMove, to, chart.mapToGlobal(to), Qt::NoButton, button, {});
        QApplication::sendEvent(&chart, &move);
        QTest::mouseRelease(&chart, button, {}, to);
    }
    QPoint at(double x, double y) const {
        return {static_cast<int>(chart.xAxis->coordToPixel(x)), static_cast<int>(chart.yAxis->coordToPixel(y))};
    }
    SampleChart chart;
};

TEST(Chart, AppliesTheThemeOnCreationAndWhenItChanges) {
    Shown shown;
    EXPECT_EQ(shown.chart.xAxis->tickLabelColor(), lightColors().dim);
    const int before = shown.chart.restyled;
    shown.chart.setPalette(paletteOf(darkColors()));
    EXPECT_EQ(shown.chart.xAxis->tickLabelColor(), darkColors().dim);
    EXPECT_GT(shown.chart.restyled, before);
}

TEST(Chart, HasARingWhileItHasTheKeyboardButNotOnPaper) {
    for (const bool isDark : {false, true}) {
        Shown shown;
        const Colors& colors = isDark ? darkColors() : lightColors();
        shown.chart.setPalette(paletteOf(colors));
        shown.chart.replot();
        const auto edge = [&](const QImage& image) {
            int accents = 0;
            for (int x = 8; x < image.width() - 8; ++x)
                accents += image.pixel(x, 0) == ringColor(paletteOf(colors)).rgb() ? 1 : 0;
            return accents;
        };
        ASSERT_TRUE(shown.chart.hasFocus());
        EXPECT_GT(edge(shown.chart.grab().toImage()), shown.chart.width() / 2);
        EXPECT_EQ(edge(pictureOf(shown.chart)), 0);
        shown.chart.clearFocus();
        EXPECT_EQ(edge(shown.chart.grab().toImage()), 0);
    }
}

TEST(Chart, TellsItsNameAndSentence) {
    const Shown shown;
    EXPECT_EQ(shown.chart.accessibleName(), "Sample [%]");
    EXPECT_EQ(shown.chart.accessibleDescription(), "the line ends at 6");
}

TEST(Chart, ADraggedBoxZoomsAndADoubleClickShowsAll) {
    Shown shown;
    const QPoint from = shown.at(0.5, 6), to = shown.at(1.5, 4);
    shown.drag(from, to);
    EXPECT_NEAR(shown.chart.xAxis->range().lower, 0.5, 0.02);
    EXPECT_NEAR(shown.chart.xAxis->range().upper, 1.5, 0.02);
    EXPECT_NEAR(shown.chart.yAxis->range().upper, 6, 0.1);
    EXPECT_TRUE(shown.chart.isZoomed());
    QTest::mouseDClick(&shown.chart, Qt::LeftButton, {}, to);
    EXPECT_EQ(shown.chart.xAxis->range(), QCPRange(0, 2));
    EXPECT_EQ(shown.chart.yAxis->range(), QCPRange(3, 7));
}

TEST(Chart, AZoomSurvivesNewData) {
    Shown shown;
    shown.key(Qt::Key_Plus);
    const QCPRange zoomed = shown.chart.xAxis->range();
    EXPECT_EQ(zoomed, QCPRange(0.5, 1.5));
    shown.chart.setHome({0, 10}, {0, 20});
    EXPECT_EQ(shown.chart.xAxis->range(), zoomed);
    shown.key(Qt::Key_F);
    EXPECT_EQ(shown.chart.xAxis->range(), QCPRange(0, 10));
}

TEST(Chart, KeysMoveCrosshairAndView) {
    Shown shown;
    shown.key(Qt::Key_Right);
    ASSERT_TRUE(shown.chart.crosshair());
    EXPECT_GT(*shown.chart.crosshair(), 1);
    const double first = *shown.chart.crosshair();
    shown.key(Qt::Key_Left);
    shown.key(Qt::Key_Left);
    EXPECT_LT(*shown.chart.crosshair(), first);
    EXPECT_TRUE(shown.chart.card().isVisible());  // no hover-only content
    shown.key(Qt::Key_Plus);
    const double lower = shown.chart.xAxis->range().lower;
    shown.key(Qt::Key_Right, Qt::ControlModifier);
    EXPECT_GT(shown.chart.xAxis->range().lower, lower);
    shown.key(Qt::Key_Up);
    EXPECT_GT(shown.chart.yAxis->range().lower, 3);
    shown.key(Qt::Key_Escape);
    EXPECT_FALSE(shown.chart.isZoomed());
}

TEST(Chart, TheCrosshairAtTheEdgeOfAZoomMovesTheView) {
    Shown shown;
    shown.chart.setXZoom(QCPRange(0.5, 1.0));
    shown.chart.setCrosshair(0.999);
    shown.key(Qt::Key_Right);
    EXPECT_GT(shown.chart.xAxis->range().upper, 1.0);
    EXPECT_TRUE(shown.chart.xAxis->range().contains(*shown.chart.crosshair()));
}

TEST(Chart, LogarithmicAxesZoomAndMoveInDecades) {
    Shown shown;
    shown.chart.yAxis->setScaleType(QCPAxis::stLogarithmic);
    shown.chart.setHome({0, 2}, {1, 1024});
    shown.key(Qt::Key_Up);
    EXPECT_NEAR(shown.chart.yAxis->range().lower, 2, 1e-9);
    EXPECT_NEAR(shown.chart.yAxis->range().upper, 2048, 1e-6);
}

TEST(Chart, OnlyTheWheelWithControlZooms) {
    Shown shown;
    const auto turn = [&](Qt::KeyboardModifiers modifiers) {
        const QPointF at = shown.at(0.5, 5);
        QWheelEvent event(at, shown.chart.mapToGlobal(at), {}, {0, 120}, Qt::NoButton, modifiers, Qt::NoScrollPhase,
                          false);
        QApplication::sendEvent(&shown.chart, &event);
        return event.isAccepted();
    };
    EXPECT_FALSE(turn(Qt::NoModifier));  // the page behind scrolls
    EXPECT_FALSE(shown.chart.isZoomed());
    EXPECT_TRUE(turn(Qt::ControlModifier));
    EXPECT_NEAR(shown.chart.xAxis->range().size(), 1.6, 1e-9);
    EXPECT_NEAR((0.5 - shown.chart.xAxis->range().lower) / 1.6, 0.25, 0.01);  // under the pointer nothing moves
}

TEST(Chart, TheMiddleButtonMovesTheView) {
    Shown shown;
    shown.drag(shown.at(1, 5), shown.at(0.5, 5), Qt::MiddleButton);
    EXPECT_NEAR(shown.chart.xAxis->range().lower, 0.5, 0.02);
    EXPECT_NEAR(shown.chart.xAxis->range().size(), 2, 1e-9);
}

TEST(Chart, RangesAreDrawnAndLabelledAboveThePlot) {
    Shown shown;
    const QColor red(250, 10, 10), edge(10, 10, 250);
    const int top = shown.chart.axisRect()->top();
    shown.chart.setRanges(Qt::Horizontal,
                          {{1, 2, red, Qt::NoPen, ""}, {0.5, 0.5, Qt::NoBrush, QPen(edge, 1), "limit"}});
    shown.chart.replot();
    EXPECT_EQ(shown.chart.axisRect()->top(), top + RangeOverlayItem::labelBand(shown.chart.font()));
    const QImage image = shown.chart.toPixmap().toImage();
    EXPECT_EQ(image.pixelColor(shown.at(1.7, 3.4)), red);
    EXPECT_NE(image.pixelColor(shown.at(0.7, 3.4)), red);
    EXPECT_EQ(image.pixelColor(shown.at(0.5, 6.6)), edge);
    int labelled = 0;
    for (int x = 0; x < image.width(); ++x) {
        for (int y = top; y < top + RangeOverlayItem::labelBand(shown.chart.font()); ++y) {
            labelled += image.pixelColor(x, y).blue() > image.pixelColor(x, y).red() + 60 ? 1 : 0;
        }
    }
    EXPECT_GT(labelled, 10);
}

TEST(ChartGroup, SharesCrosshairAndXRangeAndLetsChartsGo) {
    ChartGroup group;
    Shown a;
    auto b = std::make_unique<Shown>();
    group.add(&a.chart);
    group.add(&b->chart);
    a.key(Qt::Key_Right);
    ASSERT_TRUE(b->chart.crosshair());
    EXPECT_EQ(a.chart.crosshair(), b->chart.crosshair());
    a.key(Qt::Key_Plus);
    EXPECT_EQ(b->chart.xAxis->range(), a.chart.xAxis->range());
    Shown late;
    group.add(&late.chart);
    EXPECT_EQ(late.chart.xAxis->range(), a.chart.xAxis->range());
    b.reset();
    QEvent leave(QEvent::Leave);
    QApplication::sendEvent(&a.chart, &leave);
    EXPECT_FALSE(late.chart.crosshair());
    group.resetZoom();
    EXPECT_FALSE(a.chart.isZoomed() || late.chart.isZoomed());
}

TEST(HoverCard, ShowsEightRowsAroundTheNearestAsTheLinesAreStacked) {
    QWidget plot;
    plot.resize(400, 300);
    HoverCard card(&plot);
    HoverTable table{"epoch 4", {}};
    for (const int i : {3, 0, 11, 7, 1, 9, 5, 2, 10, 4, 8, 6})
        table.rows.push_back({Qt::red, QString::number(i), QString("run %1").arg(i), 20.0 * i});
    card.showTable(table, {50, 141}, {50, 30, 300, 240});
    ASSERT_EQ(card.rows().size(), 8u);
    EXPECT_EQ(card.rows()[static_cast<size_t>(card.nearest())].name, "run 7");
    for (size_t i = 1; i < 8; ++i) EXPECT_GT(card.rows()[i].pixel, card.rows()[i - 1].pixel);
    EXPECT_GT(card.x(), 200);  // opposite the pointer
    card.showTable(table, {340, 5}, {50, 30, 300, 240});
    EXPECT_EQ(card.nearest(), 0);
    EXPECT_LT(card.x(), 100);
    card.showTable({}, {340, 5}, {50, 30, 300, 240});
    EXPECT_TRUE(card.isHidden());
}

}  // namespace
}  // namespace f8net
