// SPDX-License-Identifier: GPL-3.0-or-later
/// Below a histogram: the names of its two axes, of values and of codes, and a tick for each code where there is room.
/// Threads  UI thread.
#pragma once

#include "widgets/support/qcustomplot.h"

namespace f8net {

class CodeRuler final : public QCPAbstractItem {
    Q_OBJECT
public:
    CodeRuler(QCustomPlot* plot, const QCPAxis* codes);

    /// Distance of two codes on the value axis; 0: there are no codes.
    void setStep(double step) { m_step = step; }
    void setColors(const QColor& names, const QColor& ticks);

    double selectTest(const QPointF&, bool, QVariant*) const override { return -1; }

protected:
    void draw(QCPPainter* painter) override;

private:
    void drawName(QCPPainter* painter, const QCPAxis* axis, const QString& name) const;

    const QCPAxis* m_codes;
    double m_step = 0;
    QColor m_names, m_ticks;
};

}  // namespace f8net
