// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/network/network_canvas.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QMouseEvent>
#include <QToolTip>
#include <algorithm>
#include <cmath>
#include <utility>

#include "widgets/network/network_legend.h"
#include "widgets/plots/plot_actions.h"
#include "widgets/support/colors.h"
#include "widgets/support/fonts.h"
#include "widgets/support/qcustomplot.h"

namespace f8net {

namespace {

constexpr double kMargin = 16, kStep = 60, kZoomStep = 1.25;
constexpr double kLargestFit = 1.25;
constexpr double kMapWidth = 170, kMapHeight = 96;

}  // namespace

NetworkCanvas::NetworkCanvas(QWidget* parent)
    : QWidget(parent), m_network(std::make_shared<const NetworkData>()), m_actions(new PlotActions(*this)) {
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setContextMenuPolicy(Qt::CustomContextMenu);
    connect(this, &QWidget::customContextMenuRequested, this, &NetworkCanvas::showMenu);
    describeToAssistants(*this);
}

void NetworkCanvas::setNetwork(std::shared_ptr<const NetworkData> network) {
    const auto isSameLayer = [](const Layer& a, const Layer& b) { return a.name == b.name && a.inputs == b.inputs; };
    const auto &before = m_network->graph.layers, &after = network->graph.layers;
    const bool isSame = std::equal(before.begin(), before.end(), after.begin(), after.end(), isSameLayer);
    m_network = std::move(network);
    if (!isSame) {
        m_layout = layOut(m_network->graph);
        m_found.clear();
        fit();
    }
    describeToAssistants(*this);
    update();
}

void NetworkCanvas::setHasLegend(bool hasLegend) {
    m_hasLegend = hasLegend;
    if (m_isFitted) fit();
}

void NetworkCanvas::setQuantity(Quantity quantity) {
    m_quantity = quantity;
    describeToAssistants(*this);
    update();
}

const Layer& NetworkCanvas::layerOf(const NetworkNode& node) const {
    return m_network->graph.layers[static_cast<size_t>(node.layer)];
}

std::optional<double> NetworkCanvas::valueOf(const NetworkNode& node) const {
    return m_network->value(m_quantity, layerOf(node).name);
}

int NetworkCanvas::chosenLayer() const {
    return m_network->graph.index_of(m_layer.toStdString());
}

void NetworkCanvas::setLayer(const QString& layer) {
    m_layer = layer;
    const int chosen = chosenLayer();
    if (chosen >= 0) {
        const QRectF node = m_layout.nodes[static_cast<size_t>(m_layout.nodeOf(chosen))].rect;
        const QRectF seen = QRectF(rect()).adjusted(kMargin, kMargin, -kMargin, -kMargin);
        if (!seen.contains(QRectF(toScreen(node.topLeft()), toScreen(node.bottomRight()))))
            moveBy(seen.center() - toScreen(node.center()));
    }
    update();
}

void NetworkCanvas::setFound(const QString& text) {
    m_found.clear();
    for (const NetworkNode& node : m_layout.nodes) {
        if (!text.isEmpty() && QString::fromStdString(layerOf(node).name).contains(text, Qt::CaseInsensitive))
            m_found.push_back(node.layer);
    }
    update();
}

void NetworkCanvas::fit() {
    const QRectF room =
        QRectF(rect()).adjusted(kMargin, kMargin, -kMargin, -kMargin - (m_hasLegend ? legendRect({}).height() : 0));
    const QRectF graph = m_layout.bounds;
    if (graph.isEmpty() || room.isEmpty()) return;
    m_zoom =
        std::clamp(std::min(room.width() / graph.width(), room.height() / graph.height()), kSmallestZoom, kLargestFit);
    m_offset = room.center() - graph.center() * m_zoom;
    m_isFitted = true;
    Q_EMIT zoomChanged(m_zoom);
    Q_EMIT moved();
    update();
}

void NetworkCanvas::zoomIn() {
    setZoom(m_zoom * kZoomStep, QRectF(rect()).center());
}
void NetworkCanvas::zoomOut() {
    setZoom(m_zoom / kZoomStep, QRectF(rect()).center());
}

void NetworkCanvas::follow(const NetworkCanvas& other) {
    if (m_layout.bounds != other.m_layout.bounds) return;
    m_offset = other.m_offset - QRectF(other.rect()).center() + QRectF(rect()).center();
    m_isFitted = other.m_isFitted;
    if (std::exchange(m_zoom, other.m_zoom) != m_zoom) Q_EMIT zoomChanged(m_zoom);
    update();
}

void NetworkCanvas::setZoom(double zoom, const QPointF& around) {
    zoom = std::clamp(zoom, kSmallestZoom, kLargestZoom);
    m_offset = around - (around - m_offset) * (zoom / m_zoom);
    m_zoom = zoom;
    m_isFitted = false;
    Q_EMIT zoomChanged(m_zoom);
    Q_EMIT moved();
    update();
}

void NetworkCanvas::moveBy(const QPointF& pixels) {
    m_offset += pixels;
    m_isFitted = false;
    Q_EMIT moved();
    update();
}

void NetworkCanvas::stepWorst(int by) {
    const std::vector<int> ranked = m_network->worstFirst(m_quantity);
    if (ranked.empty()) return;
    const auto at = std::find(ranked.begin(), ranked.end(), chosenLayer());
    const int last = static_cast<int>(ranked.size()) - 1;
    const int next = at == ranked.end() ? 0 : std::clamp(static_cast<int>(at - ranked.begin()) + by, 0, last);
    Q_EMIT layerClicked(
        QString::fromStdString(m_network->graph.layers[static_cast<size_t>(ranked[static_cast<size_t>(next)])].name));
}

void NetworkCanvas::goToWorst() {
    const std::vector<int> ranked = m_network->worstFirst(m_quantity);
    if (ranked.empty()) return;
    // Again: on to the next one, and from the best one back to the worst.
    const bool isLast = ranked.back() == chosenLayer();
    const bool wasHere = std::exchange(m_jumpedTo, -1) == chosenLayer() && !isLast;
    if (wasHere) {
        stepWorst(1);
    } else {
        Q_EMIT layerClicked(QString::fromStdString(m_network->graph.layers[static_cast<size_t>(ranked.front())].name));
    }
    m_jumpedTo = chosenLayer();
}

bool NetworkCanvas::hasMap() const {
    return static_cast<int>(m_layout.nodes.size()) >= kMapFrom;
}

QRectF NetworkCanvas::mapRect() const {
    return {width() - kMapWidth - 8, 8, kMapWidth, kMapHeight};
}

QPointF NetworkCanvas::fromMap(const QPointF& position) const {
    const QRectF map = mapRect().adjusted(4, 4, -4, -4);
    const double scale = std::min(map.width() / m_layout.bounds.width(), map.height() / m_layout.bounds.height());
    return (position - map.center()) / scale + m_layout.bounds.center();
}

QRectF NetworkCanvas::legendRect(const QSizeF& size) const {
    // Two lines of text with a bar between them.
    const QFontMetricsF metrics(smallFont(font()));
    const double height = 2 * metrics.height() + 30, width = std::max(264.0, 40 * metrics.averageCharWidth());
    return {8, size.height() - height - 4, width, height};
}

const NetworkNode* NetworkCanvas::nodeAt(const QPointF& position) const {
    const QPointF point = (position - m_offset) / m_zoom;
    for (const NetworkNode& node : m_layout.nodes) {
        if (node.rect.contains(point)) return &node;
    }
    return nullptr;
}

void NetworkCanvas::mousePressEvent(QMouseEvent* event) {
    if (event->button() == Qt::RightButton) return;
    if (hasMap() && mapRect().contains(event->position())) {
        m_isMapDragged = true;
        moveBy(QRectF(rect()).center() - toScreen(fromMap(event->position())));
        return;
    }
    if (const NetworkNode* node = nodeAt(event->position()); node != nullptr && event->button() == Qt::LeftButton)
        Q_EMIT layerClicked(QString::fromStdString(layerOf(*node).name));
    m_dragFrom = event->position();
}

void NetworkCanvas::mouseMoveEvent(QMouseEvent* event) {
    if (m_isMapDragged) {
        moveBy(QRectF(rect()).center() - toScreen(fromMap(event->position())));
    } else if (m_dragFrom) {
        moveBy(event->position() - *m_dragFrom);
        m_dragFrom = event->position();
        setCursor(Qt::ClosedHandCursor);
    } else {
        setCursor(nodeAt(event->position()) != nullptr ? Qt::PointingHandCursor : Qt::ArrowCursor);
    }
}

void NetworkCanvas::mouseReleaseEvent(QMouseEvent*) {
    m_dragFrom.reset();
    m_isMapDragged = false;
    unsetCursor();
}

void NetworkCanvas::mouseDoubleClickEvent(QMouseEvent* event) {
    if (nodeAt(event->position()) == nullptr) fit();
}

void NetworkCanvas::wheelEvent(QWheelEvent* event) {
    setZoom(m_zoom * std::pow(kZoomStep, event->angleDelta().y() / 120.0), event->position());
    event->accept();
}

void NetworkCanvas::resizeEvent(QResizeEvent*) {
    if (m_isFitted) fit();
}

void NetworkCanvas::keyPressEvent(QKeyEvent* event) {
    switch (event->key()) {
        case Qt::Key_F:
            return fit();
        case Qt::Key_Plus:
        case Qt::Key_Equal:
            return zoomIn();
        case Qt::Key_Minus:
            return zoomOut();
        case Qt::Key_Left:
            return moveBy({kStep, 0});
        case Qt::Key_Right:
            return moveBy({-kStep, 0});
        case Qt::Key_Up:
            return moveBy({0, kStep});
        case Qt::Key_Down:
            return moveBy({0, -kStep});
        case Qt::Key_W:
            return stepWorst(event->modifiers().testFlag(Qt::ShiftModifier) ? 1 : -1);
        default:
            QWidget::keyPressEvent(event);
    }
}

bool NetworkCanvas::event(QEvent* event) {
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) update();
    if (event->type() != QEvent::ToolTip) return QWidget::event(event);
    auto* help = static_cast<QHelpEvent*>(event);
    const NetworkNode* node = nodeAt(help->pos());
    if (node == nullptr) {
        QToolTip::hideText();
        return true;
    }
    const Layer& layer = layerOf(*node);
    QString text = QString::fromStdString(layer.name) + "\n" + shapeText(layer);
    const FormatLayer* formats = m_network->find(layer.name);
    if (formats != nullptr) text += "\n" + layerSentence(*formats, false).replace("   ", "\n");
    QToolTip::showText(help->globalPos(), text, this);
    return true;
}

void NetworkCanvas::addLayerTo(QMenu& menu, const NetworkNode& node) {
    const Layer& layer = layerOf(node);
    const QString name = QString::fromStdString(layer.name);
    const auto add = [&](const QString& text, const QString& tip, const char* view) {
        menu.addAction(text, this, [this, name, view] { Q_EMIT viewWanted(name, view); })->setStatusTip(tip);
    };
    // A sum or a pool has no format of its own.
    if (layer.has_weights())
        add(tr("Show in For&mats"), tr("Where the binary point of %1 is, and why").arg(name), "formats");
    add(tr("Show in &Distributions"), tr("The values of %1 against its format").arg(name), "distributions");
    if (layer.has_weights())
        add(tr("Try other formats in W&hat-if"), tr("Change the format of %1 and see the accuracy").arg(name),
            "whatif");
    menu.addSeparator();
}

void NetworkCanvas::showMenu(const QPoint& at) {
    QMenu menu(this);
    const NetworkNode* node = nodeAt(at);
    const int chosen = m_layout.nodeOf(chosenLayer());
    if (node == nullptr && chosen >= 0) node = &m_layout.nodes[static_cast<size_t>(chosen)];  // by the menu key
    if (node != nullptr) addLayerTo(menu, *node);
    const auto add = [&menu, this](const QString& text, const QString& tip, auto action) {
        menu.addAction(text, this, action)->setStatusTip(tip);
    };
    add(tr("&Fit\tF"), tr("Show the whole network"), &NetworkCanvas::fit);
    add(tr("Zoom &in\t+"), tr("Larger layers"), &NetworkCanvas::zoomIn);
    add(tr("Zoom &out\t-"), tr("More of the network"), &NetworkCanvas::zoomOut);
    menu.addSeparator();
    add(tr("Next &worse layer\tW"), tr("By the quantity that colours the layers"), [this] { stepWorst(-1); });
    add(tr("Next &better layer\tShift+W"), tr("By the quantity that colours the layers"), [this] { stepWorst(1); });
    menu.addSeparator();
    m_actions->addTo(menu);
    menu.exec(mapToGlobal(at));
}

QString NetworkCanvas::plotTitle() const {
    return tr("Network by %1").arg(titleOf(m_quantity));
}

QString NetworkCanvas::plotSentence() const {
    const std::vector<int> ranked = m_network->worstFirst(m_quantity);
    if (ranked.empty()) return howToGet(m_quantity);
    const std::string& worst = m_network->graph.layers[static_cast<size_t>(ranked.front())].name;
    return tr("%1 layers; the worst is %2 with %3")
        .arg(ranked.size())
        .arg(QString::fromStdString(worst), measureOf(m_quantity, *m_network->value(m_quantity, worst)));
}

PlotTable NetworkCanvas::plotTable() const {
    PlotTable table{{tr("Layer"), tr("Kind"), tr("Shape")}, {}};
    for (const Quantity quantity : allQuantities()) table.columns << columnOf(quantity);
    for (const NetworkNode& node : m_layout.nodes) {
        const Layer& layer = layerOf(node);
        QVariantList row{QString::fromStdString(layer.name), QString::fromStdString(to_string(layer.kind)),
                         shapeText(layer)};
        for (const Quantity quantity : allQuantities())
            row << m_network->value(quantity, layer.name).value_or(std::nan(""));
        table.rows.push_back(std::move(row));
    }
    return table;
}

QSize NetworkCanvas::plotSize() {
    const QSizeF graph = m_layout.bounds.size();
    return QSizeF(std::max(graph.width() + 2 * kMargin, legendRect({}).right() + kMargin),
                  graph.height() + 2 * kMargin + legendRect({}).height())
        .toSize();
}

void NetworkCanvas::paintPlot(QCPPainter& painter, const QSize& size) {
    const double zoom = std::exchange(m_zoom, 1);
    const QPointF offset = std::exchange(m_offset, QPointF(kMargin, kMargin) - m_layout.bounds.topLeft());
    painter.fillRect(QRect(QPoint(0, 0), size), colorsOf(this).base);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.save();
    painter.translate(m_offset);
    paintGraph(&painter, m_layout.bounds);
    painter.restore();
    paintLegend(&painter, size);
    m_zoom = zoom;
    m_offset = offset;
}

}  // namespace f8net
