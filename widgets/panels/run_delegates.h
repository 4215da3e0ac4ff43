// SPDX-License-Identifier: GPL-3.0-or-later
/// How rows of the Runs table are painted: soft tint with an accent edge, eye and swatch, state as icon and word with
/// bar and time left. A narrow column drops the bar, then the time, then words, and never cuts one. Threads  UI thread.
#pragma once

#include <QFontMetrics>
#include <QString>
#include <QStyledItemDelegate>

namespace f8net {

/// As many words of a state as there is room for: "failed, loss is NaN…", then "failed", then none. The tool tip has
/// the rest.
QString stateWords(const QString& text, const QFontMetrics& metrics, int width);

/// Tint instead of the full accent, 3 px accent edge at the row's start; other tables use it as it is.
class RowDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

protected:
    void paintBackground(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;
};

class RunDelegate final : public RowDelegate {
    Q_OBJECT
public:
    using RowDelegate::RowDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;

private:
    void paintShown(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;
    void paintState(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;
};

}  // namespace f8net
