// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/distributions/layer_multiples.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QMouseEvent>
#include <QToolTip>
#include <algorithm>
#include <cmath>
#include <functional>

#include "widgets/models/format_data.h"
#include "widgets/plots/plot_actions.h"
#include "widgets/support/colors.h"
#include "widgets/support/focus_ring.h"
#include "widgets/support/fonts.h"
#include "widgets/support/number_text.h"
#include "widgets/support/qcustomplot.h"

namespace f8net {

namespace {

constexpr int kGap = 8;
constexpr int kPictureHeight = 52, kStripHeight = 3;
constexpr double kQuietTail = 0.4;  // of the colour of trouble, for bars that the logarithm makes large
constexpr double kClippedIsTrouble = 0.01;
constexpr double kWindow = 1.5, kLowestUnsigned = -0.5;  // ends of the pictures, in ranges of the format

LayerMultiples::Shares sharesOf(const TensorDistribution& distribution) {
    if (!distribution.report) return {};
    const LayerFormatReport& report = *distribution.report;
    if (isWeightTensor(distribution.histogram.tensor)) return {0, report.weight_clipped_share};
    return {report.input_format.is_signed ? 0 : report.input_negative_share, report.input_clipped_share};
}

double badnessOf(const TensorDistribution& distribution, double clippedShare) {
    if (distribution.histogram.tensor != tensor::kAccumulator) return clippedShare;
    if (!distribution.report) return -1e9;
    return -accumulatorBitsLeft(distribution.histogram, *distribution.report).value_or(1e9);
}

}  // namespace

LayerMultiples::LayerMultiples(QWidget* parent) : QWidget(parent), m_actions(new PlotActions(*this)) {
    setFocusPolicy(Qt::StrongFocus);
    m_actions->becomeContextMenu();
    describeToAssistants(*this);
}

void LayerMultiples::setDistributions(const DistributionsData& distributions, const Options& options) {
    m_cells.clear();
    for (const TensorDistribution& each : distributions.tensors) {
        Cell cell;
        cell.distribution = each;
        cell.layer = QString::fromStdString(each.histogram.layer);
        cell.bins = makeBins(each.histogram, each.format);
        if (options.hasBaseline && each.baseline) cell.outline = outlineIn(cell.bins, *each.baseline);
        cell.hasFormat = each.format.has_value() && each.histogram.tensor != tensor::kAccumulator;
        if (cell.hasFormat) cell.shares = f8net::sharesOf(each);
        cell.badness = badnessOf(each, cell.shares.clipped);
        cell.isTrouble = cell.shares.clipped > kClippedIsTrouble;
        m_cells.push_back(std::move(cell));
    }
    if (options.isWorstFirst) std::ranges::stable_sort(m_cells, std::greater(), &Cell::badness);
    describeToAssistants(*this);
    updateGeometry();
    update();
}

LayerMultiples::Shares LayerMultiples::sharesOf(const QString& layer) const {
    const int cell = indexOf(layer);
    return cell < 0 ? Shares() : m_cells[static_cast<size_t>(cell)].shares;
}

const std::string& LayerMultiples::tensor() const {
    static const std::string none;
    return m_cells.empty() ? none : m_cells.front().distribution.histogram.tensor;
}

QString LayerMultiples::plotTitle() const {
    return tr("%1 of all layers").arg(tensorTitle(tensor()));
}

QString LayerMultiples::plotSentence() const {
    const auto clipping =
        std::count_if(m_cells.begin(), m_cells.end(), [](const Cell& cell) { return cell.isTrouble; });
    return clipping == 1 ? tr("%1 layers, 1 of them clips more than 1 %").arg(m_cells.size())
                         : tr("%1 layers, %2 of them clip more than 1 %").arg(m_cells.size()).arg(clipping);
}

PlotTable LayerMultiples::plotTable() const {
    PlotTable table{{tr("Layer"), tr("Format"), tr("Clipped"), tr("Smallest"), tr("Largest"), tr("Mean"), tr("Sigma")},
                    {}};
    for (const Cell& cell : m_cells) {
        const HistogramReport& histogram = cell.distribution.histogram;
        table.rows.push_back({cell.layer, cell.hasFormat ? text::format(*cell.distribution.format) : text::none(),
                              cell.hasFormat ? cell.shares.clipped : std::nan(""), histogram.minimum, histogram.maximum,
                              histogram.mean, histogram.standard_deviation});
    }
    return table;
}

QColor LayerMultiples::roleColor() const {
    const Colors& colors = colorsOf(this);
    return isWeightTensor(tensor()) ? colors.weights : tensor() == tensor::kInput ? colors.inputs : colors.neutral;
}

std::vector<LegendEntry> LayerMultiples::plotLegend() const {
    const Colors& colors = colorsOf(this);
    const QPen none(Qt::NoPen);
    std::vector<LegendEntry> entries{{tr("representable"), none, roleColor()}};
    const auto has = [this](auto what) { return std::ranges::any_of(m_cells, what); };
    if (has([](const Cell& cell) { return cell.shares.zeroed > 0; }))
        entries.push_back({tr("set to zero"), none, colors.zeroed});
    if (has([](const Cell& cell) { return cell.hasFormat; }))
        entries.push_back({tr("clipped (strip: its share of the values)"), none, colors.trouble});
    if (has([](const Cell& cell) { return !cell.outline.empty(); }))
        entries.push_back({tr("baseline"), QPen(colors.dim, 1)});
    return entries;
}

void LayerMultiples::paintPlot(QCPPainter& painter, const QSize&) {
    painter.fillRect(rect(), colorsOf(this).base);
    paintCells(&painter, rect());
}

void LayerMultiples::setLayer(const QString& layer) {
    m_layer = layer;
    update();
}

int LayerMultiples::columns(int width) const {
    const int narrowest = QFontMetrics(smallFont(font())).horizontalAdvance("stage_0_layer_0.body.0") + 14;
    return std::max(1, (width + kGap) / (narrowest + kGap));
}

int LayerMultiples::cellHeight() const {
    return QFontMetrics(smallFont(font())).height() * 2 + kPictureHeight + kStripHeight + 12;
}

int LayerMultiples::heightForWidth(int width) const {
    const int count = numLayers(), perRow = columns(width);
    return std::max(1, (count + perRow - 1) / perRow) * (cellHeight() + kGap);
}

QRect LayerMultiples::rectOf(int cell) const {
    const int perRow = columns(width());
    const double cellWidth = (width() - kGap * (perRow - 1.0)) / perRow;
    const int left = static_cast<int>(std::lround(cell % perRow * (cellWidth + kGap)));
    return {left, cell / perRow * (cellHeight() + kGap), static_cast<int>(cellWidth), cellHeight()};
}

int LayerMultiples::cellAt(const QPoint& point) const {
    for (int i = 0; i < numLayers(); ++i) {
        if (rectOf(i).contains(point)) return i;
    }
    return -1;
}

int LayerMultiples::indexOf(const QString& layer) const {
    const auto at = std::find_if(m_cells.begin(), m_cells.end(), [&](const Cell& cell) { return cell.layer == layer; });
    return at == m_cells.end() ? -1 : static_cast<int>(at - m_cells.begin());
}

QRect LayerMultiples::cellRect(const QString& layer) const {
    const int cell = indexOf(layer);
    return cell < 0 ? QRect() : rectOf(cell);
}

void LayerMultiples::paintEvent(QPaintEvent* event) {
    QPainter painter(this);
    painter.fillRect(event->rect(), colorsOf(this).base);
    paintCells(&painter, event->rect());
    paintFocusRing(painter, *this);
}

void LayerMultiples::paintCells(QPainter* painter, const QRect& exposed) const {
    for (int i = 0; i < numLayers(); ++i) {
        const QRect rect = rectOf(i);
        if (rect.intersects(exposed)) paintCell(painter, m_cells[static_cast<size_t>(i)], rect);
    }
}

void LayerMultiples::paintCell(QPainter* painter, const Cell& cell, const QRect& rect) const {
    const Colors& colors = colorsOf(this);
    const bool isChosen = cell.layer == m_layer;
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(isChosen ? colors.accent : colors.border, isChosen ? 2 : 1));
    painter->setBrush(colors.alternate);
    painter->drawRoundedRect(QRectF(rect).adjusted(1, 1, -1, -1), 3, 3);
    painter->setRenderHint(QPainter::Antialiasing, false);
    const QFont small = smallFont(font());
    const QFontMetrics metrics(small);
    painter->setFont(small);
    painter->setPen(colors.text);
    const QRect text = rect.adjusted(7, 4, -7, 0);
    // The end of a name tells layers apart.
    painter->drawText(text, Qt::AlignLeft | Qt::AlignTop,
                      metrics.elidedText(cell.layer, Qt::ElideMiddle, text.width()));

    const QRectF area(rect.left() + 7, rect.top() + 6 + metrics.height(), rect.width() - 14, kPictureHeight);
    const HistogramBins& bins = cell.bins;
    double highest = 1;
    for (const double count : bins.counts) highest = std::max(highest, count);
    const double top = std::log10(2 * highest);
    // The end of the range stands at the same place in each picture.
    const double lower =
        bins.isLimitShown ? *bins.upperLimit * (bins.lowerLimit ? -kWindow : kLowestUnsigned) : bins.lower;
    const double upper = bins.isLimitShown ? *bins.upperLimit * kWindow : bins.upper();
    const auto xOf = [&](double value) {
        return area.left() + (std::clamp(value, lower, upper) - lower) / (upper - lower) * area.width();
    };
    // A tail of some values in a million takes as much room as one of every tenth: its colour is no louder than it is.
    const QColor tail = blend(colors.trouble, colors.alternate, cell.isTrouble ? 1 : kQuietTail);
    const auto heightOf = [&](double count) {
        return count > 0 ? std::round(std::max(1.0, area.height() * std::log10(2 * count) / top)) : 0;
    };
    for (size_t i = 0; i < bins.size(); ++i) {
        if (bins.counts[i] <= 0) continue;
        const double x0 = std::floor(xOf(bins.edge(i))), x1 = std::max(x0 + 1, std::floor(xOf(bins.edge(i + 1))));
        const double height = heightOf(bins.counts[i]);
        painter->fillRect(QRectF(x0, std::round(area.bottom()) - height, x1 - x0, height),
                          bins.regions[i] == BinRegion::kSaturated ? tail
                          : bins.regions[i] == BinRegion::kZeroed  ? colors.zeroed
                                                                   : roleColor());
    }
    if (!cell.outline.empty()) {
        QPolygonF line;
        for (size_t i = 0; i < bins.size(); ++i) {
            const double y = std::round(area.bottom()) - std::min(heightOf(cell.outline[i]), area.height());
            line << QPointF(std::floor(xOf(bins.edge(i))), y) << QPointF(std::floor(xOf(bins.edge(i + 1))), y);
        }
        painter->setPen(QPen(colors.dim, 1));
        painter->setBrush(Qt::NoBrush);
        painter->drawPolyline(line);
    }
    painter->setPen(QPen(colors.border, 1));
    painter->drawLine(area.bottomLeft(), area.bottomRight());
    if (bins.isLimitShown) {
        painter->setPen(QPen(colors.trouble, 1));
        for (const auto& limit : {bins.lowerLimit, bins.upperLimit}) {
            if (limit)
                painter->drawLine(QPointF(std::round(xOf(*limit)), area.top()),
                                  QPointF(std::round(xOf(*limit)), area.bottom()));
        }
    }
    if (cell.hasFormat) paintStrip(painter, cell, QRectF(area.left(), area.bottom() + 2, area.width(), kStripHeight));
    const QRectF foot(area.left(), area.bottom() + kStripHeight + 4, area.width(), metrics.height());
    painter->setPen(colors.dim);
    painter->drawText(foot, Qt::AlignLeft | Qt::AlignVCenter,
                      cell.hasFormat ? text::format(*cell.distribution.format) : text::axisNumber(bins.lower));
    if (cell.hasFormat) {
        QFont bold = small;
        bold.setBold(cell.isTrouble);
        painter->setFont(bold);
        painter->setPen(cell.isTrouble ? colors.trouble : colors.dim);
        painter->drawText(foot, Qt::AlignRight | Qt::AlignVCenter,
                          tr("%1 clipped").arg(text::percent(cell.shares.clipped)));
    } else {
        painter->drawText(foot, Qt::AlignRight | Qt::AlignVCenter, text::axisNumber(bins.upper()));
    }
}

void LayerMultiples::paintStrip(QPainter* painter, const Cell& cell, const QRectF& strip) const {
    const Colors& colors = colorsOf(this);
    painter->setRenderHint(QPainter::Antialiasing);  // a share below a pixel is a paler one
    painter->fillRect(strip, roleColor());
    QRectF part = strip;
    part.setWidth(strip.width() * cell.shares.zeroed);
    painter->fillRect(part, colors.zeroed);
    part.setLeft(strip.right() - strip.width() * cell.shares.clipped);
    part.setRight(strip.right());
    painter->fillRect(part, colors.trouble);
    painter->setRenderHint(QPainter::Antialiasing, false);
}

void LayerMultiples::mousePressEvent(QMouseEvent* event) {
    const int cell = cellAt(event->pos());
    if (cell >= 0) Q_EMIT layerClicked(m_cells[static_cast<size_t>(cell)].layer);
}

void LayerMultiples::keyPressEvent(QKeyEvent* event) {
    const int perRow = columns(width());
    const int by = event->key() == Qt::Key_Left    ? -1
                   : event->key() == Qt::Key_Right ? 1
                   : event->key() == Qt::Key_Up    ? -perRow
                   : event->key() == Qt::Key_Down  ? perRow
                                                   : 0;
    if (by == 0 || m_cells.empty()) {
        QWidget::keyPressEvent(event);
        return;
    }
    const int cell = std::clamp(indexOf(m_layer) + by, 0, numLayers() - 1);
    Q_EMIT layerClicked(m_cells[static_cast<size_t>(cell)].layer);
}

bool LayerMultiples::event(QEvent* event) {
    if (event->type() == QEvent::PaletteChange) update();
    if (event->type() != QEvent::ToolTip) return QWidget::event(event);
    auto* help = static_cast<QHelpEvent*>(event);
    const int cell = cellAt(help->pos());
    if (cell < 0) {
        QToolTip::hideText();
    } else {
        const Cell& each = m_cells[static_cast<size_t>(cell)];
        QToolTip::showText(help->globalPos(), each.layer + "\n" + sentenceOf(each.distribution), this);
    }
    return true;
}

}  // namespace f8net
