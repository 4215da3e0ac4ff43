// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/formats/formats_picture.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <cmath>

#include "widgets/plots/plot_actions.h"
#include "widgets/support/colors.h"
#include "widgets/support/number_text.h"
#include "widgets/support/qcustomplot.h"

namespace f8net {

namespace {

constexpr int kBits = 8;
constexpr double kIntegerTint = 0.25;
constexpr int kLegendWidth = 112;
constexpr int kLeft = 48;
constexpr double kRoomPerEpoch = 20;
constexpr double kLegendHeight = 9 * 20;  // nine swatches at full size

QFont smallFont(const QFont& base) {
    QFont font = base;
    font.setPointSizeF(std::max(8.0, base.pointSizeF() - 1));
    return font;
}

double newestRowHeight(double height, int rows, double textHeight) {
    return rows == 1 ? height : std::min(height / 2, std::max(height / rows, textHeight + 3));
}

}  // namespace

struct FormatsPicture::Geometry {
    QRectF upper, lower;  ///< the two pictures' inner areas
    double column = 0;    ///< width per layer
    double title = 0;     ///< height of a title line
    bool hasLegend = false;
    QFont font, small, bold;
    double columnX(int layer) const { return upper.left() + column * layer; }
    double bitsY(double bits) const { return upper.bottom() - upper.height() * bits / kBits; }
};

struct FormatsPicture::Key {
    QBrush fill;
    QString text;
    bool isLine = false;
};

FormatsPicture::FormatsPicture(QWidget* parent)
    : QWidget(parent), m_card(new HoverCard(this)), m_actions(new PlotActions(*this)) {
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    describeToAssistants(*this);
}

void FormatsPicture::setFormats(std::shared_ptr<const FormatsData> formats) {
    m_formats = std::move(formats);
    describeToAssistants(*this);
    changed();
}

void FormatsPicture::setLayer(const QString& layer) {
    m_layer = layer;
    changed();
}

void FormatsPicture::setShowsWeights(bool showsWeights) {
    m_showsWeights = showsWeights;
    describeToAssistants(*this);
    changed();
}

FormatsPicture::Geometry FormatsPicture::geometryNow() const {
    Geometry g;
    g.font = font();
    g.small = smallFont(font());
    g.bold = font();
    g.bold.setBold(true);
    g.title = QFontMetricsF(g.bold).height() + 6;
    const double labels = QFontMetricsF(g.small).height() + 6;
    g.hasLegend = width() >= 560;
    const double right = width() - 8.0 - (g.hasLegend ? kLegendWidth : 0);
    const double free = height() - 2 * g.title - labels - 14;
    // A short history needs little height: the bit boxes get it, up to 36 a bit.
    const double rows = static_cast<double>(m_formats ? m_formats->epochs.size() : 0);
    const double history = std::clamp(rows * kRoomPerEpoch, std::min(free * 0.36, kLegendHeight), free * 0.58);
    const double upperHeight = std::floor(std::clamp(free - history, 48.0, kBits * 36.0));
    g.upper = QRectF(kLeft, g.title + 2, right - kLeft, upperHeight);
    const double lowerTop = g.upper.bottom() + labels + g.title + 2;
    g.lower = QRectF(kLeft, lowerTop, right - kLeft, std::max(20.0, height() - lowerTop - 8));
    g.column = g.upper.width() / std::max<double>(1, static_cast<double>(m_formats ? m_formats->layers.size() : 1));
    return g;
}

QString FormatsPicture::caption() const {
    const int moving = m_formats->numMoving();
    QString text = tr("%1, epoch %2 of %3; %4 layers")
                       .arg(QString::fromStdString(m_formats->runName))
                       .arg(m_formats->epoch)
                       .arg(m_formats->totalEpochs)
                       .arg(m_formats->layers.size());
    text += moving == 0 ? tr(", all settled") : tr(", %1 still moving").arg(moving);
    if (!m_formats->baselineName.empty()) {
        text += (m_formats->layers.size() <= kMostLayersAsBoxes ? tr("; outline: %1") : tr("; dotted: %1"))
                    .arg(QString::fromStdString(m_formats->baselineName));
    }
    return text;
}

QString FormatsPicture::plotTitle() const {
    return tr("Formats over the layers");
}

QString FormatsPicture::plotSentence() const {
    return m_formats && !m_formats->layers.empty() ? caption() : QString();
}

PlotTable FormatsPicture::plotTable() const {
    PlotTable table{{tr("Layer"), tr("Input"), tr("Weight")}, {}};
    if (!m_formats) return table;
    const bool hasBaseline = !m_formats->baselineName.empty();
    if (hasBaseline) {
        const QString name = QString::fromStdString(m_formats->baselineName);
        table.columns << tr("Input, %1").arg(name) << tr("Weight, %1").arg(name);
    }
    for (const int epoch : m_formats->epochs) {
        table.columns << (m_showsWeights ? tr("Weight, epoch %1 [fractional bits]")
                                         : tr("Input, epoch %1 [fractional bits]"))
                             .arg(epoch);
    }
    for (const FormatLayer& layer : m_formats->layers) {
        QVariantList row{QString::fromStdString(layer.name)};
        const auto add = [&](const std::optional<LayerFormatReport>& report) {
            row << (report ? text::format(report->input_format) : text::none())
                << (report ? text::format(report->weight_format) : text::none());
        };
        add(layer.report);
        if (hasBaseline) add(layer.baseline);
        for (const int bits : (m_showsWeights ? layer.weight : layer.input).fractional_lengths)
            row << (bits == kNoFormat ? QVariant(std::nan("")) : QVariant(static_cast<qlonglong>(bits)));
        table.rows.push_back(row);
    }
    return table;
}

std::vector<LegendEntry> FormatsPicture::plotLegend() const {
    if (!m_formats || geometryNow().hasLegend) return {};
    std::vector<LegendEntry> entries;
    for (const Key& key : keys()) {
        if (key.isLine) {
            entries.push_back({key.text, QPen(key.fill.color(), 2)});
        } else {
            entries.push_back({key.text, QPen(Qt::NoPen), key.fill});
        }
    }
    const Colors& colors = colorsOf(this);
    for (int bits = kBits; bits >= 0; --bits)
        entries.push_back({bitsText(bits), QPen(Qt::NoPen), fractionalLengthColor(colors, bits)});
    return entries;
}

void FormatsPicture::paintPlot(QCPPainter& painter, const QSize&) {
    paintTo(&painter);
}

void FormatsPicture::paintEvent(QPaintEvent*) {
    if (m_painted.isNull() || m_painted.devicePixelRatio() != devicePixelRatioF()) {
        m_painted = QPixmap(size() * devicePixelRatioF());
        m_painted.setDevicePixelRatio(devicePixelRatioF());
        QPainter painter(&m_painted);
        painter.setFont(font());
        paintTo(&painter);
    }
    QPainter painter(this);
    painter.drawPixmap(0, 0, m_painted);
    if (m_crosshair) paintCrosshair(&painter);
}

void FormatsPicture::paintTo(QPainter* painter) const {
    const Colors& colors = colorsOf(this);
    painter->fillRect(rect(), colors.base);
    if (!m_formats || m_formats->layers.empty()) return;
    const Geometry g = geometryNow();
    const auto title = [&](double top, const QString& bold, const QString& rest) {
        painter->setFont(g.bold);
        painter->setPen(colors.text);
        const double baseline = top + QFontMetricsF(g.bold).ascent();
        painter->drawText(QPointF(12, baseline), bold);
        const double x = 12 + QFontMetricsF(g.bold).horizontalAdvance(bold) + 10;
        painter->setFont(g.small);
        painter->setPen(colors.dim);
        painter->drawText(QPointF(x, baseline),
                          QFontMetricsF(g.small).elidedText(rest, Qt::ElideRight, width() - x - 12));
    };
    title(2, tr("Where the binary point is"), caption());
    title(g.lower.top() - g.title, tr("How it got there"),
          (m_showsWeights ? tr("weight") : tr("input")) +
              tr(" fractional length, epoch by epoch; the tick marks where a layer settled"));

    paintStages(painter, g);
    if (m_formats->layers.size() <= kMostLayersAsBoxes) {
        paintBoxes(painter, g);
    } else {
        paintSteps(painter, g);
    }
    paintHistory(painter, g);
    if (g.hasLegend) paintLegends(painter, g);
}

void FormatsPicture::paintStages(QPainter* painter, const Geometry& g) const {
    const Colors& colors = colorsOf(this);
    const QFontMetricsF metrics(g.small);
    painter->setFont(g.small);
    for (int bits = 0; bits <= kBits; bits += 2) {
        painter->setPen(QPen(colors.grid, 1));
        painter->drawLine(QPointF(g.upper.left(), g.bitsY(bits)), QPointF(g.upper.right(), g.bitsY(bits)));
        painter->setPen(colors.dim);
        painter->drawText(QRectF(0, g.bitsY(bits) - 10, kLeft - 8, 20), Qt::AlignRight | Qt::AlignVCenter,
                          QString::number(bits));
    }
    const auto& layers = m_formats->layers;
    const double labelTop = g.upper.bottom() + 4;
    double lastLabelEnd = 0;
    for (size_t begin = 0; begin < layers.size();) {
        size_t end = begin;
        while (end < layers.size() && layers[end].stage == layers[begin].stage) ++end;
        const double x0 = g.columnX(static_cast<int>(begin)), x1 = g.columnX(static_cast<int>(end));
        if (begin > 0) {
            painter->setPen(QPen(colors.border, 1));
            painter->drawLine(QPointF(x0, g.upper.top() - 2), QPointF(x0, labelTop + metrics.height()));
        }
        const QString label = QString::fromStdString(layers[begin].stage);
        const double labelWidth = metrics.horizontalAdvance(label);
        const double labelX = (x0 + x1 - labelWidth) / 2;
        // Labels that would touch their neighbour or hang over the edge are dropped.
        if (labelX > lastLabelEnd + 6 && labelX >= g.upper.left() - 14 && labelX + labelWidth <= g.upper.right() + 14 &&
            labelWidth <= std::max(x1 - x0 + 16, 26.0)) {
            painter->setPen(colors.dim);
            painter->drawText(QPointF(labelX, labelTop + metrics.ascent()), label);
            lastLabelEnd = labelX + labelWidth;
        }
        begin = end;
    }
    const int selected = m_formats->indexOf(m_layer);
    if (selected >= 0) {
        painter->fillRect(QRectF(g.columnX(selected), g.upper.top() - 2, g.column, g.upper.height() + 4),
                          blend(colors.accent, colors.base, 0.18));
    }
}

void FormatsPicture::paintBoxes(QPainter* painter, const Geometry& g) const {
    const Colors& colors = colorsOf(this);
    const double gap = g.column > 24 ? 2 : 1;
    const double box = std::floor(std::clamp(g.column * 0.38, 2.0, 18.0));
    for (size_t i = 0; i < m_formats->layers.size(); ++i) {
        const FormatLayer& layer = m_formats->layers[i];
        if (!layer.report) continue;
        const double middle = g.columnX(static_cast<int>(i)) + g.column / 2;
        for (const bool isWeight : {false, true}) {
            const FixedPointFormat& format = isWeight ? layer.report->weight_format : layer.report->input_format;
            const QColor color = isWeight ? colors.weights : colors.inputs;
            const QColor tint = blend(color, colors.base, colors.isDark ? kIntegerTint + 0.05 : kIntegerTint);
            const double x = std::round(isWeight ? middle + gap / 2 : middle - gap / 2 - box);
            const int words = std::min(format.word_length, kBits);
            for (int bit = 0; bit < words; ++bit) {
                const double top = std::round(g.bitsY(bit + 1)) + 1, bottom = std::round(g.bitsY(bit));
                const QRectF cell(x, top, box, std::max(1.0, bottom - top));
                if (format.is_signed && bit == words - 1) {
                    painter->save();
                    painter->setClipRect(cell);
                    painter->setRenderHint(QPainter::Antialiasing);
                    painter->fillRect(cell, blend(color, colors.base, 0.08));
                    painter->setPen(QPen(colors.dim, 1));
                    for (double s = -cell.height(); s < cell.width() + 4; s += 4) {
                        painter->drawLine(QPointF(cell.left() + s, cell.bottom()),
                                          QPointF(cell.left() + s + cell.height(), cell.top()));
                    }
                    painter->restore();
                } else {
                    painter->fillRect(cell, bit < format.fractional_length ? color : tint);
                }
            }
            if (layer.baseline) {
                const int fl =
                    (isWeight ? layer.baseline->weight_format : layer.baseline->input_format).fractional_length;
                painter->setPen(QPen(colors.dim, 1));
                painter->setBrush(Qt::NoBrush);
                if (fl != format.fractional_length) {  // around the boxes, so that it is seen on any of them
                    const double top = std::round(g.bitsY(fl)), bottom = std::round(g.bitsY(0));
                    painter->drawRect(QRectF(x - 1.5, top - 0.5, box + 2, bottom - top));
                }
            }
            painter->fillRect(
                QRectF(x, std::round(g.bitsY(std::clamp(format.fractional_length, 0, kBits))) - 1, box, 2),
                colors.text);
        }
    }
}

void FormatsPicture::paintSteps(QPainter* painter, const Geometry& g) const {
    const Colors& colors = colorsOf(this);
    painter->setRenderHint(QPainter::Antialiasing, false);
    const auto paintLine = [&](bool isWeight, bool isBaseline) {
        QPolygonF line;
        const double shift = isWeight ? 1 : -1;  // two lines of one height stay two lines
        for (size_t i = 0; i < m_formats->layers.size(); ++i) {
            const FormatLayer& layer = m_formats->layers[i];
            const auto& report = isBaseline ? layer.baseline : layer.report;
            if (!report) continue;
            const int fl = (isWeight ? report->weight_format : report->input_format).fractional_length;
            const double y = std::round(g.bitsY(fl)) + shift, x = g.columnX(static_cast<int>(i));
            line << QPointF(x, y) << QPointF(x + g.column, y);
        }
        const QColor color = isWeight ? colors.weights : colors.inputs;
        painter->setPen(isBaseline ? QPen(color, 1, Qt::DotLine) : QPen(color, 2));
        painter->drawPolyline(line);
    };
    for (const bool isBaseline : {true, false}) {
        for (const bool isWeight : {false, true}) paintLine(isWeight, isBaseline);
    }
}

void FormatsPicture::paintHistory(QPainter* painter, const Geometry& g) const {
    const Colors& colors = colorsOf(this);
    const auto& epochs = m_formats->epochs;
    const size_t rows = epochs.size();
    const QFontMetricsF metrics(g.small);
    // The newest row is labelled, so it has room for its number; the others share the rest.
    const double newest = newestRowHeight(g.lower.height(), static_cast<int>(rows), metrics.height());
    const double rowHeight = rows == 1 ? newest : (g.lower.height() - newest) / static_cast<double>(rows - 1);
    const auto rowTop = [&](size_t row) {
        return row + 1 == rows ? g.lower.top()
                               : std::round(g.lower.bottom() - rowHeight * static_cast<double>(row + 1));
    };
    const auto rowMiddle = [&](size_t row) {
        return (rowTop(row) + (row == 0 ? g.lower.bottom() : rowTop(row - 1))) / 2;
    };
    for (size_t i = 0; i < m_formats->layers.size(); ++i) {
        const FormatTrack& track = m_showsWeights ? m_formats->layers[i].weight : m_formats->layers[i].input;
        const double x0 = std::round(g.columnX(static_cast<int>(i))),
                     x1 = std::round(g.columnX(static_cast<int>(i) + 1));
        const double cellWidth = std::max(1.0, x1 - x0 - (g.column > 6 ? 1 : 0));
        for (size_t row = 0; row < rows;) {
            size_t end = row + 1;
            while (end < rows && track.fractional_lengths[end] == track.fractional_lengths[row]) ++end;
            const QRectF cell(x0, rowTop(end - 1), cellWidth,
                              (row == 0 ? g.lower.bottom() : rowTop(row - 1)) - rowTop(end - 1));
            const int fl = track.fractional_lengths[row];
            if (fl == kNoFormat) {
                painter->fillRect(cell, QBrush(colors.border, Qt::BDiagPattern));
            } else {
                painter->fillRect(cell, fractionalLengthColor(colors, fl));
                if (end == rows && cellWidth >= 17 && cell.height() >= metrics.height()) {
                    painter->setFont(g.small);
                    painter->setPen(textOn(fractionalLengthColor(colors, fl)));
                    painter->drawText(QRectF(cell.left(), cell.top() + 2, cell.width(), metrics.height()),
                                      Qt::AlignCenter, QString::number(fl));
                }
            }
            row = end;
        }
        if (track.flips > 0) {
            const auto at = std::find(epochs.begin(), epochs.end(), track.settled_at);
            const double y =
                at == epochs.begin() ? g.lower.bottom() : rowTop(static_cast<size_t>(at - epochs.begin()) - 1);
            painter->fillRect(QRectF(x0, y - 2, cellWidth, 4), colors.base);
            painter->fillRect(QRectF(x0, y - 1, cellWidth, 2), colors.text);
        }
    }
    painter->setFont(g.small);
    painter->setPen(colors.dim);
    double lastLabel = 1e9;
    for (size_t row = rows; row-- > 0;) {
        const bool isEnd = row + 1 == rows || row == 0;
        if (!isEnd && epochs[row] % (rows > 50 ? 20 : rows > 20 ? 10 : 5) != 0) continue;
        const double y = rowMiddle(row);
        const bool isFirst = row + 1 == rows;
        const bool fits = isFirst || (std::abs(y - lastLabel) > metrics.height() &&
                                      (row == 0 || g.lower.bottom() - y > metrics.height() * 1.4));
        if (!fits) continue;
        painter->drawText(QRectF(0, y - 10, kLeft - 8, 20), Qt::AlignRight | Qt::AlignVCenter,
                          QString::number(epochs[row]));
        lastLabel = y;
    }
    const auto shown = std::find(epochs.begin(), epochs.end(), m_formats->epoch);
    if (shown != epochs.end() && shown + 1 != epochs.end()) {
        const double y = rowMiddle(static_cast<size_t>(shown - epochs.begin()));
        painter->setPen(QPen(colors.text, 1, Qt::DashLine));
        painter->drawLine(QPointF(g.lower.left() - 6, y), QPointF(g.lower.right(), y));
    }
    const int selected = m_formats->indexOf(m_layer);
    if (selected >= 0) {
        painter->setPen(QPen(colors.accent, 2));
        painter->setBrush(Qt::NoBrush);
        painter->drawRect(
            QRectF(std::round(g.columnX(selected)), g.lower.top(), std::max(3.0, g.column - 1), g.lower.height()));
    }
}

std::vector<FormatsPicture::Key> FormatsPicture::keys() const {
    const Colors& colors = colorsOf(this);
    std::vector<Key> keys{{colors.inputs, tr("inputs")}, {colors.weights, tr("weights")}};
    if (m_formats->layers.size() <= kMostLayersAsBoxes) {
        keys.push_back({colors.text, tr("binary point"), true});
        keys.push_back({blend(colors.neutral, colors.base, 0.35), tr("integer bits")});
        keys.push_back({QBrush(colors.dim, Qt::BDiagPattern), tr("sign bit")});
    }
    return keys;
}

QString FormatsPicture::bitsText(int fractionalLength) {
    return fractionalLength == kBits ? tr("8 fine step")
           : fractionalLength == 0   ? tr("0 wide range")
                                     : QString::number(fractionalLength);
}

void FormatsPicture::paintLegends(QPainter* painter, const Geometry& g) const {
    const Colors& colors = colorsOf(this);
    const QFontMetricsF metrics(g.small);
    const double x = g.upper.right() + 14, side = 11;
    double y = g.upper.top() + 2;
    painter->setFont(g.small);
    for (const Key& key : keys()) {
        if (y + side > g.upper.bottom() + metrics.height()) break;
        if (key.isLine) {
            painter->fillRect(QRectF(x, y + side / 2 - 1, side, 2), key.fill);
        } else {
            painter->fillRect(QRectF(x, y, side, side), colors.base);
            painter->fillRect(QRectF(x, y, side, side), key.fill);
        }
        painter->setPen(colors.text);
        painter->drawText(QPointF(x + side + 7, y + side / 2 + metrics.ascent() / 2 - 1), key.text);
        y += std::max(side + 5, metrics.height() + 1);
    }
    const double step = std::min(g.lower.height() / 9, 20.0);
    for (int fl = kBits; fl >= 0; --fl) {
        const double top = g.lower.top() + step * (kBits - fl);
        painter->fillRect(QRectF(x, top, 18, step - 1), fractionalLengthColor(colors, fl));
        if (step < metrics.height() - 2 && fl % (step < metrics.height() / 2 ? 8 : 4) != 0)
            continue;  // no room: both ends and the middle
        painter->setPen(colors.text);
        painter->drawText(QRectF(x + 24, top - 4, kLegendWidth - 34, step + 7), Qt::AlignLeft | Qt::AlignVCenter,
                          bitsText(fl));
    }
}

int FormatsPicture::layerAt(const QPointF& point) const {
    if (!m_formats || m_formats->layers.empty()) return -1;
    const Geometry g = geometryNow();
    const int layer = static_cast<int>(std::floor((point.x() - g.upper.left()) / g.column));
    return layer >= 0 && layer < static_cast<int>(m_formats->layers.size()) ? layer : -1;
}

int FormatsPicture::epochIndexAt(const QPointF& point) const {
    const Geometry g = geometryNow();
    if (!m_formats || !g.lower.contains(point)) return -1;
    const int rows = static_cast<int>(m_formats->epochs.size());
    const double newest = newestRowHeight(g.lower.height(), rows, QFontMetricsF(g.small).height());
    if (rows == 1 || point.y() < g.lower.top() + newest) return rows - 1;
    return std::clamp(static_cast<int>((g.lower.bottom() - point.y()) / (g.lower.height() - newest) * (rows - 1)), 0,
                      rows - 2);
}

void FormatsPicture::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;  // the menu chooses nothing
    const int layer = layerAt(event->position());
    if (layer < 0) return;
    Q_EMIT layerClicked(QString::fromStdString(m_formats->layers[static_cast<size_t>(layer)].name));
    const int epoch = epochIndexAt(event->position());
    if (epoch >= 0 && event->modifiers() & Qt::ShiftModifier)
        Q_EMIT epochClicked(m_formats->epochs[static_cast<size_t>(epoch)]);
}

void FormatsPicture::keyPressEvent(QKeyEvent* event) {
    const int epochStep = event->key() == Qt::Key_Comma ? -1 : event->key() == Qt::Key_Period ? 1 : 0;
    if (epochStep != 0 && m_formats && !m_formats->epochs.empty()) {
        const auto at = std::find(m_formats->epochs.begin(), m_formats->epochs.end(), m_formats->epoch);
        const int next = std::clamp(static_cast<int>(at - m_formats->epochs.begin()) + epochStep, 0,
                                    static_cast<int>(m_formats->epochs.size()) - 1);
        Q_EMIT epochClicked(m_formats->epochs[static_cast<size_t>(next)]);
        return;
    }
    const int step = event->key() == Qt::Key_Left ? -1 : event->key() == Qt::Key_Right ? 1 : 0;
    if (step == 0 || !m_formats || m_formats->layers.empty()) {
        QWidget::keyPressEvent(event);
        return;
    }
    const int last = static_cast<int>(m_formats->layers.size()) - 1;
    const int layer = std::clamp(m_formats->indexOf(m_layer) + step, 0, last);
    Q_EMIT layerClicked(QString::fromStdString(m_formats->layers[static_cast<size_t>(layer)].name));
}

void FormatsPicture::changed() {
    m_painted = {};
    update();
}

void FormatsPicture::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) changed();
}

void FormatsPicture::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    setCrosshair(std::nullopt);  // it stood for the old size
    changed();
}

void FormatsPicture::mouseMoveEvent(QMouseEvent* event) {
    QWidget::mouseMoveEvent(event);
    setCrosshair(event->position());
}

void FormatsPicture::leaveEvent(QEvent* event) {
    QWidget::leaveEvent(event);
    setCrosshair(std::nullopt);
}

void FormatsPicture::setCrosshair(std::optional<QPointF> pointer) {
    const int layer = pointer ? layerAt(*pointer) : -1;
    m_crosshair = layer < 0 ? std::nullopt : pointer;
    if (m_crosshair) {
        const Geometry g = geometryNow();
        m_card->showTable(hoverTable(m_formats->layers[static_cast<size_t>(layer)], epochIndexAt(*pointer)), *pointer,
                          g.upper.united(g.lower).toRect());
    } else {
        m_card->hide();
    }
    update();
}

void FormatsPicture::paintCrosshair(QPainter* painter) const {
    const int layer = layerAt(*m_crosshair);
    if (layer < 0) return;
    const Geometry g = geometryNow();
    painter->setPen(QPen(colorsOf(this).dim, 1, Qt::DashLine));
    const double x = std::round(g.columnX(layer) + g.column / 2) + 0.5, y = std::round(m_crosshair->y()) + 0.5;
    for (const QRectF& area : {g.upper, g.lower}) {
        painter->drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
        if (area.contains(*m_crosshair)) painter->drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
    }
}

HoverTable FormatsPicture::hoverTable(const FormatLayer& layer, int epochIndex) const {
    const Colors& colors = colorsOf(this);
    const FormatTrack& track = m_showsWeights ? layer.weight : layer.input;
    HoverTable table;
    table.heading = QString::fromStdString(layer.name);
    // The card sorts by height and takes the nearest for what is pointed at: as listed here, the first one.
    const auto add = [&](const QColor& color, const QString& value, const QString& name) {
        table.rows.push_back(
            {color, value, name, static_cast<double>(height()) + static_cast<double>(table.rows.size())});
    };
    if (epochIndex >= 0) {
        const int length = track.fractional_lengths[static_cast<size_t>(epochIndex)];
        const bool isKnown = length != kNoFormat;
        add(isKnown ? fractionalLengthColor(colors, length) : colors.border,
            isKnown ? QString::number(length) : text::none(),
            tr("fractional bits, epoch %1").arg(m_formats->epochs[static_cast<size_t>(epochIndex)]));
    }
    if (layer.report) {
        const LayerFormatReport& report = *layer.report;
        add(colors.inputs, text::format(report.input_format), tr("input, %1").arg(text::range(report.input_format)));
        add(colors.weights, text::format(report.weight_format),
            tr("weight, %1").arg(text::range(report.weight_format)));
        if (isChosenByStatistic(report, m_showsWeights)) {
            add(colors.neutral, text::significant(m_showsWeights ? report.weight_statistic : report.input_statistic),
                tr("sigma"));
        }
        add(colors.neutral, text::percent(m_showsWeights ? report.weight_clipped_share : report.input_clipped_share),
            tr("clipped"));
    }
    add(colors.neutral, QString::number(track.flips), tr("flips"));
    return table;
}

}  // namespace f8net
