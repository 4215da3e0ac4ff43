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

void AccuracyPicture::setAccuracy(const AccuracyChange& accuracy) {
    m_accuracy = accuracy;
    if (accuracy.images > 0) {
        setAccessibleDescription(tr("Top-1 before %1, after %2")
                                     .arg(rowText(accuracy.before(), accuracy.interval_before()),
                                          rowText(accuracy.after(), accuracy.interval_after())));
    }
    update();
}

QSize AccuracyPicture::sizeHint() const {
    return {320, 2 * (fontMetrics().height() + kGap) + fontMetrics().height() + kGap};
}

void AccuracyPicture::paintEvent(QPaintEvent*) {
    if (m_accuracy.images == 0) return;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Colors& colors = colorsOf(this);
    const Interval before = m_accuracy.interval_before(), after = m_accuracy.interval_after();
    const double lowest = std::min(before.low, after.low), highest = std::max(before.high, after.high);
    const int line = fontMetrics().height() + kGap;
    const int names =
        std::max(fontMetrics().horizontalAdvance(tr("before")), fontMetrics().horizontalAdvance(tr("after")));
    const int numbers = std::max(fontMetrics().horizontalAdvance(rowText(m_accuracy.before(), before)),
                                 fontMetrics().horizontalAdvance(rowText(m_accuracy.after(), after)));
    const double left = names + 2 * kGap, right = width() - numbers - 2 * kGap;
    const double room = std::max((highest - lowest) * 0.05, 1e-4);
    const auto at = [&](double share) {
        return left + (right - left) * (share - lowest + room) / (highest - lowest + 2 * room);
    };
    const auto row = [&](int index, const QString& name, double share, const Interval& interval, const QColor& color) {
        const double y = (index + 0.5) * line;
        painter.setPen(colors.dim);
        painter.drawText(QRectF(0, index * line, names, line), Qt::AlignVCenter | Qt::AlignLeft, name);
        painter.setPen(colors.text);
        painter.drawText(QRectF(width() - numbers, index * line, numbers, line), Qt::AlignVCenter | Qt::AlignRight,
                         rowText(share, interval));
        if (right - left < 40) return;
        painter.setPen(QPen(color, 2));
        painter.drawLine(QPointF(at(interval.low), y), QPointF(at(interval.high), y));
        for (const double end : {interval.low, interval.high})
            painter.drawLine(QPointF(at(end), y - 4), QPointF(at(end), y + 4));
        painter.setBrush(color);
        painter.setPen(Qt::NoPen);
        painter.drawEllipse(QPointF(at(share), y), 4.5, 4.5);
    };
    if (right - left >= 40) {
        // Where it was before, through both rows.
        painter.setPen(QPen(colors.border, 1, Qt::DashLine));
        painter.drawLine(QPointF(at(m_accuracy.before()), 2), QPointF(at(m_accuracy.before()), 2 * line));
        painter.setPen(colors.dim);
        const QRectF axis(left, 2 * line, right - left, line);
        painter.drawText(axis, Qt::AlignLeft | Qt::AlignVCenter, text::percent(lowest));
        painter.drawText(axis, Qt::AlignRight | Qt::AlignVCenter, text::percent(highest));
    }
    row(0, tr("before"), m_accuracy.before(), before, colors.neutral);
    row(1, tr("after"), m_accuracy.after(), after, colors.accent);
}

}  // namespace f8net
