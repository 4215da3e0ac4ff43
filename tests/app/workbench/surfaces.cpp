// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/workbench/surfaces.h"

#include <QAbstractItemView>
#include <QApplication>
#include <QContextMenuEvent>
#include <QMainWindow>
#include <QTest>

namespace f8net {

namespace {
constexpr int kPatienceMs = 60'000;
}  // namespace

DialogWatcher::DialogWatcher(std::function<void(QDialog&)> look) : m_look(std::move(look)) {
    QObject::connect(&m_timer, &QTimer::timeout, [this] { visit(); });
    m_timer.start(10);
}

void DialogWatcher::visit() {
    for (QWidget* widget : QApplication::topLevelWidgets()) {
        auto* dialog = qobject_cast<QDialog*>(widget);
        if (dialog == nullptr || !dialog->isVisible() || !m_inHand.insert(dialog).second) continue;
        m_titles << dialog->windowTitle();
        const QPointer<QDialog> there(dialog);
        m_look(*dialog);
        m_inHand.erase(dialog);
        if (there) there->reject();
        return;  // one at a time: what it opened comes next
    }
}

bool DialogWatcher::waitUntilNone() {
    return QTest::qWaitFor(
        [] {
            const QWidgetList all = QApplication::topLevelWidgets();
            return std::none_of(all.begin(), all.end(), [](QWidget* widget) {
                return widget->isVisible() && qobject_cast<QDialog*>(widget) != nullptr;
            });
        },
        kPatienceMs);
}

bool isOnScreen(const QWidget& widget) {
    if (!widget.isVisible()) return false;
    if (!widget.visibleRegion().isEmpty()) return true;
    const QObjectList& children = widget.children();
    return std::any_of(children.begin(), children.end(), [](const QObject* child) {
        return child->isWidgetType() && !static_cast<const QWidget*>(child)->isWindow() &&
               isOnScreen(*static_cast<const QWidget*>(child));
    });
}

QList<QWidget*> contextMenuOwners(const QMainWindow& window) {
    QList<QWidget*> owners;
    for (QWidget* widget : window.findChildren<QWidget*>()) {
        if (widget->contextMenuPolicy() == Qt::CustomContextMenu && isOnScreen(*widget)) owners << widget;
    }
    return owners;
}

bool withContextMenu(QWidget& widget, const std::function<void(QMenu&)>& use) {
    bool hasCome = false;
    QTimer watch;
    QObject::connect(&watch, &QTimer::timeout, [&] {
        auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
        if (menu == nullptr) return;
        watch.stop();
        hasCome = true;
        const QPointer<QMenu> there(menu);
        use(*menu);
        if (there) there->close();
    });
    watch.start(0);
    QPoint at = widget.rect().center();
    if (auto* view = qobject_cast<QAbstractItemView*>(&widget); view != nullptr && view->model() != nullptr) {
        QModelIndex row = view->model()->index(0, 1);
        // Trees keep what there is to act on below headings.
        if (view->model()->hasChildren(row.siblingAtColumn(0)))
            row = view->model()->index(0, 1, row.siblingAtColumn(0));
        if (row.isValid()) {
            view->setCurrentIndex(row);
            at = view->visualRect(row).center();
        }
    }
    // Asked by position in the viewport, as QAbstractScrollArea hands it on.
    Q_EMIT widget.customContextMenuRequested(at);
    return hasCome;
}

QList<QPointer<QWidget>> widgetsBelow(const QWidget& top) {
    QList<QPointer<QWidget>> widgets;
    for (QWidget* widget : top.findChildren<QWidget*>()) widgets << widget;
    return widgets;
}

QString plainText(const QString& text) {
    QString plain = text;
    return plain.section('\t', 0, 0).remove('&').remove("…").trimmed();
}

}  // namespace f8net
