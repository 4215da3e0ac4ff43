// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/hover_card.h"

#include <QPainter>
#include <algorithm>
#include <cmath>

#include "widgets/support/colors.h"

namespace f8net {

namespace {
constexpr int kPadding = 8, kSwatch = 9, kGap = 8;
constexpr int kSlack = 2;  // of a text's width: fractions of a pixel at scale 1.5 must not cut its last letter

QFont boldOf(QFont font) {
    font.setBold(true);
    return font;
}
}  // namespace

HoverCard::HoverCard(QWidget* plot) : QFrame(plot) {
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setAccessibleName(tr("Values at the crosshair"));
    hide();
}

void HoverCard::showTable(HoverTable table, const QPointF& pointer, const QRect& area) {
    if (table.rows.empty()) {
        hide();
        return;
    }
    std::vector<HoverRow>& rows = table.rows;
    std::stable_sort(rows.begin(), rows.end(), [](const HoverRow& a, const HoverRow& b) { return a.pixel < b.pixel; });
    size_t nearest = 0;
    for (size_t i = 1; i < rows.size(); ++i) {
        if (std::abs(rows[i].pixel - pointer.y()) < std::abs(rows[nearest].pixel - pointer.y())) nearest = i;
    }
    m_total = rows.size();
    // The nearest in the middle of what is shown, as far as there are rows on both sides of it.
    const size_t shown = std::min<size_t>(rows.size(), kMostRows);
    const size_t first = std::min(nearest - std::min(nearest, shown / 2), rows.size() - shown);
    rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(first + shown), rows.end());
    rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(first));
    m_nearest = static_cast<int>(nearest - first);
    m_table = std::move(table);

    const QFontMetrics metrics(boldOf(font()));
    int values = 0, names = 0;
    for (const HoverRow& row : m_table.rows) {
        values = std::max(values, metrics.horizontalAdvance(row.value));
        names = std::max(names, metrics.horizontalAdvance(row.name));
    }
    values += kSlack;
    names += kSlack;
    const int most = std::max(120, area.width() * 4 / 5);
    const int width = std::min(
        most, std::max(metrics.horizontalAdvance(m_table.heading) + kSlack, kSwatch + kGap + values + kGap + names) +
                  2 * kPadding);
    const int lines = 1 + static_cast<int>(m_table.rows.size()) + (m_total > m_table.rows.size() ? 1 : 0);
    resize(width, lines * (metrics.height() + 1) + 2 * kPadding - 4);
    const bool isRight = pointer.x() <= area.center().x();
    move(isRight ? area.right() - width - 4 : area.left() + 6, area.top() + 4);
    raise();
    show();
    update();
}

void HoverCard::paintEvent(QPaintEvent*) {
    const Colors& colors = colorsOf(this);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(colors.border, 1));
    painter.setBrush(colors.alternate);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3);
    const QFont plain = font(), bold = boldOf(plain);
    const QFontMetrics metrics(bold);
    const int height = metrics.height() + 1, right = width() - kPadding;
    int values = 0;
    for (const HoverRow& row : m_table.rows) values = std::max(values, metrics.horizontalAdvance(row.value) + kSlack);
    int y = kPadding - 2;
    const auto draw = [&](int x, int most, const QString& text, Qt::Alignment alignment) {
        painter.drawText(QRect(x, y, most, height), static_cast<int>(alignment | Qt::AlignVCenter),
                         painter.fontMetrics().elidedText(text, Qt::ElideRight, most));
    };
    painter.setPen(colors.dim);
    draw(kPadding, right - kPadding, m_table.heading, Qt::AlignLeft);
    y += height;
    for (size_t i = 0; i < m_table.rows.size(); ++i, y += height) {
        const HoverRow& row = m_table.rows[i];
        painter.setPen(Qt::NoPen);
        painter.setBrush(row.color);
        painter.drawRoundedRect(QRectF(kPadding, y + (height - kSwatch) / 2.0, kSwatch, kSwatch), 2, 2);
        painter.setFont(static_cast<int>(i) == m_nearest ? bold : plain);
        painter.setPen(colors.text);
        int x = kPadding + kSwatch + kGap;
        draw(x, values, row.value, Qt::AlignRight);
        x += values + kGap;
        draw(x, right - x, row.name, Qt::AlignLeft);
    }
    painter.setFont(plain);
    painter.setPen(colors.dim);
    if (m_total > m_table.rows.size()) draw(kPadding, right - kPadding, tr("%1 in all").arg(m_total), Qt::AlignLeft);
}

}  // namespace f8net
