// SPDX-License-Identifier: GPL-3.0-or-later
/// The formats of a network over its depth. Above, where the binary point is: two columns of bit boxes per layer
/// (fraction bits solid, integer bits tinted, sign bit hatched), step lines from 41 layers on. Below, how it got there:
/// epochs x layers, colour = fractional length, newest row at the top. Threads  UI thread. Paints what it is given;
/// reads nothing.
#pragma once

#include <QWidget>
#include <memory>

#include "widgets/models/format_data.h"

namespace f8net {

class FormatsPicture final : public QWidget {
    Q_OBJECT
public:
    static constexpr int kMostLayersAsBoxes = 40;

    explicit FormatsPicture(QWidget* parent = nullptr);

    void setFormats(std::shared_ptr<const FormatsData> formats);
    void setLayer(const QString& layer);
    void setShowsWeights(bool showsWeights);  ///< in the lower picture
    bool showsWeights() const { return m_showsWeights; }
    /// PNG or SVG by the name's ending.
    bool exportTo(const QString& path);

    QSize sizeHint() const override { return {820, 320}; }
    QSize minimumSizeHint() const override { return {320, 170}; }

Q_SIGNALS:
    void layerClicked(const QString& layer);
    void epochClicked(int epoch);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    bool event(QEvent* event) override;  // tool tips
    void keyPressEvent(QKeyEvent* event) override;

private:
    struct Geometry;
    Geometry geometryNow() const;
    void paintTo(QPainter* painter) const;
    void paintStages(QPainter* painter, const Geometry& g) const;
    void paintBoxes(QPainter* painter, const Geometry& g) const;
    void paintSteps(QPainter* painter, const Geometry& g) const;
    void paintHistory(QPainter* painter, const Geometry& g) const;
    void paintLegends(QPainter* painter, const Geometry& g) const;
    int layerAt(const QPointF& point) const;
    int epochIndexAt(const QPointF& point) const;

    std::shared_ptr<const FormatsData> m_formats;
    QString m_layer;
    bool m_showsWeights = false;
};

}  // namespace f8net
