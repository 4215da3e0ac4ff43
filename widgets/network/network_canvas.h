// SPDX-License-Identifier: GPL-3.0-or-later
/// The layer graph as a picture that can be fitted, zoomed under the pointer (10 to 400 %) and dragged; nodes in the
/// colour of a quantity, a legend that the fitted graph leaves free, a small map of large networks.
///   Keys     F fit, + and - zoom, arrows move, W and Shift+W next worse and next better layer
/// Threads  UI thread. Paints what it is given.
#pragma once

#include <QStringList>
#include <QWidget>
#include <memory>
#include <optional>

#include "widgets/network/network_data.h"
#include "widgets/network/network_layout.h"
#include "widgets/plots/plot.h"

class QMenu;

namespace f8net {

class PlotActions;

class NetworkCanvas final : public QWidget, public Plot {
    Q_OBJECT
public:
    static constexpr double kSmallestZoom = 0.1, kLargestZoom = 4;
    static constexpr double kBriefBelow = 0.45;  ///< of the font's size: names are short here, and values have no unit
    static constexpr int kMapFrom = 60;          ///< nodes

    explicit NetworkCanvas(QWidget* parent = nullptr);

    void setNetwork(std::shared_ptr<const NetworkData> network);
    void setQuantity(Quantity quantity);
    /// Off: where one legend stands under several pictures. Exported pictures have theirs.
    void setHasLegend(bool hasLegend);
    Quantity quantity() const { return m_quantity; }
    /// Marks it and, where it is outside the picture, moves there.
    void setLayer(const QString& layer);
    /// Layers whose name holds `text` are outlined; empty: none.
    void setFound(const QString& text);
    const std::vector<int>& found() const { return m_found; }

    double zoom() const { return m_zoom; }
    void setZoom(double zoom, const QPointF& around);
    void fit();
    void zoomIn();
    void zoomOut();
    /// Shows the same part at the same size as another picture of the same graph; of another graph: nothing.
    void follow(const NetworkCanvas& other);
    /// The layer `by` places further from the worst on: 1 the next better, -1 the next worse; from nowhere the worst.
    void stepWorst(int by);
    void goToWorst();
    QPointF toScreen(const QPointF& point) const { return point * m_zoom + m_offset; }
    const NetworkLayout& networkLayout() const { return m_layout; }
    bool hasMap() const;
    PlotActions& plotActions() const { return *m_actions; }
    QColor colorOf(const NetworkNode& node) const;  ///< invalid: no value, hatched
    /// What a node says at this size from the top: its name, shortened where it is small, and what else has room.
    QStringList textsOf(const NetworkNode& node) const;
    /// Where the names of small networks' stages stand on the screen: above their row, or beside it where that is low.
    std::vector<NetworkLabel> stageNames() const;

    QWidget& plotWidget() override { return *this; }
    QString plotTitle() const override;
    QString plotSentence() const override;
    PlotTable plotTable() const override;
    /// The whole graph at 100 %, whatever part of it is on the screen.
    QSize plotSize() override;
    void paintPlot(QCPPainter& painter, const QSize& size) override;

    QSize sizeHint() const override { return {760, 400}; }
    QSize minimumSizeHint() const override { return {240, 110}; }

Q_SIGNALS:
    void layerClicked(const QString& layer);
    void zoomChanged(double zoom);
    void moved();  ///< another part is shown, or at another size
    /// The layer is wanted in another view, by its id.
    void viewWanted(const QString& layer, const QString& view);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool event(QEvent* event) override;  // tool tips, palette

private:
    const Layer& layerOf(const NetworkNode& node) const;
    std::optional<double> valueOf(const NetworkNode& node) const;
    const NetworkNode* nodeAt(const QPointF& position) const;
    int chosenLayer() const;
    QRectF legendRect(const QSizeF& size) const;
    QRectF mapRect() const;
    QPointF fromMap(const QPointF& position) const;
    QFont nodeFont() const;  ///< at 100 %: the widget's, or what of it a node has room for
    bool isBrief() const;
    void paintGraph(QPainter* painter, const QRectF& exposed) const;
    void paintEdge(QPainter* painter, const NetworkEdge& edge) const;
    void paintNode(QPainter* painter, const NetworkNode& node) const;
    void paintTexts(QPainter* painter, const NetworkNode& node, const QColor& fill) const;
    void paintBriefly(QPainter* painter, const QRectF& exposed) const;
    void paintLegend(QPainter* painter, const QSizeF& size) const;
    void paintMap(QPainter* painter) const;
    void moveBy(const QPointF& pixels);
    void showMenu(const QPoint& at);
    void addLayerTo(QMenu& menu, const NetworkNode& node);

    std::shared_ptr<const NetworkData> m_network;
    NetworkLayout m_layout;
    Quantity m_quantity = Quantity::kInputSqnr;
    QString m_layer;
    std::vector<int> m_found;  ///< layers
    double m_zoom = 1;
    QPointF m_offset;
    bool m_isFitted = true, m_hasLegend = true;
    std::optional<QPointF> m_dragFrom;
    bool m_isMapDragged = false;
    int m_jumpedTo = -1;  ///< layer that "Worst layer" went to last
    PlotActions* m_actions;
};

}  // namespace f8net
