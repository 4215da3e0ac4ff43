// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/chart.h"

#include <QMenu>
#include <QPointer>
#include <QTimer>
#include <algorithm>
#include <cmath>
#include <deque>

#include "widgets/plots/plot_actions.h"
#include "widgets/support/colors.h"
#include "widgets/support/focus_ring.h"
#include "widgets/support/fonts.h"
#include "widgets/support/plot_theme.h"

namespace f8net {

namespace {

constexpr int kTitleTop = 8, kLeft = 52, kBottom = 30, kRight = 12;

/// One chart a turn of the event loop.
class ReplotQueue final {
public:
    static ReplotQueue& instance() {
        static ReplotQueue queue;
        return queue;
    }
    void add(Chart* chart) {
        if (std::find(m_charts.begin(), m_charts.end(), chart) != m_charts.end()) return;
        m_charts.push_back(chart);
        if (m_charts.size() == 1) QTimer::singleShot(0, chart, [this] { next(); });
    }
    void remove(Chart* chart) {
        const bool wasFirst = !m_charts.empty() && m_charts.front() == chart;
        m_charts.erase(std::remove(m_charts.begin(), m_charts.end(), chart), m_charts.end());
        // Its timer goes with it.
        if (wasFirst && !m_charts.empty()) QTimer::singleShot(0, m_charts.front(), [this] { next(); });
    }

private:
    void next() {
        Chart* chart = m_charts.front();
        m_charts.pop_front();
        if (!m_charts.empty()) QTimer::singleShot(0, m_charts.front(), [this] { next(); });
        chart->replotNow();
    }
    std::deque<Chart*> m_charts;
};

/// Shifted or scaled in what the axis shows as even: logarithmic axes in decades.
QCPRange mapped(const QCPAxis& axis, const QCPRange& range, double from, double to) {
    if (axis.scaleType() == QCPAxis::stLogarithmic) {
        const double ratio = range.upper / range.lower;
        return {range.lower * std::pow(ratio, from), range.lower * std::pow(ratio, to)};
    }
    return {range.lower + range.size() * from, range.lower + range.size() * to};
}

}  // namespace

Chart::Chart(QWidget* parent) : QCustomPlot(parent), m_card(new HoverCard(this)) {
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setContextMenuPolicy(Qt::CustomContextMenu);
    setSelectionRectMode(QCP::srmCustom);
    connect(selectionRect(), &QCPSelectionRect::accepted, this, [this](const QRect& rect, QMouseEvent*) {
        const QRect box = rect.normalized();
        if (box.width() < 4 || box.height() < 4) return;
        m_yZoom = QCPRange(yAxis->pixelToCoord(box.bottom()), yAxis->pixelToCoord(box.top()));
        setXZoom(QCPRange(xAxis->pixelToCoord(box.left()), xAxis->pixelToCoord(box.right())));
        Q_EMIT xZoomed(m_xZoom);
    });
    addLayer("limits", layer("main"), limAbove);
    addLayer("crosshair", layer("limits"), limAbove);
    layer("crosshair")->setMode(QCPLayer::lmBuffered);

    size_t index = 0;
    for (const Qt::Orientation along : {Qt::Horizontal, Qt::Vertical}) {
        for (const auto part : {RangeOverlayItem::Part::kFills, RangeOverlayItem::Part::kEdges}) {
            m_overlays[index] = new RangeOverlayItem(this, along, part);
            m_overlays[index]->setLayer(part == RangeOverlayItem::Part::kFills ? "background" : "limits");
            ++index;
        }
    }
    m_title = new QCPItemText(this);
    m_title->setClipToAxisRect(false);
    m_title->position->setType(QCPItemPosition::ptAbsolute);
    m_title->position->setCoords(10, kTitleTop);
    m_title->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
    m_title->setSelectable(false);
    m_crosshair = new QCPItemLine(this);
    m_crosshair->setLayer("crosshair");
    m_crosshair->setVisible(false);
    m_crosshair->setSelectable(false);
    for (QCPItemPosition* end : {m_crosshair->start, m_crosshair->end}) {
        end->setTypeX(QCPItemPosition::ptPlotCoords);
        end->setTypeY(QCPItemPosition::ptAxisRectRatio);
    }
    m_actions = new PlotActions(*this);
    connect(this, &QWidget::customContextMenuRequested, this, [this](const QPoint& at) {
        QMenu menu(this);
        m_actions->addTo(menu);
        menu.addSeparator();
        QAction* all = menu.addAction(tr("&Reset zoom"), this, &Chart::resetZoom);
        all->setStatusTip(tr("Show all that there is"));
        all->setEnabled(isZoomed());
        menu.exec(mapToGlobal(at));
    });
    for (QCPAxis* axis : {xAxis, yAxis}) setLogarithmic(axis, false);
    applyStyle();
}

Chart::~Chart() {
    ReplotQueue::instance().remove(this);
}

void Chart::replotSoon() {
    ReplotQueue::instance().add(this);
}

void Chart::replotNow() {
    m_isStale = visibleRegion().isEmpty();
    if (!m_isStale) replot(rpQueuedRefresh);
}

void Chart::paintEvent(QPaintEvent* event) {
    if (m_isStale) {
        m_isStale = false;
        replot(rpQueuedRefresh);
    }
    QCustomPlot::paintEvent(event);
    QPainter painter(this);
    paintFocusRing(painter, *this);
}

void Chart::applyStyle() {
    applyTheme(this);
    const Colors& colors = colorsOf(this);
    m_title->setFont(boldFont(font()));
    m_title->setColor(colors.text);
    m_crosshair->setPen(QPen(colors.dim, 1, Qt::DashLine));
    setTitle(m_titleText);
    updateMargins();
}

void Chart::setTitle(const QString& title) {
    m_titleText = title;
    m_title->setText(QFontMetrics(m_title->font()).elidedText(title, Qt::ElideRight, std::max(60, width() - 20)));
}

void Chart::updateMargins() {
    bool hasLabels = false;
    for (const RangeOverlay& range : m_overlays[1]->ranges()) hasLabels = hasLabels || !range.label.isEmpty();
    const int title = kTitleTop + QFontMetrics(m_title->font()).height() + 10;
    axisRect()->setMinimumMargins(
        QMargins(kLeft, title + (hasLabels ? RangeOverlayItem::labelBand(font()) : 0), kRight, kBottom));
}

void Chart::setRanges(Qt::Orientation along, std::vector<RangeOverlay> ranges) {
    const size_t first = along == Qt::Horizontal ? 0 : 2;
    m_overlays[first]->setRanges(ranges);
    m_overlays[first + 1]->setRanges(std::move(ranges));
    updateMargins();
    replotSoon();
}

void Chart::setHome(const QCPRange& x, const QCPRange& y) {
    m_xHome = x;
    m_yHome = y;
    applyRanges();
}

void Chart::setXZoom(const std::optional<QCPRange>& x) {
    m_xZoom = x;
    if (!x) m_yZoom.reset();
    applyRanges();
}

void Chart::setYZoom(const std::optional<QCPRange>& y) {
    m_yZoom = y;
    applyRanges();
}

void Chart::resetZoom() {
    setXZoom(std::nullopt);
    Q_EMIT xZoomed(std::nullopt);
}

void Chart::applyRanges() {
    xAxis->setRange(m_xZoom.value_or(m_xHome));
    yAxis->setRange(m_yZoom.value_or(m_yHome));
    if (m_crosshairX) setCrosshair(m_crosshairX);
    Q_EMIT viewChanged();
    replotSoon();
}

void Chart::zoomX(double factor, double around) {
    const QCPRange now = xAxis->range();
    const double at = (around - now.lower) / now.size();
    setXZoom(mapped(*xAxis, now, at - at * factor, at + (1 - at) * factor));
    Q_EMIT xZoomed(m_xZoom);
}

void Chart::moveView(double xShare, double yShare) {
    if (yShare != 0) m_yZoom = mapped(*yAxis, yAxis->range(), yShare, 1 + yShare);
    setXZoom(mapped(*xAxis, xAxis->range(), xShare, 1 + xShare));
    Q_EMIT xZoomed(m_xZoom);
}

HoverTable Chart::hoverTable(double) const {
    return {};
}

void Chart::showCard(const QPointF& pointer) {
    m_card->showTable(hoverTable(xAxis->pixelToCoord(pointer.x())), pointer, axisRect()->rect());
}

void Chart::setCrosshair(std::optional<double> x) {
    m_crosshairX = x;
    const bool isShown = x && xAxis->range().contains(*x);
    m_crosshair->setVisible(isShown);
    if (isShown) {
        m_crosshair->start->setCoords(*x, 0);
        m_crosshair->end->setCoords(*x, 1);
    }
    if (isShown && underMouse()) {
        showCard(mapFromGlobal(QCursor::pos()));
    } else if (isShown && hasFocus()) {
        showCard(QPointF(xAxis->coordToPixel(*x), axisRect()->center().y()));
    } else {
        m_card->hide();
    }
    layer("crosshair")->replot();
}

void Chart::moveCrosshair(double pixels) {
    const QCPRange shown = xAxis->range();
    double x = xAxis->pixelToCoord(xAxis->coordToPixel(m_crosshairX.value_or(shown.center())) + pixels);
    if (!shown.contains(x)) {
        if (m_xZoom) moveView(pixels > 0 ? 0.1 : -0.1, 0);
        x = std::clamp(x, xAxis->range().lower, xAxis->range().upper);
    }
    Q_EMIT crosshairMoved(x);
    if (m_crosshairX != x) setCrosshair(x);  // in no group
}

void Chart::paintPlot(QCPPainter& painter, const QSize& size) {
    const bool hadCrosshair = layer("crosshair")->visible();
    layer("crosshair")->setVisible(false);
    toPainter(&painter, size.width(), size.height());
    layer("crosshair")->setVisible(hadCrosshair);
}

void Chart::changeEvent(QEvent* event) {
    QCustomPlot::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
        applyStyle();
        restyle();
        replotSoon();
    }
}

void Chart::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    setTitle(m_titleText);
    // Where things are is known at once; QCustomPlot would also draw, at each size that a layout tries.
    setViewport(rect());
    updateLayout();
    m_isStale = true;
    m_card->hide();  // it stood for the old size
    Q_EMIT viewChanged();
}

void Chart::leaveEvent(QEvent* event) {
    QCustomPlot::leaveEvent(event);
    Q_EMIT crosshairMoved(std::nullopt);
    setCrosshair(std::nullopt);
}

void Chart::mousePressEvent(QMouseEvent* event) {
    const bool isPan = event->button() == Qt::MiddleButton ||
                       (event->button() == Qt::LeftButton && event->modifiers().testFlag(Qt::ShiftModifier));
    if (isPan) {
        m_panFrom = event->position();
        return;
    }
    QCustomPlot::mousePressEvent(event);
}

void Chart::mouseMoveEvent(QMouseEvent* event) {
    if (m_panFrom) {
        const QPointF by = event->position() - *m_panFrom;
        m_panFrom = event->position();
        moveView(-by.x() / std::max(1, axisRect()->width()), by.y() / std::max(1, axisRect()->height()));
        return;
    }
    QCustomPlot::mouseMoveEvent(event);
    if (!axisRect()->rect().contains(event->pos())) return;
    const double x = xAxis->pixelToCoord(event->position().x());
    Q_EMIT crosshairMoved(x);
    if (m_crosshairX != x) setCrosshair(x);  // in no group
}

void Chart::mouseReleaseEvent(QMouseEvent* event) {
    if (m_panFrom) {
        m_panFrom.reset();
        return;
    }
    QCustomPlot::mouseReleaseEvent(event);
}

void Chart::mouseDoubleClickEvent(QMouseEvent*) {
    resetZoom();
}

void Chart::wheelEvent(QWheelEvent* event) {
    if (!event->modifiers().testFlag(Qt::ControlModifier)) {
        event->ignore();  // the page scrolls
        return;
    }
    zoomX(std::pow(0.8, event->angleDelta().y() / 120.0), xAxis->pixelToCoord(event->position().x()));
    event->accept();
}

void Chart::keyPressEvent(QKeyEvent* event) {
    const bool moves = event->modifiers().testFlag(Qt::ControlModifier);
    const double around = m_crosshairX.value_or(xAxis->range().center());
    switch (event->key()) {
        case Qt::Key_Left:
            moves ? moveView(-0.1, 0) : moveCrosshair(-2);
            return;
        case Qt::Key_Right:
            moves ? moveView(0.1, 0) : moveCrosshair(2);
            return;
        case Qt::Key_Up:
            moveView(0, 0.1);
            return;
        case Qt::Key_Down:
            moveView(0, -0.1);
            return;
        case Qt::Key_Escape:
            if (!isZoomed()) break;
            [[fallthrough]];
        case Qt::Key_F:
            if (event->modifiers() != Qt::NoModifier) break;
            resetZoom();
            return;
        case Qt::Key_Plus:
        case Qt::Key_Equal:
            zoomX(0.5, around);
            return;
        case Qt::Key_Minus:
            zoomX(2, around);
            return;
        default:
            break;
    }
    QCustomPlot::keyPressEvent(event);
}

}  // namespace f8net
