// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/distributions/histogram_plot.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "widgets/distributions/code_ruler.h"
#include "widgets/support/colors.h"
#include "widgets/support/number_text.h"
#include "widgets/support/plot_theme.h"

namespace f8net {

namespace {

constexpr double kLeastCount = 0.5;
constexpr double kBandOpacity = 0.08;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
// Room for six digits, so that histograms align; title and the ranges' labels; nothing; the two axes make their own.

QColor withAlpha(QColor color, double alpha) {
    color.setAlphaF(static_cast<float>(alpha));
    return color;
}

}  // namespace

HistogramPlot::HistogramPlot(QWidget* parent) : Chart(parent) {
    m_codes = axisRect()->addAxis(QCPAxis::atBottom);
    m_codes->setLayer("axes");
    m_codes->grid()->setVisible(false);
    m_codes->setLowerEnding(QCPLineEnding::esNone);
    m_codes->setUpperEnding(QCPLineEnding::esNone);
    setLogarithmic(m_codes, false);
    setLogarithmic(yAxis, true);
    connect(xAxis, qOverload<const QCPRange&>(&QCPAxis::rangeChanged), this, [this](const QCPRange& range) {
        if (m_bins.step > 0)
            m_codes->setRange(range.lower / m_bins.step / m_scale, range.upper / m_bins.step / m_scale);
    });
    m_ruler = new CodeRuler(this, m_codes);
    const auto makeText = [this](Qt::Alignment alignment) {
        auto* text = new QCPItemText(this);
        text->setLayer("limits");
        text->setSelectable(false);
        text->setClipToAxisRect(false);
        text->setPositionAlignment(alignment);
        text->setPadding(QMargins(4, 1, 4, 1));
        return text;
    };
    m_caption = makeText(Qt::AlignLeft | Qt::AlignTop);
    m_caption->position->setType(QCPItemPosition::ptAbsolute);
    m_below = makeText(Qt::AlignLeft | Qt::AlignTop);
    m_above = makeText(Qt::AlignRight | Qt::AlignTop);
    for (QCPItemText* note : {m_below, m_above}) {
        note->position->setType(QCPItemPosition::ptAxisRectRatio);
        note->position->setCoords(note == m_below ? 0.004 : 0.996, 0);
    }
    restyle();
}

void HistogramPlot::setDistribution(const TensorDistribution& distribution, const Options& options) {
    m_distribution = distribution;
    m_options = options;
    m_bins = makeBins(distribution.histogram, distribution.format);
    m_outline.clear();
    if (options.hasBaseline && distribution.baseline) m_outline = outlineIn(m_bins, *distribution.baseline);
    rebuild();
}

QColor HistogramPlot::regionColor(BinRegion region) const {
    const Colors& colors = colorsOf(this);
    if (region == BinRegion::kZeroed) return colors.zeroed;
    if (region == BinRegion::kSaturated) return colors.trouble;
    const std::string& kind = m_distribution.histogram.tensor;
    return isWeightTensor(kind) ? colors.weights : kind == tensor::kInput ? colors.inputs : colors.neutral;
}

void HistogramPlot::addBars(BinRegion region) {
    auto* bars = new QCPBars(xAxis, yAxis);
    bars->setAntialiased(false);
    bars->setBaseValue(kLeastCount);
    bars->setWidthType(QCPBars::wtPlotCoords);
    // Neighbours touch: an edge that both compute for themselves may round to two pixels.
    constexpr double kOverlap = 1e-6;
    bars->setWidth(m_bins.width * m_scale * (1 + kOverlap));
    bars->setPen(Qt::NoPen);
    bars->setBrush(regionColor(region));
    bars->setSelectable(QCP::stNone);
    QVector<double> keys, counts;
    for (size_t i = 0; i < m_bins.size(); ++i) {
        if (m_bins.regions[i] != region || m_bins.counts[i] <= 0) continue;
        keys << (m_bins.edge(i) + m_bins.width / 2) * m_scale;
        counts << m_bins.counts[i];
    }
    bars->setData(keys, counts, true);
}

void HistogramPlot::addOutline() {
    if (m_outline.empty()) return;
    QVector<double> x, y;
    for (size_t i = 0; i <= m_bins.size(); ++i) {
        x << m_bins.edge(i) * m_scale;
        y << std::max(kLeastCount / 2, m_outline[std::min(i, m_bins.size() - 1)]);
    }
    QCPGraph* graph = addGraph();
    graph->setLineStyle(QCPGraph::lsStepLeft);
    graph->setAdaptiveSampling(false);
    graph->setData(x, y, true);
    graph->setPen(QPen(colorsOf(this).text, 1, Qt::DotLine));
    graph->setAntialiased(false);
    graph->setSelectable(QCP::stNone);
}

void HistogramPlot::addRanges() {
    const Colors& colors = colorsOf(this);
    std::vector<RangeOverlay> ranges;
    const auto zone = [&](double from, double to, const QColor& color) {
        ranges.push_back({from, to, withAlpha(color, kBandOpacity), QPen(Qt::NoPen), {}});
    };
    const auto limit = [&](double value, const QString& label, const QColor& color) {
        ranges.push_back({value, value, Qt::NoBrush, QPen(color, 1.5), label});
    };
    if (m_bins.upperLimit && m_bins.isLimitShown) {
        const FixedPointFormat& format = *m_distribution.format;
        if (m_bins.lowerLimit) {
            zone(-kInfinity, *m_bins.lowerLimit * m_scale, colors.trouble);
            limit(*m_bins.lowerLimit * m_scale, text::significant(format.min_value() * m_scale), colors.trouble);
        } else if (m_bins.lower < 0) {
            zone(-kInfinity, 0, colors.neutral);
            limit(0, tr("ReLU: 0"), colors.dim);
        }
        zone(*m_bins.upperLimit * m_scale, kInfinity, colors.trouble);
        // One line, two names: the largest code in scaled units is the clipping level in real ones.
        const QString maximum = tr("max %1").arg(text::significant(format.max_value()));
        QString label = maximum;
        if (const auto level = clipLevelOf(m_distribution)) {
            const QString alpha = tr("clipping level %1 = %2").arg(QChar(0x03B1)).arg(text::significant(*level));
            label = m_scale != 1 ? tr("%1 (%2)").arg(alpha, maximum) : tr("%1 (%2)").arg(maximum, alpha);
        }
        limit(*m_bins.upperLimit * m_scale, label, colors.trouble);
    }
    setRanges(Qt::Horizontal, std::move(ranges));
    const QFontMetrics small(xAxis->tickLabelFont());
    axisRect()->setMinimumMargins({std::max(62, small.horizontalAdvance("value") + small.height() + 16),
                                   small.height() + 11 + RangeOverlayItem::labelBand(font()), 12, 30});
}

void HistogramPlot::addNote(QCPItemText* note, double collected, bool isRight) {
    const Colors& colors = colorsOf(this);
    const BinRegion region = isRight ? m_bins.regions.back() : m_bins.regions.front();
    QString text;
    if (collected > 0) text = tr("%1 beyond").arg(text::percent(collected / m_bins.total));
    if (isRight && m_bins.upperLimit && !m_bins.isLimitShown)
        text = tr("the range ends at %1").arg(text::significant(m_distribution.format->max_value()));
    note->setVisible(!text.isEmpty());
    note->setText(text);
    note->setColor(region == BinRegion::kSaturated ? colors.trouble : colors.dim);
}

void HistogramPlot::fitCounts() {
    double highest = 1;
    for (const auto* counts : {&m_bins.counts, &m_outline}) {
        for (const double count : *counts) highest = std::max(highest, count);
    }
    // In decades, as the axis has them.
    const double noteHeight =
        m_below->visible() || m_above->visible() ? QFontMetricsF(m_above->font()).height() + 8 : 0;
    constexpr double kMostForNotes = 0.5;
    const double share = std::min(noteHeight / std::max(1, axisRect()->height()), kMostForNotes);
    const double upper = noteHeight > 0 ? kLeastCount * std::pow(highest / kLeastCount, 1 / (1 - share)) : highest * 2;
    setHome(m_xHome, {kLeastCount, upper});
}

void HistogramPlot::resizeEvent(QResizeEvent* event) {
    Chart::resizeEvent(event);
    if (m_bins.size() > 0) fitCounts();
}

QRectF HistogramPlot::noteRect(bool isRight) const {
    const QCPItemText* note = isRight ? m_above : m_below;
    return note->visible() ? QRectF(note->topLeft->pixelPosition(), note->bottomRight->pixelPosition()) : QRectF();
}

void HistogramPlot::rebuild() {
    clearPlottables();
    setTitle(tensorTitle(m_distribution.histogram.tensor));
    m_caption->setText(captionOf(m_distribution));
    QFont bold = font();
    bold.setBold(true);
    m_caption->position->setCoords(16 + QFontMetricsF(bold).horizontalAdvance(plotTitle()), 7);
    if (m_bins.size() == 0) return;
    const bool isReal = m_options.isRealUnits && clipLevelOf(m_distribution) && m_distribution.report->clip_scale > 0;
    m_scale = isReal ? m_distribution.report->clip_scale : 1;
    for (const BinRegion region : {BinRegion::kZeroed, BinRegion::kRepresentable, BinRegion::kSaturated})
        addBars(region);
    addOutline();
    addRanges();
    addNote(m_below, m_bins.below, false);
    addNote(m_above, m_bins.above, true);
    m_codes->setVisible(m_bins.step > 0);
    m_ruler->setStep(m_bins.step * m_scale);
    const double lower = m_bins.lower * m_scale, upper = m_bins.upper() * m_scale;
    const double margin = (upper - lower) * 0.005;
    m_xHome = {lower - margin, upper + margin};
    fitCounts();
    // The same range in other codes is no change that the axis would tell.
    if (m_bins.step > 0)
        m_codes->setRange(xAxis->range().lower / m_bins.step / m_scale, xAxis->range().upper / m_bins.step / m_scale);
    describeToAssistants(*this);
    setAccessibleName(tensorTitle(m_distribution.histogram.tensor) + ", " +
                      QString::fromStdString(m_distribution.histogram.layer));
}

void HistogramPlot::restyle() {
    const Colors& colors = colorsOf(this);
    m_codes->setBasePen(Qt::NoPen);  // one frame is enough
    m_ruler->setColors(colors.dim, colors.outline);
    QFont small = xAxis->tickLabelFont();
    for (QCPItemText* text : {m_caption, m_below, m_above}) text->setFont(small);
    m_caption->setColor(colors.dim);
    rebuild();
}

HoverTable HistogramPlot::hoverTable(double x) const {
    if (m_bins.size() == 0) return {};
    const size_t bin = m_bins.binAt(x / m_scale);
    const double top = yAxis->coordToPixel(std::max(kLeastCount, m_bins.counts[bin]));
    HoverTable table{binTitle(m_bins, bin), {}};
    table.rows.push_back(
        {regionColor(m_bins.regions[bin]), text::count(std::llround(m_bins.counts[bin])),
         tr("%1, %2").arg(text::percent(m_bins.counts[bin] / m_bins.total), regionName(m_bins.regions[bin])), top});
    if (!m_outline.empty()) {
        table.rows.push_back({colorsOf(this).text, text::count(std::llround(m_outline[bin])), tr("baseline"),
                              yAxis->coordToPixel(std::max(kLeastCount, m_outline[bin]))});
    }
    return table;
}

QString HistogramPlot::plotSentence() const {
    return QString::fromStdString(m_distribution.histogram.layer) + ", " + sentenceOf(m_distribution);
}

PlotTable HistogramPlot::plotTable() const {
    PlotTable table{{tr("From"), tr("To"), tr("Codes"), tr("Values"), tr("Share"), tr("In this format")}, {}};
    if (!m_outline.empty()) table.columns << tr("Baseline");
    for (size_t bin = 0; bin < m_bins.size(); ++bin) {
        QVariantList row{m_bins.edge(bin),
                         m_bins.edge(bin + 1),
                         codesOf(m_bins, bin),
                         static_cast<qlonglong>(std::llround(m_bins.counts[bin])),
                         m_bins.counts[bin] / m_bins.total,
                         regionName(m_bins.regions[bin])};
        if (!m_outline.empty()) row << m_outline[bin];
        table.rows.push_back(std::move(row));
    }
    return table;
}

std::vector<LegendEntry> HistogramPlot::plotLegend() const {
    std::vector<LegendEntry> entries;
    for (const BinRegion region : {BinRegion::kZeroed, BinRegion::kRepresentable, BinRegion::kSaturated}) {
        if (std::find(m_bins.regions.begin(), m_bins.regions.end(), region) != m_bins.regions.end())
            entries.push_back({regionName(region), QPen(Qt::NoPen), regionColor(region)});
    }
    if (!m_outline.empty()) entries.push_back({tr("baseline"), QPen(colorsOf(this).text, 1, Qt::DotLine), Qt::NoBrush});
    return entries;
}

}  // namespace f8net
