// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/network/network_widget.h"

#include <QCoreApplication>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QSaveFile>
#include <QSplitter>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <utility>

#include "widgets/models/job_list.h"
#include "widgets/network/network_canvas.h"
#include "widgets/network/quantity_box.h"
#include "widgets/panels/run_actions.h"
#include "widgets/plots/plot_actions.h"
#include "widgets/support/colors.h"
#include "widgets/support/fonts.h"
#include "widgets/support/number_text.h"
#include "widgets/support/selection.h"

namespace f8net {

namespace {

QString row(const QString& name, const QString& value) {
    return QString("<tr><td>%1&nbsp;&nbsp;</td><td>%2</td></tr>").arg(name.toHtmlEscaped(), value.toHtmlEscaped());
}

/// As wide as its text, which a layout of many controls in a narrow view needs.
QPushButton* narrowButton(const QString& text, const QString& name, const QString& toolTip) {
    auto* button = new QPushButton(text);
    button->setFixedWidth(button->fontMetrics().height() * 2);
    button->setAccessibleName(name);
    button->setToolTip(toolTip);
    return button;
}

}  // namespace

NetworkWidget::NetworkWidget(const ViewContext& context, QWidget* parent)
    : QWidget(parent),
      m_context(context),
      m_pane(new NetworkPane(context)),
      m_quantity(new QuantityBox),
      m_find(new QLineEdit),
      m_details(new QTextBrowser),
      m_measure(new QPushButton(tr("&Measure"))),
      m_worst(new QPushButton(tr("&Worst layer"))),
      m_fit(new QPushButton(tr("F&it"))),
      m_zoomOut(narrowButton("\u2212", tr("Zoom out"), tr("Zoom out (- in the picture)"))),
      m_zoom(new QPushButton(tr("100 %"))),
      m_zoomIn(narrowButton("+", tr("Zoom in"), tr("Zoom in (+ in the picture)"))),
      m_splitter(new QSplitter(Qt::Horizontal)),
      m_remembered(context.settings, "network") {
    m_find->setObjectName("find");  // Ctrl+F
    m_find->setPlaceholderText(tr("Find a layer"));
    m_find->setAccessibleName(tr("Find a layer"));
    m_find->setToolTip(tr("Ctrl+F; Return or F3 next, Shift+F3 previous"));
    m_find->setClearButtonEnabled(true);
    m_find->setMinimumWidth(fontMetrics().horizontalAdvance(m_find->placeholderText()) + 24);
    m_find->setMaximumWidth(200);
    m_find->installEventFilter(this);
    m_worst->setToolTip(tr("The layer to blame; again: the next one (W, Shift+W in the picture)"));
    m_measure->setToolTip(tr("Tries each layer alone on 200 images, in the background"));
    m_fit->setToolTip(tr("The whole network (F in the picture)"));
    m_zoom->setToolTip(tr("Back to 100 %"));
    m_zoom->setAccessibleName(tr("Zoom"));
    // Wraps long names of layers wherever it must; what is copied out of it is the name.
    m_details->setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    m_details->setFrameShape(QFrame::NoFrame);
    m_details->setOpenLinks(false);
    m_details->setTabChangesFocus(true);
    m_details->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_details->viewport()->setAutoFillBackground(false);
    m_details->document()->setDocumentMargin(8);
    // Names of numbers on one line with the longest of them, beside the scroll bar.
    const int detailsWidth = columnWidth(fontMetrics(), titleOf(Quantity::kClipped)) +
                             columnWidth(fontMetrics(), "128\u00d7128\u00d7128") + 24;
    m_details->setMinimumWidth(detailsWidth);
    m_details->setAccessibleName(tr("The chosen layer"));

    auto* bar = new QHBoxLayout;
    bar->setSpacing(8);
    auto* label = new QLabel(tr("&Paint by"));
    label->setBuddy(m_quantity);
    bar->addWidget(label);
    bar->addWidget(m_quantity);
    bar->addWidget(m_measure);
    bar->addWidget(m_find, 1);
    bar->addStretch(1);
    auto* zooming = new QHBoxLayout;
    zooming->setSpacing(2);
    for (QPushButton* button : {m_fit, m_zoomOut, m_zoom, m_zoomIn}) zooming->addWidget(button);
    bar->addLayout(zooming);
    bar->addWidget(m_worst);
    m_splitter->addWidget(m_pane);
    m_splitter->addWidget(m_details);
    m_splitter->setStretchFactor(0, 1);
    m_splitter->setSizes({700, detailsWidth});
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->setSpacing(6);
    layout->addLayout(bar);
    layout->addWidget(m_splitter, 1);

    connect(m_quantity, &QuantityBox::chosen, this, &NetworkWidget::setQuantity);
    connect(m_find, &QLineEdit::textChanged, this, [this](const QString& text) {
        canvas()->setFound(text);
        m_foundAt = -1;
        if (!text.isEmpty()) findNext(1);
    });
    connect(m_find, &QLineEdit::returnPressed, this, [this] { findNext(1); });
    connect(m_fit, &QPushButton::clicked, canvas(), &NetworkCanvas::fit);
    connect(m_zoomOut, &QPushButton::clicked, canvas(), &NetworkCanvas::zoomOut);
    connect(m_zoomIn, &QPushButton::clicked, canvas(), &NetworkCanvas::zoomIn);
    connect(m_zoom, &QPushButton::clicked, this, [this] { canvas()->setZoom(1, QRectF(canvas()->rect()).center()); });
    connect(canvas(), &NetworkCanvas::zoomChanged, this,
            [this](double zoom) { m_zoom->setText(tr("%1 %").arg(std::lround(zoom * 100))); });
    connect(m_worst, &QPushButton::clicked, canvas(), &NetworkCanvas::goToWorst);
    connect(m_measure, &QPushButton::clicked, this, &NetworkWidget::measure);
    connect(m_pane, &NetworkPane::networkChanged, this, &NetworkWidget::showNetwork);
    connect(&context.selection, &Selection::layerChanged, this, &NetworkWidget::showLayer);
    m_details->hide();
    m_quantity->setQuantity(canvas()->quantity());
    m_remembered.keep("quantity", m_quantity);
    setQuantity(m_quantity->quantity());
}

void NetworkWidget::setRun(const RunId& run) {
    m_isWorstWanted = false;
    m_pane->setRun(run);
}

void NetworkWidget::setQuantity(Quantity quantity) {
    m_pane->setQuantity(quantity);
    showQuantity();
}

void NetworkWidget::showNetwork() {
    m_details->setVisible(!emptyState()->isEmpty());
    showQuantity();
    showLayer();
    if (m_isWorstWanted) showWorstLayer();
}

void NetworkWidget::showQuantity() {
    const Quantity quantity = canvas()->quantity();
    m_quantity->setQuantity(quantity);
    m_measure->setVisible(quantity == Quantity::kAccuracyLost);
    m_worst->setEnabled(m_pane->network() && !m_pane->network()->worstFirst(quantity).empty());
}

void NetworkWidget::showWorstLayer() {
    const NetworkData* network = m_pane->network();
    m_isWorstWanted = network == nullptr;
    if (m_isWorstWanted) return;
    const auto blames = [&](Quantity quantity) {
        return !isLength(quantity) && !network->worstFirst(quantity).empty();
    };
    if (!blames(canvas()->quantity())) {
        const auto able = std::ranges::find_if(allQuantities(), blames);
        if (able == allQuantities().end()) return;
        setQuantity(*able);
    }
    canvas()->goToWorst();
}

void NetworkWidget::showLayer() {
    const QString name = m_context.selection.layer();
    const NetworkData* network = m_pane->network();
    const int index = network ? network->graph.index_of(name.toStdString()) : -1;
    if (index < 0) return showDetails("<p>" + tr("Choose a layer.") + "</p>");
    const Layer& layer = network->graph.layers[static_cast<size_t>(index)];
    QString html = "<p><b>" + name.toHtmlEscaped() + "</b><br>" +
                   tr("%1, %2").arg(QString::fromStdString(to_string(layer.kind)).replace('_', ' '), shapeText(layer)) +
                   "</p><table cellspacing=0 cellpadding=1>";
    html +=
        row(tr("output"),
            QString("%1\u00d7%2\u00d7%3").arg(layer.output.channels).arg(layer.output.height).arg(layer.output.width));
    if (layer.has_weights()) html += row(tr("multiplications"), text::count(layer.macs()));
    for (const Quantity quantity : allQuantities()) {
        const auto value = network->value(quantity, layer.name);
        if (value) html += row(titleOf(quantity), measureOf(quantity, *value));
    }
    html += "</table>";
    if (layer.clip_owner >= 0 && layer.clip_owner != index) {
        const std::string& owner = network->graph.layers[static_cast<size_t>(layer.clip_owner)].name;
        html += "<p>" + tr("Clips with %1").arg(QString::fromStdString(owner).toHtmlEscaped()) + "</p>";
    }
    if (const FormatLayer* formats = network->find(layer.name); formats != nullptr && formats->report) {
        html += "<p>" + layerSentence(*formats, false).toHtmlEscaped().replace("   ", "<br>") + "</p>";
        html += "<p>" + tr("Input: %1.").arg(whySentence(*formats->report, false).toHtmlEscaped()) + "</p>";
        html += "<p>" + tr("Weight: %1.").arg(whySentence(*formats->report, true).toHtmlEscaped()) + "</p>";
    }
    showDetails(html);
}

void NetworkWidget::showDetails(const QString& html) {
    // A running run asks again and again: what is marked or scrolled to stays.
    if (html == std::exchange(m_detailsHtml, html)) return;
    m_details->setHtml(html);
}

void NetworkWidget::findNext(int by) {
    const std::vector<int>& found = canvas()->found();
    const NetworkData* network = m_pane->network();
    if (found.empty() || network == nullptr) return;
    const int count = static_cast<int>(found.size());
    m_foundAt = m_foundAt < 0 ? (by > 0 ? 0 : count - 1) : (m_foundAt + by + count) % count;
    m_context.selection.setLayer(
        QString::fromStdString(network->graph.layers[static_cast<size_t>(found[static_cast<size_t>(m_foundAt)])].name));
}

bool NetworkWidget::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_find && event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if (key->key() == Qt::Key_Escape) {
            m_find->clear();
            canvas()->setFocus();
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

void NetworkWidget::measure() {
    const RunSummary* run = m_context.runActions.find(m_pane->run());
    if (run == nullptr) return;
    const QString path = QString::fromStdString(sensitivityPath(run->folder));
    m_context.jobs.start(tr("Measure each layer of %1 alone").arg(QString::fromStdString(run->name)), workerProgram(),
                         {"analyze", "sensitivity", QString::fromStdString(m_pane->run().text()), "--json", "--store",
                          m_context.store.path()},
                         [path](const QByteArray& json, int) {
                             QSaveFile file(path);
                             if (!file.open(QIODevice::WriteOnly) || file.write(json) != json.size() || !file.commit())
                                 return tr("cannot write %1: %2").arg(path, file.errorString());
                             return tr("%1 layers measured").arg(parseSensitivity(json).size());
                         });
}

void NetworkWidget::exportView() {
    if (!emptyState()->isEmpty()) canvas()->plotActions().exportWithDialog();
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
             QObject::connect(&selection, &Selection::runChanged, widget,
                              [widget, &selection] { widget->setRun(selection.run()); });
             widget->setRun(selection.run());
             return widget;
         }});
}

}  // namespace f8net
