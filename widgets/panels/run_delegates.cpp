// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/run_delegates.h"

#include <QPainter>
#include <cmath>

#include "widgets/models/run_table_model.h"
#include "widgets/support/colors.h"
#include "widgets/support/fonts.h"
#include "widgets/support/icons.h"
#include "widgets/support/number_text.h"

namespace f8net {

namespace {
QColor stateColor(const Colors& colors, RunState state) {
    switch (state) {
        case RunState::kRunning:
            return colors.accent;
        case RunState::kFinished:
            return colors.gain;
        case RunState::kFailed:
            return colors.trouble;
        case RunState::kCrashed:
            return colors.warning;
        default:
            return colors.neutral;
    }
}

}  // namespace

QString stateWords(const QString& text, const QFontMetrics& metrics, int width) {
    if (metrics.horizontalAdvance(text) <= width) return text;
    const QString state = text.section(',', 0, 0);
    QStringList words = text.split(' ');
    while (words.size() > 1) {
        words.removeLast();
        const QString shorter = words.join(' ') + QChar(0x2026);
        if (shorter.size() > state.size() + 2 && metrics.horizontalAdvance(shorter) <= width) return shorter;
    }
    return metrics.horizontalAdvance(state) <= width ? state : QString();
}

QSize RowDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
    QSize size = QStyledItemDelegate::sizeHint(option, index);
    size.setHeight(std::max(size.height(), rowHeight(option.fontMetrics)));
    return size;
}

void RowDelegate::paintBackground(QPainter* painter, const QStyleOptionViewItem& option,
                                  const QModelIndex& index) const {
    const Colors& colors = colorsOf(option.palette);
    if (!(option.state & QStyle::State_Selected)) return;
    painter->fillRect(option.rect, colors.selectedRow);
    if (index.column() == 0)
        painter->fillRect(QRect(option.rect.topLeft(), QSize(3, option.rect.height())), colors.accent);
}

void RowDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    paintBackground(painter, option, index);
    QStyleOptionViewItem plain = option;
    initStyleOption(&plain, index);
    const Colors& colors = colorsOf(option.palette);
    const bool isSelected = option.state & QStyle::State_Selected;
    painter->save();
    painter->setFont(plain.font);
    const bool isNothing = plain.text == text::none();
    painter->setPen(index.data(RunTableModel::kTroubleRole).toBool() ? colors.trouble
                    : isNothing && !isSelected                       ? colors.dim
                                                                     : colors.text);
    const QRect area = option.rect.adjusted(6, 0, -6, 0);
    painter->drawText(area, static_cast<int>(plain.displayAlignment) | Qt::TextSingleLine,
                      QFontMetrics(plain.font).elidedText(plain.text, plain.textElideMode, area.width()));
    painter->restore();
}

void RunDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    switch (index.column()) {
        case RunTableModel::kShown:
            paintShown(painter, option, index);
            return;
        case RunTableModel::kState:
            paintState(painter, option, index);
            return;
        case RunTableModel::kName: {
            QStyleOptionViewItem name = option;
            name.textElideMode = Qt::ElideMiddle;  // runs are told apart by the ends of their names
            RowDelegate::paint(painter, name, index);
            return;
        }
        default:
            RowDelegate::paint(painter, option, index);
    }
}

void RunDelegate::paintShown(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    paintBackground(painter, option, index);
    const Colors& colors = colorsOf(option.palette);
    const bool isShown = index.data(RunTableModel::kShownRole).toBool();
    const int middle = option.rect.center().y();
    const double ratio = painter->device()->devicePixelRatioF();
    painter->drawPixmap(QPoint(option.rect.left() + 8, middle - 8),
                        iconPixmap(isShown ? "eye" : "eye-closed", isShown ? colors.text : colors.dim, 16, ratio));
    const QColor color = runColor(colors, index.data(RunTableModel::kColourRole).toInt());
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QRectF swatch(option.rect.left() + 31.5, middle - 5.5, 11, 11);
    painter->setPen(QPen(color, 1.5));
    painter->setBrush(isShown ? QBrush(color) : Qt::NoBrush);
    painter->drawRoundedRect(swatch, 3, 3);
    painter->restore();
}

void RunDelegate::paintState(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    paintBackground(painter, option, index);
    const Colors& colors = colorsOf(option.palette);
    const auto state = static_cast<RunState>(index.data(RunTableModel::kStateRole).toInt());
    const bool isSelected = option.state & QStyle::State_Selected;
    const int middle = option.rect.center().y();
    const double ratio = painter->device()->devicePixelRatioF();
    painter->save();
    painter->drawPixmap(QPoint(option.rect.left() + 6, middle - 8),
                        iconPixmap(stateIconName(state), stateColor(colors, state), 16, ratio));
    QRect area = option.rect.adjusted(28, 0, -6, 0);
    const QFontMetrics metrics(option.font);
    painter->setFont(option.font);
    painter->setPen(isSelected || state == RunState::kRunning ? colors.text
                    : state == RunState::kFinished            ? colors.dim
                                                              : colors.text);
    const QVariant progress = index.data(RunTableModel::kProgressRole);
    if (progress.isValid()) {
        const double share = std::clamp(progress.toDouble(), 0.0, 1.0);
        const QString percent = QString("%1 %").arg(static_cast<int>(std::floor(share * 100)));
        const QString eta = index.data(RunTableModel::kEtaRole).toString();
        const int percentWidth = metrics.horizontalAdvance(percent),
                  etaWidth = eta.isEmpty() ? 0 : metrics.horizontalAdvance(eta) + 8;
        constexpr int kBar = 28;
        if (area.width() >= kBar + 6 + percentWidth + etaWidth) {
            const QRectF bar(area.left(), middle - 2, kBar, 5);
            painter->setRenderHint(QPainter::Antialiasing);
            painter->setPen(Qt::NoPen);
            painter->setBrush(colors.border);
            painter->drawRoundedRect(bar, 2.5, 2.5);
            painter->setBrush(colors.accent);
            painter->drawRoundedRect(QRectF(bar.left(), bar.top(), std::max(5.0, bar.width() * share), bar.height()),
                                     2.5, 2.5);
            area.setLeft(area.left() + kBar + 6);
            painter->setPen(colors.text);
        }
        QString words = percent;
        if (!eta.isEmpty() && area.width() >= percentWidth + etaWidth) words += "  " + eta;
        // The icon says that it runs; of a number nothing is said by its beginning.
        if (area.width() >= percentWidth) painter->drawText(area, Qt::AlignLeft | Qt::AlignVCenter, words);
    } else {
        painter->drawText(area, Qt::AlignLeft | Qt::AlignVCenter,
                          stateWords(index.data().toString(), metrics, area.width()));
    }
    painter->restore();
}

}  // namespace f8net
