// SPDX-License-Identifier: GPL-3.0-or-later
/// Draws the formats of a network over its depth. Above, where the binary point is: two columns of bit boxes per layer
/// (fraction bits solid, integer bits tinted, sign bit hatched), step lines from 41 layers on. Below, how it got there:
/// epochs x layers, colour = fractional length, newest row at the top.
/// Threads  a value over data that must outlive it; wherever fonts can be measured.
#pragma once

#include <QCoreApplication>
#include <QFont>
#include <QRectF>
#include <QSizeF>
#include <vector>

#include "widgets/models/format_data.h"
#include "widgets/plots/plot.h"
#include "widgets/support/colors.h"

class QPainter;

namespace f8net {

struct FormatsLook {
    QString layer;              ///< marked; empty: none
    bool showsWeights = false;  ///< in the lower picture
    QFont font;
    QSizeF control;  ///< what stands at the right of the lower picture's title; empty: nothing
};

class FormatsPainter final {
    Q_DECLARE_TR_FUNCTIONS(f8net::FormatsPainter)
public:
    FormatsPainter(const FormatsData& formats, const FormatsLook& look, const Colors& colors, const QSizeF& size);

    void paint(QPainter& painter) const;
    void paintCrosshair(QPainter& painter, const QPointF& pointer) const;

    int layerAt(const QPointF& point) const;       ///< -1: none
    int epochIndexAt(const QPointF& point) const;  ///< of the lower picture; -1: none
    QRectF area() const { return m_upper.united(m_lower); }
    /// Empty where the picture is too low for the history.
    QRectF lowerTitle() const {
        return m_hasHistory ? QRectF(0, m_lower.top() - 2 - m_lowerTitle, m_size.width(), m_lowerTitle) : QRectF();
    }

    bool hasLegendInside() const { return m_hasLegend; }  ///< wide enough for it
    std::vector<LegendEntry> legend() const;
    /// "resnet18, epoch 64 of 64; 21 layers, all settled; outline: resnet18-mae".
    static QString caption(const FormatsData& formats);

private:
    double columnX(int layer) const { return m_upper.left() + m_column * layer; }
    double bitsY(double bits) const;
    void paintTitle(QPainter& painter, const QRectF& line, const QString& bold, const QString& rest) const;
    void paintStages(QPainter& painter) const;
    void paintBoxes(QPainter& painter) const;
    void paintSteps(QPainter& painter) const;
    void paintHistory(QPainter& painter) const;
    void paintLegend(QPainter& painter) const;
    std::vector<LegendEntry> roles() const;  ///< what the upper picture's colours mean
    static QString bitsText(int fractionalLength);

    const FormatsData& m_formats;
    FormatsLook m_look;
    const Colors& m_colors;
    QSizeF m_size;
    QFont m_small, m_bold;
    QRectF m_upper, m_lower;  ///< the two pictures' inner areas
    double m_column = 0;      ///< width per layer
    double m_title = 0;       ///< height of a title line
    double m_lowerTitle = 0;  ///< and of the one with a control
    double m_left = 0;        ///< room of the axes' numbers
    double m_legendWidth = 0;
    bool m_hasLegend = false, m_hasHistory = false;
};

}  // namespace f8net
