// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/network/network_widget.h"

#include <QCoreApplication>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QSaveFile>
#include <QScrollArea>
#include <QSplitter>
#include <QVBoxLayout>
#include <cmath>

#include "widgets/models/job_list.h"
#include "widgets/network/network_canvas.h"
#include "widgets/panels/run_actions.h"
#include "widgets/plots/plot_actions.h"
#include "widgets/support/colors.h"
#include "widgets/support/number_text.h"
#include "widgets/support/selection.h"
#include "widgets/support/settings.h"

namespace f8net {

namespace {

constexpr int kDetailsWidth = 220;

QString row(const QString& name, const QString& value) {
    // Names of layers may break after a point.
    return QString("<tr><td>%1&nbsp;&nbsp;</td><td>%2</td></tr>")
        .arg(name.toHtmlEscaped(), value.toHtmlEscaped().replace('.', ".\u200b"));
}

}  // namespace

NetworkWidget::NetworkWidget(const ViewContext& context, QWidget* parent)
    : QWidget(parent),
      m_context(context),
      m_question(context.store),
      m_reader(std::make_shared<NetworkReader>()),
      m_quantity(new QComboBox),
      m_find(new QLineEdit),
      m_sentence(new QLabel),
      m_details(new QLabel),
      m_measure(new QPushButton(tr("&Measure"))),
      m_worst(new QPushButton(tr("&Worst layer"))),
      m_fit(new QPushButton(tr("F&it"))),
      m_zoom(new QPushButton(tr("100 %"))),
      m_canvas(new NetworkCanvas),
      m_splitter(new QSplitter(Qt::Horizontal)) {
    for (const Quantity quantity : allQuantities()) m_quantity->addItem(titleOf(quantity), keyOf(quantity));
    m_quantity->setAccessibleName(tr("Quantity that the layers are painted by"));
    m_find->setPlaceholderText(tr("Find a layer"));
    m_find->setAccessibleName(tr("Find a layer"));
    m_find->setToolTip(tr("Ctrl+F; Return or F3 next, Shift+F3 previous"));
    m_find->setClearButtonEnabled(true);
    m_find->setMaximumWidth(200);
    m_find->installEventFilter(this);
    m_worst->setToolTip(tr("The layer to blame; again: the next one (W, Shift+W in the picture)"));
    m_measure->setToolTip(tr("Tries each layer alone on 200 images, in the background"));
    m_zoom->setToolTip(tr("Back to 100 %"));
    m_zoom->setAccessibleName(tr("Zoom"));
    m_sentence->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_sentence->setForegroundRole(QPalette::PlaceholderText);
    m_sentence->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_sentence->setAccessibleDescription(tr("The network in words"));
    m_details->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_details->setWordWrap(true);
    m_details->setMinimumWidth(0);
    m_details->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_details->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_details->setMargin(8);
    m_details->setAccessibleDescription(tr("The chosen layer"));

    auto* bar = new QHBoxLayout;
    bar->setSpacing(8);
    auto* label = new QLabel(tr("&Paint by"));
    label->setBuddy(m_quantity);
    bar->addWidget(label);
    bar->addWidget(m_quantity);
    bar->addWidget(m_measure);
    bar->addWidget(m_find, 1);
    bar->addStretch(1);
    for (QPushButton* button : {m_fit, m_zoom, m_worst}) bar->addWidget(button);
    auto* scroll = new QScrollArea;
    scroll->setWidget(m_details);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setMinimumWidth(kDetailsWidth);
    scroll->setAccessibleName(tr("Details of the chosen layer"));
    m_splitter->addWidget(m_canvas);
    m_splitter->addWidget(scroll);
    m_splitter->setStretchFactor(0, 1);
    m_splitter->setSizes({700, kDetailsWidth});
    m_empty = new EmptyState(m_splitter, tr("The layers of a run and what rounding costs each of them appear here.\n"
                                            "Choose a run (Ctrl+1)."));
    m_empty->setEmpty(true);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->setSpacing(6);
    layout->addLayout(bar);
    layout->addWidget(m_sentence);
    layout->addWidget(m_empty, 1);

    connect(m_quantity, &QComboBox::activated, this, [this](int index) {
        setQuantity(allQuantities()[static_cast<size_t>(index)]);
        Q_EMIT quantityChanged(m_canvas->quantity());
    });
    connect(m_find, &QLineEdit::textChanged, this, [this](const QString& text) {
        m_canvas->setFound(text);
        m_foundAt = -1;
        if (!text.isEmpty()) find(1);
    });
    connect(m_find, &QLineEdit::returnPressed, this, [this] { find(1); });
    connect(m_fit, &QPushButton::clicked, m_canvas, &NetworkCanvas::fit);
    connect(m_zoom, &QPushButton::clicked, this, [this] { m_canvas->setZoom(1, QRectF(m_canvas->rect()).center()); });
    connect(m_canvas, &NetworkCanvas::zoomChanged, this,
            [this](double zoom) { m_zoom->setText(tr("%1 %").arg(std::lround(zoom * 100))); });
    connect(m_worst, &QPushButton::clicked, m_canvas, &NetworkCanvas::goToWorst);
    connect(m_measure, &QPushButton::clicked, this, &NetworkWidget::measure);
    connect(m_canvas, &NetworkCanvas::layerClicked, &context.selection, &Selection::setLayer);
    connect(&m_canvas->plotActions(), &PlotActions::failed, &context.store, &StoreFollower::failed);
    connect(&context.jobs, &JobList::ended, this, &NetworkWidget::ask);
    connect(&context.selection, &Selection::epochChanged, this, &NetworkWidget::ask);
    connect(&context.selection, &Selection::layerChanged, this, &NetworkWidget::showLayer);
    showQuantity();
}

void NetworkWidget::setRun(const RunId& run) {
    m_run = run;
    ask();
}

void NetworkWidget::setQuantity(Quantity quantity) {
    m_canvas->setQuantity(quantity);
    showQuantity();
}

void NetworkWidget::ask() {
    // The epoch chosen is one of the chosen run; another run beside it shows its latest.
    const Selection& selection = m_context.selection;
    const auto epoch = selection.run() == m_run ? selection.epoch() : std::nullopt;
    m_question.ask(
        [reads = m_reader, run = m_run, epoch](const RunReader& reader) { return reads->read(reader, run, epoch); },
        [this](const NetworkData& network) { showNetwork(network); });
}

void NetworkWidget::showNetwork(const NetworkData& network) {
    m_network = std::make_shared<const NetworkData>(network);
    m_canvas->setNetwork(m_network);
    const bool isEmpty = network.graph.layers.empty();
    if (isEmpty) {
        m_empty->setText(m_run.empty() ? tr("The layers of a run and what rounding costs each of them appear here.\n"
                                            "Choose a run (Ctrl+1).")
                                       : tr("This run's configuration makes no network: %1").arg(network.problem));
    }
    m_empty->setEmpty(isEmpty);
    showQuantity();
    showLayer();
}

void NetworkWidget::showQuantity() {
    const Quantity quantity = m_canvas->quantity();
    m_quantity->setCurrentIndex(m_quantity->findData(keyOf(quantity)));
    m_measure->setVisible(quantity == Quantity::kAccuracyLost);
    m_sentence->setText(m_network ? m_canvas->plotSentence() : QString());
    m_worst->setEnabled(m_network && !m_network->worstFirst(quantity).empty());
}

void NetworkWidget::showLayer() {
    const QString name = m_context.selection.layer();
    m_canvas->setLayer(name);
    const int index = m_network ? m_network->graph.index_of(name.toStdString()) : -1;
    if (index < 0) {
        m_details->setText(tr("Choose a layer."));
        return;
    }
    const Layer& layer = m_network->graph.layers[static_cast<size_t>(index)];
    QString html = "<p><b>" + name.toHtmlEscaped() + "</b><br>" +
                   tr("%1, %2").arg(QString::fromStdString(to_string(layer.kind)).replace('_', ' '), shapeText(layer)) +
                   "</p><table cellspacing=0 cellpadding=1>";
    html +=
        row(tr("output"),
            QString("%1\u00d7%2\u00d7%3").arg(layer.output.channels).arg(layer.output.height).arg(layer.output.width));
    if (layer.has_weights()) html += row(tr("multiplications"), text::count(layer.macs()));
    if (layer.clip_owner >= 0 && layer.clip_owner != index)
        html += row(tr("clips with"),
                    QString::fromStdString(m_network->graph.layers[static_cast<size_t>(layer.clip_owner)].name));
    for (const Quantity quantity : allQuantities()) {
        const auto value = m_network->value(quantity, layer.name);
        if (value) html += row(titleOf(quantity), textOf(quantity, *value));
    }
    html += "</table>";
    if (const FormatLayer* formats = m_network->find(layer.name); formats != nullptr && formats->report) {
        html += "<p>" + layerSentence(*formats, false).toHtmlEscaped().replace("   ", "<br>") + "</p>";
        html += "<p>" + tr("Input: %1.").arg(whySentence(*formats->report, false).toHtmlEscaped()) + "</p>";
        html += "<p>" + tr("Weight: %1.").arg(whySentence(*formats->report, true).toHtmlEscaped()) + "</p>";
    }
    m_details->setText(html);
}

void NetworkWidget::find(int by) {
    const std::vector<int>& found = m_canvas->found();
    if (found.empty()) return;
    const int count = static_cast<int>(found.size());
    m_foundAt = m_foundAt < 0 ? (by > 0 ? 0 : count - 1) : (m_foundAt + by + count) % count;
    m_context.selection.setLayer(QString::fromStdString(
        m_network->graph.layers[static_cast<size_t>(found[static_cast<size_t>(m_foundAt)])].name));
}

bool NetworkWidget::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_find && event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if (key->key() == Qt::Key_F3) {
            find(key->modifiers().testFlag(Qt::ShiftModifier) ? -1 : 1);
            return true;
        }
        if (key->key() == Qt::Key_Escape) {
            m_find->clear();
            m_canvas->setFocus();
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

void NetworkWidget::measure() {
    const RunSummary* run = m_context.runActions.find(m_run);
    if (run == nullptr) return;
    const QString path = QString::fromStdString(sensitivityPath(run->folder));
    m_context.jobs.start(
        tr("Measure each layer of %1 alone").arg(QString::fromStdString(run->name)), workerProgram(),
        {"analyze", "sensitivity", QString::fromStdString(m_run.text()), "--json", "--store", m_context.store.path()},
        [path](const QByteArray& json, int) {
            QSaveFile file(path);
            if (!file.open(QIODevice::WriteOnly) || file.write(json) != json.size() || !file.commit())
                return tr("cannot write %1: %2").arg(path, file.errorString());
            return tr("%1 layers measured").arg(parseSensitivity(json).size());
        });
}

void NetworkWidget::exportView() {
    if (!m_empty->isEmpty()) m_canvas->plotActions().exportWithDialog();
}

void registerNetworkView(ViewRegistry& registry) {
    const auto tr = [](const char* text) { return QCoreApplication::translate("f8net::NetworkWidget", text); };
    registry.add(
        {"network", tr("Network"), "network", ViewPlace::kRightBottom, true, QKeySequence("Ctrl+5"),
         tr("The layers from input to output, a row per stage; shortcuts run below or as arcs above and meet the main "
            "path in a sum. Colour is the chosen quantity on a range that is the same for every run; hatched: no "
            "value. "
            "Worst layer jumps to the one to blame, again to the next."),
         [](const ViewContext& context, QWidget* parent) -> QWidget* {
             auto* widget = new NetworkWidget(context, parent);
             Selection& selection = context.selection;
             Settings& settings = context.settings;
             const QString chosen = settings.value("network/quantity").toString();
             for (const Quantity quantity : allQuantities()) {
                 if (keyOf(quantity) == chosen) widget->setQuantity(quantity);
             }
             QObject::connect(&selection, &Selection::runChanged, widget,
                              [widget, &selection] { widget->setRun(selection.run()); });
             QObject::connect(widget, &NetworkWidget::quantityChanged, widget, [&settings](Quantity quantity) {
                 settings.setValue("network/quantity", keyOf(quantity));
             });
             widget->setRun(selection.run());
             return widget;
         }});
}

}  // namespace f8net
