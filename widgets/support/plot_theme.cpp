// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/plot_theme.h"

#include <cmath>

#include "widgets/support/colors.h"
#include "widgets/support/fonts.h"
#include "widgets/support/number_text.h"
#include "widgets/support/qcustomplot.h"

namespace f8net {

namespace {

/// "100 000" with thin spaces; short numbers as they are.
QString tickText(double tick) {
    constexpr double kLong = 1e4, kLongest = 1e6;
    const bool isCount = std::abs(tick) >= kLong && std::abs(tick) < kLongest && tick == std::round(tick);
    return isCount ? text::count(std::llround(tick)) : text::axisNumber(tick);
}

/// True minus in labels, and 1, 2, 5 as log ticks where a range spans less than two decades.
class PlainTicker final : public QCPAxisTicker {
public:
    PlainTicker() { setTickCount(5); }

protected:
    QString getTickLabel(double tick, const QLocale&, QChar, int) override {
        return tickText(std::abs(tick) < 1e-12 ? 0 : tick);
    }
    QVector<double> createSubTickVector(int, const QVector<double>&) override { return {}; }
};

class LogTicker final : public QCPAxisTicker {
protected:
    double getTickStep(const QCPRange&) override { return 1; }
    QVector<double> createTickVector(double, const QCPRange& range) override {
        QVector<double> ticks;
        if (!(range.lower > 0) || !(range.upper > range.lower)) return ticks;
        const double decades = std::log10(range.upper / range.lower);
        const QVector<double> steps = decades > 2.5   ? QVector<double>{1}
                                      : decades > 1.2 ? QVector<double>{1, 2, 5}
                                      : decades > 0.5
                                          ? QVector<double>{1, 1.5, 2, 3, 4, 5, 7}
                                          : QVector<double>{1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9};
        for (int e = static_cast<int>(std::floor(std::log10(range.lower))) - 1; e <= std::ceil(std::log10(range.upper));
             ++e) {
            for (const double step : steps) {
                const double tick = step * std::pow(10.0, e);
                if (tick >= range.lower && tick <= range.upper) ticks.push_back(tick);
            }
        }
        return ticks;
    }
    QString getTickLabel(double tick, const QLocale&, QChar, int) override {
        return tick >= 1e-4 && tick < 1e6 ? tickText(tick) : text::learningRate(tick);
    }
    QVector<double> createSubTickVector(int, const QVector<double>&) override { return {}; }
};

void applyTheme(QCPAxis* axis, const Colors& colors, const QFont& small) {
    axis->setBasePen(QPen(colors.border, 1));
    axis->setTickPen(QPen(colors.border, 1));
    axis->setSubTicks(false);
    axis->setTickLength(0, 4);
    axis->setTickLabelColor(colors.dim);
    axis->setTickLabelFont(small);
    axis->setLabelColor(colors.dim);
    axis->setLabelFont(small);
    axis->setSelectableParts(QCPAxis::spNone);
    axis->grid()->setPen(QPen(colors.grid, 1));
    axis->grid()->setZeroLinePen(Qt::NoPen);
    axis->grid()->setAntialiased(false);
}

}  // namespace

void setLogarithmic(QCPAxis* axis, bool logarithmic) {
    axis->setScaleType(logarithmic ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    if (logarithmic) {
        axis->setTicker(QSharedPointer<QCPAxisTicker>(new LogTicker));
    } else {
        axis->setTicker(QSharedPointer<QCPAxisTicker>(new PlainTicker));
    }
}

void applyTheme(QCustomPlot* plot) {
    const Colors& colors = colorsOf(plot);
    plot->setBackground(QBrush(colors.base));
    const QFont small = smallFont(plot->font());
    for (QCPAxisRect* rect : plot->axisRects()) {
        for (QCPAxis* axis : rect->axes()) applyTheme(axis, colors, small);
    }
    if (plot->legend != nullptr) {
        plot->legend->setBrush(colors.alternate);
        plot->legend->setBorderPen(QPen(colors.border, 1));
        plot->legend->setTextColor(colors.text);
        plot->legend->setFont(small);
    }
    plot->setNoAntialiasingOnDrag(true);
}

}  // namespace f8net
