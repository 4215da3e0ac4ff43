// SPDX-License-Identifier: GPL-3.0-or-later
/// QCustomPlot as every view uses it: the theme now and when it changes, title inside, crosshair with a hover card on a
/// layer of its own, zoom (box, keys, Ctrl+wheel) that survives new data, double click to see all, ranges drawn in,
/// export and the table behind it.
///   Keys     F or Escape all, + and - zoom, Left and Right move the crosshair (and what is shown, at the edge),
///            Ctrl+Left/Right and Up/Down move what is shown, Ctrl+C and Ctrl+Shift+T as PlotActions
///   Mouse    drag a box; drag with the middle button or Shift moves; Ctrl+wheel zooms x; double click sees all
/// A view subclasses it: gives data to graphs or items of its own, hoverTable(), restyle() and what Plot asks for.
/// Several charts share crosshair and x range through a ChartGroup.
/// Threads  UI thread.
#pragma once

#include <QPointF>
#include <array>
#include <optional>

#include "widgets/plots/hover_card.h"
#include "widgets/plots/plot.h"
#include "widgets/plots/range_overlay.h"
#include "widgets/support/qcustomplot.h"

namespace f8net {

class PlotActions;

class Chart : public QCustomPlot, public Plot {
    Q_OBJECT
public:
    explicit Chart(QWidget* parent = nullptr);
    ~Chart() override;

    void setTitle(const QString& title);
    /// What is seen when nothing is zoomed. A zoom stays as it is.
    void setHome(const QCPRange& x, const QCPRange& y);
    void setXZoom(const std::optional<QCPRange>& x);
    void setYZoom(const std::optional<QCPRange>& y);
    bool isZoomed() const { return m_xZoom || m_yZoom; }
    void resetZoom();

    void setCrosshair(std::optional<double> x);
    std::optional<double> crosshair() const { return m_crosshairX; }
    /// The hover card as if the pointer stood there: for keys, and for pictures of the program.
    void showCard(const QPointF& pointer);
    const HoverCard& card() const { return *m_card; }

    /// Ranges along x (Qt::Horizontal, labelled above the plot) or y.
    void setRanges(Qt::Orientation along, std::vector<RangeOverlay> ranges);

    PlotActions& plotActions() const { return *m_actions; }
    /// Paints anew when the event loop comes to it: one chart a turn, so that many charts never hold up a key press;
    /// what nobody sees (another tab, scrolled away) is painted when it is seen.
    void replotSoon();
    void replotNow();  ///< the same at once

    QWidget& plotWidget() override { return *this; }
    QString plotTitle() const override { return m_titleText; }
    void paintPlot(QCPPainter& painter, const QSize& size) override;

    QSize sizeHint() const override { return {360, 200}; }
    QSize minimumSizeHint() const override { return {260, 150}; }

Q_SIGNALS:
    /// By pointer or keys; without a value when the pointer left.
    void crosshairMoved(std::optional<double> x);
    /// By the user; without a value when all is seen again.
    void xZoomed(std::optional<QCPRange> x);
    /// The axes show something else now.
    void viewChanged();

protected:
    /// Values at x with their places in the plot; rows in any order.
    virtual HoverTable hoverTable(double x) const;
    /// Colours, pens and fonts again: after a change of theme or font; the axes are done.
    virtual void restyle() {}

    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void applyStyle();
    void applyRanges();
    void updateMargins();
    void zoomX(double factor, double around);
    void moveView(double xShare, double yShare);
    void moveCrosshair(double pixels);

    QString m_titleText;
    QCPItemText* m_title;
    QCPItemLine* m_crosshair;
    HoverCard* m_card;
    PlotActions* m_actions;
    std::array<RangeOverlayItem*, 4> m_overlays;  ///< x fills, x edges, y fills, y edges
    QCPRange m_xHome{0, 1}, m_yHome{0, 1};
    std::optional<QCPRange> m_xZoom, m_yZoom;
    std::optional<double> m_crosshairX;
    std::optional<QPointF> m_panFrom;
    bool m_isStale = false;
};

}  // namespace f8net
