// SPDX-License-Identifier: GPL-3.0-or-later
// Every action of the menus, the tool bar and the context menus is triggered, every shortcut pressed, every dialog that
// comes up looked at and left.
#include <QAbstractItemView>
#include <QSignalSpy>
#include <QSlider>
#include <QTableView>
#include <QToolButton>

#include "tests/app/workbench/surfaces.h"
#include "tests/app/workbench/window_fixture.h"
#include "widgets/panels/purge_actions.h"
#include "widgets/panels/queue_actions.h"
#include "widgets/panels/run_actions.h"
#include "widgets/panels/runs_view.h"
#include "widgets/plots/plot.h"

namespace f8net {
namespace {

class EveryAction : public WholeWindow {
protected:
    void inspect(QDialog& dialog) {
        SCOPED_TRACE(dialog.windowTitle().toStdString() + " (" + dialog.metaObject()->className() + ")");
        EXPECT_FALSE(dialog.windowTitle().isEmpty());
        EXPECT_FALSE(dialog.findChildren<QWidget*>().isEmpty());
        EXPECT_TRUE(QTest::qWaitFor([&] { return dialog.focusWidget() != nullptr; }, kPatience))
            << "the keyboard has nowhere to begin";
    }
    RunsView* runs() { return qobject_cast<RunsView*>(window->docks().view("runs")); }
    void mark(const RunId& run) {
        window->selection().setRun(run);
        settle();
        ASSERT_EQ(window->selection().marked(), std::vector<RunId>{run});
    }
    /// Keys go to the window: what earlier actions asked has come (the dialog of a clone comes with an answer of the
    /// store, a list may change which row is marked) and is left again.
    void comeToRest() {
        settle();
        ASSERT_TRUE(dialogs.waitUntilNone());
        if (!window->isVisible()) window->show();
        window->activateWindow();
        ASSERT_TRUE(QTest::qWaitForWindowActive(window.get(), kPatience));
    }
    /// Once per action, as soon as it is enabled.
    void trigger(QAction* action) {
        if (!action->isEnabled() || m_triggered.count(action) > 0) return;
        SCOPED_TRACE(action->text().toStdString());
        const QSignalSpy spy(action, &QAction::triggered);
        action->trigger();
        EXPECT_TRUE(dialogs.waitUntilNone());
        EXPECT_EQ(spy.count(), 1);
        m_triggered.insert(action);
    }

    DialogWatcher dialogs{[this](QDialog& dialog) { inspect(dialog); }};
    std::set<QAction*> m_triggered;
};

TEST_F(EveryAction, OfTheMenusDoesItsWork) {
    open();
    const RunActions& actions = window->runActions();
    const std::set<QAction*> later{actions.trash,
                                   actions.undoTrash,
                                   actions.restore,
                                   actions.purges->purge,
                                   actions.purges->emptyTrash,
                                   actions.queue->stop,
                                   actions.queue->stopAfterRun};
    QAction* quit = nullptr;
    // Runs in all states, so that whatever acts on runs is enabled for one of them.
    for (const auto& [id, run] : std::map<RunId, RunSummary>(actions.runs())) {
        mark(id);
        for (QAction* action : window->allActions()) {
            if (action->text().contains("uit")) {
                quit = action;
            } else if (later.count(action) == 0) {
                trigger(action);
            }
        }
    }
    mark(first);
    trigger(actions.trash);
    settle();
    trigger(actions.undoTrash);
    settle();
    mark(first);
    actions.trash->trigger();
    settle();
    for (auto* button : runs()->findChildren<QToolButton*>()) {
        if (button->accessibleName() == "Show the trash") button->click();
    }
    runs()->table()->selectRow(0);
    int asked = 0;
    for (QAction* action : {actions.purges->purge, actions.purges->emptyTrash}) {
        trigger(action);
        EXPECT_TRUE(QTest::qWaitFor([&] { return dialogs.titles().count("Delete for good") > asked; }, kPatience));
        ++asked;
        settle();  // refused: the run is still there
    }
    trigger(actions.restore);
    settle();
    EXPECT_EQ(actions.find(first)->trashed_at, 0);
    actions.queue->setRunnerAtWork(true);
    trigger(actions.queue->stopAfterRun);
    actions.queue->setRunnerAtWork(true);
    trigger(actions.queue->stop);
    ASSERT_NE(quit, nullptr);
    trigger(quit);
    EXPECT_FALSE(window->isVisible());

    QStringList left;
    for (QAction* action : window->allActions()) {
        if (m_triggered.count(action) == 0) left << action->text();
    }
    EXPECT_TRUE(left.isEmpty()) << "never enabled: " << left.join(", ").toStdString();
    EXPECT_FALSE(others.asked.isEmpty());
    EXPECT_FALSE(others.started.isEmpty());
}

TEST_F(EveryAction, OfTheContextMenusDoesItsWork) {
    open();
    int menus = 0;
    QStringList silent;
    for (const DockHost::Dock& dock : window->docks().docks()) {
        window->selection().setRun(second);
        raise(dock);
        for (QWidget* owner : contextMenuOwners(*window)) {
            if (!dock.dock->isAncestorOf(owner)) continue;
            // One action a visit: each may change what the menu offers.
            for (int i = 0, count = 1; i < count; ++i) {
                QString text;
                const bool hasCome = withContextMenu(*owner, [&](QMenu& menu) {
                    QList<QAction*> there = menu.actions();
                    for (QAction* action : menu.actions()) {
                        if (action->menu() != nullptr) there << action->menu()->actions();
                    }
                    count = static_cast<int>(there.size());
                    if (i >= count || there[i]->menu() != nullptr || there[i]->isSeparator()) return;
                    QAction* action = there[i];
                    text = action->text();
                    menu.close();
                    if (action->isEnabled()) action->trigger();
                });
                SCOPED_TRACE(dock.view.id.toStdString() + ": " + text.toStdString());
                if (!hasCome) {
                    silent << dock.view.id + ": " + owner->metaObject()->className();
                    break;
                }
                menus += i == 0 ? 1 : 0;
                ASSERT_TRUE(dialogs.waitUntilNone());
                settle();
            }
        }
    }
    EXPECT_GE(menus, 9) << "no menu at " << silent.join(", ").toStdString();
    EXPECT_TRUE(dialogs.titles().contains("Tags"));
    EXPECT_TRUE(dialogs.titles().contains("Add a column"));
}

TEST_F(EveryAction, WithAShortcutHearsItsKeys) {
    open();
    openAllViews();
    window->docks().applyDefaultLayout();
    settle();
    others.answers = false;  // an import would come back with a dialog at any time
    int pressed = 0;
    const auto press = [&](QAction* action, QWidget& focus) {
        if (action->shortcut().isEmpty() || !action->isEnabled()) return;
        SCOPED_TRACE(action->text().toStdString() + ", " + action->shortcut().toString().toStdString());
        comeToRest();
        if (testing::Test::HasFatalFailure()) return;
        focus.setFocus();
        if (!action->isEnabled()) return;
        const QSignalSpy spy(action, &QAction::triggered);
        QTest::keySequence(window->windowHandle(), action->shortcut());
        EXPECT_TRUE(dialogs.waitUntilNone());
        EXPECT_EQ(spy.count(), 1);
        ++pressed;
    };
    // Those of one widget alone.
    for (const QPointer<QWidget>& widget : widgetsBelow(*window)) {
        if (!widget || !isOnScreen(*widget) || dynamic_cast<Plot*>(widget.data()) == nullptr) continue;
        for (QAction* action : widget->actions()) press(action, *widget);
    }
    EXPECT_GE(pressed, 8);
    pressed = 0;
    for (const auto& [id, run] : std::map<RunId, RunSummary>(window->runActions().runs())) {
        window->docks().raise("runs");
        mark(id);
        for (QAction* action : window->allActions()) {
            if (m_triggered.insert(action).second) {
                press(action, *runs()->table());
                if (!action->isEnabled()) m_triggered.erase(action);  // for the next run, perhaps
            }
        }
    }
    EXPECT_GE(pressed, 30);
}

/// Keys that are no actions: each into whatever takes keys.
TEST_F(EveryAction, SingleKeysReachEveryPlotTableAndSlider) {
    open();
    int pressed = 0;
    for (const DockHost::Dock& dock : window->docks().docks()) {
        raise(dock);
        for (const QPointer<QWidget>& widget : widgetsBelow(*dock.dock)) {
            if (!widget || !isOnScreen(*widget) || widget->focusPolicy() == Qt::NoFocus) continue;
            const bool takesKeys = dynamic_cast<Plot*>(widget.data()) != nullptr ||
                                   qobject_cast<QAbstractItemView*>(widget) != nullptr ||
                                   qobject_cast<QAbstractSlider*>(widget) != nullptr;
            if (!takesKeys) continue;
            SCOPED_TRACE(dock.view.id.toStdString() + ": " + widget->accessibleName().toStdString());
            for (const char* keys :
                 {"Space", "Shift+Space", "L",     "S",       "O",         "F",         "+",          "-",     "Up",
                  "Down",  "Left",        "Right", "Ctrl+Up", "Ctrl+Down", "Ctrl+Left", "Ctrl+Right", ",",     ".",
                  "PgUp",  "PgDown",      "Home",  "End",     "W",         "Shift+W",   "Tab",        "Escape"}) {
                if (!widget) break;
                widget->setFocus();
                QTest::keySequence(window->windowHandle(), QKeySequence(QString(keys)));
                ++pressed;
            }
        }
        ASSERT_TRUE(dialogs.waitUntilNone());
    }
    settle();
    EXPECT_GT(pressed, 200);
}

}  // namespace
}  // namespace f8net
