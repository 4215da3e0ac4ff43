// SPDX-License-Identifier: GPL-3.0-or-later
// What the window does for all views: which one is current, finding, recent stores and dropped files.
#include <QAbstractButton>
#include <QClipboard>
#include <QDropEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QTabBar>
#include <QTableView>
#include <QToolButton>
#include <QUrl>

#include "app/workbench/place_bar.h"
#include "tests/app/workbench/surfaces.h"
#include "tests/app/workbench/window_fixture.h"
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
