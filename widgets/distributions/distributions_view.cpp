// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/distributions/distributions_view.h"

#include <QCoreApplication>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QVBoxLayout>
#include <algorithm>

#include "widgets/distributions/layer_multiples.h"
#include "widgets/distributions/tensor_panel.h"
#include "widgets/plots/plot_actions.h"
#include "widgets/support/fonts.h"
#include "widgets/support/selection.h"

namespace f8net {

namespace {

constexpr int kMostPanels = 3;
const QString kAllLayers = "all:";
const QString kFirstLayer = "first";  // a link

}  // namespace

DistributionsView::DistributionsView(const ViewContext& context, QWidget* parent)
    : QWidget(parent),
      m_context(context),
      m_question(context.store),
      m_layerName(new QLabel),
      m_epochText(new QLabel),
      m_sentence(new QLabel),
      m_what(new QComboBox),
      m_baseline(new QCheckBox(tr("&Baseline"))),
      m_realUnits(new QCheckBox(tr("Real unit&s"))),
      m_worstFirst(new QCheckBox(tr("&Worst first"))),
      m_epoch(new QSlider(Qt::Horizontal)),
      m_bar(new QHBoxLayout),
      m_multiples(new LayerMultiples),
      m_scroll(new QScrollArea),
      m_pages(new QStackedWidget),
      m_remembered(context.settings, "distributions") {
    QFont bold = font();
    bold.setBold(true);
    m_layerName->setFont(bold);
    m_layerName->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_what->addItem(tr("Input and effective weight"), "input effective_weight");
    m_what->addItem(tr("Input"), "input");
    m_what->addItem(tr("Raw weight"), "weight");
    m_what->addItem(tr("Effective weight"), "effective_weight");
    m_what->addItem(tr("Accumulator"), "accumulator");
    m_what->addItem(tr("Input, weight, accumulator"), "input effective_weight accumulator");
    m_what->insertSeparator(m_what->count());
    m_what->addItem(tr("All layers: input"), kAllLayers + "input");
    m_what->addItem(tr("All layers: raw weight"), kAllLayers + "weight");
    m_what->addItem(tr("All layers: effective weight"), kAllLayers + "effective_weight");
    m_what->addItem(tr("All layers: accumulator"), kAllLayers + "accumulator");
    m_what->addItem(tr("All sums and pools: output"), kAllLayers + "output");
    m_what->setAccessibleName(tr("Tensors that are shown"));
    m_baseline->setToolTip(tr("Outline the baseline's histogram, scaled to as many values"));
    m_baseline->setChecked(true);
    m_realUnits->setToolTip(tr("Scale the input's axis by eta: its range then ends at the clipping level alpha"));
    m_worstFirst->setToolTip(tr("Layers that clip most first; of accumulators those with the fewest bits left"));
    m_remembered.keep("shown", m_what);
    m_remembered.keep("baseline", m_baseline);
    m_remembered.keep("realUnits", m_realUnits);
    m_remembered.keep("worstFirst", m_worstFirst);
    m_epoch->setAccessibleName(tr("Epoch of the histograms"));
    m_epoch->setToolTip(tr("Epochs with histograms (, and . while it has the focus; Home, End)"));
    m_epoch->setFixedWidth(100);
    m_epoch->installEventFilter(this);
    m_epochText->setMinimumWidth(fontMetrics().horizontalAdvance("100"));
    m_sentence->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    // A row of their own, which never makes the view wider than its controls are.
    for (QLabel* words : {m_layerName, m_sentence}) words->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_sentence->setAccessibleName(tr("What is shown, in words"));
    m_sentence->setAccessibleDescription(tr("All layers in words"));

    m_what->setMinimumWidth(columnWidth(fontMetrics(), m_what->itemText(0)));
    m_bar->setSpacing(8);
    m_bar->addWidget(m_what);
    m_bar->addStretch(1);
    m_bar->addWidget(m_baseline);
    m_bar->addWidget(m_realUnits);
    m_bar->addWidget(m_worstFirst);
    auto* epochLabel = new QLabel(tr("Ep&och"));
    epochLabel->setBuddy(m_epoch);
    m_bar->addSpacing(8);
    m_bar->addWidget(epochLabel);
    m_bar->addWidget(m_epoch);
    m_bar->addWidget(m_epochText);

    auto* plots = new QWidget;
    auto* plotsLayout = new QVBoxLayout(plots);
    plotsLayout->setContentsMargins(0, 0, 0, 0);
    plotsLayout->setSpacing(6);
    for (int i = 0; i < kMostPanels; ++i) {
        m_panels.push_back(new TensorPanel);
        plotsLayout->addWidget(m_panels.back(), 1);
    }
    m_scroll->setWidget(m_multiples);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setAccessibleName(tr("Distributions of all layers"));
    m_pages->addWidget(plots);
    m_pages->addWidget(m_scroll);
    m_empty = new EmptyState(m_pages, {});
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->setSpacing(6);
    layout->addLayout(m_bar);
    layout->addWidget(m_layerName);
    layout->addWidget(m_sentence);
    layout->addWidget(m_empty, 1);

    connect(m_what, &QComboBox::activated, this, [this] { choose(m_what->currentData().toString()); });
    connect(m_baseline, &QCheckBox::toggled, this, &DistributionsView::showTensors);
    connect(m_realUnits, &QCheckBox::toggled, this, &DistributionsView::showTensors);
    connect(m_worstFirst, &QCheckBox::toggled, this, &DistributionsView::showTensors);
    connect(m_epoch, &QSlider::valueChanged, this, [this](int index) {
        if (!m_data || index >= static_cast<int>(m_data->epochs.size())) return;
        const bool isLatest = index + 1 == static_cast<int>(m_data->epochs.size());
        const int epoch = m_data->epochs[static_cast<size_t>(index)];
        m_context.selection.setEpoch(isLatest ? std::nullopt : std::optional(Epoch{epoch}));
    });
    for (const PlotActions* actions : {&m_panels[0]->plot()->plotActions(), &m_panels[1]->plot()->plotActions(),
                                       &m_panels[2]->plot()->plotActions(), &m_multiples->plotActions()})
        connect(actions, &PlotActions::failed, &context.store, &StoreFollower::failed);
    connect(m_multiples, &LayerMultiples::layerClicked, &context.selection, &Selection::setLayer);
    connect(m_empty, &EmptyState::linkActivated, this, [this](const QString& link) {
        if (link == kFirstLayer) {
            m_context.selection.setLayer(QString::fromStdString(m_data->firstLayer));
        } else {
            m_context.selection.setEpoch(Epoch{link.toInt()});
        }
    });
    for (const auto changed : {&Selection::runChanged, &Selection::epochChanged, &Selection::baselineChanged}) {
        connect(&context.selection, changed, this, &DistributionsView::ask);
    }
    connect(&context.selection, &Selection::layerChanged, this, &DistributionsView::showLayer);
    connect(&context.selection, &Selection::tensorChanged, this, &DistributionsView::followTensor);
    m_empty->setEmpty(true);
    ask();
}

DistributionsView::~DistributionsView() = default;

void DistributionsView::choose(const QString& tensors) {
    m_what->setCurrentIndex(m_what->findData(tensors));
    if (tensors == "input") m_context.selection.setTensor("input");
    if (tensors == "weight" || tensors == "effective_weight") m_context.selection.setTensor("weight");
    ask();
}

std::string DistributionsView::allLayersOf() const {
    const QString shown = m_what->currentData().toString();
    return shown.startsWith(kAllLayers) ? shown.mid(kAllLayers.size()).toStdString() : std::string();
}

std::vector<std::string> DistributionsView::chosenTensors() const {
    std::vector<std::string> tensors;
    for (const QString& each : m_what->currentData().toString().split(' ')) tensors.push_back(each.toStdString());
    return tensors;
}

void DistributionsView::ask() {
    const Selection& selection = m_context.selection;
    const DistributionsRequest request{selection.run(), selection.baseline(), selection.epoch(),
                                       selection.layer().toStdString(), allLayersOf()};
    m_question.ask([request](const RunReader& reader) { return readDistributions(reader, request); },
                   [this](const DistributionsData& data) { showData(data); });
}

void DistributionsView::showData(const DistributionsData& data) {
    m_data = std::make_shared<const DistributionsData>(data);
    const QSignalBlocker quiet(m_epoch);
    m_epoch->setEnabled(data.epochs.size() > 1);
    m_epoch->setRange(0, std::max(0, static_cast<int>(data.epochs.size()) - 1));
    const auto at = std::upper_bound(data.epochs.begin(), data.epochs.end(), data.epoch);
    m_epoch->setValue(std::max(0, static_cast<int>(at - data.epochs.begin()) - 1));
    m_epochText->setText(data.epoch > 0 ? QString::number(data.epoch) : QString(QChar(0x2013)));
    m_baseline->setEnabled(!data.baselineName.empty());
    showTensors();
    nameBaseline();
}

/// Where there is room beside the other controls.
void DistributionsView::nameBaseline() {
    m_baseline->setText(tr("&Baseline"));
    m_baseline->setMinimumWidth(m_baseline->sizeHint().width());
    if (!m_data || m_data->baselineName.empty()) return;
    m_baseline->setText(
        tr("&Baseline %1")
            .arg(fontMetrics().elidedText(QString::fromStdString(m_data->baselineName).replace('&', "&&"),
                                          Qt::ElideMiddle, columnWidth(fontMetrics(), "mobilenet_v1-w8a8-mae"))));
    if (m_bar->sizeHint().width() > m_bar->geometry().width()) m_baseline->setText(tr("&Baseline"));
}

void DistributionsView::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    nameBaseline();
}

std::vector<TensorPanel*> DistributionsView::panels() const {
    std::vector<TensorPanel*> shown;
    for (TensorPanel* panel : m_panels) {
        if (!panel->isHidden()) shown.push_back(panel);
    }
    return shown;
}

void DistributionsView::showTensors() {
    if (!m_data) return;
    const QString layer = QString::fromStdString(m_data->request.layer);
    const bool isAll = !m_data->request.allOf.empty();
    m_layerName->setText(layer);
    for (QWidget* ofOneLayer : std::initializer_list<QWidget*>{m_layerName, m_realUnits})
        ofOneLayer->setVisible(!isAll);
    m_worstFirst->setVisible(isAll);
    m_worstFirst->setEnabled(m_data->request.allOf != tensor::kOutput);  // has nothing to be judged by
    const bool hasBaseline = m_baseline->isChecked() && m_baseline->isEnabled();
    if (m_data->tensors.empty()) {
        showEmpty();
        return;
    }
    m_empty->setEmpty(false);
    if (isAll) {
        m_pages->setCurrentWidget(m_scroll);
        m_multiples->setDistributions(*m_data, {hasBaseline, m_worstFirst->isChecked()});
        m_multiples->setLayer(layer);
        m_sentence->setText(m_multiples->plotSentence());
        m_sentence->show();
        return;
    }
    m_sentence->hide();  // each panel says its own
    m_pages->setCurrentIndex(0);
    const HistogramPlot::Options options{hasBaseline, m_realUnits->isChecked()};
    std::vector<const TensorDistribution*> shown;
    for (const std::string& kind : chosenTensors()) {
        if (const TensorDistribution* each = m_data->find(kind)) shown.push_back(each);
    }
    // A sum, a pool or the network's input has one tensor, whatever is chosen for the others.
    if (shown.empty() && m_data->layerKind != "conv" && m_data->layerKind != "linear")
        shown = {&m_data->tensors.front()};
    if (shown.empty()) {
        showEmpty();
        return;
    }
    bool hasLevel = false;
    for (size_t i = 0; i < m_panels.size(); ++i) {
        m_panels[i]->setVisible(i < shown.size());
        if (i >= shown.size()) continue;
        m_panels[i]->setDistribution(*shown[i], options);
        hasLevel = hasLevel || clipLevelOf(*shown[i]);
    }
    m_realUnits->setEnabled(hasLevel);
}

void DistributionsView::showEmpty() {
    m_sentence->hide();
    m_empty->setEmpty(true);
    if (m_data->request.run.empty()) {
        m_empty->setText(
            tr("Histograms of each layer's input, weight and accumulator against their formats appear "
               "here.\nChoose a run in Runs (Ctrl+1)."));
        return;
    }
    if (m_data->epochs.empty()) {
        m_empty->setText(tr("This run has recorded no histogram yet: the first comes with its first epoch."));
        return;
    }
    if (!m_data->isRecorded) {
        QStringList links;
        for (const int epoch : m_data->nearestEpochs()) links << QString("<a href='%1'>%1</a>").arg(epoch);
        m_empty->setText(
            tr("No histogram was recorded at epoch %1; nearest: %2.").arg(m_data->epoch).arg(links.join(", ")));
        return;
    }
    const QString what = m_what->currentText();
    m_empty->setText(
        m_data->request.layer.empty() && m_data->request.allOf.empty()
            ? tr("Choose a layer above, with Alt+Down, or <a href='%1'>show the first</a>.").arg(kFirstLayer)
            : tr("At epoch %1 nothing was recorded of this: %2. Runs trained by older versions lack "
                 "accumulators, sums and pools.")
                  .arg(m_data->epoch)
                  .arg(what));
}

void DistributionsView::showLayer() {
    if (allLayersOf().empty()) {
        ask();
        return;
    }
    m_multiples->setLayer(m_context.selection.layer());
    const QRect cell = m_multiples->cellRect(m_context.selection.layer());
    if (!cell.isEmpty())
        m_scroll->ensureVisible(cell.center().x(), cell.center().y(), cell.width() / 2, cell.height() / 2 + 8);
}

void DistributionsView::followTensor() {
    const QString shown = m_what->currentData().toString();
    const bool isWeight = m_context.selection.tensor() == "weight";
    if (shown != (isWeight ? "input" : "effective_weight") && !(shown == "weight" && !isWeight)) return;
    choose(isWeight ? "effective_weight" : "input");
}

bool DistributionsView::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_epoch && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        const int by = key == Qt::Key_Comma ? -1 : key == Qt::Key_Period ? 1 : 0;
        if (by != 0) {
            m_epoch->setValue(m_epoch->value() + by);
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

Plot* DistributionsView::currentPlot() const {
    if (m_pages->currentWidget() == m_scroll) return m_multiples;
    const std::vector<TensorPanel*> shown = panels();
    for (const TensorPanel* panel : shown) {
        if (panel->plot()->hasFocus()) return panel->plot();
    }
    return shown.empty() ? nullptr : shown.front()->plot();
}

void DistributionsView::exportView() {
    if (m_empty->isEmpty()) return;
    Plot* plot = currentPlot();
    if (plot == m_multiples) {
        m_multiples->plotActions().exportWithDialog();
    } else if (plot != nullptr) {
        static_cast<HistogramPlot*>(plot)->plotActions().exportWithDialog();
    }
}

void registerDistributionsView(ViewRegistry& registry) {
    const auto tr = [](const char* text) { return QCoreApplication::translate("f8net::DistributionsView", text); };
    registry.add(
        {"distributions", tr("Distributions"), "distributions", ViewPlace::kRightBottom, true, QKeySequence("Ctrl+4"),
         tr("How often each value occurs in the chosen layer's tensors, on a logarithmic scale, with the range of its "
            "format drawn in. What is red lies beyond the largest code and is clipped; grey is negative and set to "
            "zero by the ReLU, which is harmless. The numbers beside each histogram say what rounding costs."),
         [](const ViewContext& context, QWidget* parent) -> QWidget* {
             return new DistributionsView(context, parent);
         }});
}

}  // namespace f8net
