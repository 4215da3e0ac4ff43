// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/log_view.h"

#include <QAbstractItemModelTester>
#include <QFile>
#include <QLabel>
#include <QMimeData>
#include <QSignalSpy>
#include <QTabBar>
#include <QToolButton>

#include "core/store/queue_lease.h"
#include "core/store/run_writer.h"
#include "tests/widgets/panels/panel_fixture.h"
#include "widgets/panels/job_panel.h"
#include "widgets/panels/queue_actions.h"
#include "widgets/panels/queue_panel.h"
#include "widgets/support/outside.h"

namespace f8net {
namespace {

using testing::ElementsAre;

class LogViewTest : public PanelTest {
protected:
    void SetUp() override {
        first = add("a", RunStore::Start::kInTurn);
        add("b", RunStore::Start::kInTurn);
        add("c", RunStore::Start::kInTurn);
        view = std::make_unique<LogView>(context, nullptr);
        view->resize(600, 300);
        view->show();
        settle();
    }
    QTableView* queueTable() { return view->queue()->table(); }
    QStringList shownQueue() {
        QStringList names;
        const QAbstractItemModel* model = queueTable()->model();
        for (int row = 0; row < model->rowCount(); ++row)
            names << model->index(row, QueueModel::kName).data().toString();
        return names;
    }
    QString tabText(int tab) { return view->findChild<QTabBar*>()->tabText(tab); }
    QTableView* log() {
        for (auto* table : view->findChildren<QTableView*>()) {
            if (table->accessibleName() == "Log of the runs") return table;
        }
        return nullptr;
    }
    void findInLog(const QString& text) {
        for (auto* line : view->findChildren<QLineEdit*>()) {
            if (line->accessibleName() == "Find in the log") line->setText(text);
        }
    }

    RunId first;
    std::unique_ptr<LogView> view;
};

TEST_F(LogViewTest, KeysChangeTheOrderOfTheQueueAndTakeOut) {
    const QAbstractItemModelTester tester(queueTable()->model(),
                                          QAbstractItemModelTester::FailureReportingMode::Warning);
    view->showPage(LogView::kQueue);
    ASSERT_EQ(shownQueue(), (QStringList{"a", "b", "c"}));
    EXPECT_TRUE(tabText(LogView::kQueue).contains("(3)"));
    queueTable()->selectRow(2);
    QTest::keyClick(queueTable(), Qt::Key_Up, Qt::ControlModifier);
    ASSERT_TRUE(waitFor([&] { return shownQueue() == QStringList{"a", "c", "b"}; }));
    EXPECT_EQ(queueTable()->currentIndex().row(), 1);  // the selection goes along
    QTest::keyClick(queueTable(), Qt::Key_Up, Qt::ControlModifier);
    ASSERT_TRUE(waitFor([&] { return shownQueue() == QStringList{"c", "a", "b"}; }));
    QTest::keyClick(queueTable(), Qt::Key_Up, Qt::ControlModifier);  // is first already
    QTest::keyClick(queueTable(), Qt::Key_Down, Qt::ControlModifier);
    ASSERT_TRUE(waitFor([&] { return shownQueue() == QStringList{"a", "c", "b"}; }));
    EXPECT_THAT(queued(), ElementsAre("a", "c", "b"));
    QTest::keyClick(queueTable(), Qt::Key_Delete);
    ASSERT_TRUE(waitFor([&] { return shownQueue() == QStringList{"a", "b"}; }));
    EXPECT_THAT(queued(), ElementsAre("a", "b"));
}

TEST_F(LogViewTest, DraggingChangesTheOrder) {
    view->showPage(LogView::kQueue);
    QueueModel* model = view->queue()->model();
    const auto drag = [&](int from, int before) {
        const std::unique_ptr<QMimeData> data(model->mimeData({model->index(from, QueueModel::kName)}));
        model->dropMimeData(data.get(), Qt::MoveAction, before, 0, {});
    };
    drag(0, 3);  // below the last
    ASSERT_TRUE(waitFor([&] { return shownQueue() == QStringList{"b", "c", "a"}; }));
    drag(2, 0);
    ASSERT_TRUE(waitFor([&] { return shownQueue() == QStringList{"a", "b", "c"}; }));
    drag(0, 2);  // between b and c
    ASSERT_TRUE(waitFor([&] { return shownQueue() == QStringList{"b", "a", "c"}; }));
    QSignalSpy moves(model, &QueueModel::moveRequested);
    drag(1, 1);
    drag(1, 2);  // where it is
    EXPECT_EQ(moves.count(), 0);
    QMimeData other;
    other.setText("a");
    EXPECT_FALSE(model->canDropMimeData(&other, Qt::MoveAction, 0, 0, {}));
}

TEST_F(LogViewTest, TheRunnerIsShownAndAskedToEnd) {
    view->showPage(LogView::kQueue);
    const auto says = [&](const QString& text) {
        for (const auto* label : view->queue()->findChildren<QLabel*>()) {
            if (label->text().contains(text)) return true;
        }
        return false;
    };
    EXPECT_TRUE(says("No runner is at work"));
    EXPECT_TRUE(actions.queue->start->isEnabled());
    EXPECT_FALSE(actions.queue->stop->isEnabled());
    auto lease = std::make_unique<QueueLease>(store);
    RunWriter writer(path.toStdString(), first, nullptr);
    lease->set_run(first);
    ASSERT_TRUE(waitFor([&] { return says("trains a"); }));
    EXPECT_EQ(shownQueue(), (QStringList{"a", "b", "c"}));
    EXPECT_EQ(view->queue()->model()->index(0, QueueModel::kPosition).data().toString(), "now");
    EXPECT_FALSE(actions.queue->start->isEnabled());
    // What is being trained has no place in the order.
    queueTable()->selectRow(0);
    QTest::keyClick(queueTable(), Qt::Key_Down, Qt::ControlModifier);
    QTest::keyClick(queueTable(), Qt::Key_Delete);
    actions.queue->stopAfterRun->trigger();
    ASSERT_TRUE(waitFor([&] { return says("ends after a"); }));
    EXPECT_EQ(lease->request(), RunnerRequest::kStopAfterRun);
    actions.queue->stop->trigger();
    ASSERT_TRUE(waitFor([&] { return lease->request() == RunnerRequest::kStopNow; }));
    EXPECT_THAT(queued(), ElementsAre("b", "c"));
    writer.finish(RunState::kFinished, 0);
    lease.reset();
    ASSERT_TRUE(waitFor([&] { return says("No runner is at work"); }));
    EXPECT_TRUE(actions.queue->start->isEnabled());
}

TEST_F(LogViewTest, EventsOfAllRunsOrOfTheChosenOne) {
    RunWriter writer(path.toStdString(), first, nullptr);
    writer.on_event({EventLevel::kInfo, "log", "of a", {}, {}});
    writer.flush();
    store.add_event(RunReader(store).find("b"), {EventLevel::kError, "log", "of b", {}, {}});
    settle();
    ASSERT_NE(log(), nullptr);
    const QAbstractItemModel* model = log()->model();
    ASSERT_TRUE(waitFor([&] { return model->rowCount() >= 2; }));
    view->source()->setCurrentIndex(1);
    selection.setRun(first);
    EXPECT_GT(model->rowCount(), 0);
    for (int row = 0; row < model->rowCount(); ++row)
        EXPECT_EQ(model->index(row, EventModel::kRun).data().toString(), "a");
    view->source()->setCurrentIndex(0);
    findInLog("OF B");
    ASSERT_EQ(model->rowCount(), 1);
    EXPECT_EQ(model->index(0, EventModel::kMessage).data().toString(), "Error: of b");
    writer.finish(RunState::kFinished, 0);
}

TEST_F(LogViewTest, TheEndOfARunsLogFileIsFollowed) {
    view->source()->setCurrentIndex(2);
    selection.setRun(first);
    QFile file(QString::fromStdString(store.run_folder(first)) + "/log.txt");
    ASSERT_TRUE(file.open(QIODevice::WriteOnly));
    file.write("epoch 1\n");
    file.flush();
    ASSERT_TRUE(waitFor([&] { return view->output()->toPlainText().contains("epoch 1"); }));
    file.write("epoch 2\n");
    file.close();
    ASSERT_TRUE(waitFor([&] { return view->output()->toPlainText() == "epoch 1\nepoch 2\n"; }));
    findInLog("2");
    EXPECT_TRUE(waitFor([&] { return view->output()->toPlainText() == "epoch 2"; }));
}

TEST(LogTail, ReadsTheEndInWholeLinesAndOnlyWhatIsNew) {
    const QTemporaryDir folder;
    const QString path = folder.filePath("log.txt");
    EXPECT_TRUE(readLogTail(path, {}).text.isEmpty());
    QFile file(path);
    ASSERT_TRUE(file.open(QIODevice::WriteOnly));
    for (int i = 0; i < 1000; ++i) file.write(QByteArray("line ") + QByteArray::number(i) + "\n");
    file.close();
    const LogTail tail = readLogTail(path, {}, 100);
    EXPECT_TRUE(tail.isCut);
    EXPECT_TRUE(tail.text.startsWith("line ")) << tail.text.toStdString();
    EXPECT_TRUE(tail.text.endsWith("line 999\n"));
    EXPECT_LE(tail.text.size(), 100);
    EXPECT_EQ(tail.sizeBytes, file.size());
    LogTail known = tail;
    known.text = "not read again";
    EXPECT_EQ(readLogTail(path, known, 100).text, "not read again");
}

TEST_F(LogViewTest, JobsHaveProgressCancelAndAreCleared) {
    view->showPage(LogView::kJobs);
    jobs.start("slow", "/bin/sh", {"-c", "echo 'checking 50/200 images' >&2; exec sleep 60"}, {});
    ASSERT_TRUE(waitFor([&] { return jobs.job(0).share.has_value(); }));
    EXPECT_NEAR(*jobs.job(0).share, 0.25, 1e-9);
    EXPECT_TRUE(tabText(LogView::kJobs).contains("(1)"));
    EXPECT_NEAR(view->jobs()->table()->model()->index(0, 0).data(JobList::kShareRole).toDouble(), 0.25, 1e-9);
    EXPECT_FALSE(view->jobs()->clearButton()->isEnabled());
    QTest::mouseClick(view->jobs()->cancelButton(), Qt::LeftButton);
    ASSERT_TRUE(waitFor([&] { return jobs.job(0).state == Job::State::kCancelled; }));
    EXPECT_FALSE(view->jobs()->cancelButton()->isEnabled());
    QTest::mouseClick(view->jobs()->clearButton(), Qt::LeftButton);
    EXPECT_EQ(jobs.rowCount(), 0);
}

TEST_F(LogViewTest, TheWholeResultOfAJobAndItsFolderAreAtHand) {
    class Opened final : public Outside {
    public:
        QStringList folders;
        void openFolder(const QString& path) override { folders << path; }
    } others;
    const OutsideReplaced replaced{others};
    JobPanel& panel = *view->jobs();
    const QString package = folder.filePath("quickstart-handoff");
    const auto run = [&](const QString& script, const QString& place) {
        const int job = jobs.start("hand off", "/bin/sh", {"-c", script},
                                   [](const QByteArray&, int) { return QString("all is ").repeated(40); });
        jobs.setPlace(job, place);
        return waitFor([&] { return jobs.numRunning() == 0; });
    };
    ASSERT_TRUE(run("exit 3", package));
    EXPECT_FALSE(panel.openButton()->isEnabled());  // nothing was written
    ASSERT_TRUE(run("mkdir '" + package + "'", package));
    EXPECT_EQ(panel.result(), QString("all is ").repeated(40));  // the newest one's
    ASSERT_TRUE(panel.openButton()->isEnabled());
    panel.openButton()->click();
    EXPECT_EQ(others.folders, QStringList(package));
    // Of a file it is the folder it lies in.
    ASSERT_TRUE(run("touch '" + package + "/net.onnx'", package + "/net.onnx"));
    panel.openButton()->click();
    EXPECT_EQ(others.folders.last(), package);
    panel.table()->selectRow(2);
    EXPECT_EQ(panel.result(), "exit code 3");
}

TEST_F(LogViewTest, AnAnswerThatIsNoIsAFailureWithItsResult) {
    bool ended = false;
    jobs.start(
        "verify", "/bin/sh", {"-c", "echo '{}'; exit 1"},
        [](const QByteArray&, int code) { return QString::number(code); },
        [&](const Job& job, const QByteArray& json) {
            ended = job.state == Job::State::kFailed && job.message == "1" && json == "{}\n";
            jobs.removeEnded();  // may be done from here
        });
    ASSERT_TRUE(waitFor([&] { return jobs.numRunning() == 0; }));
    EXPECT_TRUE(ended);
    EXPECT_EQ(jobs.rowCount(), 0);
}

TEST_F(LogViewTest, PageAndSourceAreRemembered) {
    view->showPage(LogView::kQueue);
    view->source()->setCurrentIndex(1);
    view.reset();
    const LogView again(context, nullptr);
    EXPECT_EQ(again.source()->currentIndex(), 1);
    EXPECT_EQ(again.findChild<QTabBar*>()->currentIndex(), LogView::kQueue);
}

TEST_F(LogViewTest, ThereIsNothingToChooseBeforeTheFirstRun) {
    QTemporaryDir empty;
    StoreFollower none(empty.filePath("none.db"));
    RunActions nothing(selection, none, jobs, &window);
    const LogView unfilled({selection, settings, none, jobs, nothing}, nullptr);
    for (const auto* box : unfilled.findChildren<QComboBox*>()) EXPECT_FALSE(box->isEnabled());
    for (const auto* box : unfilled.findChildren<QCheckBox*>()) EXPECT_FALSE(box->isEnabled());
    EXPECT_TRUE(view->findChild<QComboBox*>()->isEnabled());
}

TEST_F(LogViewTest, ProblemsAreShownAlone) {
    {
        RunWriter writer(path.toStdString(), first, nullptr);
        writer.on_event({EventLevel::kInfo, "test", "begins", {}, {}});
        writer.on_event({EventLevel::kWarning, "test", "is slow", {}, {}});
        writer.on_event({EventLevel::kError, "test", "is lost", {}, {}});
        writer.finish(RunState::kFailed, 1);
    }
    settle();
    const int all = log()->model()->rowCount();
    QCheckBox* problems = nullptr;
    for (auto* box : view->findChildren<QCheckBox*>()) problems = box;
    ASSERT_NE(problems, nullptr);
    problems->setChecked(true);
    EXPECT_LT(log()->model()->rowCount(), all);
    for (int row = 0; row < log()->model()->rowCount(); ++row)
        EXPECT_GT(log()->model()->index(row, 0).data(EventModel::kLevelRole).toInt(),
                  static_cast<int>(EventLevel::kInfo));
    findInLog("slow");
    EXPECT_EQ(log()->model()->rowCount(), 1);
}

}  // namespace
}  // namespace f8net
