// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/network/network_pane.h"

#include <QVBoxLayout>

#include "widgets/models/job_list.h"
#include "widgets/network/network_canvas.h"
#include "widgets/panels/run_actions.h"
#include "widgets/plots/plot_actions.h"
#include "widgets/support/selection.h"

namespace f8net {

NetworkPane::NetworkPane(const ViewContext& context, QWidget* parent)
    : QWidget(parent),
      m_context(context),
      m_question(context.store),
      m_reader(std::make_shared<NetworkReader>()),
      m_sentence(new QLabel),
      m_canvas(new NetworkCanvas) {
    m_sentence->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_sentence->setWordWrap(true);
    m_sentence->setForegroundRole(QPalette::PlaceholderText);
    m_sentence->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_sentence->setAccessibleDescription(tr("The network in words"));
    auto* content = new QWidget;
    auto* picture = new QVBoxLayout(content);
    picture->setContentsMargins(0, 0, 0, 0);
    picture->setSpacing(6);
    picture->addWidget(m_sentence);
    picture->addWidget(m_canvas, 1);
    m_empty = new EmptyState(content, tr("The layers of a run and what rounding costs each of them appear here.\n"
                                         "Choose a run (Ctrl+1)."));
    m_empty->setEmpty(true);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_empty);

    connect(m_canvas, &NetworkCanvas::layerClicked, &context.selection, &Selection::setLayer);
    connect(m_canvas, &NetworkCanvas::viewWanted, this, [this](const QString& layer, const QString& view) {
        m_context.selection.setLayer(layer);
        Q_EMIT m_context.runActions.viewRequested(view);
    });
    connect(&m_canvas->plotActions(), &PlotActions::failed, &context.store, &StoreFollower::failed);
    connect(&context.jobs, &JobList::ended, this, &NetworkPane::ask);
    connect(&context.selection, &Selection::epochChanged, this, &NetworkPane::ask);
    connect(&context.selection, &Selection::layerChanged, m_canvas,
            [this] { m_canvas->setLayer(m_context.selection.layer()); });
}

void NetworkPane::setRun(const RunId& run) {
    if (run != m_run) m_network.reset();
    m_run = run;
    ask();
}

void NetworkPane::setQuantity(Quantity quantity) {
    m_canvas->setQuantity(quantity);
    m_sentence->setText(m_network ? m_canvas->plotSentence() : QString());
}

void NetworkPane::ask() {
    // The epoch chosen is one of the chosen run; another run beside it shows its latest.
    const Selection& selection = m_context.selection;
    const auto epoch = selection.run() == m_run ? selection.epoch() : std::nullopt;
    m_question.ask(
        [reads = m_reader, run = m_run, epoch](const RunReader& reader) { return reads->read(reader, run, epoch); },
        [this](const NetworkData& network) { showNetwork(network); });
}

void NetworkPane::showNetwork(const NetworkData& network) {
    m_network = std::make_shared<const NetworkData>(network);
    m_canvas->setNetwork(m_network);
    m_canvas->setLayer(m_context.selection.layer());
    m_sentence->setText(m_canvas->plotSentence());
    const bool isEmpty = network.graph.layers.empty();
    if (isEmpty) {
        m_empty->setText(m_run.empty() ? tr("The layers of a run and what rounding costs each of them appear here.\n"
                                            "Choose a run (Ctrl+1).")
                                       : tr("This run's configuration makes no network: %1").arg(network.problem));
    }
    m_empty->setEmpty(isEmpty);
    Q_EMIT networkChanged();
}

}  // namespace f8net
