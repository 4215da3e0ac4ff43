// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/sigma/sigma_view.h"

#include <QCoreApplication>
#include <QHBoxLayout>
#include <QSpinBox>
#include <QVBoxLayout>

#include "widgets/plots/plot_actions.h"
#include "widgets/sigma/sigma_chart.h"
#include "widgets/support/selection.h"

namespace f8net {

SigmaView::SigmaView(const ViewContext& context, QWidget* parent)
    : QWidget(parent),
      m_context(context),
      m_question(context.store),
      m_reader(std::make_shared<SigmaReader>()),
      m_wordLength(new QSpinBox),
      m_unsigned(new SigmaChart(false)),
      m_signed(new SigmaChart(true)),
      m_sentence(new QLabel),
      m_remembered(context.settings, "sigma") {
    m_wordLength->setRange(2, 8);
    m_wordLength->setValue(8);
    m_remembered.keep("wordLength", m_wordLength);
    m_wordLength->setAccessibleName(tr("Word length in bits"));
    m_sentence->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_sentence->setWordWrap(true);

    auto* label = new QLabel(tr("&Word length"));
    label->setBuddy(m_wordLength);
    auto* bar = new QHBoxLayout;
    bar->setSpacing(8);
    bar->addWidget(m_sentence, 1);
    bar->addWidget(label);
    bar->addWidget(m_wordLength);
    auto* charts = new QHBoxLayout;
    charts->setSpacing(8);
    charts->addWidget(m_unsigned, 1);
    charts->addWidget(m_signed, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->setSpacing(8);
    layout->addLayout(bar);
    layout->addLayout(charts, 1);

    connect(m_wordLength, &QSpinBox::valueChanged, this, &SigmaView::ask);
    for (const auto changed : {&Selection::runChanged, &Selection::epochChanged}) {
        connect(&context.selection, changed, this, &SigmaView::ask);
    }
    connect(&context.selection, &Selection::layerChanged, this, &SigmaView::showLayer);
    connect(&context.selection, &Selection::tensorChanged, this, &SigmaView::showLayer);
    for (SigmaChart* chart : {m_unsigned, m_signed}) {
        connect(chart, &SigmaChart::markClicked, this, [this](const QString& layer, bool isWeight) {
            m_context.selection.setTensor(isWeight ? "weight" : "input");
            m_context.selection.setLayer(layer);
        });
        connect(&chart->plotActions(), &PlotActions::failed, &context.store, &StoreFollower::failed);
    }
    ask();
}

void SigmaView::ask() {
    const FormatsRequest request{m_context.selection.run(), {}, m_context.selection.epoch()};
    m_question.ask([reads = m_reader, request, wordLength = m_wordLength->value()](
                       const RunReader& reader) { return reads->read(reader, request, wordLength); },
                   [this](const SigmaData& shown) { showData(shown); });
}

void SigmaView::showData(const SigmaData& shown) {
    m_data = std::make_shared<const SigmaData>(shown);
    m_unsigned->setStudy(m_data);
    m_signed->setStudy(m_data);
    showLayer();
}

void SigmaView::showLayer() {
    const Selection& selection = m_context.selection;
    const bool isWeight = selection.tensor() == "weight";
    m_unsigned->setSelected(selection.layer(), isWeight);
    m_signed->setSelected(selection.layer(), isWeight);
    if (!m_data) return;
    if (m_data->runName.isEmpty()) {
        m_sentence->setText(tr("Choose a run in Runs (Ctrl+1) to see its layers on these curves."));
        return;
    }
    if (m_data->epoch == 0) {
        m_sentence->setText(
            tr("%1 has no formats yet: its layers appear with the first fixed-point epoch.").arg(m_data->runName));
        return;
    }
    for (const LayerMark& mark : m_data->marks) {
        if (QString::fromStdString(mark.layer) == selection.layer() && mark.is_weight == isWeight) {
            m_sentence->setText(markSentence(mark));
            return;
        }
    }
    if (m_data->marks.empty()) {
        m_sentence->setText(
            m_data->numWithoutSigma > 0
                ? tr("The formats of %1 were not chosen by the spread of the data, so no layer is marked.")
                      .arg(m_data->runName)
                : tr("%1 has no words of %2 bits.").arg(m_data->runName).arg(m_wordLength->value()));
        return;
    }
    m_sentence->setText(tr("%n tensor(s) of %1 are marked; click one.", nullptr, static_cast<int>(m_data->marks.size()))
                            .arg(m_data->runName));
}

void SigmaView::exportView() {
    (m_signed->hasFocus() ? m_signed : m_unsigned)->plotActions().exportWithDialog();
}

void registerSigmaView(ViewRegistry& registry) {
    const auto tr = [](const char* text) { return QCoreApplication::translate("f8net::SigmaView", text); };
    registry.add(
        {"sigma", tr("Sigma explorer"), "sigma", ViewPlace::kRightTop, false, QKeySequence("Ctrl+9"),
         tr("Each curve is one fractional length: how much rounding Gaussian data to it costs, against the spread of "
            "the data. The number above says which length is best where. Discs (inputs) and squares (weights) are the "
            "chosen run's layers on the curve of the length they have: those not on the lowest curve could do better."),
         [](const ViewContext& context, QWidget* parent) -> QWidget* { return new SigmaView(context, parent); }});
}

}  // namespace f8net
