// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/metric_chart.h"

#include <QFile>
#include <QFontInfo>
#include <QSvgGenerator>
#include <algorithm>
#include <cmath>

#include "widgets/support/colors.h"
#include "widgets/support/number_text.h"
#include "widgets/support/plot_theme.h"

namespace f8net {

namespace {

constexpr double kRawOpacity = 0.24;
constexpr double kFadedOpacity = 0.25;
constexpr int kMostCardRows = 8;

QColor withAlpha(QColor color, double alpha) {
    color.setAlphaF(static_cast<float>(alpha));
    return color;
}

}  // namespace

MetricChart::MetricChart(QWidget* parent) : QCustomPlot(parent) {
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setMinimumSize(260, 150);
    axisRect()->setMinimumMargins(QMargins(52, 32, 12, 30));
    setSelectionRectMode(QCP::srmCustom);
    connect(selectionRect(), &QCPSelectionRect::accepted, this, [this](const QRect& rect, QMouseEvent*) {
        const QRect box = rect.normalized();
        if (box.width() < 4 || box.height() < 4) return;
        m_yZoom = {yAxis->pixelToCoord(box.bottom()), yAxis->pixelToCoord(box.top())};
        Q_EMIT zoomed(xAxis->pixelToCoord(box.left()), xAxis->pixelToCoord(box.right()));
    });
    addLayer("crosshair", layer("main"), limAbove);
    layer("crosshair")->setMode(QCPLayer::lmBuffered);

    m_title = new QCPItemText(this);
    m_title->setClipToAxisRect(false);
    m_title->position->setType(QCPItemPosition::ptAbsolute);
    m_title->position->setCoords(10, 8);
    m_title->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
    m_title->setSelectable(false);
    m_crosshair = new QCPItemLine(this);
    m_crosshair->setLayer("crosshair");
    m_crosshair->setVisible(false);
    m_crosshair->setSelectable(false);
    m_crosshair->start->setTypeX(QCPItemPosition::ptPlotCoords);
    m_crosshair->start->setTypeY(QCPItemPosition::ptAxisRectRatio);
    m_crosshair->end->setTypeX(QCPItemPosition::ptPlotCoords);
    m_crosshair->end->setTypeY(QCPItemPosition::ptAxisRectRatio);

    m_card = new QLabel(this);
    m_card->setTextFormat(Qt::RichText);
    m_card->setAttribute(Qt::WA_TransparentForMouseEvents);
    m_card->setAutoFillBackground(true);
    m_card->setFrameShape(QFrame::StyledPanel);
    m_card->setMargin(6);
    m_card->hide();
    applyTheme(this);
    rebuild();
}

void MetricChart::setCurves(const CurveChart& chart, const CurveSet& set, const RunLooks& looks) {
    m_chart = chart;
    m_xAxis = set.request.xAxis;
    m_lower = set.lower;
    m_upper = set.upper;
    m_titleText = chart.kind.title(set.request.layer);
    m_looks = looks;
    rebuild();
}

QColor MetricChart::curveColor(const Curve& curve) const {
    const auto look = m_looks.find(curve.run);
    const bool isFaded = !m_hovered.empty() && m_hovered != curve.run;
    return withAlpha(runColor(colorsOf(this), look == m_looks.end() ? 0 : look->second.colourIndex),
                     isFaded ? kFadedOpacity : 1.0);
}

QCPGraph* MetricChart::addLine(const QVector<double>& x, const QVector<double>& y, const QPen& pen) {
    QCPGraph* graph = addGraph();
    graph->setAdaptiveSampling(false);  // decimated already; sampling draws stairs on slopes
    graph->setData(x, y, true);
    graph->setPen(pen);
    graph->setSelectable(QCP::stNone);
    graph->removeFromLegend();
    return graph;
}

void MetricChart::addRaw(const Curve& curve) {
    if (curve.raw.x.isEmpty()) return;
    const QColor color = curveColor(curve);
    addLine(curve.raw.x, curve.raw.y, QPen(withAlpha(color, kRawOpacity * color.alphaF()), 1))->setAntialiased(false);
}

void MetricChart::addCurve(const Curve& curve) {
    const Colors& colors = colorsOf(this);
    const QColor color = curveColor(curve);
    const auto look = m_looks.find(curve.run);
    const auto addMarks = [this](const QVector<double>& x, const QVector<double>& y, const QPen& pen,
                                 const QBrush& brush, double size) {
        QCPGraph* graph = addLine(x, y, pen);
        graph->setLineStyle(QCPGraph::lsNone);
        graph->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssCircle, pen, brush, size));
    };
    const bool isLifted = !m_hovered.empty() && m_hovered == curve.run;
    QPen pen = runPen(colors, look == m_looks.end() ? 0 : look->second.colourIndex, isLifted ? 3 : 1.75);
    pen.setColor(color);
    pen.setJoinStyle(Qt::RoundJoin);
    QCPGraph* line = addLine(curve.smoothed.x, curve.smoothed.y, pen);
    line->setName(look == m_looks.end() ? QString::fromStdString(curve.run.text()) : look->second.name);
    if (std::isfinite(curve.bestY)) addMarks({curve.bestX}, {curve.bestY}, QPen(color, 1.5), colors.base, 8);
    if (std::isfinite(curve.lastY)) addMarks({curve.lastX}, {curve.lastY}, QPen(color, 1), color, 6);
    if (!curve.resumedX.isEmpty()) addMarks(curve.resumedX, curve.resumedY, QPen(colors.base, 2), color, 7);
}

void MetricChart::rebuild() {
    const Colors& colors = colorsOf(this);
    clearGraphs();
    setLogarithmic(yAxis, m_chart.isLogY);
    applyXAxis();
    // What was measured lies behind every smoothed line; a lifted line is painted last, above the others.
    for (const Curve& curve : m_chart.curves) addRaw(curve);
    for (const Curve& curve : m_chart.curves) {
        if (curve.run != m_hovered) addCurve(curve);
    }
    for (const Curve& curve : m_chart.curves) {
        if (curve.run == m_hovered) addCurve(curve);
    }
    xAxis->setRange(m_lower, m_upper);
    if (m_yZoom) {
        yAxis->setRange(m_yZoom->first, m_yZoom->second);
    } else {
        yAxis->setRange(m_chart.lower, m_chart.upper);
    }
    QFont bold = font();
    bold.setBold(true);
    m_title->setFont(bold);
    m_title->setColor(colors.text);
    m_title->setText(QFontMetrics(bold).elidedText(m_titleText, Qt::ElideRight, std::max(60, width() - 20)));
    m_crosshair->setPen(QPen(colors.dim, 1, Qt::DashLine));
    setAccessibleName(m_titleText);
    setAccessibleDescription(describe());
    replot(QCustomPlot::rpQueuedReplot);
}

void MetricChart::applyXAxis() {
    if (m_xAxis == XAxis::kWallTime) {
        QSharedPointer<QCPAxisTickerDateTime> ticker(new QCPAxisTickerDateTime);
        ticker->setDateTimeFormat(m_upper - m_lower > 86400 ? "d MMM" : "HH:mm");
        ticker->setTickCount(4);
        xAxis->setTicker(ticker);
    } else if (m_xAxis == XAxis::kRelativeTime) {
        QSharedPointer<QCPAxisTickerTime> ticker(new QCPAxisTickerTime);
        ticker->setTimeFormat(m_upper - m_lower > 7200 ? "%h h" : "%m min");
        ticker->setTickCount(4);
        xAxis->setTicker(ticker);
    } else {
        setLogarithmic(xAxis, false);
    }
    xAxis->setSubTicks(false);
}

QString MetricChart::xText(double x) const {
    switch (m_xAxis) {
        case XAxis::kStep:
            return tr("step %1").arg(text::count(std::llround(x)));
        case XAxis::kEpoch:
            return tr("epoch %1").arg(QString::number(x, 'f', 1));
        case XAxis::kRelativeTime:
            return text::duration(x);
        case XAxis::kWallTime:
            return text::moment(x);
    }
    return {};
}

std::optional<double> MetricChart::valueAt(const Curve& curve, double x) const {
    const Polyline& line = curve.smoothed;
    if (line.x.isEmpty()) return std::nullopt;
    const double tolerance = (m_upper - m_lower) * 0.02;
    if (x < line.x.first() - tolerance || x > line.x.last() + tolerance) return std::nullopt;
    auto at = std::lower_bound(line.x.begin(), line.x.end(), x) - line.x.begin();
    if (at == line.x.size()) --at;
    if (at > 0 && x - line.x[at - 1] < line.x[at] - x) --at;
    return std::isfinite(line.y[at]) ? std::optional<double>(line.y[at]) : std::nullopt;
}

void MetricChart::showCard(double x, const QPointF& pointer) {
    struct Row {
        double value;
        const Curve* curve;
    };
    std::vector<Row> rows;
    for (const Curve& curve : m_chart.curves) {
        if (const auto value = valueAt(curve, x)) rows.push_back({*value, &curve});
    }
    if (rows.empty()) {
        m_card->hide();
        return;
    }
    std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.value > b.value; });  // as stacked
    size_t nearest = 0;
    for (size_t i = 1; i < rows.size(); ++i) {
        const auto distance = [&](size_t r) { return std::abs(yAxis->coordToPixel(rows[r].value) - pointer.y()); };
        if (distance(i) < distance(nearest)) nearest = i;
    }
    const size_t first = nearest < kMostCardRows ? 0 : nearest - kMostCardRows + 1;
    const Colors& colors = colorsOf(this);
    QString html = "<div style='color:" + colors.dim.name() + "'>" + xText(x) + "</div><table cellspacing=0>";
    for (size_t i = first; i < std::min(rows.size(), first + kMostCardRows); ++i) {
        const auto look = m_looks.find(rows[i].curve->run);
        const QString name = look == m_looks.end() ? QString() : look->second.name.toHtmlEscaped();
        const QColor color = runColor(colors, look == m_looks.end() ? 0 : look->second.colourIndex);
        const QString weight = i == nearest ? "font-weight:bold" : "";
        html +=
            QString(
                "<tr style='%1'><td style='color:%2'>&#9632;&nbsp;</td><td "
                "align=right>%3&nbsp;&nbsp;</td><td>%4</td></tr>")
                .arg(weight, color.name(),
                     m_chart.kind.isError ? QString::number(rows[i].value, 'f', 2) : text::loss(rows[i].value), name);
    }
    if (rows.size() > kMostCardRows) html += "<tr><td colspan=3>" + tr("%1 in all").arg(rows.size()) + "</td></tr>";
    m_card->setText(html + "</table>");
    m_card->adjustSize();
    const QRect area = axisRect()->rect();
    const bool isRight = pointer.x() <= area.center().x() + 2;
    m_card->move(isRight ? area.right() - m_card->width() - 4 : area.left() + 6, area.top() + 4);
    m_card->show();
}

void MetricChart::setCrosshair(std::optional<double> x) {
    const bool isShown = x && *x >= xAxis->range().lower && *x <= xAxis->range().upper;
    m_crosshair->setVisible(isShown);
    if (isShown) {
        m_crosshair->start->setCoords(*x, 0);
        m_crosshair->end->setCoords(*x, 1);
        if (underMouse() || hasFocus()) {
            showCard(*x, underMouse() ? QPointF(mapFromGlobal(QCursor::pos()))
                                      : QPointF(xAxis->coordToPixel(*x), height() / 2.0));
        }
    }
    if (!isShown) m_card->hide();
    layer("crosshair")->replot();
}

void MetricChart::showCrosshairCard(double x) {
    showCard(x, QPointF(xAxis->coordToPixel(x), height() / 2.0));
}

void MetricChart::setHovered(const RunId& run) {
    if (run == m_hovered) return;
    m_hovered = run;
    rebuild();
}

void MetricChart::resetYZoom() {
    m_yZoom.reset();
}

QString MetricChart::describe() const {
    QStringList parts;
    for (const Curve& curve : m_chart.curves) {
        const auto look = m_looks.find(curve.run);
        if (look != m_looks.end() && std::isfinite(curve.lastY)) {
            parts << tr("%1 ends at %2").arg(look->second.name, text::loss(curve.lastY));
        }
    }
    return m_titleText + ": " + (parts.isEmpty() ? tr("no values") : parts.join(", "));
}

QString MetricChart::toCsv() const {
    QString csv = "run,x,value\n";
    for (const Curve& curve : m_chart.curves) {
        const auto look = m_looks.find(curve.run);
        QString name = look == m_looks.end() ? QString::fromStdString(curve.run.text()) : look->second.name;
        name = '"' + name.replace('"', "\"\"") + '"';
        for (qsizetype i = 0; i < curve.smoothed.x.size(); ++i) {
            csv += QString("%1,%2,%3\n")
                       .arg(name, QString::number(curve.smoothed.x[i], 'g', 12),
                            QString::number(curve.smoothed.y[i], 'g', 9));
        }
    }
    return csv;
}

bool MetricChart::exportTo(const QString& path) {
    if (path.endsWith(".csv", Qt::CaseInsensitive)) {
        QFile file(path);
        const QByteArray csv = toCsv().toUtf8();
        return file.open(QIODevice::WriteOnly) && file.write(csv) == csv.size() && file.flush();
    }
    // On screen the Runs table is the legend; a picture that leaves the program needs its own.
    for (int i = 0; i < graphCount(); ++i) {
        if (!graph(i)->name().isEmpty() && graph(i)->lineStyle() != QCPGraph::lsNone && graph(i)->pen().widthF() > 1)
            graph(i)->addToLegend();
    }
    legend->setVisible(true);
    replot();
    bool done = false;
    if (path.endsWith(".svg", Qt::CaseInsensitive)) {
        QSvgGenerator generator;
        generator.setFileName(path);
        generator.setSize(size());
        generator.setViewBox(rect());
        generator.setResolution(96);
        generator.setTitle(m_titleText);
        QFont resolved = font();
        resolved.setFamily(QFontInfo(resolved).family());
        QCPPainter painter;
        if (painter.begin(&generator)) {
            painter.setMode(QCPPainter::pmVectorized);
            painter.setFont(resolved);
            toPainter(&painter, width(), height());
            done = painter.end();
        }
    } else if (path.endsWith(".pdf", Qt::CaseInsensitive)) {
        done = savePdf(path, width(), height());
    } else {
        done = savePng(path, width(), height(), 2.0);
    }
    legend->setVisible(false);
    legend->clearItems();
    replot();
    return done;
}

void MetricChart::changeEvent(QEvent* event) {
    QCustomPlot::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
        applyTheme(this);
        rebuild();
    }
}

void MetricChart::resizeEvent(QResizeEvent* event) {
    QCustomPlot::resizeEvent(event);
    m_card->hide();  // it stood for the old size
}

void MetricChart::leaveEvent(QEvent* event) {
    QCustomPlot::leaveEvent(event);
    m_card->hide();
    Q_EMIT crosshairLeft();
}

void MetricChart::mouseMoveEvent(QMouseEvent* event) {
    QCustomPlot::mouseMoveEvent(event);
    if (axisRect()->rect().contains(event->pos())) Q_EMIT crosshairMoved(xAxis->pixelToCoord(event->position().x()));
}

void MetricChart::mouseDoubleClickEvent(QMouseEvent*) {
    resetYZoom();
    Q_EMIT zoomReset();
}

void MetricChart::keyPressEvent(QKeyEvent* event) {
    const double width = xAxis->range().size();
    const double position = m_crosshair->visible() ? m_crosshair->start->key() : xAxis->range().center();
    switch (event->key()) {
        case Qt::Key_Left:
            Q_EMIT crosshairMoved(position - width / 100);
            return;
        case Qt::Key_Right:
            Q_EMIT crosshairMoved(position + width / 100);
            return;
        case Qt::Key_F:
        case Qt::Key_Escape:
            resetYZoom();
            Q_EMIT zoomReset();
            return;
        case Qt::Key_Plus:
            Q_EMIT zoomed(position - width / 4, position + width / 4);
            return;
        case Qt::Key_Minus:
            Q_EMIT zoomed(position - width, position + width);
            return;
        default:
            QCustomPlot::keyPressEvent(event);
    }
}

}  // namespace f8net
