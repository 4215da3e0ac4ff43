// SPDX-License-Identifier: GPL-3.0-or-later
// The layouts of the View menu: what is where, and that each leaves the others reachable.
#include <QHeaderView>
#include <QScrollBar>
#include <QTableView>

#include "tests/app/workbench/surfaces.h"
#include "tests/app/workbench/window_fixture.h"
#include "widgets/formats/formats_picture.h"
#include "widgets/formats/formats_view.h"

namespace f8net {
namespace {

class Layouts : public WholeWindow {
protected:
    void SetUp() override {
        WholeWindow::SetUp();
        open();
    }
    /// By its words in the menu View, Layout.
    void choose(const QString& name) {
        for (QMenu* menu : window->findChildren<QMenu*>()) {
            if (plainText(menu->title()) != "Layout") continue;
            for (QAction* action : menu->actions()) {
                if (plainText(action->text()).startsWith(name)) action->trigger();
            }
        }
        settle();
    }
    QDockWidget* dock(const QString& id) {
        for (const DockHost::Dock& entry : window->docks().docks()) {
            if (entry.view.id == id) return entry.dock;
        }
        return nullptr;
    }
    QRect place(const QString& id) { return {dock(id)->mapTo(window.get(), QPoint()), dock(id)->size()}; }
    QTableView* table(const QString& name) {
        for (QTableView* each : window->findChildren<QTableView*>()) {
            if (each->accessibleName() == name) return each;
        }
        return nullptr;
    }
    bool isInFront(const QString& id) { return !dock(id)->widget()->visibleRegion().isEmpty(); }
};

TEST_F(Layouts, InspectHasTheNetworkAboveFormatsBesideDistributions) {
    choose("Inspect");
    for (const char* id : {"runs", "network", "formats", "distributions"}) EXPECT_TRUE(isInFront(id)) << id;
    EXPECT_LT(place("runs").width(), window->width() * 35 / 100);
    EXPECT_LE(place("runs").right(), place("network").left());
    EXPECT_LE(place("network").bottom(), place("formats").top());
    EXPECT_EQ(place("formats").top(), place("distributions").top());
    EXPECT_LE(place("formats").right(), place("distributions").left());
    EXPECT_GT(place("network").width(), window->width() * 60 / 100);
}

TEST_F(Layouts, CompareHasTheComparisonAboveFormatsBesideDistributions) {
    choose("Compare");
    for (const char* id : {"runs", "compare", "formats", "distributions"}) EXPECT_TRUE(isInFront(id)) << id;
    EXPECT_LE(place("compare").bottom(), place("formats").top());
    EXPECT_LE(place("formats").right(), place("distributions").left());
    EXPECT_GT(place("runs").width(), window->width() * 25 / 100);  // whose runs have to be told apart
}

TEST_F(Layouts, EachIsLeftForEachOther) {
    const auto describe = [this] {
        QStringList places;
        for (const DockHost::Dock& entry : window->docks().docks()) {
            if (isInFront(entry.view.id)) places << entry.view.id;
        }
        return places.join(' ');
    };
    choose("Reset");
    const QString atFirst = describe();
    EXPECT_EQ(atFirst.toStdString(), "runs curves formats log");
    for (const char* name : {"Inspect", "Watch", "Inspect", "Reset"}) choose(name);
    EXPECT_EQ(describe(), atFirst);
    EXPECT_NEAR(place("runs").width(), window->width() * 42 / 100, 20);
    // What no layout shows is a click away, among its neighbours.
    choose("Inspect");
    for (const DockHost::Dock& entry : window->docks().docks()) {
        raise(entry);
        EXPECT_FALSE(entry.dock->isFloating());
    }
}

TEST_F(Layouts, TheTableOfFormatsIsSeenAtFirst) {
    choose("Reset");
    ASSERT_EQ(window->size(), QSize(1440, 900));
    const auto expectEightRows = [this] {
        const QTableView& formats = *table("Formats of all layers");
        EXPECT_GE(formats.viewport()->height() / formats.verticalHeader()->defaultSectionSize(), 8);
        EXPECT_FALSE(formats.horizontalScrollBar()->isVisible());
        const QWidget& picture = *window->findChild<FormatsView*>()->picture();
        EXPECT_GE(picture.height(), 130);  // with its history
    };
    for (const QString& layer : {QString("head.0"), QString("stage_2_layer_0.shortcut.0")}) {  // of longer sentences
        window->selection().setLayer(layer);
        settle();
        QTest::qWait(20);
        expectEightRows();
    }
    // Views above it that open later take none of its height.
    window->selection().setVisibleRuns({first, second});
    settle();
    for (const DockHost::Dock& entry : window->docks().docks()) {
        if (entry.view.id == "compare" || entry.view.id == "predictions") raise(entry);
    }
    QTest::qWait(20);
    expectEightRows();
}

TEST_F(Layouts, RunsDoNotScrollSideways) {
    for (const char* name : {"Reset", "Inspect", "Compare"}) {
        choose(name);
        QTest::qWait(20);
        EXPECT_FALSE(table("Runs")->horizontalScrollBar()->isVisible()) << name;
    }
}

TEST_F(Layouts, EachFitsASmallScreenWhateverIsOpen) {
    window->selection().setVisibleRuns({first, second});  // each run compared has a sentence
    openAllViews();
    for (const char* name : {"Watch", "Inspect", "Compare"}) {
        choose(name);
        window->resize(1280, 720);
        settle();
        QString least;
        for (const DockHost::Dock& entry : window->docks().docks()) {
            const QSize size = entry.dock->widget()->minimumSizeHint();
            least += QString("%1 %2x%3, ").arg(entry.view.id).arg(size.width()).arg(size.height());
        }
        EXPECT_EQ(window->size(), QSize(1280, 720)) << name << ": " << least.toStdString();
    }
}

TEST_F(Layouts, ALayoutIsChosenInsteadOfAMaximizedView) {
    const auto maximizeFormats = [this] {
        window->docks().view("formats")->setFocus();
        window->docks().toggleMaximized();
        settle();
    };
    maximizeFormats();
    EXPECT_FALSE(isInFront("runs"));
    choose("Inspect");
    for (const char* id : {"runs", "network", "formats", "distributions"}) EXPECT_TRUE(isInFront(id)) << id;
    maximizeFormats();  // anew, and back to this layout instead of the one before
    EXPECT_FALSE(isInFront("runs"));
    window->docks().toggleMaximized();
    settle();
    EXPECT_TRUE(isInFront("network"));
    EXPECT_LT(place("runs").width(), window->width() * 35 / 100);
}

}  // namespace
}  // namespace f8net
