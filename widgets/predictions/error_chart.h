// SPDX-License-Identifier: GPL-3.0-or-later
/// Relative error of the integer network's values against the unrounded ones over the depth of the network: of one
/// image, beside the means of all images and of those that change their class. A click (or Return at the crosshair)
/// chooses the layer.
/// Threads  UI thread. Draws what it is given.
#pragma once

#include <memory>
#include <optional>

#include "widgets/plots/chart.h"
#include "widgets/predictions/flips_data.h"

namespace f8net {

class ErrorChart final : public Chart {
    Q_OBJECT
public:
    explicit ErrorChart(QWidget* parent = nullptr);

    /// `image`: index of Flips::flipped; empty: means alone.
    void setFlips(std::shared_ptr<const FlipsData> found, std::optional<size_t> image);
    void setLayer(const QString& layer);
    const QString& layer() const { return m_layer; }

    QString plotSentence() const override;
    PlotTable plotTable() const override;
    std::vector<LegendEntry> plotLegend() const override;

    QSize minimumSizeHint() const override { return {240, 160}; }

Q_SIGNALS:
    void layerClicked(const QString& layer);

protected:
    HoverTable hoverTable(double x) const override;
    void restyle() override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    struct Line {
        QString name;
        QPen pen;
        std::vector<double> errors;
    };
    std::vector<Line> lines() const;  ///< the one in front last
    const FlippedImage* image() const;
    int layerAt(double x) const;  ///< -1: none
    void rebuild();
    void choose(double x);

    std::shared_ptr<const FlipsData> m_data;
    std::optional<size_t> m_image;
    QString m_layer;
    QPoint m_pressed;
};

}  // namespace f8net
