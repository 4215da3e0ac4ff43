// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/curves_view.h"

#include <QApplication>
#include <QClipboard>
#include <QCoreApplication>
#include <QDir>
#include <QFileDialog>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QMenu>
#include <QScrollArea>
#include <QVBoxLayout>

#include "widgets/models/store_follower.h"
#include "widgets/panels/run_actions.h"
#include "widgets/plots/metric_chart.h"
#include "widgets/support/selection.h"
#include "widgets/support/settings.h"

namespace f8net {

namespace {
constexpr int kChartWidth = 260, kChartHeight = 150;
}

QString CurvesView::noRunText() {
    return tr(
        "Loss, accuracy and learning rate of the shown runs appear here.\n"
        "Click an eye in Runs (Space), or start a run (Ctrl+N).");
}

CurvesView::CurvesView(const ViewContext& context, QWidget* parent)
    : QWidget(parent),
      m_context(context),
      m_xAxis(new QComboBox),
      m_smoothing(new QSlider(Qt::Horizontal)),
      m_smoothingText(new QLabel),
      m_logY(new QCheckBox(tr("Lo&g y"))),
      m_outliers(new QCheckBox(tr("I&gnore outliers"))),
      m_scroll(new QScrollArea),
      m_page(new QWidget),
      m_grid(new QGridLayout(m_page)) {
    m_xAxis->addItem(tr("step"), static_cast<int>(XAxis::kStep));
    m_xAxis->addItem(tr("epoch"), static_cast<int>(XAxis::kEpoch));
    m_xAxis->addItem(tr("relative time"), static_cast<int>(XAxis::kRelativeTime));
    m_xAxis->addItem(tr("wall time"), static_cast<int>(XAxis::kWallTime));
    m_xAxis->setAccessibleName(tr("Horizontal axis"));
    m_smoothing->setRange(0, 99);
    m_smoothing->setMinimumWidth(80);
    m_smoothing->setMaximumWidth(160);
    m_smoothing->setAccessibleName(tr("Smoothing"));
    const Settings& settings = context.settings;
    m_xAxis->setCurrentIndex(static_cast<int>(settings.number("curves/xAxis", 1, 0, 3)));
    m_smoothing->setValue(static_cast<int>(settings.number("curves/smoothing", 60, 0, 99)));
    m_logY->setChecked(settings.flag("curves/logY", true));
    m_outliers->setChecked(settings.flag("curves/ignoreOutliers", true));
    m_smoothingText->setMinimumWidth(m_smoothingText->fontMetrics().horizontalAdvance("0.00") + 4);

    auto* bar = new QHBoxLayout;
    bar->setSpacing(8);
    auto* xLabel = new QLabel(tr("&x"));
    xLabel->setBuddy(m_xAxis);
    auto* smoothingLabel = new QLabel(tr("S&moothing"));
    smoothingLabel->setBuddy(m_smoothing);
    bar->addWidget(xLabel);
    bar->addWidget(m_xAxis);
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
    m_scroll->viewport()->installEventFilter(this);
    m_empty = new EmptyState(m_scroll, noRunText());
    m_empty->setEmpty(true);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->setSpacing(8);
    layout->addLayout(bar);
    layout->addWidget(m_empty, 1);

    m_askSoon.setSingleShot(true);
    m_askSoon.setInterval(30);  // a dragged slider asks once, not thirty times
    connect(&m_askSoon, &QTimer::timeout, this, &CurvesView::ask);
    const auto askSoon = [this] { m_askSoon.start(); };
    connect(m_xAxis, &QComboBox::currentIndexChanged, this, [this] { setZoom(std::nullopt); });
    connect(m_smoothing, &QSlider::valueChanged, this, [this](int value) {
        m_smoothingText->setText(QString::number(value / 100.0, 'f', 2));
        m_askSoon.start();
    });
    m_smoothingText->setText(QString::number(m_smoothing->value() / 100.0, 'f', 2));
    connect(m_logY, &QCheckBox::toggled, this, askSoon);
    connect(m_outliers, &QCheckBox::toggled, this, askSoon);
    connect(&context.selection, &Selection::visibleRunsChanged, this, askSoon);
    connect(&context.selection, &Selection::layerChanged, this, askSoon);
    connect(&context.selection, &Selection::hoveredChanged, this, [this] {
        const RunId& hovered = m_context.selection.hovered();
        for (MetricChart* chart : m_charts)
            chart->setHovered(m_context.selection.isVisible(hovered) ? hovered : RunId());
    });
    connect(&context.store, &StoreFollower::curvesReady, this, &CurvesView::showCurves);
    ask();
}

CurvesView::~CurvesView() {
    Settings& settings = m_context.settings;
    settings.setValue("curves/xAxis", m_xAxis->currentIndex());
    settings.setValue("curves/smoothing", m_smoothing->value());
    settings.setValue("curves/logY", m_logY->isChecked() ? "true" : "false");
    settings.setValue("curves/ignoreOutliers", m_outliers->isChecked() ? "true" : "false");
}

void CurvesView::ask() {
    CurveRequest request;
    request.runs.assign(m_context.selection.visibleRuns().begin(), m_context.selection.visibleRuns().end());
    request.xAxis = static_cast<XAxis>(m_xAxis->currentData().toInt());
    request.smoothing = m_smoothing->value() / 100.0;
    request.isLogY = m_logY->isChecked();
    request.ignoreOutliers = m_outliers->isChecked();
    request.layer = m_context.selection.layer();
    request.xRange = m_zoom;
    request.columns = std::clamp(width() / std::max(1, m_columns), 200, 2000);
    request.serial = ++m_serial;
    m_context.store.followCurves(request);
}

MetricChart* CurvesView::makeChart() {
    auto* chart = new MetricChart(m_page);
    chart->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(chart, &MetricChart::crosshairMoved, this, [this](double x) { setCrosshair(x); });
    connect(chart, &MetricChart::crosshairLeft, this, [this] { setCrosshair(std::nullopt); });
    connect(chart, &MetricChart::zoomed, this,
            [this](double lower, double upper) { setZoom(std::pair(lower, upper)); });
    connect(chart, &MetricChart::zoomReset, this, [this] { setZoom(std::nullopt); });
    connect(chart, &QWidget::customContextMenuRequested, this,
            [this, chart](const QPoint& at) { showChartMenu(chart, at); });
    return chart;
}

void CurvesView::showCurves(const std::shared_ptr<const CurveSet>& curves) {
    if (curves->request.serial != m_serial) return;  // an older question's answer
    m_curves = curves;
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
    for (size_t i = 0; i < m_charts.size(); ++i) m_charts[i]->setCurves(curves->charts[i], *curves, looks);
    if (before != m_charts.size()) arrange();
    m_empty->setText(curves->request.runs.empty()
                         ? noRunText()
                         : tr("The shown runs have no numbers yet; the first come after a few steps."));
    m_empty->setEmpty(m_charts.empty());
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
        m_charts[i]->setFixedHeight(std::min(rowHeight, 420));
        m_charts[i]->show();
    }
    for (int column = 0; column < 2; ++column) m_grid->setColumnStretch(column, column < columns ? 1 : 0);
    for (int row = 0; row < m_grid->rowCount(); ++row) m_grid->setRowStretch(row, 0);
    m_grid->setRowStretch(rows, 1);
    m_columns = columns;
}

void CurvesView::setCrosshair(std::optional<double> x) {
    for (MetricChart* chart : m_charts) chart->setCrosshair(x);
}

void CurvesView::setZoom(std::optional<std::pair<double, double>> range) {
    m_zoom = range;
    if (!range) {
        for (MetricChart* chart : m_charts) chart->resetYZoom();
    }
    ask();
}

void CurvesView::exportView() {
    for (MetricChart* chart : m_charts) {
        if (chart->hasFocus()) {
            exportChart(chart);
            return;
        }
    }
    if (!m_charts.empty()) exportChart(m_charts.front());
}

void CurvesView::exportChart(MetricChart* chart) {
    const QString path = QFileDialog::getSaveFileName(this, tr("Export chart"), QDir::homePath() + "/chart.png",
                                                      tr("Pictures and tables (*.png *.svg *.pdf *.csv)"));
    if (!path.isEmpty() && !chart->exportTo(path)) Q_EMIT m_context.store.failed(tr("Cannot write %1").arg(path));
}

void CurvesView::showChartMenu(MetricChart* chart, const QPoint& position) {
    QMenu menu(this);
    menu.addAction(tr("&Export chart…"), this, [this, chart] { exportChart(chart); });
    menu.addAction(tr("&Copy picture"), this,
                   [chart] { QApplication::clipboard()->setPixmap(chart->toPixmap(0, 0, 2.0)); });
    menu.addAction(tr("Copy as &table"), this, [chart] { QApplication::clipboard()->setText(chart->toCsv()); });
    menu.addSeparator();
    menu.addAction(tr("&Reset zoom"), this, [this] { setZoom(std::nullopt); });
    menu.exec(chart->mapToGlobal(position));
}

void CurvesView::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    m_askSoon.start();
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
                m_smoothing->setValue(m_smoothing->value() > 0 ? 0 : 60);
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
