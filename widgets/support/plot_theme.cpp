// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/plot_theme.h"

#include <algorithm>
#include <cmath>

#include "widgets/support/axis_ticks.h"
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

/// An axis' length in pixels and how far apart two of its labels stand at least. Before the first layout there is no
/// length; what is made then is made again.
struct Room {
    double length, apart;
};
Room roomOf(const QCPAxis& axis, const QString& widest) {
    const QFontMetricsF metrics(axis.tickLabelFont());
    const QSize size = axis.axisRect()->size();
    if (axis.orientation() == Qt::Vertical) return {double(size.height()), 1.2 * metrics.height()};
    return {double(size.width()), metrics.horizontalAdvance(widest) + metrics.horizontalAdvance("00")};
}

class PlainTicker final : public QCPAxisTicker {
public:
    explicit PlainTicker(const QCPAxis& axis) : m_axis(axis) { setTickCount(5); }

protected:
    double getTickStep(const QCPRange& range) override {
        const double step = QCPAxisTicker::getTickStep(range);
        const QString low = getTickLabel(std::ceil(range.lower / step) * step, {}, 'g', 0);
        const QString high = getTickLabel(std::floor(range.upper / step) * step, {}, 'g', 0);
        const Room room = roomOf(m_axis, low.size() > high.size() ? low : high);
        return roomyStep(step, range.size(), room.length, room.apart);
    }
    QString getTickLabel(double tick, const QLocale&, QChar, int) override {
        return tickText(std::abs(tick) < 1e-12 ? 0 : tick);
    }
    QVector<double> createSubTickVector(int, const QVector<double>&) override { return {}; }

private:
    const QCPAxis& m_axis;
};

class LogTicker final : public QCPAxisTicker {
public:
    explicit LogTicker(const QCPAxis& axis) : m_axis(axis) {}

protected:
    double getTickStep(const QCPRange&) override { return 1; }
    QVector<double> createTickVector(double, const QCPRange& range) override {
        const Room room = roomOf(m_axis, "0.05");
        const std::vector<double> ticks = logTicks(range.lower, range.upper, room.length, room.apart);
        return {ticks.begin(), ticks.end()};
    }
    QString getTickLabel(double tick, const QLocale&, QChar, int) override {
        return tick >= 1e-4 && tick < 1e6 ? tickText(tick) : text::learningRate(tick);
    }
    QVector<double> createSubTickVector(int, const QVector<double>&) override { return {}; }

private:
    const QCPAxis& m_axis;
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
        axis->setTicker(QSharedPointer<QCPAxisTicker>(new LogTicker(*axis)));
    } else {
        axis->setTicker(QSharedPointer<QCPAxisTicker>(new PlainTicker(*axis)));
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
