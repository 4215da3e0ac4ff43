// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/sigma/sigma_chart.h"

#include <QApplication>
#include <algorithm>
#include <cmath>
#include <limits>

#include "widgets/support/colors.h"
#include "widgets/support/number_text.h"
#include "widgets/support/plot_theme.h"

namespace f8net {

namespace {

constexpr double kLowest = 1e-3, kHighest = 1e3;
constexpr double kLowestError = 2e-3, kHighestError = 2;
constexpr double kRug = 2.3e-3;  // heights of the rug, on the axis of errors
// Where the curves are named: on the arm of too coarse a step, or, where that is not shown, of too small a range.
constexpr double kCoarseNamed = 0.12, kSmallNamed = 0.35;
constexpr double kAround = 6, kLeastWidth = 100;  // what is shown of the marks' surroundings, as factors of sigma

}  // namespace

SigmaChart::SigmaChart(bool isSigned, QWidget* parent) : Chart(parent), m_isSigned(isSigned) {
    setTitle(isSigned ? tr("Signed: relative error, best FL above") : tr("Unsigned: relative error, best FL above"));
    setLogarithmic(xAxis, true);
    setLogarithmic(yAxis, true);
    xAxis->setLabel(tr("sigma of the data"));
    setHome({kLowest, kHighest}, {kLowestError, kHighestError});
}

/// Six decades would pile all layers up in a few pixels: where there are some, they and what surrounds them.
QCPRange SigmaChart::sigmasShown() const {
    double lowest = kHighest, highest = kLowest;
    for (const LayerMark& mark : m_data->marks) {
        lowest = std::min(lowest, mark.sigma);
        highest = std::max(highest, mark.sigma);
    }
    if (lowest > highest) return {kLowest, kHighest};
    const double wider = std::max(1.0, std::sqrt(kLeastWidth / (highest / lowest * kAround * kAround)));
    return {std::max(kLowest, lowest / kAround / wider), std::min(kHighest, highest * kAround * wider)};
}

void SigmaChart::nameCurve(int length) {
    const ErrorCurves& curves = study().expected;
    const auto& errors = curves.errors[static_cast<size_t>(length)];
    const auto lowest = std::min_element(errors.begin(), errors.end());
    const auto coarse = std::find_if(errors.begin(), lowest, [](double error) { return error <= kCoarseNamed; });
    const auto small = std::find_if(lowest, errors.end(), [](double error) { return error >= kSmallNamed; });
    const QCPRange shown = sigmasShown();
    const double room = std::pow(shown.upper / shown.lower, 0.02);  // the number is not cut at the edge
    const auto sigmaAt = [&](auto error) { return curves.sigmas[static_cast<size_t>(error - errors.begin())]; };
    const auto isShown = [&](auto error) {
        return error != errors.end() && sigmaAt(error) >= shown.lower * room && sigmaAt(error) <= shown.upper / room;
    };
    auto at = isShown(coarse) ? coarse : small;
    if (!isShown(at)) {  // both arms are outside: where it comes in
        at = errors.begin();
        while (at != errors.end() && sigmaAt(at) < shown.lower * room) ++at;
        if (at == errors.end()) return;
    }
    auto* name = new QCPItemText(this);
    name->setLayer("limits");
    name->setSelectable(false);
    name->position->setCoords(sigmaAt(at), *at);
    name->setPositionAlignment(Qt::AlignCenter);
    name->setText(QString::number(length));
    name->setPadding(QMargins(2, 0, 2, 0));
    name->setFont(xAxis->tickLabelFont());
    name->setColor(colorsOf(this).text);
    name->setBrush(colorsOf(this).base);
    m_names.push_back(name);
}

std::vector<const LayerMark*> SigmaChart::marks() const {
    std::vector<const LayerMark*> mine;
    for (const LayerMark& mark : m_data->marks) {
        if (mark.format.is_signed == m_isSigned) mine.push_back(&mark);
    }
    return mine;
}

void SigmaChart::setStudy(std::shared_ptr<const SigmaData> shown) {
    m_data = std::move(shown);
    rebuild();
}

void SigmaChart::setSelected(const QString& layer, bool isWeight) {
    if (layer == m_layer && isWeight == m_isWeight) return;
    m_layer = layer;
    m_isWeight = isWeight;
    if (m_data) rebuild();
}

QPen SigmaChart::curvePen(int fractionalLength) const {
    // The middle of the palette is made for fills: as thin lines they would vanish.
    const Colors& colors = colorsOf(this);
    QColor color = fractionalLengthColor(colors, fractionalLength);
    constexpr double kVisible = 1.8;
    while (contrast(color, colors.base) < kVisible) color = blend(colors.text, color, 0.1);
    return QPen(color, 1.75);
}

void SigmaChart::rebuild() {
    clearPlottables();
    for (QCPItemText* name : m_names) removeItem(name);
    m_names.clear();
    const Colors& colors = colorsOf(this);
    const SigmaStudy& curves = study();
    setHome(sigmasShown(), {kLowestError, kHighestError});
    const QVector<double> sigmas(curves.expected.sigmas.begin(), curves.expected.sigmas.end());
    for (int length = 0; length < curves.expected.num_lengths(); ++length) {
        const auto& errors = curves.expected.errors[static_cast<size_t>(length)];
        QCPGraph* graph = addGraph();
        graph->setAdaptiveSampling(false);
        graph->setSelectable(QCP::stNone);
        graph->setPen(curvePen(length));
        graph->setData(sigmas, QVector<double>(errors.begin(), errors.end()), true);
        nameCurve(length);
    }

    std::vector<RangeOverlay> ranges;
    for (int length = 0; length < curves.expected.num_lengths(); ++length) {
        const LengthRange& best = curves.thresholds.lengths[static_cast<size_t>(length)];
        RangeOverlay range;
        range.lower = std::isnan(best.from) ? kLowest : best.from;
        range.upper = std::isnan(best.to) ? kHighest : best.to;
        range.fill = blend(fractionalLengthColor(colors, length), colors.base, 0.16);
        range.edge = QPen(colors.dim, 1, Qt::DotLine);
        range.label = QString::number(length);
        ranges.push_back(std::move(range));
    }
    setRanges(Qt::Horizontal, std::move(ranges));

    // Marks: on the curve, and as a rug at the bottom where the crowd can be seen.
    struct Look {
        bool isWeight, isSelected;
    };
    for (const Look look : {Look{false, false}, Look{true, false}, Look{false, true}, Look{true, true}}) {
        QVector<double> x, y, rug;
        for (const LayerMark* mark : marks()) {
            const bool isSelected = QString::fromStdString(mark->layer) == m_layer && mark->is_weight == m_isWeight;
            if (mark->is_weight != look.isWeight || isSelected != look.isSelected) continue;
            x.append(mark->sigma);
            y.append(mark->relative_error);
            rug.append(kRug);
        }
        if (x.isEmpty()) continue;
        const QColor color = look.isWeight ? colors.weights : colors.inputs;
        const auto shape = look.isWeight ? QCPScatterStyle::ssSquare : QCPScatterStyle::ssCircle;
        QCPGraph* points = addGraph();
        points->setLineStyle(QCPGraph::lsNone);
        points->setSelectable(QCP::stNone);
        points->setScatterStyle(QCPScatterStyle(shape, QPen(look.isSelected ? colors.text : colors.base, 1.5), color,
                                                look.isSelected ? 12 : 7));
        points->setData(x, y);
        QCPGraph* bottom = addGraph();
        bottom->setLineStyle(QCPGraph::lsNone);
        bottom->setSelectable(QCP::stNone);
        QPainterPath tick;
        tick.moveTo(0, look.isSelected ? -7 : -4);
        tick.lineTo(0, 4);
        bottom->setScatterStyle(QCPScatterStyle(tick, QPen(color, look.isSelected ? 3 : 1.5)));
        bottom->setData(x, rug);
    }
    describeToAssistants(*this);
    replotSoon();
}

void SigmaChart::restyle() {
    if (m_data) rebuild();
}

QString SigmaChart::plotSentence() const {
    if (!m_data) return {};
    const FormatThresholds& thresholds = study().thresholds;
    QString sentence = tr("Two neighbouring lengths err equally at sigma = %1 / 2^FL; below %2 even the finest step is "
                          "too coarse, above %3 the widest range clips.")
                           .arg(text::significant(thresholds.constant), text::significant(thresholds.underflow_below()),
                                text::significant(thresholds.overflow_above()));
    const auto mine = marks();
    if (mine.empty()) return sentence;
    const auto better = std::count_if(mine.begin(), mine.end(), [](const LayerMark* mark) {
        return mark->best_fractional_length != mark->format.fractional_length;
    });
    return sentence + " " + tr("%n tensor(s) of the run, ", nullptr, static_cast<int>(mine.size())) +
           tr("%n would err less with another length.", nullptr, static_cast<int>(better));
}

PlotTable SigmaChart::plotTable() const {
    PlotTable table;
    if (!m_data) return table;
    const ErrorCurves& curves = study().expected;
    table.columns << tr("sigma");
    for (int length = 0; length < curves.num_lengths(); ++length) table.columns << tr("error, FL %1").arg(length);
    for (size_t i = 0; i < curves.sigmas.size(); ++i) {
        QVariantList row{curves.sigmas[i]};
        for (const auto& errors : curves.errors) row << errors[i];
        table.rows.push_back(std::move(row));
    }
    return table;
}

std::vector<LegendEntry> SigmaChart::plotLegend() const {
    std::vector<LegendEntry> entries;
    if (!m_data) return entries;
    for (int length = study().expected.num_lengths() - 1; length >= 0; --length) {
        entries.push_back({tr("FL %1").arg(length), curvePen(length)});
    }
    const Colors& colors = colorsOf(this);
    if (!marks().empty()) {
        entries.push_back({tr("inputs of %1").arg(m_data->runName), QPen(Qt::NoPen), colors.inputs});
        entries.push_back({tr("weights of %1").arg(m_data->runName), QPen(Qt::NoPen), colors.weights});
    }
    return entries;
}

HoverTable SigmaChart::hoverTable(double x) const {
    HoverTable table;
    if (!m_data) return table;
    const ErrorCurves& curves = study().expected;
    const auto at = std::lower_bound(curves.sigmas.begin(), curves.sigmas.end(), x);
    if (at == curves.sigmas.end()) return table;
    const auto index = static_cast<size_t>(at - curves.sigmas.begin());
    table.heading = tr("sigma %1").arg(text::significant(x));
    for (int length = 0; length < curves.num_lengths(); ++length) {
        const double error = curves.errors[static_cast<size_t>(length)][index];
        table.rows.push_back(
            {curvePen(length).color(), text::percent(error), tr("FL %1").arg(length), yAxis->coordToPixel(error)});
    }
    return table;
}

void SigmaChart::mouseReleaseEvent(QMouseEvent* event) {
    Chart::mouseReleaseEvent(event);
    if (!m_data || event->button() != Qt::LeftButton) return;
    constexpr double kReach = 10;  // pixels
    const LayerMark* nearest = nullptr;
    double distance = kReach;
    for (const LayerMark* mark : marks()) {
        const QPointF at(xAxis->coordToPixel(mark->sigma), yAxis->coordToPixel(mark->relative_error));
        const double away = std::hypot(at.x() - event->position().x(), at.y() - event->position().y());
        if (away < distance) {
            distance = away;
            nearest = mark;
        }
    }
    if (nearest) Q_EMIT markClicked(QString::fromStdString(nearest->layer), nearest->is_weight);
}

}  // namespace f8net
