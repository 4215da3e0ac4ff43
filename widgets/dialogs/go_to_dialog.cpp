// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/dialogs/go_to_dialog.h"

#include <QApplication>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>

#include "widgets/support/colors.h"
#include "widgets/support/fonts.h"
#include "widgets/support/theme.h"

namespace f8net {

namespace {

constexpr int kMostShown = 200;
enum Role { kIndexRole = Qt::UserRole, kNameRole, kKindRole };

/// The name, and at the end of the line what it is, in a frame of its own.
class TargetDelegate final : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const override {
        return {100, rowHeight(option.fontMetrics)};
    }
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const Colors& colors = colorsOf(option.palette);
        const bool isCurrent = option.state & QStyle::State_Selected;
        const QString kind = index.data(kKindRole).toString();
        const QFont small = smallFont(option.font);
        const QFontMetrics metrics(small);
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        if (isCurrent) {
            painter->fillRect(option.rect, colors.selectedRow);
            painter->fillRect(QRect(option.rect.topLeft(), QSize(3, option.rect.height())), colors.accent);
        }
        QRectF tag(0, 0, metrics.horizontalAdvance(kind) + 14, metrics.height() + 4);
        tag.moveCenter(QRectF(option.rect).center());
        tag.moveRight(option.rect.right() - 8.5);
        painter->setPen(QPen(isCurrent ? colors.accent : colors.border, 1));
        painter->setBrush(isCurrent ? QColor(Qt::transparent) : colors.alternate);
        painter->drawRoundedRect(tag, 3, 3);
        painter->setFont(small);
        painter->setPen(isCurrent ? colors.text : colors.dim);
        painter->drawText(tag, Qt::AlignCenter, kind);
        const QRectF room = QRectF(option.rect).adjusted(10, 0, -tag.width() - 18, 0);
        painter->setFont(option.font);
        painter->setPen(colors.text);
        painter->drawText(
            room, Qt::AlignLeft | Qt::AlignVCenter,
            option.fontMetrics.elidedText(index.data(kNameRole).toString(), Qt::ElideMiddle, int(room.width())));
        painter->restore();
    }
};

}  // namespace

GoToDialog::GoToDialog(QList<Target> targets, QWidget* parent)
    : QDialog(parent), m_targets(std::move(targets)), m_line(new QLineEdit), m_list(new QListWidget) {
    setWindowTitle(tr("Go to"));
    resize(70 * fontMetrics().averageCharWidth(), 14 * rowHeight(fontMetrics()));
    m_line->setPlaceholderText(tr("Part of the name of a run, layer, view or action"));
    m_line->setAccessibleName(tr("Go to"));
    m_line->installEventFilter(this);
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->setUniformItemSizes(true);
    m_list->setItemDelegate(new TargetDelegate(m_list));
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setAccessibleName(tr("Matches"));
    applySelectionTint(m_list);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->setSpacing(8);
    layout->addWidget(m_line);
    layout->addWidget(m_list, 1);
    connect(m_line, &QLineEdit::textChanged, this, &GoToDialog::filter);
    connect(m_list, &QListWidget::itemClicked, this, &GoToDialog::goToCurrent);
    filter({});
}

void GoToDialog::filter(const QString& words) {
    const QStringList wanted = words.split(' ', Qt::SkipEmptyParts);
    m_list->clear();
    for (qsizetype i = 0; i < m_targets.size() && m_list->count() < kMostShown; ++i) {
        const QString text = m_targets[i].name + "   " + m_targets[i].kind;
        const bool matches = std::all_of(wanted.begin(), wanted.end(),
                                         [&](const QString& word) { return text.contains(word, Qt::CaseInsensitive); });
        if (!matches) continue;
        auto* item = new QListWidgetItem(text, m_list);
        item->setData(kIndexRole, static_cast<int>(i));
        item->setData(kNameRole, m_targets[i].name);
        item->setData(kKindRole, m_targets[i].kind);
    }
    m_list->setCurrentRow(0);
}

void GoToDialog::goToCurrent() {
    const QListWidgetItem* item = m_list->currentItem();
    if (item == nullptr) return;
    const std::function<void()> go = m_targets[item->data(kIndexRole).toInt()].go;
    accept();
    // After this dialog has gone, so that an action's own dialog gets the focus.
    QTimer::singleShot(0, qApp, go);
}

bool GoToDialog::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_line && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_Down || key == Qt::Key_Up || key == Qt::Key_PageDown || key == Qt::Key_PageUp) {
            QApplication::sendEvent(m_list, event);
            return true;
        }
        if (key == Qt::Key_Return || key == Qt::Key_Enter) {
            goToCurrent();
            return true;
        }
    }
    return QDialog::eventFilter(watched, event);
}

}  // namespace f8net
