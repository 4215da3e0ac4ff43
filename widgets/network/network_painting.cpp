// SPDX-License-Identifier: GPL-3.0-or-later
/// How NetworkCanvas paints: nodes, edges, words, legend and map.
#include <QPainter>
#include <algorithm>

#include "widgets/network/network_canvas.h"
#include "widgets/network/network_legend.h"
#include "widgets/support/colors.h"
#include "widgets/support/focus_ring.h"
#include "widgets/support/fonts.h"

namespace f8net {

namespace {

constexpr double kBriefGap = 3;       // between two lines, which are without their ascenders' air
constexpr double kBriefMargin = 1.5;  // above and below them
constexpr double kBriefOverhang = 2;  // a name may stand over the edges of its node by so much
constexpr double kAboveRow = 36;      // free above a row's arcs, at 100 %
constexpr double kNodeLines = 3;      // of text in a node, and some air

}  // namespace

QFont NetworkCanvas::nodeFont() const {
    QFont fitting = font();
    const double room = (NetworkLayout::kNodeHeight - 6) / kNodeLines, line = QFontMetricsF(fitting).height();
    if (line > room) fitting.setPointSizeF(fitting.pointSizeF() * room / line);
    return fitting;
}

bool NetworkCanvas::isBrief() const {
    return m_zoom * nodeFont().pointSizeF() < kBriefBelow * font().pointSizeF();
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
    if (isBrief()) paintBriefly(&painter, exposed);
    if (m_hasLegend) paintLegend(&painter, size());
    if (hasMap()) paintMap(&painter);
    paintFocusRing(painter, *this);
}

void NetworkCanvas::paintGraph(QPainter* painter, const QRectF& exposed) const {
    const Colors& colors = colorsOf(this);
    for (const NetworkEdge& edge : m_layout.edges) paintEdge(painter, edge);
    painter->setFont(boldFont(nodeFont()));
    painter->setPen(colors.dim);
    if (!isBrief()) {
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
    if (!isBrief()) paintTexts(painter, node, fill.isValid() ? fill : colors.alternate);
}

namespace {

/// The stage is said by the row; "layer_1.body.0" remains.
QString nameInRow(const Layer& layer) {
    const QString name = QString::fromStdString(layer.name);
    return layer.stage >= 0 ? name.mid(QString("stage_%1_").arg(layer.stage).size()) : name;
}

/// What tells it from its neighbours: "body.0", but "shortcut", "head" and "classifier", of which there is one.
QString briefName(const LayerGraph& graph, const Layer& layer) {
    const std::string group = layer.name.substr(0, layer.name.rfind('.') + 1);
    const auto isOfIt = [&group](const Layer& each) { return each.has_weights() && each.name.starts_with(group); };
    const bool isAlone = !group.empty() && std::ranges::count_if(graph.layers, isOfIt) == 1;
    return isAlone ? nameInRow(layer).section('.', -2, -2) : nameInRow(layer).section('.', -2);
}

}  // namespace

QStringList NetworkCanvas::textsOf(const NetworkNode& node) const {
    const Layer& layer = layerOf(node);
    if (node.form == NetworkNode::Form::kSum) return {};
    const bool isBrief = this->isBrief();
    const QFontMetricsF metrics(smallFont(font()));
    const QSizeF room = node.rect.size() * m_zoom;
    const auto fits = [&](const QString& text) {
        // Lower, the names would be all that is seen of the nodes.
        return metrics.horizontalAdvance(text) <= room.width() + kBriefOverhang && metrics.height() <= room.height();
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
    const QString name = briefName(m_network->graph, layer);
    if (!fits(name)) return {};
    texts << name;
    // Without its unit, which the legend has. Where one of them has room it is the name: the colour says the other.
    const bool hasRoom = 2 * metrics.capHeight() + kBriefGap + 2 * kBriefMargin <= room.height();
    if (value && hasRoom && metrics.horizontalAdvance(textOf(m_quantity, *value)) <= room.width())
        texts << textOf(m_quantity, *value);
    return texts;
}

void NetworkCanvas::paintTexts(QPainter* painter, const NetworkNode& node, const QColor& fill) const {
    const QStringList texts = textsOf(node);
    const QFont normal = nodeFont(), small = smallFont(normal);
    const QRectF room = node.rect.adjusted(6, 4, -6, -4);
    painter->setPen(colorOf(node).isValid() ? textOn(fill) : colorsOf(this).text);
    if (node.form == NetworkNode::Form::kSmall) {
        painter->setFont(small);
        painter->drawText(node.rect, Qt::AlignCenter, texts.join('\n'));
        return;
    }
    painter->setFont(normal);
    painter->drawText(room, Qt::AlignLeft | Qt::AlignTop,
                      QFontMetricsF(normal).elidedText(texts[0], Qt::ElideMiddle, room.width()));
    painter->setFont(small);
    const double line = QFontMetricsF(normal).height();
    painter->drawText(room.adjusted(0, line - 1, 0, 0), Qt::AlignLeft | Qt::AlignTop, texts[1]);
    if (texts.size() < 3) return;
    painter->setFont(boldFont(normal));
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
        double base = place.center().y() + metrics.capHeight() / 2;
        if (texts.size() == 2) base -= (metrics.capHeight() + kBriefGap) / 2;
        for (const QString& text : texts) {
            painter->drawText(QPointF(place.center().x() - metrics.horizontalAdvance(text) / 2, base), text);
            base += metrics.capHeight() + kBriefGap;
        }
    }
    painter->setFont(boldFont(small));
    painter->setPen(colors.dim);
    for (const NetworkLabel& name : stageNames()) painter->drawText(name.rect, Qt::AlignCenter, name.text);
}

std::vector<NetworkLabel> NetworkCanvas::stageNames() const {
    std::vector<NetworkLabel> names;
    const QFontMetricsF metrics(boldFont(smallFont(font())));
    const double pitch = m_layout.bounds.height() / std::max(1, m_layout.numRows) * m_zoom;
    for (const NetworkLabel& label : m_layout.stages) {
        const QSizeF size(metrics.horizontalAdvance(label.text) + 1, metrics.height());
        QRectF place(toScreen(label.rect.bottomLeft()) - QPointF(0, size.height() - metrics.descent() + 1), size);
        if (kAboveRow * m_zoom < metrics.capHeight()) {
            if (pitch < size.height()) continue;  // nor is there room between the names of two rows
            place.moveCenter(toScreen({0, label.rect.top() + NetworkLayout::kRowMiddle}));
            place.moveRight(toScreen({m_layout.bounds.left(), 0}).x() - 6);
            if (place.left() < 0) continue;
        }
        names.push_back({label.text, place});
    }
    return names;
}

void NetworkCanvas::paintLegend(QPainter* painter, const QSizeF& size) const {
    const Colors& colors = colorsOf(this);
    const QRectF box = legendRect(size);
    painter->setPen(QPen(colors.border, 1));
    painter->setBrush(colors.alternate);
    painter->drawRoundedRect(box, 3, 3);
    const QFont small = smallFont(font());
    const QFontMetricsF metrics(small);
    painter->setFont(small);
    painter->setPen(colors.text);
    const QRectF text = box.adjusted(10, 4, -10, -4);
    painter->drawText(text, Qt::AlignLeft | Qt::AlignTop,
                      metrics.elidedText(quantityLegend(colors, m_quantity), Qt::ElideRight, text.width()));
    const double nothing = metrics.horizontalAdvance(tr("no value")) + 1, line = metrics.height();
    const QRectF bar(box.left() + 10, box.top() + line + 9, box.width() - 53 - nothing, 10);
    paintQuantityRange(*painter, bar, colors, m_quantity);
    const QRectF none(bar.right() + 14, bar.top(), 14, bar.height());
    painter->fillRect(none, QBrush(colors.outline, Qt::BDiagPattern));
    painter->setPen(colors.dim);
    painter->drawText(QRectF(none.right() + 5, bar.center().y() - line / 2, nothing, line),
                      Qt::AlignLeft | Qt::AlignVCenter, tr("no value"));
    const auto ends = rangeOf(m_quantity);
    const QRectF below(bar.left(), bar.bottom() + 3, bar.width(), line);
    painter->drawText(below, Qt::AlignLeft | Qt::AlignVCenter, ends.first);
    painter->drawText(below, Qt::AlignRight | Qt::AlignVCenter, ends.second);
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

}  // namespace f8net
