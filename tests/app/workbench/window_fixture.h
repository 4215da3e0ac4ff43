// SPDX-License-Identifier: GPL-3.0-or-later
/// The whole window over a store in a file, with runs in every state, one of them being trained while the test runs.
/// Nothing leaves the process: file dialogs answer with files of the test's folder, programs are written down instead
/// of started. Threads  UI thread; the live run logs from one of its own.
#pragma once

#include <gtest/gtest.h>

#include <QDockWidget>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <atomic>
#include <memory>
#include <thread>

#include "app/workbench/dock_host.h"
#include "app/workbench/main_window.h"
#include "app/workbench/notice_bar.h"
#include "tests/widgets/synthetic/synthetic_store.h"
#include "widgets/support/outside.h"

namespace f8net {

/// Answers in place of the desktop. Programs fail to start, which is what a job may always meet.
class NothingOutside final : public Outside {
public:
    explicit NothingOutside(QString folder) : m_folder(std::move(folder)) {}

    QStringList asked;    ///< titles of the file dialogs
    QStringList started;  ///< programs with their arguments, opened folders too
    bool answers = true;  ///< false: the user cancels

    QString askOpenFile(QWidget*, const QString& title, const QString&, const QString&) override {
        return answer(title, QString(F8NET_SOURCE_DIR) + "/configs/fashion-mnist/quickstart.yaml");
    }
    QString askSaveFile(QWidget*, const QString& title, const QString& place, const QString&,
                        QFileDialog::Options) override {
        return answer(title, m_folder + "/" + QFileInfo(place).fileName());
    }
    QString askFolder(QWidget*, const QString& title, const QString&) override { return answer(title, m_folder); }
    void openFolder(const QString& path) override { started << "open " + path; }
    void startDetached(const QString& program, const QStringList& arguments) override {
        started << program + " " + arguments.join(' ');
    }
    void start(QProcess& process, const QString& program, const QStringList& arguments) override {
        started << program + " " + arguments.join(' ');
        // Not even the attempt is made: a system without a free process.
        QMetaObject::invokeMethod(
            &process, [&process] { Q_EMIT process.errorOccurred(QProcess::FailedToStart); }, Qt::QueuedConnection);
    }

private:
    QString answer(const QString& title, const QString& path) {
        asked << title;
        return answers ? path : QString();
    }
    QString m_folder;
};

class WholeWindow : public testing::Test {
protected:
    static constexpr int kPatience = 60'000;

    void SetUp() override {
        QGuiApplication::setQuitOnLastWindowClosed(false);
        store = std::make_unique<synthetic::Store>(storePath());
        const auto plan = [](const char* name, const char* state, int done, unsigned seed) {
            return synthetic::RunPlan{.name = name,
                                      .epochs = 6,
                                      .doneEpochs = done,
                                      .stepsPerEpoch = 20,
                                      .floatEpochs = 2,
                                      .state = state,
                                      .seed = seed};
        };
        first = store->add(plan("resnet18-w8a8", "finished", 6, 1));
        second = store->add(plan("resnet18-mae", "finished", 6, 4));
        store->add(plan("lr-0.2", "failed", 3, 2));
        store->add(plan("interrupted", "stopped", 4, 3));
        store->add(plan("waiting", "queued", 0, 5));
    }
    void TearDown() override {
        window.reset();
        m_isOver = true;
        if (m_training.joinable()) m_training.join();
    }
    std::string storePath() const { return folder.filePath("runs.db").toStdString(); }

    /// A run that logs a step every few milliseconds and an epoch several times a second, until the end of the test.
    void trainAnother() {
        m_training = std::thread([this] {
            synthetic::Store live(storePath());
            live.add({.name = "live",
                      .epochs = 100'000,
                      .doneEpochs = 100'000,
                      .stepsPerEpoch = 40,
                      .floatEpochs = 1,
                      .state = "running",
                      .seed = 8,
                      .goesOn = [this] {
                          std::this_thread::sleep_for(std::chrono::milliseconds(8));
                          return !m_isOver;
                      }});
            while (!m_isOver) std::this_thread::sleep_for(std::chrono::milliseconds(8));
        });
    }
    void open(ThemeChoice theme = ThemeChoice::kLight) {
        window = std::make_unique<MainWindow>(
            MainWindow::Options{QString::fromStdString(storePath()), folder.filePath("w.ini"), theme});
        window->show();
        window->activateWindow();
        settle();
        // Two runs compared, so that every view has something to show.
        window->selection().setBaseline(first);
        window->selection().setRun(second);
        settle();
    }
    void settle() { ASSERT_TRUE(window->store().waitUntilCaughtUp(kPatience)); }
    void raise(const DockHost::Dock& dock) {
        window->docks().raise(dock.view.id);
        settle();
        ASSERT_TRUE(QTest::qWaitFor([&] { return !dock.dock->widget()->visibleRegion().isEmpty(); }, kPatience))
            << dock.view.id.toStdString();
    }
    void openAllViews() {
        for (const DockHost::Dock& dock : window->docks().docks()) raise(dock);
    }

    QTemporaryDir folder;
    NothingOutside others{folder.path()};
    const OutsideReplaced replaced{others};
    std::unique_ptr<synthetic::Store> store;
    RunId first, second;
    std::unique_ptr<MainWindow> window;

private:
    std::atomic<bool> m_isOver = false;
    std::thread m_training;
};

}  // namespace f8net
