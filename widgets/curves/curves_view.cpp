// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/curves/curves_view.h"

#include <QCoreApplication>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QScrollArea>
#include <QVBoxLayout>

#include "core/store/run_reader.h"
#include "widgets/curves/curve_reader.h"
#include "widgets/curves/metric_chart.h"
#include "widgets/panels/run_actions.h"
#include "widgets/plots/chart_group.h"
#include "widgets/plots/plot_actions.h"
#include "widgets/support/selection.h"

namespace f8net {

namespace {
constexpr int kChartWidth = 260, kChartHeight = 128, kMostChartHeight = 420;
constexpr int kDefaultSmoothing = 60;
}  // namespace

CurvesView::CurvesView(const ViewContext& context, QWidget* parent)
    : QWidget(parent),
      m_context(context),
      m_xAxis(new QComboBox),
      m_accuracy(new QComboBox),
      m_smoothing(new QSlider(Qt::Horizontal)),
      m_smoothingText(new QLabel),
      m_logY(new QCheckBox(tr("Log &y"))),
      m_outliers(new QCheckBox(tr("Ig&nore outliers"))),
      m_scroll(new QScrollArea),
      m_page(new QWidget),
      m_grid(new QGridLayout(m_page)),
      m_group(new ChartGroup(this)),
      m_reader(std::make_shared<CurveReader>()),
      m_question(std::make_unique<StoreQuestion>(context.store)),
      m_remembered(context.settings, "curves") {
    m_xAxis->addItem(tr("step"), static_cast<int>(XAxis::kStep));
    m_xAxis->addItem(tr("epoch"), static_cast<int>(XAxis::kEpoch));
    m_xAxis->addItem(tr("relative time"), static_cast<int>(XAxis::kRelativeTime));
    m_xAxis->addItem(tr("wall time"), static_cast<int>(XAxis::kWallTime));
    m_xAxis->setAccessibleName(tr("Horizontal axis"));
    m_accuracy->addItems({tr("error"), tr("accuracy")});
    m_accuracy->setAccessibleName(tr("Show top-1 and top-5 as"));
    m_accuracy->setToolTip(tr("Show top-1 and top-5 as what is wrong or what is right"));
    m_smoothing->setRange(0, 99);
    m_smoothing->setMinimumWidth(80);
    m_smoothing->setMaximumWidth(160);
    m_smoothing->setAccessibleName(tr("Smoothing"));
    m_xAxis->setCurrentIndex(m_xAxis->findData(static_cast<int>(XAxis::kEpoch)));
    m_smoothing->setValue(kDefaultSmoothing);
    m_logY->setChecked(true);
    m_outliers->setChecked(true);
    m_remembered.keep("xAxis", m_xAxis);
    m_remembered.keep("topAs", m_accuracy);
    m_remembered.keep("smoothing", m_smoothing);
    m_remembered.keep("logY", m_logY);
    m_remembered.keep("ignoreOutliers", m_outliers);
    m_logY->setToolTip(tr("Logarithmic axis for losses and errors (L)"));
    m_outliers->setToolTip(tr("Show the 2nd to 98th percentile after the first 5 % of the steps (O)"));
    m_smoothing->setToolTip(tr("Debiased exponential smoothing (S: on and off)"));
    m_smoothingText->setMinimumWidth(m_smoothingText->fontMetrics().horizontalAdvance("0.00") + 4);

    m_controls = new QWidget;
    auto* bar = new QHBoxLayout(m_controls);
    bar->setContentsMargins(0, 0, 0, 0);
    bar->setSpacing(8);
    auto* xLabel = new QLabel(tr("&x axis"));
    xLabel->setBuddy(m_xAxis);
    auto* smoothingLabel = new QLabel(tr("S&moothing"));
    smoothingLabel->setBuddy(m_smoothing);
    bar->addWidget(xLabel);
    bar->addWidget(m_xAxis);
    bar->addWidget(m_accuracy);
    bar->addSpacing(8);
    bar->addWidget(smoothingLabel);
    bar->addWidget(m_smoothing);
    bar->addWidget(m_smoothingText);
    bar->addSpacing(8);
    bar->addWidget(m_logY);
    bar->addWidget(m_outliers);
    bar->addStretch(1);

    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setSpacing(8);
    m_scroll->setWidget(m_page);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setAccessibleName(tr("Charts"));
    m_scroll->viewport()->installEventFilter(this);
    m_empty = new EmptyState(m_scroll, {});
    m_empty->setEmpty(true);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->setSpacing(8);
    layout->addWidget(m_controls);
    layout->addWidget(m_empty, 1);

    m_askSoon.setSingleShot(true);
    m_askSoon.setInterval(30);  // a dragged slider asks once, not thirty times
    connect(&m_askSoon, &QTimer::timeout, this, &CurvesView::ask);
    const auto askSoon = [this] { m_askSoon.start(); };
    connect(m_xAxis, &QComboBox::currentIndexChanged, this, [this] {
        m_group->resetZoom();  // other numbers
        ask();
    });
    connect(m_accuracy, &QComboBox::currentIndexChanged, this, [this] {
        m_group->resetZoom();
        ask();
    });
    connect(m_smoothing, &QSlider::valueChanged, this, [this](int value) {
        m_smoothingText->setText(QString::number(value / 100.0, 'f', 2));
        m_askSoon.start();
    });
    m_smoothingText->setText(QString::number(m_smoothing->value() / 100.0, 'f', 2));
    connect(m_logY, &QCheckBox::toggled, this, askSoon);
    connect(m_outliers, &QCheckBox::toggled, this, askSoon);
    connect(&context.selection, &Selection::visibleRunsChanged, this, [this] {
        m_charts.empty() ? ask() : m_askSoon.start();  // the first plot is what is waited for
    });
    connect(&context.selection, &Selection::layerChanged, this, askSoon);
    connect(&context.selection, &Selection::hoveredChanged, this, [this] {
        const RunId& hovered = m_context.selection.hovered();
        for (MetricChart* chart : m_charts)
            chart->setHovered(m_context.selection.isVisible(hovered) ? hovered : RunId());
    });
    connect(m_empty, &EmptyState::linkActivated, this, &CurvesView::followLink);
    m_controls->setEnabled(false);  // until there is something to change
    showEmptyText(nullptr);
    ask();
}

CurvesView::~CurvesView() = default;

void CurvesView::ask() {
    m_askSoon.stop();
    CurveRequest request;
    request.runs.assign(m_context.selection.visibleRuns().begin(), m_context.selection.visibleRuns().end());
    request.xAxis = static_cast<XAxis>(m_xAxis->currentData().toInt());
    request.smoothing = m_smoothing->value() / 100.0;
    request.isLogY = m_logY->isChecked();
    request.ignoreOutliers = m_outliers->isChecked();
    request.showsAccuracy = m_accuracy->currentIndex() == 1;
    request.layer = m_context.selection.layer();
    m_question->ask([reader = m_reader, request](const RunReader& store) { return reader->read(store, request); },
                    [this](const std::shared_ptr<const CurveSet>& curves) { showCurves(curves); });
}

MetricChart* CurvesView::makeChart() {
    auto* chart = new MetricChart(m_page);
    m_group->add(chart);
    connect(&chart->plotActions(), &PlotActions::failed, &m_context.store, &StoreFollower::failed);
    return chart;
}

void CurvesView::showCurves(const std::shared_ptr<const CurveSet>& curves) {
    const size_t before = m_charts.size();
    while (m_charts.size() < curves->charts.size()) m_charts.push_back(makeChart());
    while (m_charts.size() > curves->charts.size()) {
        m_charts.back()->deleteLater();
        m_charts.back()->hide();
        m_charts.pop_back();
    }
    RunLooks looks;
    for (const RunId& id : curves->request.runs) {
        if (const RunSummary* run = m_context.runActions.find(id)) {
            looks[id] = {QString::fromStdString(run->name), run->colour_index};
        }
    }
    for (size_t i = 0; i < m_charts.size(); ++i) m_charts[i]->setCurves(curves, i, looks);
    if (before != m_charts.size()) arrange();
    showEmptyText(curves);
    m_empty->setEmpty(m_charts.empty());
    m_controls->setEnabled(!m_charts.empty());
    if (!curves->isComplete) ask();
}

void CurvesView::showEmptyText(const std::shared_ptr<const CurveSet>& curves) {
    if (curves && !curves->request.runs.empty()) {
        m_empty->setText(tr("The shown runs have no numbers yet; the first come after a few steps."));
    } else if (m_context.runActions.runs().empty()) {
        m_empty->setText(
            tr("Loss, accuracy and learning rate of the runs appear here. Start one: Run ▸ New run "
               "(Ctrl+N)."));
    } else {
        m_empty->setText(
            tr("No run is shown. Click an eye in Runs (Space), or <a href=\"newest\">show the newest "
               "run</a>."));
    }
}

void CurvesView::followLink(const QString& target) {
    if (target != "newest") return;
    const RunSummary* newest = nullptr;
    for (const auto& [id, run] : m_context.runActions.runs()) {
        const bool isUsable = run.trashed_at == 0 && run.step.value > 0;
        if (isUsable && (newest == nullptr || run.created_at > newest->created_at)) newest = &run;
    }
    if (newest != nullptr) m_context.selection.setVisible(newest->id, true);
}

void CurvesView::arrange() {
    const int available = m_scroll->viewport()->width();
    const int columns = std::clamp((available + 8) / (kChartWidth + 8), 1, 2);
    const int rows = (static_cast<int>(m_charts.size()) + columns - 1) / columns;
    const int rowHeight = std::max(kChartHeight, (m_scroll->viewport()->height() - 8) / std::clamp(rows, 1, 2));
    for (size_t i = 0; i < m_charts.size(); ++i) {
        const int row = static_cast<int>(i) / columns, column = static_cast<int>(i) % columns;
        m_grid->removeWidget(m_charts[i]);
        m_grid->addWidget(m_charts[i], row, column);
        m_charts[i]->setFixedHeight(std::min(rowHeight, kMostChartHeight));
        m_charts[i]->show();
    }
    for (int column = 0; column < 2; ++column) m_grid->setColumnStretch(column, column < columns ? 1 : 0);
    for (int row = 0; row < m_grid->rowCount(); ++row) m_grid->setRowStretch(row, 0);
    m_grid->setRowStretch(rows, 1);
}

MetricChart* CurvesView::chartInFocus() const {
    for (MetricChart* chart : m_charts) {
        if (chart->hasFocus()) return chart;
    }
    return m_charts.empty() ? nullptr : m_charts.front();
}

QStringList CurvesView::findable() const {
    QStringList titles;
    for (const MetricChart* chart : m_charts) titles << chart->plotTitle();
    return titles;
}

void CurvesView::showFound(const QString& title) {
    for (MetricChart* chart : m_charts) {
        if (chart->plotTitle() != title) continue;
        m_scroll->ensureWidgetVisible(chart);
        chart->setFocus();
    }
}

void CurvesView::exportView() {
    if (MetricChart* chart = chartInFocus()) chart->plotActions().exportWithDialog();
}

bool CurvesView::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_scroll->viewport() && event->type() == QEvent::Resize) arrange();
    return QWidget::eventFilter(watched, event);
}

void CurvesView::keyPressEvent(QKeyEvent* event) {
    if (event->modifiers() == Qt::NoModifier) {
        switch (event->key()) {
            case Qt::Key_L:
                m_logY->toggle();
                return;
            case Qt::Key_O:
                m_outliers->toggle();
                return;
            case Qt::Key_S:
                m_smoothing->setValue(m_smoothing->value() > 0 ? 0 : kDefaultSmoothing);
                return;
            default:
                break;
        }
    }
    QWidget::keyPressEvent(event);
}

void registerCurvesView(ViewRegistry& registry) {
    const auto tr = [](const char* text) { return QCoreApplication::translate("f8net::CurvesView", text); };
    registry.add(
        {"curves", tr("Curves"), "curves", ViewPlace::kRightTop, true, QKeySequence("Ctrl+2"),
         tr("A chart for each number that the shown runs report, as they report it. The faint line is what was "
            "measured, the strong one its smoothed course; a disc marks the last value, a ring the best. Drag a box "
            "to zoom, double click to see all; the Runs table is the legend."),
         [](const ViewContext& context, QWidget* parent) -> QWidget* { return new CurvesView(context, parent); }});
}

}  // namespace f8net
