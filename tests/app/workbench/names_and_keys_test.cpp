// SPDX-License-Identifier: GPL-3.0-or-later
// For those who do not see or do not use a mouse: names of widgets, mnemonics and tips of actions, keys that mean one
// thing.
#include <QAbstractItemView>
#include <QAbstractSlider>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QApplication>
#include <QComboBox>
#include <QLineEdit>
#include <QMenuBar>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QScrollBar>
#include <QShortcut>
#include <QTabBar>
#include <QToolButton>

#include "tests/app/workbench/surfaces.h"
#include "tests/app/workbench/window_fixture.h"
#include "widgets/panels/run_actions.h"
#include "widgets/plots/plot.h"

namespace f8net {
namespace {

/// A part of another widget that says its name: lists of combo boxes, arrows of tab bars.
bool isPartOfAnother(const QWidget& widget) {
    if (widget.objectName().startsWith("qt_") || qobject_cast<const QScrollBar*>(&widget) != nullptr) return true;
    for (const QWidget* parent = widget.parentWidget(); parent != nullptr; parent = parent->parentWidget()) {
        if (qobject_cast<const QComboBox*>(parent) || qobject_cast<const QAbstractSpinBox*>(parent) ||
            qobject_cast<const QLineEdit*>(parent) || qobject_cast<const QTabBar*>(parent) ||
            qobject_cast<const QAbstractItemView*>(parent))
            return true;
    }
    return false;
}

bool needsName(const QWidget& widget) {
    if (!widget.isVisible() || isPartOfAnother(widget)) return false;
    const bool showsData = qobject_cast<const QAbstractItemView*>(&widget) ||
                           qobject_cast<const QProgressBar*>(&widget) || qobject_cast<const QPlainTextEdit*>(&widget) ||
                           dynamic_cast<const Plot*>(&widget) != nullptr;
    return showsData || widget.focusPolicy() != Qt::NoFocus;
}

QStringList nameless(QWidget& top) {
    QStringList found;
    for (QWidget* widget : top.findChildren<QWidget*>()) {
        if (!needsName(*widget)) continue;
        QAccessibleInterface* interface = QAccessible::queryAccessibleInterface(widget);
        if (interface != nullptr && !interface->text(QAccessible::Name).trimmed().isEmpty()) continue;
        QStringList path;
        for (const QWidget* at = widget; at != nullptr && at != &top; at = at->parentWidget())
            path.prepend(QString(at->metaObject()->className()) +
                         (at->objectName().isEmpty() ? QString() : "#" + at->objectName()));
        found << path.join(" > ");
    }
    return found;
}

/// The letter after the single '&', lower case; null where there is none.
QChar mnemonicOf(const QString& text) {
    for (qsizetype i = 0; i + 1 < text.size(); ++i) {
        if (text[i] != '&') continue;
        if (text[i + 1] != '&') return text[i + 1].toLower();
        ++i;
    }
    return {};
}

/// What is wrong with a menu, and with those below it.
QStringList faultsOf(const QMenu& menu, const QString& where) {
    QStringList faults;
    std::map<QChar, QString> taken;
    const QList<QAction*> actions = menu.actions();
    const auto hasFreeLetter = [&actions](const QString& text) {
        return std::any_of(text.begin(), text.end(), [&](QChar letter) {
            return letter.isLetterOrNumber() &&
                   std::none_of(actions.begin(), actions.end(),
                                [&](const QAction* action) { return mnemonicOf(action->text()) == letter.toLower(); });
        });
    };
    for (const QAction* action : actions) {
        if (action->isSeparator() || !action->isVisible()) continue;
        const QString text = where + ": '" + action->text() + "'";
        const QChar letter = mnemonicOf(action->text());
        if (letter.isNull() && !hasFreeLetter(action->text())) continue;  // a long list of columns uses up the alphabet
        if (letter.isNull()) {
            faults << text + " has no mnemonic";
        } else if (const auto [other, isNew] = taken.try_emplace(letter, action->text()); !isNew) {
            faults << text + " shares its mnemonic with '" + other->second + "'";
        }
        if (action->menu() != nullptr) {
            faults << faultsOf(*action->menu(), text);
        } else if (action->statusTip().isEmpty() && plainText(action->toolTip()) == plainText(action->text())) {
            faults << text + " has no tip";
        }
    }
    return faults;
}

class NamesAndKeys : public WholeWindow {};

TEST_F(NamesAndKeys, EveryWidgetHasAName) {
    open();
    QStringList found;
    for (const DockHost::Dock& dock : window->docks().docks()) {
        raise(dock);
        found << nameless(*window);
    }
    found.removeDuplicates();
    EXPECT_TRUE(found.isEmpty()) << found.join("\n").toStdString();
}

TEST_F(NamesAndKeys, EveryWidgetOfEveryDialogHasAName) {
    open();
    QStringList found;
    DialogWatcher dialogs([&found](QDialog& dialog) {
        for (const QString& widget : nameless(dialog)) found << dialog.windowTitle() + ": " + widget;
    });
    for (QAction* action : window->allActions()) {
        if (!action->isEnabled() || !(action->text().contains("…") || action->text().contains("?"))) continue;
        action->trigger();
        EXPECT_TRUE(dialogs.waitUntilNone());
    }
    for (const QString& text : {QString("Keyboard"), QString("About")}) {
        for (QAction* action : window->allActions()) {
            if (plainText(action->text()).startsWith(text)) action->trigger();
        }
        EXPECT_TRUE(dialogs.waitUntilNone());
    }
    EXPECT_GE(dialogs.titles().size(), 7) << dialogs.titles().join(", ").toStdString();
    found.removeDuplicates();
    EXPECT_TRUE(found.isEmpty()) << found.join("\n").toStdString();
}

TEST_F(NamesAndKeys, ActionsOfTheMenusHaveMnemonicsOfTheirOwnAndTips) {
    open();
    QStringList faults;
    std::map<QChar, QString> taken;
    for (const QAction* action : window->menuBar()->actions()) {
        const QChar letter = mnemonicOf(action->text());
        if (letter.isNull() || !taken.try_emplace(letter, action->text()).second)
            faults << "menu bar: '" + action->text() + "' has no mnemonic of its own";
        faults << faultsOf(*action->menu(), plainText(action->text()));
    }
    EXPECT_TRUE(faults.isEmpty()) << faults.join("\n").toStdString();
}

TEST_F(NamesAndKeys, ActionsOfTheContextMenusHaveMnemonicsOfTheirOwnAndTips) {
    open();
    QStringList faults;
    for (const DockHost::Dock& dock : window->docks().docks()) {
        raise(dock);
        for (QWidget* owner : contextMenuOwners(*window)) {
            if (!dock.dock->isAncestorOf(owner)) continue;
            withContextMenu(*owner, [&](QMenu& menu) {
                faults << faultsOf(menu, dock.view.id + ", menu of " + owner->metaObject()->className());
            });
        }
    }
    faults.removeDuplicates();
    EXPECT_TRUE(faults.isEmpty()) << faults.join("\n").toStdString();
}

TEST_F(NamesAndKeys, NoKeysMeanTwoThings) {
    open();
    openAllViews();
    struct Owner {
        QString name;
        Qt::ShortcutContext context;
        const QWidget* widget;
    };
    std::map<QString, std::vector<Owner>> owners;
    for (QAction* action : window->allActions()) {
        for (const QKeySequence& keys : action->shortcuts())
            owners[keys.toString()].push_back({action->text(), action->shortcutContext(), nullptr});
    }
    const QList<QAction*> known = window->allActions();
    for (QWidget* widget : window->findChildren<QWidget*>()) {
        for (QAction* action : widget->actions()) {
            if (known.contains(action)) continue;
            for (const QKeySequence& keys : action->shortcuts())
                owners[keys.toString()].push_back({action->text(), action->shortcutContext(), widget});
        }
    }
    for (QShortcut* shortcut : window->findChildren<QShortcut*>()) {
        owners[shortcut->key().toString()].push_back(
            {"shortcut of " + QString(shortcut->parent()->metaObject()->className()), shortcut->context(),
             qobject_cast<QWidget*>(shortcut->parent())});
    }
    const auto overlap = [](const Owner& a, const Owner& b) {
        const auto isWide = [](const Owner& o) {
            return o.context == Qt::WindowShortcut || o.context == Qt::ApplicationShortcut;
        };
        if (isWide(a) || isWide(b)) return true;
        if (a.widget == b.widget) return true;
        const auto holds = [](const Owner& outer, const Owner& inner) {
            return outer.context == Qt::WidgetWithChildrenShortcut && outer.widget != nullptr &&
                   inner.widget != nullptr && outer.widget->isAncestorOf(inner.widget);
        };
        return holds(a, b) || holds(b, a);
    };
    QStringList faults;
    for (const auto& [keys, those] : owners) {
        for (size_t i = 0; i < those.size(); ++i) {
            for (size_t j = i + 1; j < those.size(); ++j) {
                if (overlap(those[i], those[j])) faults << keys + ": " + those[i].name + " and " + those[j].name;
            }
        }
    }
    EXPECT_GE(owners.size(), 30u);
    EXPECT_TRUE(faults.isEmpty()) << faults.join("\n").toStdString();
}

}  // namespace
}  // namespace f8net
