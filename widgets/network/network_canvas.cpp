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
#include "widgets/support/focus_ring.h"
#include "widgets/support/fonts.h"
#include "widgets/support/qcustomplot.h"

namespace f8net {

namespace {

constexpr double kMargin = 16, kStep = 60, kZoomStep = 1.25;
constexpr double kLargestFit = 1.25;
constexpr double kLegendHeight = 56;  // left free below the fitted graph
constexpr double kBriefOverhang = 6;  // a name may stand over the edges of its node by so much
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
        QRectF(rect()).adjusted(kMargin, kMargin, -kMargin, -kMargin - (m_hasLegend ? kLegendHeight : 0));
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

QRectF NetworkCanvas::legendRect(const QSizeF& size) {
    return {8, size.height() - kLegendHeight - 4, 264, kLegendHeight};
}

QColor NetworkCanvas::colorOf(const NetworkNode& node) const {
    const auto value = valueOf(node);
    return value ? quantityColor(colorsOf(this), m_quantity, *value) : QColor();
}

void NetworkCanvas::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), colorsOf(this).base);
    if (m_layout.nodes.empty()) return paintFocusRing(painter, *this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.save();
    painter.translate(m_offset);
    painter.scale(m_zoom, m_zoom);
    const QRectF exposed((QPointF(0, 0) - m_offset) / m_zoom, QSizeF(size()) / m_zoom);
    paintGraph(&painter, exposed);
    painter.restore();
    if (m_zoom < kBriefBelow) paintBriefly(&painter, exposed);
    if (m_hasLegend) paintLegend(&painter, size());
    if (hasMap()) paintMap(&painter);
    paintFocusRing(painter, *this);
}

void NetworkCanvas::paintGraph(QPainter* painter, const QRectF& exposed) const {
    const Colors& colors = colorsOf(this);
    for (const NetworkEdge& edge : m_layout.edges) paintEdge(painter, edge);
    QFont bold = font();
    bold.setBold(true);
    painter->setFont(bold);
    painter->setPen(colors.dim);
    if (m_zoom >= kBriefBelow) {
        for (const NetworkLabel& label : m_layout.stages)
            painter->drawText(label.rect.adjusted(0, 0, 80, 0), Qt::AlignLeft | Qt::AlignTop, label.text);
    }
    for (const NetworkNode& node : m_layout.nodes) {
        if (node.rect.adjusted(-4, -4, 4, 4).intersects(exposed)) paintNode(painter, node);
    }
}

void NetworkCanvas::paintEdge(QPainter* painter, const NetworkEdge& edge) const {
    const Colors& colors = colorsOf(this);
    painter->setPen(QPen(colors.outline, 1.2));
    painter->setBrush(Qt::NoBrush);
    painter->drawPolyline(edge.points.data(), static_cast<int>(edge.points.size()));
    const QPointF tip = edge.points.back(), before = edge.points[edge.points.size() - 2];
    const QPointF along(tip.x() == before.x()  ? 0
                        : tip.x() > before.x() ? 6
                                               : -6,
                        tip.y() == before.y()  ? 0
                        : tip.y() > before.y() ? 6
                                               : -6);
    const QPointF across(along.y() / 2, along.x() / 2);
    const QPointF head[] = {tip, tip - along + across, tip - along - across};
    painter->setPen(Qt::NoPen);
    painter->setBrush(colors.outline);
    painter->drawPolygon(head, 3);
}

void NetworkCanvas::paintNode(QPainter* painter, const NetworkNode& node) const {
    const Colors& colors = colorsOf(this);
    const bool isChosen = m_layout.nodeOf(chosenLayer()) >= 0 && chosenLayer() >= 0 &&
                          m_layout.nodes[static_cast<size_t>(m_layout.nodeOf(chosenLayer()))].layer == node.layer;
    const bool isFound = std::find(m_found.begin(), m_found.end(), node.layer) != m_found.end();
    const QColor edge = isChosen ? colors.accent : isFound ? colors.text : colors.border;
    const double width = isChosen ? 3 : isFound ? 2 : 1;
    painter->setPen(QPen(edge, width / std::min(1.0, m_zoom)));
    if (node.form == NetworkNode::Form::kSum) {
        painter->setBrush(colors.alternate);
        painter->drawEllipse(node.rect);
        painter->setPen(QPen(colors.text, 1.4));
        const QPointF c = node.rect.center();
        painter->drawLine(c - QPointF(5, 0), c + QPointF(5, 0));
        painter->drawLine(c - QPointF(0, 5), c + QPointF(0, 5));
        return;
    }
    const QColor fill = colorOf(node);
    painter->setBrush(fill.isValid() ? fill : colors.alternate);
    painter->drawRoundedRect(node.rect, 5, 5);
    if (!fill.isValid() && node.form == NetworkNode::Form::kLayer) {
        painter->setPen(Qt::NoPen);
        painter->setBrush(QBrush(colors.border, Qt::BDiagPattern));
        painter->drawRoundedRect(node.rect, 5, 5);
    }
    if (m_zoom >= kBriefBelow) paintTexts(painter, node, fill.isValid() ? fill : colors.alternate);
}

namespace {

/// The stage is said by the row; "layer_1.body.0" remains.
QString nameInRow(const Layer& layer) {
    const QString name = QString::fromStdString(layer.name);
    return layer.stage >= 0 ? name.mid(QString("stage_%1_").arg(layer.stage).size()) : name;
}

/// "body.0": what tells it from its neighbours.
QString briefName(const Layer& layer) {
    return nameInRow(layer).section('.', -2);
}

}  // namespace

QStringList NetworkCanvas::textsOf(const NetworkNode& node) const {
    const Layer& layer = layerOf(node);
    if (node.form == NetworkNode::Form::kSum) return {};
    const bool isBrief = m_zoom < kBriefBelow;
    const QFontMetricsF metrics(smallFont(font()));
    const QSizeF room = node.rect.size() * m_zoom;
    const auto fits = [&](const QString& text) {
        return metrics.horizontalAdvance(text) <= room.width() + kBriefOverhang && metrics.capHeight() <= room.height();
    };
    if (node.form == NetworkNode::Form::kSmall) {
        const bool isInput = layer.kind == LayerKind::kInput, isMaximum = layer.kind == LayerKind::kMaxPool;
        if (!isBrief) {
            return isInput ? QStringList{tr("input")} : QStringList{isMaximum ? tr("max") : tr("average"), tr("pool")};
        }
        const QString text = isInput ? tr("in") : isMaximum ? tr("max") : tr("avg");
        return fits(text) ? QStringList{text} : QStringList{};
    }
    const auto value = valueOf(node);
    if (!isBrief) {
        QStringList texts{nameInRow(layer), shapeText(layer)};
        if (value) texts << measureOf(m_quantity, *value);
        return texts;
    }
    QStringList texts;
    if (fits(briefName(layer))) texts << briefName(layer);
    // Without its unit, which the legend has; where only one of them has room the name: the colour says the other.
    const bool hasRoom = metrics.capHeight() * (texts.isEmpty() ? 1 : 2) + 4 <= room.height();
    if (value && hasRoom && metrics.horizontalAdvance(textOf(m_quantity, *value)) <= room.width())
        texts << textOf(m_quantity, *value);
    return texts;
}

void NetworkCanvas::paintTexts(QPainter* painter, const NetworkNode& node, const QColor& fill) const {
    const QStringList texts = textsOf(node);
    const QFont small = smallFont(font());
    const QRectF room = node.rect.adjusted(6, 4, -6, -4);
    painter->setPen(colorOf(node).isValid() ? textOn(fill) : colorsOf(this).text);
    if (node.form == NetworkNode::Form::kSmall) {
        painter->setFont(small);
        painter->drawText(node.rect, Qt::AlignCenter, texts.join('\n'));
        return;
    }
    painter->setFont(font());
    painter->drawText(room, Qt::AlignLeft | Qt::AlignTop,
                      QFontMetricsF(font()).elidedText(texts[0], Qt::ElideMiddle, room.width()));
    painter->setFont(small);
    const double line = QFontMetricsF(font()).height();
    painter->drawText(room.adjusted(0, line - 1, 0, 0), Qt::AlignLeft | Qt::AlignTop, texts[1]);
    if (texts.size() < 3) return;
    QFont bold = font();
    bold.setBold(true);
    painter->setFont(bold);
    painter->drawText(room.adjusted(0, 0, 0, 2), Qt::AlignRight | Qt::AlignBottom, texts[2]);
}

/// In the size of the screen, whatever the zoom: smaller nobody could read it.
void NetworkCanvas::paintBriefly(QPainter* painter, const QRectF& exposed) const {
    const Colors& colors = colorsOf(this);
    const QFont small = smallFont(font());
    const QFontMetricsF metrics(small);
    painter->setFont(small);
    for (const NetworkNode& node : m_layout.nodes) {
        const QStringList texts = textsOf(node);
        if (texts.isEmpty() || !node.rect.intersects(exposed)) continue;
        const QRectF place(toScreen(node.rect.topLeft()), toScreen(node.rect.bottomRight()));
        painter->setPen(colorOf(node).isValid() ? textOn(colorOf(node)) : colors.text);
        const double gap = 3;  // lines without their ascenders' air
        double base = place.center().y() + metrics.capHeight() / 2;
        if (texts.size() == 2) base -= (metrics.capHeight() + gap) / 2;
        for (const QString& text : texts) {
            painter->drawText(QPointF(place.center().x() - metrics.horizontalAdvance(text) / 2, base), text);
            base += metrics.capHeight() + gap;
        }
    }
    QFont bold = small;
    bold.setBold(true);
    painter->setFont(bold);
    painter->setPen(colors.dim);
    for (const NetworkLabel& label : m_layout.stages) {
        if (2 * label.rect.height() * m_zoom < metrics.capHeight()) continue;  // would stand in the nodes
        const QPointF corner = toScreen(label.rect.bottomLeft());
        painter->drawText(QPointF(corner.x(), corner.y() - 1), label.text);
    }
}

void NetworkCanvas::paintLegend(QPainter* painter, const QSizeF& size) const {
    const Colors& colors = colorsOf(this);
    const QRectF box = legendRect(size);
    painter->setPen(QPen(colors.border, 1));
    painter->setBrush(colors.alternate);
    painter->drawRoundedRect(box, 3, 3);
    const QFont small = smallFont(font());
    painter->setFont(small);
    painter->setPen(colors.text);
    const QRectF text = box.adjusted(10, 4, -10, -4);
    painter->drawText(
        text, Qt::AlignLeft | Qt::AlignTop,
        QFontMetricsF(small).elidedText(quantityLegend(colors, m_quantity), Qt::ElideRight, text.width()));
    const QRectF bar(box.left() + 10, box.top() + 22, box.width() - 106, 10);
    paintQuantityRange(*painter, bar, colors, m_quantity);
    const QRectF none(bar.right() + 14, bar.top(), 14, bar.height());
    painter->fillRect(none, QBrush(colors.outline, Qt::BDiagPattern));
    painter->setPen(colors.dim);
    painter->drawText(QRectF(none.right() + 5, bar.top() - 4, 60, bar.height() + 8), Qt::AlignLeft | Qt::AlignVCenter,
                      tr("no value"));
    const auto ends = rangeOf(m_quantity);
    painter->drawText(bar.adjusted(0, bar.height(), 0, 16), Qt::AlignLeft | Qt::AlignBottom, ends.first);
    painter->drawText(bar.adjusted(0, bar.height(), 0, 16), Qt::AlignRight | Qt::AlignBottom, ends.second);
}

void NetworkCanvas::paintMap(QPainter* painter) const {
    const Colors& colors = colorsOf(this);
    const QRectF map = mapRect();
    painter->setPen(QPen(colors.border, 1));
    painter->setBrush(colors.alternate);
    painter->drawRoundedRect(map, 3, 3);
    painter->save();
    painter->setClipRect(map.adjusted(1, 1, -1, -1));
    const QRectF inner = map.adjusted(4, 4, -4, -4);
    const double scale = std::min(inner.width() / m_layout.bounds.width(), inner.height() / m_layout.bounds.height());
    const auto place = [&](const QPointF& point) {
        return (point - m_layout.bounds.center()) * scale + inner.center();
    };
    painter->setRenderHint(QPainter::Antialiasing, false);
    for (const NetworkNode& node : m_layout.nodes) {
        const QColor fill = colorOf(node);
        const QRectF at(place(node.rect.topLeft()), place(node.rect.bottomRight()));
        const bool isChosen = node.layer == chosenLayer();
        painter->fillRect(isChosen ? at.adjusted(-2, -2, 2, 2) : at, isChosen         ? colors.accent
                                                                     : fill.isValid() ? fill
                                                                                      : colors.border);
    }
    const QRectF seen(place((QPointF(0, 0) - m_offset) / m_zoom),
                      place((QPointF(width(), height()) - m_offset) / m_zoom));
    painter->setPen(QPen(colors.accent, 1));
    painter->setBrush(Qt::NoBrush);
    painter->drawRect(seen);
    painter->restore();
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
                  graph.height() + 2 * kMargin + kLegendHeight)
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
