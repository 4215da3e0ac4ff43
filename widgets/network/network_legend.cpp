// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/network/network_legend.h"

#include <QEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "widgets/support/colors.h"

namespace f8net {

namespace {

constexpr int kStrip = 120, kGap = 6;  // pixels

/// Between the five colours of the ramp, 0 harmless to 1 bad; beyond its ends their colour.
QColor troubleColor(const Colors& colors, double badness) {
    const double place = std::clamp(badness, 0.0, 1.0) * (static_cast<double>(colors.troubleRamp.size()) - 1);
    const size_t low = std::min(static_cast<size_t>(place), colors.troubleRamp.size() - 2);
    return blend(colors.troubleRamp[low + 1], colors.troubleRamp[low], place - static_cast<double>(low));
}

}  // namespace

QColor quantityColor(const Colors& colors, Quantity quantity, double value) {
    if (isLength(quantity)) return fractionalLengthColor(colors, static_cast<int>(value));
    return troubleColor(colors, badness(quantity, value));
}

void paintQuantityRange(QPainter& painter, const QRectF& strip, const Colors& colors, Quantity quantity) {
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, false);
    const int pieces = isLength(quantity) ? 9 : static_cast<int>(strip.width());
    for (int i = 0; i < pieces; ++i) {
        const double left = std::floor(strip.left() + strip.width() * i / pieces);
        const double right = std::floor(strip.left() + strip.width() * (i + 1) / pieces);
        painter.fillRect(
            QRectF(left, strip.top(), right - left, strip.height()),
            isLength(quantity) ? fractionalLengthColor(colors, 8 - i) : troubleColor(colors, i / (pieces - 1.0)));
    }
    painter.restore();
}

QString quantityLegend(const Colors& colors, Quantity quantity) {
    if (isLength(quantity)) return titleOf(quantity);
    return colors.isDark ? NetworkLegend::tr("%1: brighter is worse").arg(titleOf(quantity))
                         : NetworkLegend::tr("%1: darker is worse").arg(titleOf(quantity));
}

NetworkLegend::NetworkLegend(QWidget* parent) : QWidget(parent) {
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setQuantity(m_quantity);
}

void NetworkLegend::setQuantity(Quantity quantity) {
    m_quantity = quantity;
    const auto [good, bad] = rangeOf(quantity);
    setAccessibleName(tr("Colours: %1, from %2 to %3").arg(titleOf(quantity), good, bad));
    updateGeometry();
    update();
}

QSize NetworkLegend::sizeHint() const {
    const QFontMetrics metrics = fontMetrics();
    const auto [good, bad] = rangeOf(m_quantity);
    int width = kStrip + 6 * kGap;
    for (const QString& text : {quantityLegend(colorsOf(this), m_quantity), good, bad, tr("hatched: no value")})
        width += metrics.horizontalAdvance(text);
    return {width, metrics.height()};
}

void NetworkLegend::paintEvent(QPaintEvent*) {
    const Colors& colors = colorsOf(this);
    const auto [good, bad] = rangeOf(m_quantity);
    QPainter painter(this);
    painter.setPen(colors.dim);
    int at = 0;
    const auto write = [&](const QString& text) {
        painter.drawText(QRect(at, 0, width() - at, height()), Qt::AlignLeft | Qt::AlignVCenter, text);
        at += fontMetrics().horizontalAdvance(text) + kGap;
    };
    write(quantityLegend(colors, m_quantity));
    at += kGap;
    write(good);
    paintQuantityRange(painter, QRectF(at, height() / 2 - 5, kStrip, 10), colors, m_quantity);
    at += kStrip + kGap;
    write(bad);
    at += kGap;
    write(tr("hatched: no value"));
}

void NetworkLegend::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) updateGeometry();
}

}  // namespace f8net
