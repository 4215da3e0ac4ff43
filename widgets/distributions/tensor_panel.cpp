// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/distributions/tensor_panel.h"

#include <QHBoxLayout>
#include <algorithm>

#include "widgets/support/colors.h"
#include "widgets/support/fonts.h"

namespace f8net {

namespace {

constexpr int kTop = 20;  // level with the plot's ranges
constexpr int kMargin = 10;

}  // namespace

TensorPanel::TensorPanel(QWidget* parent) : QWidget(parent), m_factsLabel(new QLabel), m_plot(new HistogramPlot) {
    m_factsLabel->setTextInteractionFlags(Qt::TextSelectableByMouse);
    showWidth();
    m_factsLabel->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Ignored);
    m_factsLabel->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_factsLabel->setContentsMargins(kMargin, kTop, 0, 0);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_plot, 1);
    layout->addWidget(m_factsLabel);
}

void TensorPanel::setDistribution(const TensorDistribution& distribution, const HistogramPlot::Options& options) {
    m_facts = factsOf(distribution);
    m_factsLabel->setAccessibleDescription(
        tr("Numbers of %1").arg(tensorTitle(distribution.histogram.tensor).toLower()));
    m_plot->setDistribution(distribution, options);
    showFacts();
}

void TensorPanel::showWidth() {
    // The same for every tensor, so that the plots of two stand above each other.
    m_factsLabel->setFixedWidth(fontMetrics().horizontalAdvance("clipped at the top") +
                                QFontMetrics(boldFont(font())).horizontalAdvance("100.00 %") + 2 * kMargin);
}

void TensorPanel::showFacts() {
    const Colors& colors = colorsOf(this);
    const int line = fontMetrics().height();
    // With room each number stands large below its name, else on its line.
    const bool isRoomy = m_factsLabel->height() >= static_cast<int>(m_facts.size()) * (line * 5 / 2 + 6) + kTop;
    const int lines = static_cast<int>(m_facts.size()) * (line + 2);
    m_factsLabel->setContentsMargins(kMargin, std::clamp(m_factsLabel->height() - lines, 0, kTop), 0, 0);
    const int numberSize = static_cast<int>(font().pointSizeF()) + 3;
    QString html =
        isRoomy ? QString()
                : QString("<table width='%1' cellspacing=0 cellpadding=1>").arg(m_factsLabel->contentsRect().width());
    for (const Fact& fact : m_facts) {
        const QString name = fact.name.toHtmlEscaped(), value = fact.value.toHtmlEscaped();
        const QString color = (fact.isTrouble ? colors.trouble : colors.text).name();
        if (isRoomy) {
            html += QString(
                        "<p style='margin:0 0 6px 0'><span style='color:%1'>%2</span><br>"
                        "<span style='font-size:%3pt;color:%4'>%5</span></p>")
                        .arg(colors.dim.name(), name)
                        .arg(numberSize)
                        .arg(color, value);
        } else {
            html += QString("<tr><td style='color:%1'>%2</td><td align=right style='color:%3'>%4</td></tr>")
                        .arg(colors.dim.name(), name, color, fact.isTrouble ? "<b>" + value + "</b>" : value);
        }
    }
    m_factsLabel->setText(isRoomy ? html : html + "</table>");
}

void TensorPanel::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange) showWidth();
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) showFacts();
}

void TensorPanel::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    showFacts();
}

}  // namespace f8net
