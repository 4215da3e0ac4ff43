// SPDX-License-Identifier: GPL-3.0-or-later
// What the window does for all views: which one is current, finding, recent stores, dropped files, and what happens to
// runs on the way (stopping, deleting for good).
#include <QAbstractButton>
#include <QClipboard>
#include <QDropEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QStatusBar>
#include <QTabBar>
#include <QTableView>
#include <QToolBar>
#include <QToolButton>
#include <QUrl>

#include "app/workbench/place_bar.h"
#include "tests/app/workbench/surfaces.h"
#include "tests/app/workbench/window_fixture.h"
#include "widgets/panels/purge_actions.h"
#include "widgets/panels/run_actions.h"
#include "widgets/panels/runs_view.h"

namespace f8net {
namespace {

class Window : public WholeWindow {
protected:
    void SetUp() override {
        WholeWindow::SetUp();
        open();
    }
    QAction* action(const QString& text) {
        for (QAction* each : window->allActions()) {
            if (plainText(each->text()) == text) return each;
        }
        ADD_FAILURE() << "no action " << text.toStdString();
        return new QAction(window.get());
    }
    QString current() { return window->docks().currentView().id; }
    void clickTab(const QString& title) {
        for (QTabBar* bar : window->findChildren<QTabBar*>(QString(), Qt::FindDirectChildrenOnly)) {
            for (int tab = 0; tab < bar->count(); ++tab) {
                if (bar->tabText(tab) == title) QTest::mouseClick(bar, Qt::LeftButton, {}, bar->tabRect(tab).center());
            }
        }
        QTest::qWait(1);
    }
    PlaceBar* places() { return window->findChild<PlaceBar*>(); }
    QTableView* runs() { return qobject_cast<RunsView*>(window->docks().view("runs"))->table(); }
};

TEST_F(Window, AClickedTabIsTheCurrentView) {
    window->docks().raise("runs");
    clickTab("Distributions");
    EXPECT_EQ(current().toStdString(), "distributions");
    clickTab("Formats");
    EXPECT_EQ(current().toStdString(), "formats");
    action("What am I seeing?")->trigger();
    auto* help = window->findChild<QMessageBox*>();
    ASSERT_NE(help, nullptr);
    EXPECT_TRUE(help->windowTitle().startsWith("Formats")) << help->windowTitle().toStdString();
    EXPECT_FALSE(help->isModal());
    clickTab("Network");
    action("What am I seeing?")->trigger();
    EXPECT_EQ(window->findChildren<QMessageBox*>().size(), 1);
    EXPECT_TRUE(help->windowTitle().startsWith("Network")) << help->windowTitle().toStdString();
}

TEST_F(Window, AClickInsideAViewMakesItCurrent) {
    window->docks().raise("runs");
    QWidget* curves = window->docks().view("curves");
    QTest::mouseClick(curves, Qt::LeftButton, {}, QPoint(2, curves->height() - 3));
    EXPECT_EQ(current().toStdString(), "curves");
}

TEST_F(Window, TabsAreWalkedByKeys) {
    window->docks().raise("formats");
    action("Next tab")->trigger();
    EXPECT_EQ(current().toStdString(), "distributions");
    action("Next tab")->trigger();
    EXPECT_EQ(current().toStdString(), "network");
    action("Next tab")->trigger();
    EXPECT_EQ(current().toStdString(), "formats");
    action("Previous tab")->trigger();
    EXPECT_EQ(current().toStdString(), "network");
}

TEST_F(Window, FindIsForWhatTheViewShows) {
    const auto focusedLine = [] { return qobject_cast<QLineEdit*>(QApplication::focusWidget()); };
    for (const char* id : {"runs", "network", "details", "log"}) {
        window->docks().raise(id);
        action("Find in view")->trigger();
        ASSERT_NE(focusedLine(), nullptr) << id;
        EXPECT_EQ(focusedLine()->objectName(), "find") << id;
        EXPECT_TRUE(window->docks().view(id)->isAncestorOf(focusedLine())) << id;
    }
    for (const char* id : {"formats", "distributions", "sigma", "whatif"}) {
        window->docks().raise(id);
        action("Find in view")->trigger();
        ASSERT_NE(QApplication::focusWidget(), nullptr) << id;
        EXPECT_TRUE(places()->isAncestorOf(QApplication::focusWidget())) << id;
    }
    window->docks().raise("formats");
    window->selection().setLayer(places()->layers().front());
    action("Find in view")->trigger();
    QTest::keyClicks(QApplication::focusWidget(), "shortcut");
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
    EXPECT_EQ(current().toStdString(), "formats");  // back to work
    EXPECT_FALSE(places()->isAncestorOf(QApplication::focusWidget()));
    const QString found = window->selection().layer();
    EXPECT_TRUE(found.contains("shortcut")) << found.toStdString();
    action("Find next")->trigger();
    EXPECT_TRUE(window->selection().layer().contains("shortcut"));
    EXPECT_NE(window->selection().layer(), found);
    action("Find previous")->trigger();
    EXPECT_EQ(window->selection().layer(), found);
}

TEST_F(Window, GoToOffersRunsThatAreKeptLayersViewsAndActionsOfNow) {
    window->selection().setMarked({first});
    window->runActions().trash->trigger();
    settle();
    const std::unique_ptr<QDialog> dialog(window->makeGoToDialog());
    auto* line = dialog->findChild<QLineEdit*>();
    const auto* list = dialog->findChild<QListWidget*>();
    dialog->show();
    const auto lists = [&](const QString& words, const QString& item) {
        line->setText(words);
        return !list->findItems(item, Qt::MatchExactly).isEmpty();
    };
    EXPECT_TRUE(lists("mae", "resnet18-mae   Run"));
    EXPECT_FALSE(lists("w8a8", "resnet18-w8a8   Run"));  // in the trash
    EXPECT_TRUE(lists("head", "head.0   Layer"));
    EXPECT_TRUE(lists("Formats", "Formats   View"));
    EXPECT_FALSE(lists("Formats", "Formats   Action"));  // its menu entry shows and hides it
    EXPECT_TRUE(lists("go to", "Go to   Action"));
    QAction* const chosen = window->runActions().purges->emptyTrash;
    const QString name = plainText(chosen->text()).remove("…") + "   Action";
    ASSERT_TRUE(chosen->isEnabled());
    EXPECT_TRUE(lists("trash", name));
    window->runActions().undoTrash->trigger();
    settle();
    ASSERT_FALSE(chosen->isEnabled());
    const std::unique_ptr<QDialog> later(window->makeGoToDialog());
    EXPECT_TRUE(later->findChild<QListWidget*>()->findItems(name, Qt::MatchExactly).isEmpty());

    // Each leads there.
    dialog->close();
    const auto go = [&](const QString& words) {
        const std::unique_ptr<QDialog> each(window->makeGoToDialog());
        each->show();
        each->findChild<QLineEdit*>()->setText(words);
        QTest::keyClick(each->findChild<QLineEdit*>(), Qt::Key_Return);
        window->activateWindow();  // as a window manager does when a dialog goes
        QTest::qWait(1);
    };
    go("interrupted run");
    EXPECT_EQ(window->runActions().find(window->selection().run())->name, "interrupted");
    go("head.0 layer");
    EXPECT_EQ(window->selection().layer(), "head.0");
    go("sigma view");
    EXPECT_TRUE(QTest::qWaitFor([&] { return current() == "sigma"; }, kPatience)) << current().toStdString();
}

TEST_F(Window, AFloatRunHasLayersAndEpochs) {
    const RunId real =
        store->add({.name = "float", .epochs = 4, .doneEpochs = 4, .stepsPerEpoch = 10, .floatEpochs = 4, .seed = 9});
    settle();
    window->selection().setLayer({});
    window->selection().setRun(real);
    settle();
    ASSERT_GT(places()->layers().size(), 2);
    window->docks().raise("distributions");
    settle();
    QString link;
    for (auto* label : window->docks().view("distributions")->findChildren<QLabel*>()) {
        if (label->isVisible() && label->text().contains("<a href")) link = label->text();
        if (label->isVisible() && label->text().contains("<a href")) Q_EMIT label->linkActivated("first");
    }
    EXPECT_TRUE(link.contains("Choose a layer")) << link.toStdString();
    EXPECT_EQ(window->selection().layer(), places()->layers().front());
    action("Next layer")->trigger();
    EXPECT_EQ(window->selection().layer(), places()->layers()[1]);
}

/// A field that loses the focus by the window's end asks for the selection once more.
TEST_F(Window, EndsWhileALayerIsTyped) {
    auto* line = places()->findChild<QLineEdit*>();
    line->setFocus();
    ASSERT_TRUE(line->hasFocus());
    QTest::keyClicks(line, "con");
    bool isSelectionThere = true, isFinishedInTime = true;
    QObject::connect(&window->selection(), &QObject::destroyed, [&] { isSelectionThere = false; });
    QObject::connect(line, &QLineEdit::editingFinished, [&] { isFinishedInTime = isSelectionThere; });
    window.reset();
    EXPECT_FALSE(isSelectionThere);
    EXPECT_TRUE(isFinishedInTime);
}

TEST_F(Window, FilesDroppedIntoATextAreImported) {
    window->docks().raise("details");
    auto* note = window->docks().view("details")->findChild<QPlainTextEdit*>();
    ASSERT_NE(note, nullptr);
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(folder.filePath("nothing.pth"))});
    data.setText(data.urls().first().toString());
    QDragEnterEvent enter(QPoint(5, 5), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(note->viewport(), &enter);
    EXPECT_TRUE(enter.isAccepted());
    QDropEvent drop(QPointF(5, 5), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(note->viewport(), &drop);
    EXPECT_EQ(note->toPlainText().toStdString(), "");
    EXPECT_TRUE(QTest::qWaitFor([&] { return window->notices().text().contains("nothing.pth"); }, kPatience));
    for (const DockHost::Dock& dock : window->docks().docks()) EXPECT_TRUE(dock.dock->acceptDrops());
}

TEST_F(Window, StoresOpenedBeforeAreListed) {
    const QString there = folder.filePath("other & more.db");
    synthetic::Store other(there.toStdString());
    window.reset();
    MainWindow(MainWindow::Options{there, folder.filePath("w.ini"), ThemeChoice::kLight});
    open();
    QMenu* recent = nullptr;
    for (QMenu* menu : window->findChildren<QMenu*>()) {
        if (plainText(menu->title()) == "Open recent") recent = menu;
    }
    ASSERT_NE(recent, nullptr);
    ASSERT_EQ(recent->actions().size(), 1);
    EXPECT_TRUE(recent->actions().first()->text().contains("other && more.db"));
    recent->actions().first()->trigger();
    ASSERT_FALSE(others.started.isEmpty());
    EXPECT_TRUE(others.started.last().endsWith("--store " + there)) << others.started.last().toStdString();
}

TEST_F(Window, ARunThatWasAskedToStopSaysSo) {
    trainAnother();
    RunId live;
    ASSERT_TRUE(QTest::qWaitFor(
        [&] {
            for (const auto& [id, run] : window->runActions().runs()) {
                if (run.state == RunState::kRunning) live = id;
            }
            return !live.empty();
        },
        kPatience));
    window->selection().setRun(live);
    window->selection().setMarked({live});
    ASSERT_TRUE(window->runActions().stop->isEnabled());
    window->runActions().stop->trigger();
    EXPECT_TRUE(QTest::qWaitFor([&] { return !window->runActions().stop->isEnabled(); }, kPatience));
    for (int row = 0; row < runs()->model()->rowCount(); ++row) {
        const QModelIndex state = runs()->model()->index(row, RunTableModel::kState);
        const bool isLive = state.data(RunTableModel::kRunIdRole).toString().toStdString() == live.text();
        EXPECT_EQ(state.data().toString() == "stopping…", isLive) << state.data().toString().toStdString();
        if (isLive) {
            EXPECT_FALSE(state.data(RunTableModel::kProgressRole).isValid());
        }
    }
}

TEST_F(Window, TheTrashIsEmptiedOnceThatWasConfirmed) {
    const QString runFolder = QString::fromStdString(window->runActions().find(second)->folder);
    ASSERT_TRUE(QFileInfo::exists(runFolder));
    EXPECT_FALSE(window->runActions().purges->emptyTrash->isEnabled());
    window->selection().setMarked({second});
    window->runActions().trash->trigger();
    settle();
    ASSERT_TRUE(window->runActions().purges->emptyTrash->isEnabled());
    const auto ask = [this]() -> QMessageBox* {
        window->runActions().purges->emptyTrash->trigger();
        QMessageBox* box = nullptr;
        EXPECT_TRUE(QTest::qWaitFor([&] { return (box = window->findChild<QMessageBox*>()) != nullptr; }, kPatience));
        return box;
    };
    QMessageBox* box = ask();
    ASSERT_NE(box, nullptr);
    EXPECT_TRUE(box->text().contains("resnet18-mae")) << box->text().toStdString();
    EXPECT_TRUE(box->text().contains("frees")) << box->text().toStdString();
    box->reject();
    settle();
    EXPECT_NE(window->runActions().find(second), nullptr);
    QTest::qWait(1);
    box = ask();
    ASSERT_NE(box, nullptr);
    for (QAbstractButton* button : box->buttons()) {
        if (box->buttonRole(button) == QMessageBox::DestructiveRole) button->click();
    }
    settle();
    EXPECT_EQ(window->runActions().find(second), nullptr);
    EXPECT_FALSE(QFileInfo::exists(runFolder));
    EXPECT_FALSE(window->runActions().undoTrash->isEnabled());
}

TEST_F(Window, RowsAreCopiedAndExported) {
    window->docks().raise("runs");
    ASSERT_TRUE(QTest::qWaitForWindowActive(window.get()));
    runs()->setFocus();
    int row = 0;
    while (runs()->model()->index(row, RunTableModel::kName).data().toString() != "resnet18-mae") ++row;
    runs()->selectRow(row);
    const RunSummary& run = *window->runActions().find(second);
    QTest::keyClick(runs(), Qt::Key_C, Qt::ControlModifier);
    QTest::keyRelease(runs(), Qt::Key_Control);  // else selectRow() of a later test selects as with Ctrl down
    QStringList lines = QApplication::clipboard()->text().trimmed().split('\n');
    ASSERT_EQ(lines.size(), 2) << QApplication::clipboard()->text().toStdString();
    EXPECT_TRUE(lines[0].startsWith("Shown in charts\tRun\tState\tTop-1 %\t")) << lines[0].toStdString();
    const QStringList cells = lines[1].split('\t');
    EXPECT_EQ(cells.mid(1, 2), (QStringList{"resnet18-mae", "finished"}));
    EXPECT_NEAR(cells[3].toDouble(), 100 * run.best_top1.value(), 1e-6);
    runs()->setColumnHidden(RunTableModel::kStarted, false);
    action("This view")->trigger();
    QFile file(folder.filePath("runs.csv"));
    ASSERT_TRUE(file.open(QIODevice::ReadOnly));
    lines = QString::fromUtf8(file.readAll()).trimmed().split('\n');
    EXPECT_EQ(lines.size(), 1 + runs()->model()->rowCount());
    EXPECT_TRUE(lines[0].endsWith(",Started")) << lines[0].toStdString();
    for (const QString& line : lines.mid(1)) EXPECT_FALSE(line.contains("today")) << line.toStdString();
}

TEST_F(Window, WhatWentWellIsMentionedInTheStatusBar) {
    Q_EMIT window->jobs().ended("Export a: the same codes", false);
    const auto isMentioned = [this](const QString& text) {
        const auto labels = window->statusBar()->findChildren<QLabel*>();
        return std::any_of(labels.begin(), labels.end(), [&](const QLabel* label) { return label->text() == text; });
    };
    EXPECT_TRUE(isMentioned("Export a: the same codes"));
    EXPECT_FALSE(window->notices().isVisible());
    Q_EMIT window->jobs().ended("Verify a: other codes", true);
    EXPECT_EQ(window->notices().text(), "Verify a: other codes");
    EXPECT_FALSE(isMentioned("Verify a: other codes"));
}

TEST_F(Window, TheToolBarCompares) {
    auto* tools = window->findChild<QToolBar*>("tools");
    ASSERT_NE(tools, nullptr);
    auto* button = qobject_cast<QToolButton*>(tools->widgetForAction(window->runActions().compare));
    ASSERT_NE(button, nullptr);
    EXPECT_EQ(button->text(), "Compare");
    button->click();
    EXPECT_EQ(current().toStdString(), "compare");
}

TEST_F(Window, ANoticeWaitsBehindWhatComesLater) {
    NoticeBar& notices = window->notices();
    EXPECT_FALSE(notices.isVisible());
    notices.say("end of a", "a has finished", false, {{"See formats", [] {}}});
    notices.say("job", "exported", false);
    EXPECT_EQ(notices.text(), "exported");
    notices.say("end of a", "a has finished: 89.74 %", false, {{"See formats", [] {}}});  // now with its accuracy
    EXPECT_EQ(notices.text(), "exported");
    const auto close = [&notices] {
        for (auto* button : notices.findChildren<QToolButton*>()) button->click();
    };
    close();
    EXPECT_EQ(notices.text(), "a has finished: 89.74 %");
    EXPECT_TRUE(notices.isVisible());
    close();
    EXPECT_FALSE(notices.isVisible());
    window->selection().setMarked({second});
    window->runActions().trash->trigger();
    EXPECT_TRUE(notices.text().contains("moved to the trash"));
    window->runActions().undoTrash->trigger();
    EXPECT_FALSE(notices.isVisible());
}

}  // namespace
}  // namespace f8net
