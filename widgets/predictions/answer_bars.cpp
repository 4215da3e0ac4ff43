// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/predictions/answer_bars.h"

#include <QEvent>
#include <QMenu>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "widgets/plots/plot_actions.h"
#include "widgets/support/colors.h"
#include "widgets/support/focus_ring.h"
#include "widgets/support/fonts.h"
#include "widgets/support/number_text.h"
#include "widgets/support/qcustomplot.h"

namespace f8net {

namespace {

constexpr int kGap = 8;
constexpr int kLeastBar = 20;  // beside a long name
constexpr int kMostRows = 5;
constexpr int kSwatch = 12;

/// With its swatch and a gap to the next.
int legendWidth(const QFontMetrics& metrics, const QString& text) {
    return kSwatch + kGap / 2 + metrics.horizontalAdvance(text) + kGap;
}

QString probabilityText(const std::optional<double>& probability) {
    return probability ? text::percent(*probability) : text::none();
}

}  // namespace

AnswerBars::AnswerBars(QWidget* parent) : QWidget(parent), m_actions(new PlotActions(*this)) {
    setFocusPolicy(Qt::StrongFocus);
    m_actions->becomeContextMenu();
    describeToAssistants(*this);
}

void AnswerBars::setFlips(std::shared_ptr<const FlipsData> found, std::optional<size_t> image) {
    m_data = std::move(found);
    m_image = image;
    m_rows.clear();
    if (const FlippedImage* shown = this->image()) {
        const auto row = [this](int64_t label) -> Row& {
            for (Row& each : m_rows) {
                if (each.label == label) return each;
            }
            return m_rows.emplace_back(Row{label, {}, {}});
        };
        for (const RankedClass& each : shown->real_top) row(each.label).real = each.probability;
        for (const RankedClass& each : shown->integer_top) row(each.label).integer = each.probability;
        std::stable_sort(m_rows.begin(), m_rows.end(), [](const Row& a, const Row& b) {
            return std::max(a.real.value_or(0), a.integer.value_or(0)) >
                   std::max(b.real.value_or(0), b.integer.value_or(0));
        });
        if (m_rows.size() > kMostRows) m_rows.resize(kMostRows);
    }
    describeToAssistants(*this);
    updateGeometry();
    update();
}

const FlippedImage* AnswerBars::image() const {
    return m_data && m_image ? &m_data->flips.flipped[*m_image] : nullptr;
}

QString AnswerBars::plotTitle() const {
    return tr("Likeliest classes [%]");
}

QString AnswerBars::plotSentence() const {
    const FlippedImage* shown = image();
    return shown ? imageSentence(*m_data, *shown) : QString();
}

PlotTable AnswerBars::plotTable() const {
    PlotTable table{{tr("Class"), tr("Without rounding [%]"), tr("In integers [%]")}, {}};
    for (const Row& row : m_rows) {
        table.rows.push_back({m_data->className(row.label), row.real ? 100 * *row.real : std::nan(""),
                              row.integer ? 100 * *row.integer : std::nan("")});
    }
    return table;
}

std::vector<LegendEntry> AnswerBars::plotLegend() const {
    const Colors& colors = colorsOf(this);
    return {{tr("unrounded"), QPen(colors.accent, 2), {}}, {tr("in integers"), QPen(Qt::NoPen), colors.accent}};
}

int AnswerBars::rowHeight() const {
    return 2 * fontMetrics().height() + kGap;
}

QSize AnswerBars::sizeHint() const {
    return {360, fontMetrics().height() + kGap + kMostRows * rowHeight()};
}

QSize AnswerBars::minimumSizeHint() const {
    constexpr int kFewRows = 2;
    int legend = 0;
    for (const LegendEntry& entry : plotLegend()) legend += legendWidth(fontMetrics(), entry.text);
    return {legend, fontMetrics().height() + kGap + kFewRows * rowHeight()};
}

void AnswerBars::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    paintBars(painter, size());
    paintFocusRing(painter, *this);
}

void AnswerBars::paintPlot(QCPPainter& painter, const QSize& size) {
    painter.fillRect(QRect(QPoint(), size), colorsOf(this).base);
    paintBars(painter, size);
}

void AnswerBars::paintBars(QPainter& painter, const QSize& size) const {
    painter.setFont(font());
    const Colors& colors = colorsOf(this);
    const QFontMetrics metrics = fontMetrics();
    const int line = metrics.height(), numbers = metrics.horizontalAdvance("100.00 %") + kGap;
    int names = 0;
    const QFontMetrics bold(boldFont(font()));  // the true class
    for (const Row& row : m_rows) names = std::max(names, bold.horizontalAdvance("✓ " + m_data->className(row.label)));
    // Which classes they are counts for more than how long the bars are, whose numbers stand beside them.
    names = std::min(names, std::max(size.width() * 2 / 5, size.width() - numbers - kGap - kLeastBar)) + kGap;
    const double room = size.width() - names - numbers;
    if (room < 20) return;

    // What the bars are, as bars.
    painter.setPen(colors.dim);
    int x = 0;
    for (const auto& [text, isSolid] : {std::pair(tr("unrounded"), false), std::pair(tr("in integers"), true)}) {
        const QRectF swatch(x + 0.5, (line - 8) / 2 + 0.5, kSwatch - 1, 7);
        painter.setPen(QPen(colors.accent, 1));
        painter.setBrush(isSolid ? QBrush(colors.accent) : QBrush(Qt::NoBrush));
        painter.drawRect(swatch);
        painter.setPen(colors.dim);
        painter.drawText(QRect(x + kSwatch + kGap / 2, 0, size.width() - x, line), Qt::AlignLeft | Qt::AlignVCenter,
                         text);
        x += legendWidth(metrics, text);
    }

    const FlippedImage* shown = image();
    int top = line + kGap;
    for (const Row& row : m_rows) {
        if (top + rowHeight() > size.height() + kGap) break;
        const bool isTrue = row.label == shown->label;
        QFont nameFont = font();
        nameFont.setBold(isTrue);
        painter.setFont(nameFont);
        painter.setPen(colors.text);
        const QString name = (isTrue ? "✓ " : "") + m_data->className(row.label);
        painter.drawText(QRect(0, top, names - kGap, 2 * line), Qt::AlignLeft | Qt::AlignVCenter,
                         QFontMetrics(nameFont).elidedText(name, Qt::ElideMiddle, names - kGap));
        painter.setFont(font());
        for (const bool isSolid : {false, true}) {
            const std::optional<double>& probability = isSolid ? row.integer : row.real;
            const int y = top + (isSolid ? line : 0);
            const QRectF bar(names + 0.5, y + 2.5, std::max(1.0, room * probability.value_or(0)), line - 5);
            painter.setPen(QPen(colors.accent, 1));
            painter.setBrush(isSolid ? QBrush(colors.accent) : QBrush(Qt::NoBrush));
            if (probability) painter.drawRect(bar);
            painter.setPen(colors.text);
            painter.drawText(QRectF(probability ? bar.right() + kGap : names, y, numbers, line),
                             Qt::AlignLeft | Qt::AlignVCenter, probabilityText(probability));
        }
        top += rowHeight();
    }
}

void AnswerBars::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange) updateGeometry();
}

}  // namespace f8net
