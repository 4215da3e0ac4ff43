// SPDX-License-Identifier: GPL-3.0-or-later
/// What comes up over the window and goes away again, for tests that look at all of it: dialogs and context menus.
/// Threads  UI thread.
#pragma once

#include <QDialog>
#include <QMenu>
#include <QPointer>
#include <QTimer>
#include <functional>
#include <set>

class QMainWindow;

namespace f8net {

/// While it lives, every dialog that comes up is shown to `look` once and then left, as by Escape.
class DialogWatcher final {
public:
    explicit DialogWatcher(std::function<void(QDialog&)> look);
    /// Works events until no dialog is left. False: one does not close.
    bool waitUntilNone();
    const QStringList& titles() const { return m_titles; }

private:
    void visit();

    std::function<void(QDialog&)> m_look;
    QTimer m_timer;
    QStringList m_titles;
    std::set<const QDialog*> m_inHand;
};

/// Not hidden, not behind another tab, not scrolled away. QWidget::visibleRegion() alone leaves out what children
/// cover.
bool isOnScreen(const QWidget& widget);

/// Widgets on the screen that have a context menu of ours.
QList<QWidget*> contextMenuOwners(const QMainWindow& window);
/// Opens the widget's context menu over its first row (or middle), shows it to `use` and closes it. False: none came.
bool withContextMenu(QWidget& widget, const std::function<void(QMenu&)>& use);

/// All below it; those that go away while a test walks over them become null.
QList<QPointer<QWidget>> widgetsBelow(const QWidget& top);

/// "&Formats…" -> "Formats".
QString plainText(const QString& text);

}  // namespace f8net
