// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/predictions/error_chart.h"

#include <QApplication>
#include <algorithm>
#include <cmath>

#include "widgets/models/format_data.h"
#include "widgets/support/colors.h"
#include "widgets/support/number_text.h"

namespace f8net {

namespace {

constexpr double kPercent = 100;

}  // namespace

ErrorChart::ErrorChart(QWidget* parent) : Chart(parent) {
    setTitle(tr("Relative error over depth [%]"));
}

void ErrorChart::setFlips(std::shared_ptr<const FlipsData> found, std::optional<size_t> image) {
    const bool isOther = found != m_data;
    m_data = std::move(found);
    m_image = image;
    if (isOther) resetZoom();
    rebuild();
}

void ErrorChart::setLayer(const QString& layer) {
    if (layer == m_layer) return;
    m_layer = layer;
    rebuild();
}

const FlippedImage* ErrorChart::image() const {
    return m_data && m_image ? &m_data->flips.flipped[*m_image] : nullptr;
}

std::vector<ErrorChart::Line> ErrorChart::lines() const {
    if (!m_data) return {};
    const Colors& colors = colorsOf(this);
    std::vector<double> ofAll, ofFlipped;
    for (const LayerDeviation& layer : m_data->flips.layers) {
        ofAll.push_back(layer.relative_error);
        ofFlipped.push_back(layer.relative_error_of_flipped);
    }
    std::vector<Line> all{{tr("mean of all images"), QPen(colors.dim, 1.5, Qt::DashLine), std::move(ofAll)}};
    if (!m_data->flips.flipped.empty()) {
        all.push_back({tr("mean of those that change"), QPen(colors.dim, 1.5), std::move(ofFlipped)});
    }
    if (const FlippedImage* shown = image()) {
        all.push_back({tr("image %1").arg(shown->image), QPen(colors.accent, 2), shown->errors});
    }
    return all;
}

void ErrorChart::rebuild() {
    clearPlottables();
    const Colors& colors = colorsOf(this);
    double highest = 0;
    for (const Line& line : lines()) {
        QVector<double> x, y;
        for (size_t i = 0; i < line.errors.size(); ++i) {
            x.append(static_cast<double>(i));
            y.append(kPercent * line.errors[i]);
            highest = std::max(highest, y.last());
        }
        QCPGraph* graph = addGraph();
        graph->setAdaptiveSampling(false);
        graph->setSelectable(QCP::stNone);
        graph->setPen(line.pen);
        if (line.pen.color() == colors.accent) {
            graph->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, colors.accent, 5));
        }
        graph->setData(x, y, true);
    }

    // What the grey means are the card says, and the legend of an export: here they are the ground it stands before.
    setTitle(image() ? tr("Relative error [%], image %1").arg(image()->image) : tr("Relative error [%], means"));
    const auto layers = m_data ? static_cast<double>(m_data->flips.layers.size()) : 1.0;
    const QSharedPointer<QCPAxisTickerText> ticker(new QCPAxisTickerText);
    std::string stage;
    double lastTick = -layers;
    for (int i = 0; i < static_cast<int>(layers) && m_data; ++i) {
        const std::string now = stageOf(m_data->flips.layers[static_cast<size_t>(i)].layer);
        // Names that would run into each other are left out; the card has them all.
        if (now != stage && i - lastTick >= layers / 9) {
            ticker->addTick(i, QString::fromStdString(now));
            lastTick = i;
        }
        stage = now;
    }
    xAxis->setTicker(ticker);

    std::vector<RangeOverlay> ranges;
    if (const int chosen = m_data ? m_data->layerIndex(m_layer) : -1; chosen >= 0) {
        RangeOverlay range;
        range.lower = chosen - 0.5;
        range.upper = chosen + 0.5;
        range.fill = blend(colors.accent, colors.base, 0.2);
        ranges.push_back(std::move(range));
    }
    if (const FlippedImage* shown = image()) {
        RangeOverlay limit;
        limit.lower = limit.upper = m_data->layerIndex(QString::fromStdString(shown->grew_at));
        limit.edge = QPen(colors.trouble, 1, Qt::DashLine);
        limit.label = tr("grew most");
        ranges.push_back(std::move(limit));
    }
    setRanges(Qt::Horizontal, std::move(ranges));
    setHome({-0.5, layers - 0.5}, {0, highest > 0 ? 1.06 * highest : 1});
    describeToAssistants(*this);
    replotSoon();
}

void ErrorChart::restyle() {
    rebuild();
}

int ErrorChart::layerAt(double x) const {
    const auto index = static_cast<int>(std::lround(x));
    return m_data && index >= 0 && index < static_cast<int>(m_data->flips.layers.size()) ? index : -1;
}

QString ErrorChart::plotSentence() const {
    if (!m_data || m_data->flips.layers.empty()) return {};
    const QString last = text::percent(m_data->flips.layers.back().relative_error);
    const FlippedImage* shown = image();
    if (!shown) return tr("The error at the last layer is %1 of its values, mean of all images.").arg(last);
    return tr("The error of image %1 grew most at %2, from %3 to %4; at the last layer it is %5 (mean of all images "
              "%6).")
        .arg(QString::number(shown->image), QString::fromStdString(shown->grew_at), text::percent(shown->error_before),
             text::percent(shown->error_after), text::percent(shown->errors.back()), last);
}

PlotTable ErrorChart::plotTable() const {
    PlotTable table{{tr("Layer")}, {}};
    const std::vector<Line> all = lines();
    for (const Line& line : all) table.columns << line.name + " [%]";
    for (size_t i = 0; m_data && i < m_data->flips.layers.size(); ++i) {
        QVariantList row{QString::fromStdString(m_data->flips.layers[i].layer)};
        for (const Line& line : all) row << kPercent * line.errors[i];
        table.rows.push_back(std::move(row));
    }
    return table;
}

std::vector<LegendEntry> ErrorChart::plotLegend() const {
    std::vector<LegendEntry> entries;
    for (const Line& line : lines()) entries.push_back({line.name, line.pen});
    return entries;
}

HoverTable ErrorChart::hoverTable(double x) const {
    HoverTable table;
    const int index = layerAt(x);
    if (index < 0) return table;
    table.heading = QString::fromStdString(m_data->flips.layers[static_cast<size_t>(index)].layer);
    for (const Line& line : lines()) {
        const double error = line.errors[static_cast<size_t>(index)];
        table.rows.push_back(
            {line.pen.color(), text::percent(error), line.name, yAxis->coordToPixel(kPercent * error)});
    }
    return table;
}

void ErrorChart::choose(double x) {
    if (const int index = layerAt(x); index >= 0) {
        Q_EMIT layerClicked(QString::fromStdString(m_data->flips.layers[static_cast<size_t>(index)].layer));
    }
}

void ErrorChart::mousePressEvent(QMouseEvent* event) {
    m_pressed = event->pos();
    Chart::mousePressEvent(event);
}

void ErrorChart::mouseReleaseEvent(QMouseEvent* event) {
    Chart::mouseReleaseEvent(event);
    const bool isClick = (event->pos() - m_pressed).manhattanLength() < QApplication::startDragDistance();
    if (isClick && event->button() == Qt::LeftButton && axisRect()->rect().contains(event->pos())) {
        choose(xAxis->pixelToCoord(event->position().x()));
    }
}

void ErrorChart::keyPressEvent(QKeyEvent* event) {
    if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && crosshair()) {
        choose(*crosshair());
        return;
    }
    Chart::keyPressEvent(event);
}

}  // namespace f8net
