// SPDX-License-Identifier: GPL-3.0-or-later
// The program as its users meet it, offscreen: a store of invented runs, the main window, every action.
#include <gtest/gtest.h>

#include <QApplication>
#include <QDialog>
#include <QDir>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QEnterEvent>
#include <QFile>
#include <QImage>
#include <QLabel>
#include <QLineEdit>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QTabBar>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>
#include <QToolButton>
#include <QUrl>
#include <set>

#include "app/workbench/dock_host.h"
#include "app/workbench/main_window.h"
#include "app/workbench/notice_bar.h"
#include "app/workbench/tour.h"
#include "core/config/experiment_document.h"
#include "core/store/run_store.h"
#include "core/store/run_writer.h"
#include "tests/widgets/synthetic/synthetic_store.h"
#include "widgets/curves/curves_view.h"
#include "widgets/curves/metric_chart.h"
#include "widgets/dialogs/new_run_dialog.h"
#include "widgets/formats/formats_picture.h"
#include "widgets/formats/formats_view.h"
#include "widgets/network/network_canvas.h"
#include "widgets/network/network_widget.h"
#include "widgets/panels/first_start_card.h"
#include "widgets/panels/queue_actions.h"
#include "widgets/panels/run_actions.h"
#include "widgets/panels/runs_view.h"
#include "widgets/plots/plot_export.h"
#include "widgets/support/colors.h"

namespace f8net {
namespace {

constexpr int kPatience = 60'000;

class Workbench : public testing::Test {
protected:
    void SetUp() override {
        store = std::make_unique<synthetic::Store>(folder.filePath("runs.db").toStdString());
        first = store->add(
            {.name = "first", .epochs = 6, .doneEpochs = 6, .stepsPerEpoch = 30, .floatEpochs = 2, .seed = 1});
        second = store->add(
            {.name = "second", .epochs = 6, .doneEpochs = 6, .stepsPerEpoch = 30, .floatEpochs = 2, .seed = 2});
        open();
    }
    void open() {
        window = std::make_unique<MainWindow>(
            MainWindow::Options{folder.filePath("runs.db"), folder.filePath("w.ini"), ThemeChoice::kLight});
        window->show();
        settle();
    }
    void settle() { ASSERT_TRUE(window->store().waitUntilCaughtUp(kPatience)); }
    template <typename View>
    View* view(const QString& id) {
        return qobject_cast<View*>(window->docks().view(id));
    }
    QTableView* runs() { return view<RunsView>("runs")->table(); }

    QTemporaryDir folder;
    std::unique_ptr<synthetic::Store> store;
    RunId first, second;
    std::unique_ptr<MainWindow> window;
};

TEST_F(Workbench, ShowsRunsCurvesAndFormatsAtOnce) {
    EXPECT_EQ(runs()->model()->rowCount(), 2);
    EXPECT_EQ(window->selection().run(), second);  // the newest
    EXPECT_EQ(window->selection().visibleRuns().size(), 2u);
    const auto& charts = view<CurvesView>("curves")->charts();
    ASSERT_GE(charts.size(), 4u);
    EXPECT_EQ(charts[0]->chart().curves.size(), 2u);
    EXPECT_EQ(charts[0]->plotTitle(), "Loss, training");
    EXPECT_FALSE(window->selection().layer().isEmpty());
}

TEST_F(Workbench, ALayerChosenInTheTableIsChosenEverywhere) {
    auto* table = view<FormatsView>("formats")->findChild<QTableView*>();
    table->setCurrentIndex(table->model()->index(4, 0));
    settle();
    const QString layer = table->model()->index(4, 0).data().toString();
    EXPECT_EQ(window->selection().layer(), layer);
    bool isInTitle = false;
    for (MetricChart* chart : view<CurvesView>("curves")->charts())
        isInTitle = isInTitle || chart->plotTitle().contains(layer);
    EXPECT_TRUE(isInTitle);  // the clipping level of this layer
}

TEST_F(Workbench, BaselineAndTrashGoThroughTheStore) {
    RunActions& actions = window->runActions();
    runs()->selectRow(1);
    actions.baseline->trigger();
    EXPECT_EQ(window->selection().baseline(), first);
    actions.trash->trigger();
    settle();
    EXPECT_EQ(runs()->model()->rowCount(), 1);
    actions.undoTrash->trigger();
    settle();
    EXPECT_EQ(runs()->model()->rowCount(), 2);
}

TEST_F(Workbench, ClosingAsksWhatBecomesOfJobsAtWork) {
    const auto answer = [this](const QString& text) {
        auto* box = window->findChild<QMessageBox*>();
        if (box == nullptr) return false;
        EXPECT_EQ(box->informativeText(), "Verify an example");
        for (QAbstractButton* button : box->buttons()) {
            if (button->text().remove('&') == text) button->click();
        }
        return QTest::qWaitFor([this] { return window->findChild<QMessageBox*>() == nullptr; }, kPatience);
    };
    const int job = window->jobs().start("Verify an example", "/bin/sh", {"-c", "exec sleep 60"}, {});
    window->close();
    EXPECT_TRUE(window->isVisible());
    ASSERT_TRUE(answer("Cancel"));
    EXPECT_TRUE(window->isVisible());

    window->close();
    ASSERT_TRUE(answer("Close when they have ended"));
    EXPECT_TRUE(window->isVisible());
    window->jobs().cancel(job);
    EXPECT_TRUE(QTest::qWaitFor([this] { return !window->isVisible(); }, kPatience));

    window->show();
    window->jobs().start("Verify an example", "/bin/sh", {"-c", "exec sleep 60"}, {});
    window->close();
    ASSERT_TRUE(answer("End them and close"));
    EXPECT_FALSE(window->isVisible());
}

TEST_F(Workbench, ThePurgeOfAnotherRunKeepsTheChosenOne) {
    window->selection().setRun(first);
    window->store().perform("purge", [run = second](RunStore& s) {
        s.trash(run);
        s.purge(run);
    });
    settle();
    EXPECT_EQ(runs()->model()->rowCount(), 1);
    EXPECT_EQ(window->selection().run(), first);
    EXPECT_EQ(runs()->currentIndex().row(), 0);
}

TEST_F(Workbench, SpaceShowsAndHidesAndDelMovesToTheTrash) {
    runs()->selectRow(0);
    QTest::keyClick(runs(), Qt::Key_Space);
    EXPECT_FALSE(window->selection().isVisible(second));
    QTest::keyClick(runs(), Qt::Key_Space);
    EXPECT_TRUE(window->selection().isVisible(second));
    QTest::keyClick(runs(), Qt::Key_Space, Qt::ShiftModifier);
    EXPECT_EQ(window->selection().visibleRuns(), (std::set<RunId>{second}));
    QTest::keyClick(runs(), Qt::Key_Delete);
    settle();
    EXPECT_EQ(runs()->model()->rowCount(), 1);
}

TEST_F(Workbench, AWrongFilterSaysWhyAndKeepsTheText) {
    QLineEdit* line = view<RunsView>("runs")->filterLine();
    line->setText("first");
    EXPECT_EQ(runs()->model()->rowCount(), 1);
    line->setText("/un(closed/");
    EXPECT_EQ(runs()->model()->rowCount(), 1);
    EXPECT_EQ(line->text(), "/un(closed/");
    line->clear();
    EXPECT_EQ(runs()->model()->rowCount(), 2);
}

TEST_F(Workbench, EveryActionCanBeTriggered) {
    runs()->selectRow(0);
    int triggered = 0;
    // Dialogs that wait for an answer get "no".
    QTimer closer;
    QObject::connect(&closer, &QTimer::timeout, [] {
        for (QWidget* widget : QApplication::topLevelWidgets()) {
            if (auto* dialog = qobject_cast<QDialog*>(widget); dialog != nullptr && dialog->isVisible())
                dialog->reject();
        }
    });
    closer.start(20);
    for (QAction* action : window->allActions()) {
        const QString text = action->text();
        if (!action->isEnabled() || text.contains("uit") || text.contains("older")) continue;  // Quit, Open folder
        if (action == window->runActions().queue->start) continue;  // a process that outlives the test
        SCOPED_TRACE(text.toStdString());
        action->trigger();
        QApplication::processEvents();
        ++triggered;
    }
    settle();
    EXPECT_GT(triggered, 25);
}

TEST_F(Workbench, TheEndOfARunIsToldWithNextSteps) {
    const RunId run = store->add(
        {.name = "live", .epochs = 4, .doneEpochs = 2, .stepsPerEpoch = 5, .floatEpochs = 1, .state = "running"});
    settle();
    store.reset();  // its writers end without an end: a crash
    ASSERT_TRUE(QTest::qWaitFor([&] { return window->notices().text().contains("live"); }, kPatience));
    EXPECT_TRUE(window->notices().text().contains("crashed"));
    const auto steps = [&] {
        QStringList texts;
        for (auto* button : window->notices().findChildren<QPushButton*>()) {
            if (button->isVisible()) texts << QString(button->text()).remove('&');
        }
        return texts;
    };
    EXPECT_TRUE(QTest::qWaitFor([&] { return steps() == QStringList{"See the log"}; }, kPatience));
    {
        RunWriter writer(folder.filePath("runs.db").toStdString(), run, nullptr);
        ASSERT_TRUE(
            QTest::qWaitFor([&] { return window->runActions().find(run)->state == RunState::kRunning; }, kPatience));
        writer.finish(RunState::kFinished, 0);
    }
    ASSERT_TRUE(QTest::qWaitFor([&] { return window->notices().text().contains("has finished"); }, kPatience));
    const QStringList next{"See formats", "Find the weakest layer", "Export ONNX…"};
    EXPECT_TRUE(QTest::qWaitFor([&] { return steps() == next; }, kPatience)) << steps().join(", ").toStdString();
    for (auto* button : window->notices().findChildren<QPushButton*>()) {
        if (button->text().contains("ormats")) button->click();
    }
    EXPECT_EQ(window->selection().run(), run);
    EXPECT_TRUE(window->docks().view("formats")->isVisible());
    // From another run, whose network is what the view still has: the layer is that of this run, once it is read.
    window->selection().setRun(first);
    window->selection().setLayer("head.0");
    settle();
    for (auto* button : window->notices().findChildren<QPushButton*>()) {
        if (button->text().contains("eakest")) button->click();
    }
    EXPECT_EQ(window->selection().run(), run);
    settle();
    const QString sentence = view<NetworkWidget>("network")->canvas()->plotSentence();
    EXPECT_NE(window->selection().layer(), "head.0");
    EXPECT_TRUE(sentence.contains("the worst is " + window->selection().layer() + " with")) << sentence.toStdString();
    EXPECT_FALSE(view<NetworkWidget>("network")->visibleRegion().isEmpty());
}

TEST_F(Workbench, ADeletionIsUndoneFromItsNotice) {
    runs()->selectRow(0);
    QTest::keyClick(runs(), Qt::Key_Delete);
    settle();
    EXPECT_EQ(runs()->model()->rowCount(), 1);
    EXPECT_TRUE(window->notices().text().contains("1 run moved to the trash"))
        << window->notices().text().toStdString();
    for (auto* button : window->notices().findChildren<QPushButton*>()) {
        if (button->text().contains("Undo")) button->click();
    }
    settle();
    EXPECT_EQ(runs()->model()->rowCount(), 2);
    EXPECT_FALSE(window->notices().isVisible());
}

TEST_F(Workbench, TheNoticeOfADeletionGoesHoweverItIsUndone) {
    runs()->selectRow(0);
    window->runActions().trash->trigger();
    settle();
    EXPECT_TRUE(window->notices().isVisible());
    window->runActions().undoTrash->trigger();
    EXPECT_FALSE(window->notices().isVisible());
}

TEST_F(Workbench, ACloneHasTheConfigurationOfTheRun) {
    NewRun described;
    described.name = "origin";
    Experiment experiment;
    experiment.optimizer.lr = 0.0125;
    described.config = to_yaml(experiment, YamlDetail::kEverything);
    RunStore writable(folder.filePath("runs.db").toStdString(), RunStore::Mode::kReadWrite);
    const RunId run = writable.create_run(described);
    settle();
    window->selection().setRun(run);
    settle();
    window->selection().setMarked({run});
    window->runActions().clone->trigger();
    NewRunDialog* dialog = nullptr;
    ASSERT_TRUE(QTest::qWaitFor([&] { return (dialog = window->findChild<NewRunDialog*>()) != nullptr; }, kPatience));
    EXPECT_EQ(dialog->problem().toStdString(), "");
    EXPECT_EQ(dialog->runName(), "origin");
    EXPECT_EQ(dialog->draft().current().optimizer.lr, 0.0125);
    dialog->reject();
}

TEST_F(Workbench, ANewRunThatWasLeftComesBackAsItWas) {
    const auto shown = [this] {
        NewRunDialog* visible = nullptr;
        for (auto* each : window->findChildren<NewRunDialog*>()) {
            if (each->isVisible()) visible = each;
        }
        return visible;
    };
    window->runActions().newRun->trigger();
    ASSERT_NE(shown(), nullptr);
    EXPECT_FALSE(shown()->isModal());  // the views beside it can be looked at
    shown()->setOption("optimizer.lr", "0.015625");
    QTest::keyClick(shown(), Qt::Key_Escape);
    EXPECT_EQ(shown(), nullptr);
    window->runActions().newRun->trigger();
    ASSERT_NE(shown(), nullptr);
    EXPECT_EQ(shown()->draft().current().optimizer.lr, 0.015625);
    // Once it has begun the next one is fresh.
    shown()->finishStart({});
    window->runActions().newRun->trigger();
    ASSERT_NE(shown(), nullptr);
    EXPECT_NE(shown()->draft().current().optimizer.lr, 0.015625);
    shown()->reject();
}

TEST_F(Workbench, FilesAreImportedByDroppingThem) {
    const QString yaml = folder.filePath("mine.yaml");
    QFile file(yaml);
    ASSERT_TRUE(file.open(QIODevice::WriteOnly));
    file.write("name: mine\noptimizer: {lr: 0.375}\n");
    file.close();
    const auto drop = [&](const QString& path) {
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(path)});
        QDragEnterEvent enter(QPoint(300, 300), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(window.get(), &enter);
        EXPECT_TRUE(enter.isAccepted());
        QDropEvent event(QPointF(300, 300), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(window.get(), &event);
    };
    drop(yaml);
    NewRunDialog* dialog = nullptr;
    ASSERT_TRUE(QTest::qWaitFor([&] { return (dialog = window->findChild<NewRunDialog*>()) != nullptr; }, kPatience));
    EXPECT_EQ(dialog->draft().current().optimizer.lr, 0.375);
    EXPECT_EQ(dialog->runName(), "mine");
    dialog->reject();
    // Curves of another program come as a run, by the program that does it in a shell.
    QFile table(folder.filePath("others.csv"));
    ASSERT_TRUE(table.open(QIODevice::WriteOnly));
    table.write("run,metric,step,value\nfrom elsewhere,loss,1,0.5\nfrom elsewhere,loss,2,0.25\n");
    table.close();
    const int before = runs()->model()->rowCount();
    drop(table.fileName());
    EXPECT_TRUE(QTest::qWaitFor([&] { return runs()->model()->rowCount() == before + 1; }, kPatience));
    drop(folder.filePath("nothing.pth"));
    EXPECT_TRUE(QTest::qWaitFor([&] { return window->notices().text().contains("nothing.pth"); }, kPatience));
}

TEST_F(Workbench, NewRowsWaitWhileThePointerIsOverTheTable) {
    QEnterEvent enter(QPointF(5, 5), QPointF(5, 5), QPointF(5, 5));
    QApplication::sendEvent(runs()->viewport(), &enter);
    store->add({.name = "third", .epochs = 1, .doneEpochs = 1, .stepsPerEpoch = 2});
    settle();
    EXPECT_EQ(runs()->model()->rowCount(), 2);
    QToolButton* fresh = nullptr;
    for (auto* button : view<RunsView>("runs")->findChildren<QToolButton*>()) {
        if (button->text() == "1 new") fresh = button;
    }
    ASSERT_NE(fresh, nullptr);
    EXPECT_TRUE(fresh->isVisible());
    QEvent leave(QEvent::Leave);
    QApplication::sendEvent(runs()->viewport(), &leave);
    EXPECT_EQ(runs()->model()->rowCount(), 3);
    EXPECT_FALSE(fresh->isVisible());
}

TEST_F(Workbench, AnEmptyStoreOffersTheExample) {
    window.reset();
    window = std::make_unique<MainWindow>(
        MainWindow::Options{folder.filePath("none.db"), folder.filePath("n.ini"), ThemeChoice::kLight});
    window->show();
    settle();
    auto* card = window->findChild<FirstStartCard*>();
    ASSERT_NE(card, nullptr);
    EXPECT_TRUE(card->isVisible());
    EXPECT_TRUE(card->startButton()->isEnabled());
    QStringList others;
    for (auto* button : card->findChildren<QToolButton*>()) others << button->text();
    EXPECT_EQ(others, (QStringList{"New run", "Import", "Open a store"}));
}

TEST_F(Workbench, EveryActionHasAMnemonicAndShortcutsAreUnique) {
    std::set<QString> keys;
    for (const QAction* action : window->allActions()) {
        SCOPED_TRACE(action->text().toStdString());
        EXPECT_TRUE(action->text().contains('&'));
        const QString key = action->shortcut().toString();
        if (!key.isEmpty()) {
            EXPECT_TRUE(keys.insert(key).second) << key.toStdString();
        }
    }
    for (const char* key : {"Ctrl+N", "Ctrl+O", "Ctrl+1", "Ctrl+/", "F1", "F2", "Shift+F5", "Ctrl+F5", "Ctrl+B",
                            "Ctrl+I", "Ctrl+D", "Ctrl+Shift+E", "Alt+Left", "Ctrl+Shift+D", "F11"}) {
        EXPECT_TRUE(keys.count(key)) << key;
    }
}

TEST_F(Workbench, MnemonicsOfTheMenusAreTheirsAlone) {
    std::set<QString> menus;
    for (const QAction* action : window->menuBar()->actions())
        menus.insert(QKeySequence::mnemonic(action->text()).toString());
    EXPECT_EQ(menus.size(), static_cast<size_t>(window->menuBar()->actions().size()));
    // A view behind a tab counts as visible: Alt+E would go to its label and open no menu.
    const auto check = [&menus](const QString& text) {
        EXPECT_FALSE(menus.count(QKeySequence::mnemonic(text).toString())) << text.toStdString();
    };
    for (const auto* button : window->findChildren<QAbstractButton*>()) check(button->text());
    for (const auto* label : window->findChildren<QLabel*>()) {
        if (label->buddy() != nullptr) check(label->text());
    }
    for (const auto* bar : window->findChildren<QTabBar*>()) {
        for (int tab = 0; tab < bar->count(); ++tab) check(bar->tabText(tab));
    }
}

TEST_F(Workbench, ThemesReachThePlots) {
    window->setTheme(ThemeChoice::kDark);
    QApplication::processEvents();
    EXPECT_EQ(&colorsOf(window.get()), &darkColors());
    MetricChart* chart = view<CurvesView>("curves")->charts()[0];
    EXPECT_EQ(chart->xAxis->tickLabelColor(), darkColors().dim);
    window->setTheme(ThemeChoice::kLight);
    QApplication::processEvents();
    EXPECT_EQ(chart->xAxis->tickLabelColor(), lightColors().dim);
}

TEST_F(Workbench, LayoutFilterAndBaselineSurviveARestart) {
    view<RunsView>("runs")->filterLine()->setText("second");
    window->selection().setBaseline(first);
    window->selection().setVisibleRuns({first});
    window->docks().docks()[1].dock->hide();
    window->close();
    window.reset();
    open();
    EXPECT_EQ(view<RunsView>("runs")->filterLine()->text(), "second");
    EXPECT_EQ(window->selection().baseline(), first);
    EXPECT_EQ(window->selection().visibleRuns(), (std::set<RunId>{first}));
    EXPECT_FALSE(window->docks().docks()[1].dock->isVisible());
}

TEST_F(Workbench, BrokenSettingsGiveDefaultsAndANotice) {
    window->close();
    window.reset();
    QFile file(folder.filePath("w.ini"));
    ASSERT_TRUE(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    file.write("\x7f\x45\x4c\x46 junk");
    file.close();
    open();
    EXPECT_TRUE(window->notices().text().contains("defaults"));
    for (const DockHost::Dock& dock : window->docks().docks())
        EXPECT_TRUE(dock.dock->isVisible() || !dock.view.isOpenAtFirstStart);
}

TEST_F(Workbench, TabGroupsShowTheirTitleOnce) {
    int tabs = 0;
    for (const DockHost::Dock& dock : window->docks().docks()) {
        if (dock.dock->isHidden()) continue;
        const QList<QDockWidget*> group = window->tabifiedDockWidgets(dock.dock);
        const bool isTab = std::any_of(group.begin(), group.end(), [](QDockWidget* tab) { return !tab->isHidden(); });
        EXPECT_EQ(isTab, dock.dock->titleBarWidget() != nullptr) << dock.view.id.toStdString();
        tabs += isTab ? 1 : 0;
    }
    EXPECT_GE(tabs, 4);  // Log and jobs, Details; Formats, Distributions and what shares their place
}

TEST_F(Workbench, ChartsAndFormatsAreExported) {
    MetricChart* chart = view<CurvesView>("curves")->charts()[0];
    for (const char* name : {"a.png", "a.svg", "a.pdf", "a.csv", "a.json"}) {
        exportPlot(*chart, folder.filePath(name));
        EXPECT_GT(QFile(folder.filePath(name)).size(), 500) << name;
    }
    EXPECT_TRUE(view<FormatsView>("formats")->exportTable(folder.filePath("f.csv")));
    EXPECT_GT(QFile(folder.filePath("f.csv")).size(), 500);
    EXPECT_FALSE(view<FormatsView>("formats")->exportTable("/nowhere/f.csv"));
}

TEST_F(Workbench, ManyLayersBecomeStepLines) {
    const RunId deep = store->add(
        {.name = "deep", .epochs = 4, .doneEpochs = 4, .stepsPerEpoch = 5, .floatEpochs = 1, .numLayers = 105});
    window->store().reload();
    settle();
    window->selection().setRun(deep);
    settle();
    auto* picture = view<FormatsView>("formats")->picture();
    picture->resize(900, 320);
    const QImage image = picture->grab().toImage();
    // Two pixels of pure role colour side by side are a line; boxes would be separated by background.
    int blue = 0;
    for (int x = 0; x < image.width(); ++x) {
        for (int y = 0; y < image.height() / 2; ++y) blue += image.pixelColor(x, y) == lightColors().inputs ? 1 : 0;
    }
    EXPECT_GT(blue, 600);
    EXPECT_LT(blue, 6000);
}

TEST_F(Workbench, NothingIsAskedOfAStoreThatIsNotThere) {
    window.reset();
    window = std::make_unique<MainWindow>(
        MainWindow::Options{folder.filePath("none.db"), folder.filePath("n.ini"), ThemeChoice::kLight});
    window->show();
    settle();
    EXPECT_FALSE(QFile::exists(folder.filePath("none.db")));
    EXPECT_EQ(window->runActions().runs().size(), 0u);
}

TEST(NewRunDialog, TurnsChangedOptionsIntoArguments) {
    NewRunDialog dialog(QString(F8NET_SOURCE_DIR) + "/configs", "/tmp/x.db");
    ASSERT_EQ(dialog.problem().toStdString(), "");
    EXPECT_EQ(dialog.runName(), "quickstart");
    dialog.setOption("optimizer.lr", "0.025");
    const QStringList arguments = dialog.trainArguments();
    EXPECT_TRUE(arguments.first().endsWith("fashion-mnist/quickstart.yaml"));
    EXPECT_TRUE(arguments.contains("optimizer.lr=0.025"));
    EXPECT_EQ(dialog.problem().toStdString(), "");
}

TEST(NewRunDialog, OptionsThatExcludeEachOtherAreSaid) {
    NewRunDialog dialog(QString(F8NET_SOURCE_DIR) + "/configs", "/tmp/x.db");
    dialog.setOption("training.batch_size", "64");
    dialog.setOption("training.micro_batch", "7");  // does not divide it
    EXPECT_TRUE(dialog.problem().contains("micro_batch")) << dialog.problem().toStdString();
    dialog.setOption("training.micro_batch", "32");
    EXPECT_EQ(dialog.problem().toStdString(), "");
}

TEST(NewRunDialog, AnEmptyFolderSaysSo) {
    const QTemporaryDir folder;
    const NewRunDialog dialog(folder.path(), "/tmp/x.db");
    EXPECT_TRUE(dialog.problem().contains("No experiment"));
}

TEST(Tour, PicturesAreDistinctAndNotBlank) {
    const QTemporaryDir folder;
    synthetic::Store store(folder.filePath("runs.db").toStdString());
    store.add({.name = "a", .epochs = 5, .doneEpochs = 5, .stepsPerEpoch = 40, .floatEpochs = 2});
    const TourResult result = takeTour({folder.filePath("tour"), folder.filePath("runs.db"), false});
    EXPECT_TRUE(result.problems.isEmpty());
    EXPECT_GE(result.pictures.size(), 20);
    std::set<QByteArray> seen;
    for (const QString& path : result.pictures) {
        SCOPED_TRACE(path.toStdString());
        const QImage image(path);
        ASSERT_FALSE(image.isNull());
        std::set<QRgb> colors;
        for (int y = 0; y < image.height(); y += 2) {
            for (int x = 0; x < image.width(); x += 2) colors.insert(image.pixel(x, y));
        }
        EXPECT_GT(colors.size(), 8u);
        QFile file(path);
        ASSERT_TRUE(file.open(QIODevice::ReadOnly));
        EXPECT_TRUE(seen.insert(file.readAll()).second) << "the same as another picture";
    }
}

}  // namespace
}  // namespace f8net
