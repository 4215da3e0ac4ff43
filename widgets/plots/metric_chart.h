// SPDX-License-Identifier: GPL-3.0-or-later
/// One chart of the Curves view: a metric of all shown runs, with the raw line faint behind the smoothed one, a
/// crosshair that all charts share, and box zoom that survives live updates. Threads  UI thread.
#pragma once

#include <QLabel>
#include <map>
#include <optional>

#include "core/base/units.h"
#include "widgets/models/curve_data.h"
#include "widgets/support/qcustomplot.h"

namespace f8net {

/// How a run is called and coloured.
struct RunLook {
    QString name;
    int colourIndex = 0;
};
using RunLooks = std::map<RunId, RunLook>;

class MetricChart final : public QCustomPlot {
    Q_OBJECT
public:
    explicit MetricChart(QWidget* parent = nullptr);

    void setCurves(const CurveChart& chart, const CurveSet& set, const RunLooks& looks);
    void setHovered(const RunId& run);
    void setCrosshair(std::optional<double> x);
    /// The hover table as if the pointer stood at x: for pictures of the program.
    void showCrosshairCard(double x);
    void resetYZoom();
    const CurveChart& chart() const { return m_chart; }
    QString title() const { return m_titleText; }
    /// One sentence made from the data, for those who do not see the picture.
    QString describe() const;
    /// "x, run A, run B": what is drawn, for spreadsheets.
    QString toCsv() const;
    /// By the name's ending: png, svg, pdf or csv. False where it could not be written.
    bool exportTo(const QString& path);

    QSize sizeHint() const override { return {360, 200}; }
    QSize minimumSizeHint() const override { return {260, 150}; }

Q_SIGNALS:
    void crosshairMoved(double x);
    void crosshairLeft();
    void zoomed(double lower, double upper);
    void zoomReset();

protected:
    void changeEvent(QEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void rebuild();
    void addRaw(const Curve& curve);
    void addCurve(const Curve& curve);
    QColor curveColor(const Curve& curve) const;
    QCPGraph* addLine(const QVector<double>& x, const QVector<double>& y, const QPen& pen);
    void applyXAxis();
    void showCard(double x, const QPointF& pointer);
    std::optional<double> valueAt(const Curve& curve, double x) const;
    QString xText(double x) const;

    CurveChart m_chart;
    XAxis m_xAxis = XAxis::kEpoch;
    double m_lower = 0, m_upper = 1;
    QString m_titleText;
    RunLooks m_looks;
    RunId m_hovered;
    std::optional<std::pair<double, double>> m_yZoom;
    QCPItemText* m_title;
    QCPItemLine* m_crosshair;
    QLabel* m_card;
};

}  // namespace f8net
