// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/line_layer.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QPointer>
#include <QThread>
#include <QThreadPool>
#include <algorithm>
#include <cmath>

namespace f8net {

namespace {

constexpr int kPixelsPerRoundCorner = 4;

/// Threads that paint; they end with the program, and what they still have to say then is forgotten with them.
QThreadPool& painters() {
    static QPointer<QThreadPool> pool;
    if (!pool) {
        pool = new QThreadPool(qApp);
        pool->setMaxThreadCount(std::max(1, QThread::idealThreadCount() / 2));
    }
    return *pool;
}

/// From values to pixels of a view.
class Mapping {
public:
    explicit Mapping(const PlotView& view)
        : m_isLog(view.isLogY),
          m_xLower(view.xLower),
          m_yLower(view.isLogY ? std::log(view.yLower) : view.yLower),
          m_xScale(view.pixels.width() / (view.xUpper - view.xLower)),
          m_yScale(view.pixels.height() / ((view.isLogY ? std::log(view.yUpper) : view.yUpper) - m_yLower)),
          m_height(view.pixels.height()) {}
    double x(double value) const { return (value - m_xLower) * m_xScale; }
    /// NaN where a logarithmic axis has no place for it.
    double y(double value) const {
        const double at = m_isLog ? value > 0 ? std::log(value) : std::nan("") : value;
        // Far outside is outside: painters count in integers at some point.
        return std::clamp(m_height - (at - m_yLower) * m_yScale, -1e5, 1e5);
    }

private:
    bool m_isLog;
    double m_xLower, m_yLower, m_xScale, m_yScale, m_height;
};

/// Leaves out points that lie within a tenth of a pixel of the line through their neighbours: painters pay by the
/// point, most of all for thick pens.
QPolygonF simplified(const QPolygonF& points) {
    constexpr double kTolerance = 0.1;
    if (points.size() < 3) return points;
    QPolygonF kept{points.first()};
    qsizetype anchor = 0;
    double least = -1e300, most = 1e300;  // slopes from the anchor that pass all points since
    for (qsizetype i = 1; i < points.size(); ++i) {
        const QPointF by = points[i] - points[anchor];
        const bool isAhead = by.x() > 0;
        const double slope = isAhead ? by.y() / by.x() : 0;
        if (i > anchor + 1 && (!isAhead || slope < least || slope > most)) {
            anchor = i - 1;
            kept << points[anchor];
            least = -1e300;
            most = 1e300;
        }
        const QPointF next = points[i] - points[anchor];
        if (next.x() > 0) {
            least = std::max(least, (next.y() - kTolerance) / next.x());
            most = std::min(most, (next.y() + kTolerance) / next.x());
        } else {
            least = 1;  // straight up or down: keep the next one
            most = -1;
        }
    }
    kept << points.last();
    return kept;
}

void paintLine(QPainter& painter, const PlotLine& line, const PlotView& view) {
    const Mapping map(view);
    const Polyline points = line.line->decimated(view.xLower, view.xUpper, view.pixels.width());
    QPen pen = line.pen;
    // Round corners cost three times as much, and where points lie densely nobody sees them.
    pen.setJoinStyle(points.x.size() > view.pixels.width() / kPixelsPerRoundCorner ? Qt::BevelJoin : Qt::RoundJoin);
    painter.setPen(pen);
    QPolygonF piece;
    const auto finish = [&] {
        if (piece.size() == 1) piece << piece.first() + QPointF(0.01, 0);  // a lone point is a dot
        if (!piece.isEmpty()) painter.drawPolyline(simplified(piece));
        piece.clear();
    };
    for (qsizetype i = 0; i < points.x.size(); ++i) {
        const double y = map.y(points.y[i]);
        if (std::isfinite(y)) {
            piece << QPointF(map.x(points.x[i]), y);
        } else {
            finish();
        }
    }
    finish();
}

void paintMarks(QPainter& painter, const std::vector<PlotMark>& marks, const PlotView& view) {
    const Mapping map(view);
    for (const PlotMark& mark : marks) {
        const QPointF at(map.x(mark.x), map.y(mark.y));
        if (!std::isfinite(at.y()) || !QRectF({-20, -20}, QSizeF(view.pixels) + QSizeF(40, 40)).contains(at)) continue;
        painter.setPen(mark.pen);
        painter.setBrush(mark.brush);
        painter.drawEllipse(at, mark.diameter / 2, mark.diameter / 2);
    }
}

bool isThin(const QPen& pen) {
    return pen.widthF() <= 1 && pen.style() == Qt::SolidLine;
}

void paintAsLines(QPainter& painter, const LinePicture& picture, const PlotView& logical) {
    for (const PlotLine& line : picture.lines) paintLine(painter, line, logical);
    paintMarks(painter, picture.marks, logical);
}

}  // namespace

QImage paintPicture(const LinePicture& picture, const PlotView& view, double scale) {
    const auto numWide = std::count_if(picture.lines.begin(), picture.lines.end(),
                                       [](const PlotLine& line) { return !isThin(line.pen); });
    const bool isThicket = static_cast<size_t>(numWide) > LineLayer::kMostPaintedLines;
    std::vector<SpanLine> spans;
    for (const PlotLine& line : picture.lines) {
        if (!isThicket && !isThin(line.pen)) continue;
        const double width = isThin(line.pen) ? 1 : std::floor(line.pen.widthF());
        spans.push_back({line.line, line.pen.color().rgb(), std::max(1, static_cast<int>(std::lround(width * scale)))});
    }
    QImage image = rasterize(spans, view);
    if (image.isNull()) return image;
    PlotView logical = view;
    logical.pixels = (QSizeF(view.pixels) / scale).toSize();
    image.setDevicePixelRatio(scale);
    QPainter painter(&image);
    painter.setRenderHint(QPainter::Antialiasing);
    if (!isThicket) {
        for (const PlotLine& line : picture.lines) {
            if (!isThin(line.pen)) paintLine(painter, line, logical);
        }
    }
    paintMarks(painter, picture.marks, logical);
    return image;
}

LineLayer::LineLayer(QCustomPlot* plot) : QCPAbstractItem(plot) {
    setSelectable(false);
    plot->addLayer("lines", plot->layer("main"), QCustomPlot::limAbove);
    plot->layer("lines")->setMode(QCPLayer::lmBuffered);
    setLayer("lines");
}

void LineLayer::setPicture(LinePicture picture) {
    m_picture = std::make_shared<const LinePicture>(std::move(picture));
    ++m_serial;
    // Asked for at once: the chart is painted later, and the ranges of now are likely those of then.
    if (!mParentPlot->visibleRegion().isEmpty()) ask(viewNow());
}

PlotView LineLayer::viewNow() const {
    const QCPAxis &x = *mParentPlot->xAxis, &y = *mParentPlot->yAxis;
    const QRect area = mParentPlot->axisRect()->rect();
    return {x.range().lower,
            x.range().upper,
            y.range().lower,
            y.range().upper,
            y.scaleType() == QCPAxis::stLogarithmic,
            (QSizeF(area.size()) * mParentPlot->bufferDevicePixelRatio()).toSize()};
}

bool LineLayer::isCurrent() const {
    return m_shownSerial == m_serial && m_shown == viewNow();
}

void LineLayer::ask(const PlotView& view) {
    if (m_isPainting || (m_shownSerial == m_serial && m_shown == view)) return;
    m_isPainting = true;
    const double scale = mParentPlot->bufferDevicePixelRatio();
    // The layer may be gone when the picture is done: the guard is looked at in the UI thread alone.
    QThreadPool& pool = painters();
    pool.start([&pool, guard = QPointer<LineLayer>(this), picture = m_picture, view, scale, serial = m_serial] {
        const QImage image = paintPicture(*picture, view, scale);
        QMetaObject::invokeMethod(&pool, [guard, image, view, serial] {
            if (guard) guard->show(image, view, serial);
        });
    });
}

void LineLayer::show(const QImage& image, const PlotView& view, int serial) {
    m_isPainting = false;
    m_image = image;
    m_shown = view;
    m_shownSerial = serial;
    layer()->replot();  // draws it, and asks again where things have changed meanwhile
    Q_EMIT painted();
}

bool LineLayer::waitUntilCurrent(int timeoutMs) {
    QElapsedTimer clock;
    clock.start();
    while (!isCurrent()) {
        if (clock.elapsed() > timeoutMs) return false;
        if (!m_isPainting) ask(viewNow());
        QCoreApplication::processEvents(QEventLoop::AllEvents, 5);
    }
    return true;
}

QRectF LineLayer::placeOf(const PlotView& view) const {
    const QCPAxis &x = *mParentPlot->xAxis, &y = *mParentPlot->yAxis;
    // QCustomPlot's lowest value lies on the last row of pixels, ours on its lower edge.
    return {QPointF(x.coordToPixel(view.xLower), y.coordToPixel(view.yUpper) + 1),
            QPointF(x.coordToPixel(view.xUpper), y.coordToPixel(view.yLower) + 1)};
}

void LineLayer::draw(QCPPainter* painter) {
    const QRect area = mParentPlot->axisRect()->rect();
    const PlotView now = viewNow();
    if (area.isEmpty()) return;
    if (painter->modes().testFlag(QCPPainter::pmNoCaching)) {
        PlotView logical = now;
        logical.pixels = area.size();
        painter->save();
        painter->setClipRect(area);
        painter->translate(area.topLeft());
        painter->setAntialiasing(true);
        paintAsLines(*painter, *m_picture, logical);
        painter->restore();
        return;
    }
    painter->setAntialiasing(false);  // which would move it by half a pixel
    if (m_shownSerial == m_serial && m_shown == now) {
        painter->drawImage(area.topLeft(), m_image);
        return;
    }
    // What nobody sees is painted when it is seen: a chart that comes into sight is drawn again.
    if (!mParentPlot->visibleRegion().isEmpty()) ask(now);
    if (m_image.isNull() || m_shown.isLogY != now.isLogY) return;
    painter->save();
    painter->setClipRect(area);
    painter->drawImage(placeOf(m_shown), m_image);
    painter->restore();
}

}  // namespace f8net
