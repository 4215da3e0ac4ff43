// SPDX-License-Identifier: GPL-3.0-or-later
/// What the colours of a painted network mean: the colour of a value, and the range of a quantity as a strip, drawn in
/// the picture of one network or as a line of its own under several.
#pragma once

#include <QWidget>

#include "widgets/network/network_data.h"

namespace f8net {

struct Colors;

QColor quantityColor(const Colors& colors, Quantity quantity, double value);
/// The whole range in `strip`, the good end left.
void paintQuantityRange(QPainter& painter, const QRectF& strip, const Colors& colors, Quantity quantity);
/// "SQNR of the input: darker is worse"; in dark themes what is worse is brighter.
QString quantityLegend(const Colors& colors, Quantity quantity);

/// "SQNR of the input: darker is worse  40 dB [strip] 12 dB  hatched: no value".
class NetworkLegend final : public QWidget {
    Q_OBJECT
public:
    explicit NetworkLegend(QWidget* parent = nullptr);
    void setQuantity(Quantity quantity);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    Quantity m_quantity = Quantity::kInputSqnr;
};

}  // namespace f8net
