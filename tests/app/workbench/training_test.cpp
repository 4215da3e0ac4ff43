// SPDX-License-Identifier: GPL-3.0-or-later
// The workbench and the real worker: a run is started from New run, watched to its end and exported; another is
// stopped and resumed. Takes about half a minute; skipped in builds that cannot train.
#include <gtest/gtest.h>

#include <QApplication>
#include <QComboBox>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QLineEdit>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>

#include "app/workbench/dock_host.h"
#include "app/workbench/main_window.h"
#include "app/workbench/notice_bar.h"
#include "widgets/curves/curves_view.h"
#include "widgets/curves/metric_chart.h"
#include "widgets/dialogs/new_run_dialog.h"
#include "widgets/panels/export_actions.h"
#include "widgets/formats/formats_view.h"
#include "widgets/panels/queue_actions.h"
#include "widgets/panels/run_actions.h"
#include "widgets/panels/runs_view.h"

namespace f8net {
namespace {

constexpr int kPatience = 120'000;

class WorkbenchTraining : public testing::Test {
protected:
    void SetUp() override {
        const QString here = QCoreApplication::applicationDirPath();
        if (!QFileInfo(here + "/f8net").isExecutable() || !QFileInfo::exists(here + "/../lib/libf8net_torch.so"))
            GTEST_SKIP() << "this build cannot train";
        window = std::make_unique<MainWindow>(
            MainWindow::Options{folder.filePath("runs.db"), folder.filePath("w.ini"), ThemeChoice::kLight});
        window->resize(1440, 900);
        window->show();
    }
    void TearDown() override {
        if (!window) return;
        // Nothing that was started here outlives the test.
        for (const auto& [id, run] : window->runActions().runs()) {
            if (run.state != RunState::kRunning) continue;
            choose(id);
            window->runActions().stop->trigger();
            EXPECT_TRUE(QTest::qWaitFor([&, id = id] { return state(id) != RunState::kRunning; }, kPatience));
        }
    }

    /// As a user does it: Ctrl+N, values into the form, Start.
    void startFromDialog(const QString& name, const std::vector<std::pair<QString, QString>>& values) {
        QAction* newRun = nullptr;
        for (QAction* action : window->allActions()) {
            if (action->shortcut() == QKeySequence("Ctrl+N")) newRun = action;
        }
        ASSERT_NE(newRun, nullptr);
        newRun->trigger();
        auto* dialog = window->findChild<NewRunDialog*>();
        ASSERT_NE(dialog, nullptr);
        for (const auto& [key, value] : values) {
            QLineEdit* field = nullptr;
            for (auto* line : dialog->findChildren<QLineEdit*>()) {
                if (line->accessibleName() == key) field = line;
            }
            ASSERT_NE(field, nullptr) << key.toStdString();
            field->setFocus();
            field->selectAll();
            QTest::keyClicks(field, value);
            QTest::keyClick(field, Qt::Key_Return);
        }
        ASSERT_EQ(dialog->problem().toStdString(), "");
        QPushButton* start = nullptr;
        QLineEdit* nameField = nullptr;
        for (auto* button : dialog->findChildren<QPushButton*>()) {
            if (button->text().contains("Start")) start = button;
        }
        for (auto* line : dialog->findChildren<QLineEdit*>()) {
            if (line->text() == dialog->runName()) nameField = line;
        }
        ASSERT_NE(nameField, nullptr);
        nameField->setText(name);
        ASSERT_NE(start, nullptr);
        ASSERT_TRUE(dialog->isVisible()) << "Return in a field must not start the run";
        QTest::mouseClick(start, Qt::LeftButton);
    }

    RunId find(const std::string& name) const {
        for (const auto& [id, run] : window->runActions().runs()) {
            if (run.name == name) return id;
        }
        return {};
    }
    bool waitForRun(const std::string& name) {
        const bool isThere = QTest::qWaitFor([&] { return !find(name).empty(); }, kPatience);
        if (!isThere && window->jobs().rowCount() > 0) ADD_FAILURE() << window->jobs().job(0).message.toStdString();
        return isThere;
    }
    RunState state(const RunId& run) const { return window->runActions().find(run)->state; }
    void choose(const RunId& run) {
        window->selection().setRun(run);
        ASSERT_TRUE(
            QTest::qWaitFor([&] { return window->selection().marked() == std::vector<RunId>{run}; }, kPatience));
    }
    template <typename View>
    View* view(const QString& id) {
        return qobject_cast<View*>(window->docks().view(id));
    }

    QTemporaryDir folder;
    std::unique_ptr<MainWindow> window;
};

const std::vector<std::pair<QString, QString>> kTiny{{"training.images_per_epoch", "128"},
                                                     {"data.train_limit", "2000"},
                                                     {"data.validation", "100"},
                                                     {"data.test_limit", "100"},
                                                     {"evaluation.agreement_images", "20"}};

TEST_F(WorkbenchTraining, ARunIsStartedWatchedToItsEndAndExported) {
    startFromDialog("tiny", kTiny);
    if (HasFatalFailure()) return;
    ASSERT_TRUE(waitForRun("tiny"));
    const RunId run = find("tiny");
    EXPECT_EQ(window->selection().run(), run);
    EXPECT_TRUE(QTest::qWaitFor([&] { return window->selection().isVisible(run); }, kPatience));
    bool seenRunning = false;
    ASSERT_TRUE(QTest::qWaitFor(
        [&] {
            seenRunning = seenRunning || state(run) == RunState::kRunning;
            return state(run) != RunState::kRunning && state(run) != RunState::kQueued;
        },
        kPatience));
    EXPECT_TRUE(seenRunning);
    const RunSummary& ended = *window->runActions().find(run);
    ASSERT_EQ(ended.state, RunState::kFinished) << ended.message;
    EXPECT_TRUE(ended.integer_top1.has_value());
    ASSERT_TRUE(window->store().waitUntilCaughtUp(kPatience));
    EXPECT_TRUE(QTest::qWaitFor([&] { return window->notices().text().contains("agree"); }, 5000))
        << window->notices().text().toStdString();
    const auto& charts = view<CurvesView>("curves")->charts();
    ASSERT_FALSE(charts.empty());
    ASSERT_EQ(charts[0]->chart().curves.size(), 1u);
    auto* table = view<FormatsView>("formats")->findChild<QTableView*>();
    EXPECT_EQ(table->model()->rowCount(), 21);

    const QString onnx = folder.filePath("tiny.onnx");
    window->runActions().exports->exportTo(*window->runActions().find(run), exportFormats().front(), onnx);
    ASSERT_TRUE(QTest::qWaitFor([&] { return window->jobs().numRunning() == 0; }, kPatience));
    const Job& exported = window->jobs().job(0);
    EXPECT_EQ(exported.state, Job::State::kDone) << exported.message.toStdString();
    EXPECT_GT(QFileInfo(onnx).size(), 100'000);
    EXPECT_TRUE(exported.message.contains("the same codes") || exported.message.contains("not verified"))
        << exported.message.toStdString();

    const QString package = folder.filePath("package");
    window->runActions().exports->handOffTo(*window->runActions().find(run), package);
    ASSERT_TRUE(QTest::qWaitFor([&] { return window->jobs().numRunning() == 0; }, kPatience));
    const Job& handedOff = window->jobs().job(0);
    EXPECT_EQ(handedOff.state, Job::State::kDone) << handedOff.message.toStdString();
    EXPECT_TRUE(handedOff.message.contains("c: the same codes")) << handedOff.message.toStdString();
    EXPECT_TRUE(QFileInfo::exists(package + "/SHA256SUMS"));
}

TEST_F(WorkbenchTraining, ARunIsStoppedAndResumed) {
    auto values = kTiny;
    values[0].second = "1500";
    startFromDialog("long", values);
    if (HasFatalFailure()) return;
    ASSERT_TRUE(waitForRun("long"));
    const RunId run = find("long");
    ASSERT_TRUE(QTest::qWaitFor([&] { return window->runActions().find(run)->step.value > 0; }, kPatience));
    choose(run);
    ASSERT_TRUE(window->runActions().stop->isEnabled());
    window->runActions().stop->trigger();
    ASSERT_TRUE(QTest::qWaitFor([&] { return state(run) == RunState::kStopped; }, kPatience));
    const auto stoppedAt = window->runActions().find(run)->step.value;
    ASSERT_TRUE(window->runActions().resume->isEnabled());
    window->runActions().resume->trigger();
    ASSERT_TRUE(QTest::qWaitFor(
        [&] {
            const RunSummary& now = *window->runActions().find(run);
            return now.attempt == 2 && now.step.value > stoppedAt;
        },
        kPatience))
        << window->notices().text().toStdString();
    EXPECT_EQ(window->runActions().runs().size(), 1u);
}

TEST_F(WorkbenchTraining, QueuedRunsGoOnWhenTheWindowIsClosed) {
    QAction* newRun = window->runActions().newRun;
    for (const char* name : {"one", "two"}) {
        newRun->trigger();
        auto* dialog = window->findChild<NewRunDialog*>();
        ASSERT_NE(dialog, nullptr);
        for (const auto& [key, value] : kTiny) dialog->setOption(key, value);
        ASSERT_EQ(dialog->problem().toStdString(), "");
        for (auto* line : dialog->findChildren<QLineEdit*>()) {
            if (line->accessibleName() == "Name of the run") line->setText(name);
        }
        for (auto* button : dialog->findChildren<QPushButton*>()) {
            if (button->text().contains("Queue")) QTest::mouseClick(button, Qt::LeftButton);
        }
        ASSERT_TRUE(waitForRun(name));
        // The dialog is gone once the run waits.
        ASSERT_TRUE(QTest::qWaitFor([&] { return window->findChild<NewRunDialog*>() == nullptr; }, kPatience));
        EXPECT_EQ(state(find(name)), RunState::kQueued);
    }
    QueueActions& queue = *window->runActions().queue;
    ASSERT_TRUE(queue.start->isEnabled());
    queue.start->trigger();
    ASSERT_TRUE(QTest::qWaitFor([&] { return state(find("one")) == RunState::kRunning; }, kPatience))
        << window->notices().text().toStdString();
    window->close();
    window.reset();
    window = std::make_unique<MainWindow>(
        MainWindow::Options{folder.filePath("runs.db"), folder.filePath("w.ini"), ThemeChoice::kLight});
    window->show();
    ASSERT_TRUE(waitForRun("two"));
    ASSERT_TRUE(QTest::qWaitFor([&] { return state(find("two")) == RunState::kFinished; }, kPatience));
    EXPECT_EQ(state(find("one")), RunState::kFinished);
    QueueActions& again = *window->runActions().queue;
    ASSERT_TRUE(QTest::qWaitFor([&] { return again.stop->isEnabled(); }, kPatience));
    again.stop->trigger();
    EXPECT_TRUE(QTest::qWaitFor([&] { return again.start->isEnabled(); }, kPatience));
}

}  // namespace
}  // namespace f8net
