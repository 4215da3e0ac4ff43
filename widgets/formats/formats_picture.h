// SPDX-License-Identifier: GPL-3.0-or-later
/// The formats of a network over its depth and over the epochs (formats_painter.h), with a crosshair over both pictures
/// and a hover card; keys and clicks choose layer and epoch.
/// Threads  UI thread. Paints what it is given; reads nothing.
#pragma once

#include <QPixmap>
#include <QWidget>
#include <memory>
#include <optional>

#include "widgets/models/format_data.h"
#include "widgets/plots/hover_card.h"
#include "widgets/plots/plot.h"

namespace f8net {

class FormatsPainter;
class PlotActions;

class FormatsPicture final : public QWidget, public Plot {
    Q_OBJECT
public:
    explicit FormatsPicture(QWidget* parent = nullptr);

    void setFormats(std::shared_ptr<const FormatsData> formats);
    void setLayer(const QString& layer);
    void setShowsWeights(bool showsWeights);  ///< in the lower picture
    bool showsWeights() const { return m_showsWeights; }
    /// Takes it in: what says of which tensor the history is stands beside the history's title.
    void setHistoryControl(QWidget* control);
    PlotActions& plotActions() const { return *m_actions; }
    const HoverCard& card() const { return *m_card; }

    QWidget& plotWidget() override { return *this; }
    QString plotTitle() const override;
    QString plotSentence() const override;
    /// A row per layer: formats, those of the baseline, and the fractional lengths epoch by epoch of the tensor shown.
    PlotTable plotTable() const override;
    /// Empty where the picture is wide enough to have its legend inside.
    std::vector<LegendEntry> plotLegend() const override;
    void paintPlot(QCPPainter& painter, const QSize& size) override;

    QSize sizeHint() const override { return {820, 320}; }
    QSize minimumSizeHint() const override { return {280, 90}; }

Q_SIGNALS:
    void layerClicked(const QString& layer);
    void epochClicked(int epoch);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    FormatsPainter painterNow() const;
    void paintTo(QPainter& painter) const;
    void changed();
    void placeControl();
    void setCrosshair(std::optional<QPointF> pointer);
    HoverTable hoverTable(const FormatLayer& layer, int epochIndex) const;

    std::shared_ptr<const FormatsData> m_formats;
    QString m_layer;
    bool m_showsWeights = false;
    std::optional<QPointF> m_crosshair;
    QWidget* m_control = nullptr;
    QPixmap m_painted;  ///< all but the crosshair; null: to be painted anew
    HoverCard* m_card;
    PlotActions* m_actions;
};

}  // namespace f8net
