// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/formats/formats_painter.h"

#include <QPainter>
#include <algorithm>
#include <cmath>

#include "widgets/support/fonts.h"

namespace f8net {

namespace {

constexpr int kBits = 8;
constexpr size_t kMostLayersAsBoxes = 40;
constexpr double kIntegerTint = 0.25;
constexpr int kWidthWithLegend = 560;                // at least
constexpr double kLegendGap = 14, kLegendText = 24;  // before the legend and from its colours to its words
constexpr double kHeightWithHistory = 120;           // at least
constexpr double kRoomPerEpoch = 20;
constexpr double kLeastBit = 9;           // of a bit box, as far as a low picture has it
constexpr double kLegendHeight = 9 * 20;  // nine swatches at full size

double newestRowHeight(double height, int rows, double textHeight) {
    return rows == 1 ? height : std::min(height / 2, std::max(height / rows, textHeight + 3));
}

}  // namespace

FormatsPainter::FormatsPainter(const FormatsData& formats, const FormatsLook& look, const Colors& colors,
                               const QSizeF& size)
    : m_formats(formats),
      m_look(look),
      m_colors(colors),
      m_size(size),
      m_small(smallFont(look.font)),
      m_bold(look.font),
      m_hasLegend(size.width() >= kWidthWithLegend) {
    m_bold.setBold(true);
    const QFontMetricsF small(m_small);
    double widest = 0;
    for (const LegendEntry& entry : legend()) widest = std::max(widest, small.horizontalAdvance(entry.text));
    m_legendWidth = m_hasLegend ? kLegendGap + kLegendText + widest + 4 : 0;
    m_title = QFontMetricsF(m_bold).height() + 6;
    m_lowerTitle = std::max(m_title, look.control.height() + 2);
    const double labels = small.height() + 6;
    const double right = size.width() - 8.0 - m_legendWidth;
    m_hasHistory = size.height() >= kHeightWithHistory;
    const double free = size.height() - m_title - labels - (m_hasHistory ? m_lowerTitle + 12 : 6);
    // A short history needs little height: the bit boxes get it, up to 36 a bit. In a low picture both stay legible.
    const double rows = static_cast<double>(formats.epochs.size());
    const double history =
        m_hasHistory ? std::clamp(rows * kRoomPerEpoch, std::min(free * 0.36, kLegendHeight), free * 0.58) : 0;
    const double upperHeight =
        std::floor(std::clamp(free - history, std::clamp(free * 0.6, 36.0, kBits * kLeastBit), kBits * 36.0));
    m_left = std::max(48.0, small.horizontalAdvance("1000") + 12);
    m_upper = QRectF(m_left, m_title + 2, right - m_left, upperHeight);
    const double lowerTop = m_upper.bottom() + labels + m_lowerTitle + 2;
    if (m_hasHistory) m_lower = QRectF(m_left, lowerTop, right - m_left, std::max(20.0, size.height() - lowerTop - 6));
    m_column = m_upper.width() / std::max<double>(1, static_cast<double>(formats.layers.size()));
}

double FormatsPainter::bitsY(double bits) const {
    return m_upper.bottom() - m_upper.height() * bits / kBits;
}

QString FormatsPainter::caption(const FormatsData& formats) {
    const int moving = formats.numMoving();
    QString text = tr("%1, epoch %2 of %3; %4 layers")
                       .arg(QString::fromStdString(formats.runName))
                       .arg(formats.epoch)
                       .arg(formats.totalEpochs)
                       .arg(formats.layers.size());
    text += moving == 0 ? tr(", all settled") : tr(", %1 still moving").arg(moving);
    if (!formats.baselineName.empty()) {
        text += (formats.layers.size() <= kMostLayersAsBoxes ? tr("; outline: %1") : tr("; dotted: %1"))
                    .arg(QString::fromStdString(formats.baselineName));
    }
    return text;
}

void FormatsPainter::paintTitle(QPainter& painter, const QRectF& line, const QString& bold, const QString& rest) const {
    painter.setFont(m_bold);
    painter.setPen(m_colors.text);
    const QFontMetricsF metrics(m_bold);
    const double baseline = line.top() + (line.height() - metrics.height()) / 2 + metrics.ascent();
    painter.drawText(QPointF(12, baseline), bold);
    const double x = 12 + QFontMetricsF(m_bold).horizontalAdvance(bold) + 10;
    painter.setFont(m_small);
    painter.setPen(m_colors.dim);
    painter.drawText(QPointF(x, baseline),
                     QFontMetricsF(m_small).elidedText(rest, Qt::ElideRight, line.right() - x - 12));
}

void FormatsPainter::paint(QPainter& painter) const {
    painter.fillRect(QRectF({0, 0}, m_size), m_colors.base);
    if (m_formats.layers.empty()) return;
    paintTitle(painter, {0, 0, m_size.width(), m_title}, tr("Where the binary point is"), caption(m_formats));
    paintStages(painter);
    if (m_formats.layers.size() <= kMostLayersAsBoxes) {
        paintBoxes(painter);
    } else {
        paintSteps(painter);
    }
    if (m_hasHistory) paintHistory(painter);
    if (m_hasLegend) paintLegend(painter);
}

void FormatsPainter::paintStages(QPainter& painter) const {
    const QFontMetricsF metrics(m_small);
    painter.setFont(m_small);
    for (int bits = 0; bits <= kBits; bits += 2) {
        painter.setPen(QPen(m_colors.grid, 1));
        painter.drawLine(QPointF(m_upper.left(), bitsY(bits)), QPointF(m_upper.right(), bitsY(bits)));
        painter.setPen(m_colors.dim);
        painter.drawText(QRectF(0, bitsY(bits) - metrics.height() / 2, m_left - 8, metrics.height()),
                         Qt::AlignRight | Qt::AlignVCenter, QString::number(bits));
    }
    const auto& layers = m_formats.layers;
    const double labelTop = m_upper.bottom() + 4;
    double lastLabelEnd = 0;
    for (size_t begin = 0; begin < layers.size();) {
        size_t end = begin;
        while (end < layers.size() && layers[end].stage == layers[begin].stage) ++end;
        const double x0 = columnX(static_cast<int>(begin)), x1 = columnX(static_cast<int>(end));
        if (begin > 0) {
            painter.setPen(QPen(m_colors.border, 1));
            painter.drawLine(QPointF(x0, m_upper.top() - 2), QPointF(x0, labelTop + metrics.height()));
        }
        const QString label = QString::fromStdString(layers[begin].stage);
        const double labelWidth = metrics.horizontalAdvance(label);
        const double labelX = (x0 + x1 - labelWidth) / 2;
        // Labels that would touch their neighbour or hang over the edge are dropped.
        if (labelX > lastLabelEnd + 6 && labelX >= m_upper.left() - 14 && labelX + labelWidth <= m_upper.right() + 14 &&
            labelWidth <= std::max(x1 - x0 + 16, 26.0)) {
            painter.setPen(m_colors.dim);
            painter.drawText(QPointF(labelX, labelTop + metrics.ascent()), label);
            lastLabelEnd = labelX + labelWidth;
        }
        begin = end;
    }
    const int selected = m_formats.indexOf(m_look.layer);
    if (selected >= 0) {
        painter.fillRect(QRectF(columnX(selected), m_upper.top() - 2, m_column, m_upper.height() + 4),
                         blend(m_colors.accent, m_colors.base, 0.18));
    }
}

void FormatsPainter::paintBoxes(QPainter& painter) const {
    const double gap = m_column > 24 ? 2 : 1;
    const double box = std::floor(std::clamp(m_column * 0.38, 2.0, 18.0));
    for (size_t i = 0; i < m_formats.layers.size(); ++i) {
        const FormatLayer& layer = m_formats.layers[i];
        if (!layer.report) continue;
        const double middle = columnX(static_cast<int>(i)) + m_column / 2;
        for (const bool isWeight : {false, true}) {
            const FixedPointFormat& format = isWeight ? layer.report->weight_format : layer.report->input_format;
            const QColor color = isWeight ? m_colors.weights : m_colors.inputs;
            const QColor tint = blend(color, m_colors.base, m_colors.isDark ? kIntegerTint + 0.05 : kIntegerTint);
            const double x = std::round(isWeight ? middle + gap / 2 : middle - gap / 2 - box);
            const int words = std::min(format.word_length, kBits);
            for (int bit = 0; bit < words; ++bit) {
                const double top = std::round(bitsY(bit + 1)) + 1, bottom = std::round(bitsY(bit));
                const QRectF cell(x, top, box, std::max(1.0, bottom - top));
                if (format.is_signed && bit == words - 1) {
                    painter.save();
                    painter.setClipRect(cell);
                    painter.setRenderHint(QPainter::Antialiasing);
                    painter.fillRect(cell, blend(color, m_colors.base, 0.08));
                    painter.setPen(QPen(m_colors.dim, 1));
                    for (double s = -cell.height(); s < cell.width() + 4; s += 4) {
                        painter.drawLine(QPointF(cell.left() + s, cell.bottom()),
                                         QPointF(cell.left() + s + cell.height(), cell.top()));
                    }
                    painter.restore();
                } else {
                    painter.fillRect(cell, bit < format.fractional_length ? color : tint);
                }
            }
            if (layer.baseline) {
                const int fl =
                    (isWeight ? layer.baseline->weight_format : layer.baseline->input_format).fractional_length;
                painter.setPen(QPen(m_colors.dim, 1));
                painter.setBrush(Qt::NoBrush);
                if (fl != format.fractional_length) {  // around the boxes, so that it is seen on any of them
                    const double top = std::round(bitsY(fl)), bottom = std::round(bitsY(0));
                    painter.drawRect(QRectF(x - 1.5, top - 0.5, box + 2, bottom - top));
                }
            }
            painter.fillRect(QRectF(x, std::round(bitsY(std::clamp(format.fractional_length, 0, kBits))) - 1, box, 2),
                             m_colors.text);
        }
    }
}

void FormatsPainter::paintSteps(QPainter& painter) const {
    painter.setRenderHint(QPainter::Antialiasing, false);
    const auto paintLine = [&](bool isWeight, bool isBaseline) {
        QPolygonF line;
        const double shift = isWeight ? 1 : -1;  // two lines of one height stay two lines
        for (size_t i = 0; i < m_formats.layers.size(); ++i) {
            const FormatLayer& layer = m_formats.layers[i];
            const auto& report = isBaseline ? layer.baseline : layer.report;
            if (!report) continue;
            const int fl = (isWeight ? report->weight_format : report->input_format).fractional_length;
            const double y = std::round(bitsY(fl)) + shift, x = columnX(static_cast<int>(i));
            line << QPointF(x, y) << QPointF(x + m_column, y);
        }
        const QColor color = isWeight ? m_colors.weights : m_colors.inputs;
        painter.setPen(isBaseline ? QPen(color, 1, Qt::DotLine) : QPen(color, 2));
        painter.drawPolyline(line);
    };
    for (const bool isBaseline : {true, false}) {
        for (const bool isWeight : {false, true}) paintLine(isWeight, isBaseline);
    }
}

void FormatsPainter::paintHistory(QPainter& painter) const {
    paintTitle(painter, lowerTitle().adjusted(0, 0, -m_look.control.width(), 0), tr("How it got there"),
               (m_look.showsWeights ? tr("weight") : tr("input")) +
                   tr(" fractional length, epoch by epoch; the tick marks where a layer settled"));
    const auto& epochs = m_formats.epochs;
    const size_t rows = epochs.size();
    const QFontMetricsF metrics(m_small);
    // The newest row is labelled, so it has room for its number; the others share the rest.
    const double newest = newestRowHeight(m_lower.height(), static_cast<int>(rows), metrics.height());
    const double rowHeight = rows == 1 ? newest : (m_lower.height() - newest) / static_cast<double>(rows - 1);
    const auto rowTop = [&](size_t row) {
        return row + 1 == rows ? m_lower.top()
                               : std::round(m_lower.bottom() - rowHeight * static_cast<double>(row + 1));
    };
    const auto rowMiddle = [&](size_t row) {
        return (rowTop(row) + (row == 0 ? m_lower.bottom() : rowTop(row - 1))) / 2;
    };
    for (size_t i = 0; i < m_formats.layers.size(); ++i) {
        const FormatTrack& track = m_look.showsWeights ? m_formats.layers[i].weight : m_formats.layers[i].input;
        const double x0 = std::round(columnX(static_cast<int>(i))), x1 = std::round(columnX(static_cast<int>(i) + 1));
        const double cellWidth = std::max(1.0, x1 - x0 - (m_column > 6 ? 1 : 0));
        for (size_t row = 0; row < rows;) {
            size_t end = row + 1;
            while (end < rows && track.fractional_lengths[end] == track.fractional_lengths[row]) ++end;
            const QRectF cell(x0, rowTop(end - 1), cellWidth,
                              (row == 0 ? m_lower.bottom() : rowTop(row - 1)) - rowTop(end - 1));
            const int fl = track.fractional_lengths[row];
            if (fl == kNoFormat) {
                painter.fillRect(cell, QBrush(m_colors.border, Qt::BDiagPattern));
            } else {
                painter.fillRect(cell, fractionalLengthColor(m_colors, fl));
                if (end == rows && cellWidth >= 17 && cell.height() >= metrics.height()) {
                    painter.setFont(m_small);
                    painter.setPen(textOn(fractionalLengthColor(m_colors, fl)));
                    painter.drawText(QRectF(cell.left(), cell.top() + 2, cell.width(), metrics.height()),
                                     Qt::AlignCenter, QString::number(fl));
                }
            }
            row = end;
        }
        if (track.flips > 0) {
            const auto at = std::find(epochs.begin(), epochs.end(), track.settled_at);
            const double y =
                at == epochs.begin() ? m_lower.bottom() : rowTop(static_cast<size_t>(at - epochs.begin()) - 1);
            painter.fillRect(QRectF(x0, y - 2, cellWidth, 4), m_colors.base);
            painter.fillRect(QRectF(x0, y - 1, cellWidth, 2), m_colors.text);
        }
    }
    painter.setFont(m_small);
    painter.setPen(m_colors.dim);
    double lastLabel = 1e9;
    for (size_t row = rows; row-- > 0;) {
        const bool isEnd = row + 1 == rows || row == 0;
        if (!isEnd && epochs[row] % (rows > 50 ? 20 : rows > 20 ? 10 : 5) != 0) continue;
        const double y = rowMiddle(row);
        const bool isFirst = row + 1 == rows;
        const bool fits = isFirst || (std::abs(y - lastLabel) > metrics.height() &&
                                      (row == 0 || m_lower.bottom() - y > metrics.height() * 1.4));
        if (!fits) continue;
        painter.drawText(QRectF(0, y - metrics.height() / 2, m_left - 8, metrics.height()),
                         Qt::AlignRight | Qt::AlignVCenter, QString::number(epochs[row]));
        lastLabel = y;
    }
    const auto shown = std::find(epochs.begin(), epochs.end(), m_formats.epoch);
    if (shown != epochs.end() && shown + 1 != epochs.end()) {
        const double y = rowMiddle(static_cast<size_t>(shown - epochs.begin()));
        painter.setPen(QPen(m_colors.text, 1, Qt::DashLine));
        painter.drawLine(QPointF(m_lower.left() - 6, y), QPointF(m_lower.right(), y));
    }
    const int selected = m_formats.indexOf(m_look.layer);
    if (selected >= 0) {
        painter.setPen(QPen(m_colors.accent, 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(
            QRectF(std::round(columnX(selected)), m_lower.top(), std::max(3.0, m_column - 1), m_lower.height()));
    }
}

void FormatsPainter::paintLegend(QPainter& painter) const {
    const QFontMetricsF metrics(m_small);
    const double x = m_upper.right() + kLegendGap, side = 11;
    double y = m_upper.top() + 2;
    painter.setFont(m_small);
    for (const LegendEntry& key : roles()) {
        if (y + side > (m_hasHistory ? lowerTitle().top() : m_size.height())) break;
        if (key.line.style() != Qt::NoPen) {
            painter.fillRect(QRectF(x, y + side / 2 - 1, side, 2), key.line.color());
        } else {
            painter.fillRect(QRectF(x, y, side, side), m_colors.base);
            painter.fillRect(QRectF(x, y, side, side), key.fill);
        }
        painter.setPen(m_colors.text);
        painter.drawText(QPointF(x + side + 7, y + side / 2 + metrics.ascent() / 2 - 1), key.text);
        y += std::max(side + 5, metrics.height() + 1);
    }
    if (!m_hasHistory) return;
    const double step = std::min(m_lower.height() / 9, 20.0);
    for (int fl = kBits; fl >= 0; --fl) {
        const double top = m_lower.top() + step * (kBits - fl);
        painter.fillRect(QRectF(x, top, 18, step - 1), fractionalLengthColor(m_colors, fl));
        if (step < metrics.height() - 2 && fl % (step < metrics.height() / 2 ? 8 : 4) != 0)
            continue;  // no room: both ends and the middle
        painter.setPen(m_colors.text);
        const double middle = top + (step - 1 - metrics.height()) / 2;  // or inside, where the steps are low
        const double textTop =
            std::clamp(middle, m_lower.top() - 1, std::max(m_lower.top(), m_lower.bottom() - metrics.height()));
        painter.drawText(QRectF(x + kLegendText, textTop, m_legendWidth, metrics.height()),
                         Qt::AlignLeft | Qt::AlignVCenter, bitsText(fl));
    }
}

void FormatsPainter::paintCrosshair(QPainter& painter, const QPointF& pointer) const {
    const int layer = layerAt(pointer);
    if (layer < 0) return;
    painter.setPen(QPen(m_colors.dim, 1, Qt::DashLine));
    const double x = std::round(columnX(layer) + m_column / 2) + 0.5, y = std::round(pointer.y()) + 0.5;
    for (const QRectF& area : {m_upper, m_lower}) {
        if (area.isEmpty()) continue;
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
        if (area.contains(pointer)) painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
    }
}

std::vector<LegendEntry> FormatsPainter::roles() const {
    const QPen none(Qt::NoPen);
    std::vector<LegendEntry> roles{{tr("inputs"), none, m_colors.inputs}, {tr("weights"), none, m_colors.weights}};
    if (m_formats.layers.size() <= kMostLayersAsBoxes) {
        roles.push_back({tr("binary point"), QPen(m_colors.text, 2)});
        roles.push_back({tr("integer bits"), none, blend(m_colors.neutral, m_colors.base, 0.35)});
        roles.push_back({tr("sign bit"), none, QBrush(m_colors.dim, Qt::BDiagPattern)});
    }
    return roles;
}

std::vector<LegendEntry> FormatsPainter::legend() const {
    std::vector<LegendEntry> entries = roles();
    for (int bits = kBits; bits >= 0; --bits)
        entries.push_back({bitsText(bits), QPen(Qt::NoPen), fractionalLengthColor(m_colors, bits)});
    return entries;
}

QString FormatsPainter::bitsText(int fractionalLength) {
    return fractionalLength == kBits ? tr("8 fine step")
           : fractionalLength == 0   ? tr("0 wide range")
                                     : QString::number(fractionalLength);
}

int FormatsPainter::layerAt(const QPointF& point) const {
    if (m_formats.layers.empty()) return -1;
    const int layer = static_cast<int>(std::floor((point.x() - m_upper.left()) / m_column));
    return layer >= 0 && layer < static_cast<int>(m_formats.layers.size()) ? layer : -1;
}

int FormatsPainter::epochIndexAt(const QPointF& point) const {
    if (!m_lower.contains(point)) return -1;
    const int rows = static_cast<int>(m_formats.epochs.size());
    const double newest = newestRowHeight(m_lower.height(), rows, QFontMetricsF(m_small).height());
    if (rows == 1 || point.y() < m_lower.top() + newest) return rows - 1;
    return std::clamp(static_cast<int>((m_lower.bottom() - point.y()) / (m_lower.height() - newest) * (rows - 1)), 0,
                      rows - 2);
}

}  // namespace f8net
