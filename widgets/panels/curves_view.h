// SPDX-License-Identifier: GPL-3.0-or-later
/// View 2, Curves: a chart per metric of all shown runs, following them live; one crosshair and one x range for all
/// charts. Threads  UI thread; lines come finished from the store's reader.
#pragma once

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QSlider>
#include <QTimer>
#include <QWidget>
#include <memory>
#include <optional>

#include "widgets/models/curve_data.h"
#include "widgets/panels/empty_state.h"
#include "widgets/support/view_registry.h"

class QGridLayout;
class QScrollArea;

namespace f8net {

class MetricChart;

class CurvesView final : public QWidget {
    Q_OBJECT
public:
    CurvesView(const ViewContext& context, QWidget* parent);
    ~CurvesView() override;
    /// Asks where to and writes the chart with the focus, else the first.
    Q_INVOKABLE void exportView();
    const std::vector<MetricChart*>& charts() const { return m_charts; }

protected:
    void resizeEvent(QResizeEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    static QString noRunText();
    void ask();
    void showCurves(const std::shared_ptr<const CurveSet>& curves);
    void arrange();
    MetricChart* makeChart();
    void exportChart(MetricChart* chart);
    void showChartMenu(MetricChart* chart, const QPoint& position);
    void setCrosshair(std::optional<double> x);
    void setZoom(std::optional<std::pair<double, double>> range);

    ViewContext m_context;
    QComboBox* m_xAxis;
    QSlider* m_smoothing;
    QLabel* m_smoothingText;
    QCheckBox *m_logY, *m_outliers;
    QScrollArea* m_scroll;
    QWidget* m_page;
    QGridLayout* m_grid;
    EmptyState* m_empty;
    QTimer m_askSoon;
    std::vector<MetricChart*> m_charts;
    std::shared_ptr<const CurveSet> m_curves;
    std::optional<std::pair<double, double>> m_zoom;
    uint64_t m_serial = 0;
    int m_columns = 0;
};

void registerCurvesView(ViewRegistry& registry);

}  // namespace f8net
