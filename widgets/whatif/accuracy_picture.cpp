// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/whatif/accuracy_picture.h"

#include <QPainter>
#include <algorithm>

#include "widgets/support/colors.h"
#include "widgets/support/number_text.h"

namespace f8net {
namespace {

constexpr int kGap = 8;

QString rowText(double share, const Interval& interval) {
    return AccuracyPicture::tr("%1  (%2 to %3)")
        .arg(text::percent(share), text::percentNumber(interval.low), text::percent(interval.high));
}

}  // namespace

AccuracyPicture::AccuracyPicture(QWidget* parent) : QWidget(parent) {
    setAccessibleName(tr("Accuracy before and after"));
}

void AccuracyPicture::setAccuracy(const AccuracyChange& accuracy, bool isChanged) {
    m_accuracy = accuracy;
    m_isChanged = isChanged;
    if (accuracy.images > 0) {
        const PairedDifference difference = accuracy.difference();
        setAccessibleDescription(tr("Top-1 before %1, after %2; difference on the same images %3 points (%4 to %5)")
                                     .arg(rowText(accuracy.before(), accuracy.interval_before()),
                                          rowText(accuracy.after(), accuracy.interval_after()),
                                          text::points(difference.difference), text::points(difference.interval.low),
                                          text::points(difference.interval.high)));
    }
    update();
}

QSize AccuracyPicture::sizeHint() const {
    return {320, 3 * (fontMetrics().height() + kGap / 2)};
}

void AccuracyPicture::paintEvent(QPaintEvent*) {
    if (m_accuracy.images == 0) return;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Colors& colors = colorsOf(this);
    const int line = fontMetrics().height() + kGap / 2;
    const QString texts[] = {rowText(m_accuracy.before(), m_accuracy.interval_before()),
                             rowText(m_accuracy.after(), m_accuracy.interval_after())};
    const QString names[] = {tr("before"), tr("after")};
    const auto widest = [this](const auto& words) {
        return std::max(fontMetrics().horizontalAdvance(words[0]), fontMetrics().horizontalAdvance(words[1]));
    };
    const int left = widest(names) + kGap, numbers = widest(texts);
    for (int row = 0; row < 2; ++row) {
        painter.setPen(colors.dim);
        painter.drawText(QRectF(0, row * line, left, line), Qt::AlignVCenter | Qt::AlignLeft, names[row]);
        painter.setPen(colors.text);
        painter.drawText(QRectF(left, row * line, numbers, line), Qt::AlignVCenter | Qt::AlignRight, texts[row]);
    }
    const double begin = left + numbers + 3 * kGap;
    if (m_isChanged) paintDifference(painter, QRectF(begin, 0, width() - begin, 3 * line));
}

/// Two accuracies whose intervals overlap may well differ: on the same images it is this one that tells.
void AccuracyPicture::paintDifference(QPainter& painter, const QRectF& area) const {
    constexpr double kNarrowest = 160, kLeastRange = 0.001;
    if (area.width() < kNarrowest) return;
    const Colors& colors = colorsOf(this);
    const PairedDifference difference = m_accuracy.difference();
    const Interval& interval = difference.interval;
    const double range = std::max({-interval.low, interval.high, kLeastRange}) * 1.15;
    const auto at = [&](double points) { return area.center().x() + points / range * (area.width() / 2 - 6); };
    const double line = area.height() / 3, y = area.top() + 1.5 * line;
    const auto words = [&](int row, Qt::Alignment alignment, const QString& text) {
        painter.drawText(QRectF(area.left(), area.top() + row * line, area.width(), line), alignment | Qt::AlignVCenter,
                         text);
    };
    painter.setPen(colors.dim);
    words(0, Qt::AlignLeft, tr("worse"));
    words(0, Qt::AlignRight, tr("better"));
    words(2, Qt::AlignLeft, text::points(-range));
    words(2, Qt::AlignHCenter, tr("0 points"));
    words(2, Qt::AlignRight, text::points(range));
    painter.setPen(QPen(colors.border, 1));
    painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
    painter.setPen(QPen(colors.outline, 1));
    painter.drawLine(QPointF(at(0), y - line / 2), QPointF(at(0), y + line / 2));
    const QColor color = !difference.is_distinguishable() ? colors.neutral
                         : difference.difference > 0      ? colors.gain
                                                          : colors.trouble;
    painter.setPen(QPen(color, 2));
    painter.drawLine(QPointF(at(interval.low), y), QPointF(at(interval.high), y));
    for (const double end : {interval.low, interval.high})
        painter.drawLine(QPointF(at(end), y - 4), QPointF(at(end), y + 4));
    painter.setBrush(color);
    painter.setPen(Qt::NoPen);
    painter.drawEllipse(QPointF(at(difference.difference), y), 4.5, 4.5);
}

}  // namespace f8net
