// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/compare/network_pair.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QPainter>
#include <QSplitter>
#include <QVBoxLayout>
#include <algorithm>

#include "widgets/network/network_canvas.h"
#include "widgets/network/network_legend.h"
#include "widgets/network/network_pane.h"
#include "widgets/network/quantity_box.h"
#include "widgets/panels/run_actions.h"
#include "widgets/plots/plot_actions.h"
#include "widgets/support/colors.h"
#include "widgets/support/selection.h"

namespace f8net {

namespace {

constexpr int kSwatch = 12;

QPixmap swatch(const QColor& color, double ratio) {
    QPixmap picture(QSize(kSwatch, kSwatch) * ratio);
    picture.setDevicePixelRatio(ratio);
    picture.fill(Qt::transparent);
    QPainter painter(&picture);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(color);
    painter.drawRoundedRect(QRectF(0, 0, kSwatch, kSwatch), 3, 3);
    return picture;
}

}  // namespace

NetworkPair::NetworkPair(const ViewContext& context, QWidget* parent)
    : QWidget(parent),
      m_context(context),
      m_quantity(new QuantityBox),
      m_find(new QLineEdit),
      m_fit(new QPushButton(tr("F&it"))),
      m_largest(new QPushButton(tr("Largest &difference"))),
      m_swatch(new QLabel),
      m_first(new QLabel),
      m_sentence(new QLabel),
      m_legend(new NetworkLegend),
      m_other(new QComboBox),
      m_panes{new NetworkPane(context), new NetworkPane(context)},
      m_remembered(context.settings, "networkPair") {
    m_find->setObjectName("find");  // Ctrl+F
    m_find->setPlaceholderText(tr("Find a layer"));
    m_find->setAccessibleName(tr("Find a layer"));
    m_find->setClearButtonEnabled(true);
    m_find->setMaximumWidth(200);
    m_fit->setToolTip(tr("The whole networks (F in a picture)"));
    m_largest->setToolTip(tr("The layer in which the two differ most; again: the next one"));
    m_first->setAccessibleDescription(tr("The baseline"));
    m_first->setTextFormat(Qt::PlainText);
    m_other->setAccessibleName(tr("Run beside the baseline"));
    m_other->setIconSize({kSwatch, kSwatch});
    m_other->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_sentence->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_sentence->setWordWrap(true);
    m_sentence->setAccessibleDescription(tr("The chosen layer in both"));
    const std::array<QString, 2> names{tr("Network of the baseline"), tr("Network of the other run")};

    auto* bar = new QHBoxLayout;
    bar->setSpacing(8);
    auto* label = new QLabel(tr("&Paint by"));
    label->setBuddy(m_quantity);
    bar->addWidget(label);
    bar->addWidget(m_quantity);
    bar->addWidget(m_find, 1);
    bar->addStretch(1);
    bar->addWidget(m_fit);
    bar->addWidget(m_largest);
    auto* sides = new QSplitter(Qt::Horizontal);
    sides->setChildrenCollapsible(false);
    for (size_t side = 0; side < m_panes.size(); ++side) {
        auto* column = new QWidget;
        auto* layout = new QVBoxLayout(column);
        layout->setContentsMargins(0, 0, 0, 0);
        layout->setSpacing(4);
        auto* head = new QHBoxLayout;
        if (side == 0) {
            head->addWidget(m_swatch);
            head->addWidget(m_first, 1);
            head->addStrut(m_other->sizeHint().height());  // the pictures begin at one height
        } else {
            head->addWidget(m_other);
        }
        layout->addLayout(head);
        layout->addWidget(m_panes[side], 1);
        sides->addWidget(column);
        m_panes[side]->canvas()->setAccessibleName(names[side]);
        m_panes[side]->canvas()->setHasLegend(false);
    }
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 8, 0, 0);
    layout->setSpacing(6);
    layout->addLayout(bar);
    layout->addWidget(sides, 1);
    auto* words = new QHBoxLayout;
    words->setSpacing(16);
    words->addWidget(m_sentence, 1);
    words->addWidget(m_legend, 0, Qt::AlignTop);
    layout->addLayout(words);

    connect(m_quantity, &QuantityBox::chosen, this, &NetworkPair::setQuantity);
    connect(m_find, &QLineEdit::textChanged, this, [this](const QString& text) {
        for (NetworkPane* pane : m_panes) pane->canvas()->setFound(text);
    });
    connect(m_fit, &QPushButton::clicked, m_panes[0]->canvas(), &NetworkCanvas::fit);
    connect(m_fit, &QPushButton::clicked, m_panes[1]->canvas(), &NetworkCanvas::fit);
    connect(m_largest, &QPushButton::clicked, this, &NetworkPair::showLargestDifference);
    connect(m_other, &QComboBox::currentIndexChanged, this, &NetworkPair::showRuns);
    for (const auto& [leads, follows] : {std::pair(m_panes[0], m_panes[1]), std::pair(m_panes[1], m_panes[0])}) {
        connect(leads->canvas(), &NetworkCanvas::moved, follows,
                [from = leads->canvas(), to = follows->canvas()] { to->follow(*from); });
        connect(leads, &NetworkPane::networkChanged, this, &NetworkPair::showDifference);
    }
    connect(&context.selection, &Selection::layerChanged, this, &NetworkPair::showDifference);
    m_quantity->setQuantity(m_panes[0]->canvas()->quantity());
    m_remembered.keep("quantity", m_quantity);
    setQuantity(m_quantity->quantity());
}

void NetworkPair::setRuns(std::vector<RunId> runs) {
    if (runs == m_runs) return;
    const RunId before(m_other->currentData().toString().toStdString());
    m_runs = std::move(runs);
    const QSignalBlocker blocker(m_other);
    m_other->clear();
    for (size_t i = 1; i < m_runs.size(); ++i) addRun(m_runs[i]);
    const int kept = m_other->findData(QString::fromStdString(before.text()));
    m_other->setCurrentIndex(std::max(kept, 0));
    if (isVisible()) showRuns();
}

void NetworkPair::addRun(const RunId& run) {
    const RunSummary* known = m_context.runActions.find(run);
    const QString id = QString::fromStdString(run.text());
    if (known == nullptr) return m_other->addItem(id, id);
    const QColor color = runColor(colorsOf(this), known->colour_index);
    m_other->addItem(QIcon(swatch(color, devicePixelRatioF())), QString::fromStdString(known->name), id);
}

void NetworkPair::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    showRuns();
}

void NetworkPair::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() != QEvent::PaletteChange) return;
    std::vector<RunId> runs;
    std::swap(runs, m_runs);
    setRuns(std::move(runs));  // swatches in the colours of the theme
}

void NetworkPair::showRuns() {
    if (m_runs.size() < 2) return;
    const RunSummary* first = m_context.runActions.find(m_runs.front());
    const QColor color = runColor(colorsOf(this), first != nullptr ? first->colour_index : 0);
    m_swatch->setPixmap(swatch(color, devicePixelRatioF()));
    m_first->setText(QString::fromStdString(first ? first->name : m_runs.front().text()) + " *");
    const std::array<RunId, 2> shown{m_runs.front(), RunId(m_other->currentData().toString().toStdString())};
    for (size_t side = 0; side < m_panes.size(); ++side) {
        if (m_panes[side]->run() != shown[side]) m_panes[side]->setRun(shown[side]);
    }
    showDifference();
}

void NetworkPair::setQuantity(Quantity quantity) {
    m_quantity->setQuantity(quantity);
    m_legend->setQuantity(quantity);
    for (NetworkPane* pane : m_panes) pane->setQuantity(quantity);
    showDifference();
}

void NetworkPair::showDifference() {
    const NetworkData *first = m_panes[0]->network(), *other = m_panes[1]->network();
    const Quantity quantity = m_quantity->quantity();
    m_largest->setEnabled(first && other && !differMost(quantity, *first, *other).empty());
    const QString layer = m_context.selection.layer();
    if (layer.isEmpty() || !first || !other) {
        m_sentence->setText(tr("Choose a layer: it is chosen in both, and this line says what it is in each."));
        return;
    }
    const auto a = first->value(quantity, layer.toStdString()), b = other->value(quantity, layer.toStdString());
    const auto text = [&](const std::optional<double>& value) {
        return value ? measureOf(quantity, *value) : tr("no value");
    };
    m_sentence->setText(a && b && *a == *b
                            ? tr("%1, %2: %3 in both").arg(layer, titleOf(quantity), text(a))
                            : tr("%1, %2: %3 in the baseline, %4 in %5")
                                  .arg(layer, titleOf(quantity), text(a), text(b), m_other->currentText()));
}

void NetworkPair::showLargestDifference() {
    const NetworkData *first = m_panes[0]->network(), *other = m_panes[1]->network();
    if (!first || !other) return;
    const std::vector<std::string> ranked = differMost(m_quantity->quantity(), *first, *other);
    if (ranked.empty()) return;
    const auto at = std::ranges::find(ranked, m_context.selection.layer().toStdString());
    const bool isOn = at != ranked.end() && at + 1 != ranked.end();
    m_context.selection.setLayer(QString::fromStdString(isOn ? *(at + 1) : ranked.front()));
}

void NetworkPair::exportView() {
    NetworkPane* const pane = m_panes[1]->canvas()->hasFocus() ? m_panes[1] : m_panes[0];
    if (!pane->emptyState()->isEmpty()) pane->canvas()->plotActions().exportWithDialog();
}

}  // namespace f8net
