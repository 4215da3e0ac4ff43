// SPDX-License-Identifier: GPL-3.0-or-later
/// View 2, Curves: a chart per metric of all shown runs, following them live; one crosshair and one x range for all
/// charts.
///   Keys     L log y, S smoothing on and off, O ignore outliers; those of Chart on the chart with the focus
/// Threads  UI thread; lines come finished from the store's reader.
#pragma once

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QSlider>
#include <QTimer>
#include <QWidget>
#include <memory>
#include <vector>

#include "widgets/curves/curve_data.h"
#include "widgets/models/store_follower.h"
#include "widgets/panels/empty_state.h"
#include "widgets/support/remembered.h"
#include "widgets/support/view_registry.h"

class QGridLayout;
class QScrollArea;

namespace f8net {

class ChartGroup;
class CurveReader;
class MetricChart;

class CurvesView final : public QWidget {
    Q_OBJECT
public:
    CurvesView(const ViewContext& context, QWidget* parent);
    ~CurvesView() override;
    /// Asks where to and writes the chart with the focus, else the first.
    /// For Ctrl+F: the charts by their titles, and one of them brought into sight.
    Q_INVOKABLE QStringList findable() const;
    Q_INVOKABLE void showFound(const QString& title);
    Q_INVOKABLE void exportView();
    const std::vector<MetricChart*>& charts() const { return m_charts; }

protected:
    void keyPressEvent(QKeyEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void ask();
    void showCurves(const std::shared_ptr<const CurveSet>& curves);
    void showEmptyText(const std::shared_ptr<const CurveSet>& curves);
    void followLink(const QString& target);
    void arrange();
    MetricChart* makeChart();
    MetricChart* chartInFocus() const;

    ViewContext m_context;
    QComboBox *m_xAxis, *m_accuracy;
    QSlider* m_smoothing;
    QLabel* m_smoothingText;
    QCheckBox *m_logY, *m_outliers;
    QScrollArea* m_scroll;
    QWidget* m_page;
    QGridLayout* m_grid;
    EmptyState* m_empty;
    QWidget* m_controls;
    QTimer m_askSoon;
    ChartGroup* m_group;
    std::vector<MetricChart*> m_charts;
    std::shared_ptr<CurveReader> m_reader;  ///< used on the reader's thread alone
    std::unique_ptr<StoreQuestion> m_question;
    Remembered m_remembered;
};

void registerCurvesView(ViewRegistry& registry);

}  // namespace f8net
