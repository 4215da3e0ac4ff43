// SPDX-License-Identifier: GPL-3.0-or-later
/// One tensor of all layers at once, a small histogram per layer in depth order. The range of each layer's format fills
/// the same part of its picture, so what is wasted and what saturates compare at a glance. Counts are logarithmic, so a
/// strip below each picture says in true proportion how much of the values is set to zero, represented and clipped.
/// Threads  UI thread. Paints what it is given.
#pragma once

#include <QPainter>
#include <QWidget>
#include <vector>

#include "widgets/distributions/distribution_data.h"
#include "widgets/distributions/histogram_bins.h"
#include "widgets/plots/plot.h"

namespace f8net {

class PlotActions;

class LayerMultiples final : public QWidget, public Plot {
    Q_OBJECT
public:
    explicit LayerMultiples(QWidget* parent = nullptr);

    struct Options {
        bool hasBaseline = false;   ///< outline it, where there is one
        bool isWorstFirst = false;  ///< by what is clipped, of accumulators by the bits left; else in depth order
    };
    void setDistributions(const DistributionsData& distributions, const Options& options);
    void setLayer(const QString& layer);
    int numLayers() const { return static_cast<int>(m_cells.size()); }
    /// Where the picture of a layer is, for scrolling to it; empty where there is none.
    QRect cellRect(const QString& layer) const;
    /// Its parts of the strip, left to right, as shares of all values.
    struct Shares {
        double zeroed = 0, clipped = 0;
    };
    Shares sharesOf(const QString& layer) const;
    PlotActions& plotActions() const { return *m_actions; }

    QWidget& plotWidget() override { return *this; }
    QString plotTitle() const override;
    QString plotSentence() const override;
    PlotTable plotTable() const override;
    std::vector<LegendEntry> plotLegend() const override;
    void paintPlot(QCPPainter& painter, const QSize& size) override;

    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    QSize sizeHint() const override { return {600, heightForWidth(600)}; }

Q_SIGNALS:
    void layerClicked(const QString& layer);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool event(QEvent* event) override;  // tool tips

private:
    struct Cell {
        TensorDistribution distribution;
        QString layer;
        HistogramBins bins;
        std::vector<double> outline;  ///< the baseline's; empty: none
        Shares shares;
        double badness = 0;  ///< by which they are sorted
        bool isTrouble = false, hasFormat = false;
    };
    const std::string& tensor() const;  ///< of all cells
    int columns(int width) const;
    int cellHeight() const;
    QRect rectOf(int cell) const;
    int cellAt(const QPoint& point) const;
    int indexOf(const QString& layer) const;
    void paintCells(QPainter* painter, const QRect& exposed) const;
    void paintCell(QPainter* painter, const Cell& cell, const QRect& rect) const;
    void paintStrip(QPainter* painter, const Cell& cell, const QRectF& strip) const;
    QColor roleColor() const;

    std::vector<Cell> m_cells;
    QString m_layer;
    PlotActions* m_actions;
};

}  // namespace f8net
