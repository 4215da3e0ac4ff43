// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/curves/metric_chart.h"

#include <algorithm>
#include <cmath>

#include "widgets/support/colors.h"
#include "widgets/support/number_text.h"
#include "widgets/support/plot_theme.h"

namespace f8net {

namespace {

constexpr double kRawOpacity = 0.24;
constexpr double kFadedOpacity = 0.25;
constexpr int kMostNamed = 5;
constexpr qsizetype kMostTableRows = 100'000;
constexpr int kTableColumns = 2'000;

bool isGap(const Curve& curve, qsizetype point) {
    return std::binary_search(curve.gaps.begin(), curve.gaps.end(), point);
}

QVariantList rowOf(const Curve& curve, const QString& name, qsizetype point) {
    const double shown = curve.line->y()[point];
    return {name, curve.line->x()[point], curve.other[point], curve.raw ? curve.raw->y()[point] : shown,
            curve.raw ? QVariant(shown) : QVariant()};
}

std::shared_ptr<const CurveSet> nothing() {
    static const auto empty = [] {
        auto set = std::make_shared<CurveSet>();
        set->charts.emplace_back();
        return set;
    }();
    return empty;
}

}  // namespace

MetricChart::MetricChart(QWidget* parent) : Chart(parent), m_set(nothing()), m_lines(new LineLayer(this)) {
    connect(this, &Chart::viewChanged, this, &MetricChart::applyXAxis);
    applyXAxis();
}

void MetricChart::setCurves(std::shared_ptr<const CurveSet> set, size_t index, const RunLooks& looks) {
    m_set = std::move(set);
    m_index = index;
    m_looks = looks;
    setTitle(chart().kind.title(m_set->request.layer));
    setLogarithmic(yAxis, chart().isLogY);
    setHome({m_set->lower, m_set->upper}, {chart().lower, chart().upper});
    paintLines();
    describeToAssistants(*this);
}

void MetricChart::setHovered(const RunId& run) {
    if (run == m_hovered) return;
    m_hovered = run;
    paintLines();
}

void MetricChart::restyle() {
    paintLines();
}

QColor MetricChart::colorOf(const RunId& run) const {
    const auto look = m_looks.find(run);
    return runColor(colorsOf(this), look == m_looks.end() ? 0 : look->second.colourIndex);
}

QString MetricChart::nameOf(const RunId& run) const {
    const auto look = m_looks.find(run);
    return look == m_looks.end() ? QString::fromStdString(run.text()) : look->second.name;
}

void MetricChart::paintLines() {
    const Colors& colors = colorsOf(this);
    LinePicture picture;
    std::vector<const Curve*> curves;
    for (const Curve& curve : chart().curves) curves.push_back(&curve);
    // A lifted line is painted last, above the others.
    std::stable_partition(curves.begin(), curves.end(), [this](const Curve* curve) { return curve->run != m_hovered; });
    // What was measured lies behind every smoothed line. Faint colours are opaque, so that overlaps do not darken.
    for (const bool isRaw : {true, false}) {
        for (const Curve* curve : curves) {
            const auto look = m_looks.find(curve->run);
            const bool isLifted = curve->run == m_hovered;
            QPen pen = runPen(colors, look == m_looks.end() ? 0 : look->second.colourIndex, isLifted ? 3 : 1.75);
            if (!m_hovered.empty() && !isLifted) pen.setColor(blend(pen.color(), colors.base, kFadedOpacity));
            const QColor color = pen.color();
            if (isRaw) {
                if (curve->raw) picture.lines.push_back({curve->raw, QPen(blend(color, colors.base, kRawOpacity), 1)});
                continue;
            }
            picture.lines.push_back({curve->line, pen});
            for (qsizetype i = 0; i < curve->resumedX.size(); ++i)
                picture.marks.push_back({curve->resumedX[i], curve->resumedY[i], QPen(colors.base, 2), color, 7});
            if (std::isfinite(curve->bestY))
                picture.marks.push_back({curve->bestX, curve->bestY, QPen(color, 1.5), colors.base, 8});
            if (std::isfinite(curve->lastY))
                picture.marks.push_back({curve->lastX, curve->lastY, QPen(color, 1), color, 6});
        }
    }
    m_lines->setPicture(std::move(picture));
    replotSoon();
}

void MetricChart::applyXAxis() {
    const double size = xAxis->range().size();
    if (m_set->request.xAxis == XAxis::kWallTime) {
        QSharedPointer<QCPAxisTickerDateTime> ticker(new QCPAxisTickerDateTime);
        ticker->setDateTimeFormat(size > 86400 ? "d MMM" : size > 300 ? "HH:mm" : "HH:mm:ss");
        ticker->setTickCount(4);
        xAxis->setTicker(ticker);
    } else if (m_set->request.xAxis == XAxis::kRelativeTime) {
        QSharedPointer<QCPAxisTickerTime> ticker(new QCPAxisTickerTime);
        ticker->setTimeFormat(size > 7200 ? "%h h" : size > 300 ? "%m min" : "%m:%s");
        ticker->setTickCount(4);
        xAxis->setTicker(ticker);
    } else {
        setLogarithmic(xAxis, false);
    }
    xAxis->setSubTicks(false);
}

QString MetricChart::valueText(double value) const {
    if (chart().kind.isAccuracy) return QString::number(value, 'f', 2);
    return chart().kind.key == "train/learning_rate" ? text::learningRate(value) : text::loss(value);
}

QString MetricChart::xText(double x, double other) const {
    const auto epoch = [](double value) { return tr("epoch %1").arg(QString::number(value, 'f', 1)); };
    switch (m_set->request.xAxis) {
        case XAxis::kStep:
            return tr("step %1, %2").arg(text::count(std::llround(x)), epoch(other));
        case XAxis::kEpoch:
            return tr("%1, step %2").arg(epoch(x), text::count(std::llround(other)));
        case XAxis::kRelativeTime:
            return tr("%1, %2").arg(text::duration(x), epoch(other));
        case XAxis::kWallTime:
            return tr("%1, %2").arg(text::moment(x), epoch(other));
    }
    return {};
}

HoverTable MetricChart::hoverTable(double x) const {
    HoverTable table;
    const double tolerance = xAxis->range().size() * 0.02;
    double nearest = std::numeric_limits<double>::infinity();
    for (const Curve& curve : chart().curves) {
        const LongLine& line = *curve.line;
        if (line.isEmpty() || x < line.x().first() - tolerance || x > line.x().last() + tolerance) continue;
        const qsizetype at = line.nearest(x);
        const double value = line.y()[at];
        if (!std::isfinite(value)) continue;
        table.rows.push_back({colorOf(curve.run), valueText(value), nameOf(curve.run), yAxis->coordToPixel(value)});
        if (std::abs(line.x()[at] - x) < nearest) {
            nearest = std::abs(line.x()[at] - x);
            table.heading = xText(x, curve.other[at]);
        }
    }
    return table;
}

QString MetricChart::plotSentence() const {
    QStringList parts;
    int left = 0;
    for (const Curve& curve : chart().curves) {
        if (!std::isfinite(curve.lastY)) continue;
        if (parts.size() == kMostNamed) {
            ++left;
            continue;
        }
        parts << (std::isfinite(curve.bestY) && curve.bestY != curve.lastY
                      ? tr("%1 ends at %2, best %3")
                            .arg(nameOf(curve.run), valueText(curve.lastY), valueText(curve.bestY))
                      : tr("%1 ends at %2").arg(nameOf(curve.run), valueText(curve.lastY)));
        if (std::isfinite(curve.nonFiniteX))
            parts.back() += tr(", values that are no numbers from %1 on").arg(text::axisNumber(curve.nonFiniteX));
    }
    if (left > 0) parts << tr("%1 more").arg(left);
    return plotTitle() + ": " + (parts.isEmpty() ? tr("no values") : parts.join(", "));
}

QStringList MetricChart::tableColumns() const {
    const XAxis axis = m_set->request.xAxis;
    const QString first = axis == XAxis::kStep           ? tr("Step")
                          : axis == XAxis::kEpoch        ? tr("Epoch")
                          : axis == XAxis::kRelativeTime ? tr("Seconds running")
                                                         : tr("Time [s since 1970]");
    return {tr("Run"), first, axis == XAxis::kEpoch ? tr("Step") : tr("Epoch"), plotTitle(), tr("Smoothed")};
}

PlotRows MetricChart::plotRows() const {
    std::vector<QString> names;
    PlotRows rows{tableColumns(), 0, {}};
    for (const Curve& curve : chart().curves) {
        names.push_back(nameOf(curve.run));
        rows.count += curve.line->size() - static_cast<qsizetype>(curve.gaps.size());
    }
    rows.walk = [set = m_set, index = m_index, names](const PlotRows::Take& take) {
        const std::vector<Curve>& curves = set->charts[index].curves;
        for (size_t i = 0; i < curves.size(); ++i) {
            for (qsizetype point = 0; point < curves[i].line->size(); ++point) {
                if (!isGap(curves[i], point) && !take(rowOf(curves[i], names[i], point))) return false;
            }
        }
        return true;
    };
    return rows;
}

PlotTable MetricChart::plotTable() const {
    PlotTable table{tableColumns(), {}};
    const PlotRows all = plotRows();
    if (all.count <= kMostTableRows) {
        all.walk([&table](const QVariantList& row) {
            table.rows.push_back(row);
            return true;
        });
        return table;
    }
    for (const Curve& curve : chart().curves) {
        const LongLine& line = *curve.line;
        if (line.isEmpty()) continue;
        const QString name = nameOf(curve.run);
        const Polyline reduced = line.decimated(line.x().first(), line.x().last(), kTableColumns);
        for (const double x : reduced.x) {
            const qsizetype point = line.nearest(x);
            if (!isGap(curve, point)) table.rows.push_back(rowOf(curve, name, point));
        }
    }
    table.note = tr("%1 of %2 points: the lowest, the highest and the last of each part. Exported and copied as a "
                    "table, all of them are there.")
                     .arg(text::count(static_cast<int64_t>(table.rows.size())), text::count(all.count));
    return table;
}

std::vector<LegendEntry> MetricChart::plotLegend() const {
    std::vector<LegendEntry> entries;
    for (const Curve& curve : chart().curves) {
        const auto look = m_looks.find(curve.run);
        const auto differs = m_set->differences.find(curve.run);
        const bool isAlone = differs == m_set->differences.end() || differs->second.isEmpty();
        entries.push_back({isAlone ? nameOf(curve.run) : tr("%1: %2").arg(nameOf(curve.run), differs->second),
                           runPen(colorsOf(this), look == m_looks.end() ? 0 : look->second.colourIndex, 2)});
    }
    return entries;
}

}  // namespace f8net
