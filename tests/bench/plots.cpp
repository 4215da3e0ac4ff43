// SPDX-License-Identifier: GPL-3.0-or-later
// What drawing lines costs, offscreen, on one core, beside a plain QPainter polyline and QCustomPlot in the same run:
// plots [ROUNDS]. Medians in ms. QT_SCALE_FACTOR is not used: scale 2 is four times the pixels.
#include <time.h>

#include <QApplication>
#include <QImage>
#include <QPainter>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <memory>
#include <random>

#include "widgets/curves/metric_chart.h"
#include "widgets/plots/span_raster.h"
#include "widgets/support/qcustomplot.h"

namespace {

using namespace f8net;

/// CPU time of this thread.
double cpuMs() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

double median(int rounds, const std::function<void()>& work) {
    std::vector<double> times;
    for (int i = 0; i < rounds; ++i) {
        const double begin = cpuMs();
        work();
        times.push_back(cpuMs() - begin);
    }
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

void say(const char* what, double ms) {
    std::printf("%-70s %9.2f\n", what, ms);
    std::fflush(stdout);
}

/// A loss as training logs it.
std::shared_ptr<const LongLine> loss(int points, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<double> noise(0, 0.11);
    std::uniform_real_distribution<double> level(0.2, 0.6);
    const double end = level(random);
    QVector<double> x, y;
    for (int i = 0; i < points; ++i) {
        const double share = static_cast<double>(i) / points;
        x.push_back(i);
        y.push_back((end + 1.9 * std::exp(-14 * share)) * std::exp(noise(random)));
    }
    return std::make_shared<LongLine>(std::move(x), std::move(y));
}

PlotView viewOf(int points, QSize size, bool isLog) {
    return {0, static_cast<double>(points), isLog ? 0.1 : 0.0, 3.0, isLog, size};
}

void measureMillion(int rounds) {
    constexpr int kPoints = 1'000'000;
    const QSize size(900, 500);
    const auto line = loss(kPoints, 1);
    QPolygonF polygon;
    for (int i = 0; i < kPoints; ++i) polygon << QPointF(900.0 * i / kPoints, 500 - 500 * line->y()[i] / 3);
    // At scale 2 a line has two pixels and goes through the painter's stroker.
    const auto measurePainter = [&](int scale, bool isSmooth, int times) {
        return median(times, [&] {
            QImage image(size * scale, QImage::Format_ARGB32_Premultiplied);
            image.setDevicePixelRatio(scale);
            image.fill(Qt::transparent);
            QPainter painter(&image);
            painter.setRenderHint(QPainter::Antialiasing, isSmooth);
            painter.setPen(QPen(Qt::blue, 1));
            painter.drawPolyline(polygon);
        });
    };
    const double plain[] = {measurePainter(1, false, std::max(3, rounds / 5)), measurePainter(2, false, 1)};
    say("QPainter polyline, 1e6 points", plain[0]);
    say("QPainter polyline, 1e6 points, scale 2", plain[1]);
    say("QPainter polyline, 1e6 points, anti-aliased", measurePainter(1, true, 3));
    {
        QCustomPlot plot;
        plot.resize(size);
        plot.addGraph()->setData(line->x(), line->y(), true);
        plot.xAxis->setRange(0, kPoints);
        plot.yAxis->setRange(0, 3);
        say("QCustomPlot, 1e6 points, adaptive sampling, pen 1", median(rounds, [&] { plot.replot(); }));
    }
    say("line made of 1e6 points (pyramid)", median(5, [&] { LongLine(line->x(), line->y()); }));
    for (const int scale : {1, 2}) {
        for (const bool isLog : {false, true}) {
            const PlotView view = viewOf(kPoints, size * scale, isLog);
            const double ms = median(rounds, [&] { rasterize({{line, 0xff0000ff, scale}}, view); });
            char text[100];
            std::snprintf(text, sizeof text, "own spans, 1e6 points, scale %d%s: %.0f times as fast as the polyline",
                          scale, isLog ? ", log y" : "", plain[scale - 1] / ms);
            say(text, ms);
        }
    }
}

void measureThousand(int rounds) {
    constexpr int kPoints = 1'000, kLines = 1'000;
    std::vector<SpanLine> lines;
    for (unsigned i = 0; i < kLines; ++i) lines.push_back({loss(kPoints, i + 1), 0xff000000u | (i * 2654435761u), 1});
    {
        QCustomPlot plot;
        plot.setAntialiasedElements(QCP::aeNone);
        plot.resize(900, 500);
        for (const SpanLine& line : lines) plot.addGraph()->setData(line.line->x(), line.line->y(), true);
        plot.xAxis->setRange(0, kPoints);
        plot.yAxis->setRange(0, 3);
        say("QCustomPlot, 1,000 lines x 1,000 points, not anti-aliased", median(5, [&] { plot.replot(); }));
    }
    for (const int scale : {1, 2}) {
        for (SpanLine& line : lines) line.thickness = scale;
        for (const bool isLog : {false, true}) {
            const PlotView view = viewOf(kPoints, QSize(820, 460) * scale, isLog);
            char text[100];
            std::snprintf(text, sizeof text, "own spans, 1,000 lines x 1,000 points, scale %d%s", scale,
                          isLog ? ", log y" : "");
            say(text, median(rounds, [&] { rasterize(lines, view); }));
        }
    }
}

/// A chart of 1,000 lines moved step by step: what its repaint costs the UI thread while the new picture is painted
/// elsewhere.
void measurePanning(int rounds) {
    MetricChart chart;
    chart.resize(900, 500);
    chart.show();
    auto* layer = &chart.lines();
    LinePicture picture;
    for (unsigned i = 0; i < 1'000; ++i) picture.lines.push_back({loss(1'000, i + 1), QPen(QColor(40, 80, 200), 1.75)});
    chart.setHome({0, 1'000}, {0, 3});
    chart.replot();
    layer->setPicture(std::move(picture));
    layer->waitUntilCurrent(10'000);
    double shift = 0;
    say("1,000 lines panned: UI thread for a step", median(4 * rounds, [&] {
            shift += 3;
            chart.setXZoom(QCPRange(shift, 1'000 + shift));
            chart.replotNow();
            QApplication::processEvents();
        }));
    layer->waitUntilCurrent(10'000);
}

}  // namespace

int main(int argc, char** argv) {
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 25;
    measureMillion(rounds);
    measureThousand(rounds);
    measurePanning(rounds);
}
