// SPDX-License-Identifier: GPL-3.0-or-later
// docs/guide against the program: every menu path, view, button, shortcut, command, option and key it names is there,
// and so is every file it links to. How a page marks them stands at the end of docs/guide/README.md.
#include <gtest/gtest.h>

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QDialog>
#include <QDir>
#include <QDockWidget>
#include <QFile>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QProcess>
#include <QRegularExpression>
#include <QTabBar>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QTest>
#include <map>
#include <memory>
#include <set>

#include "app/workbench/main_window.h"
#include "app/workbench/notice_bar.h"
#include "core/config/option_table.h"
#include "core/store/run_writer.h"
#include "tests/widgets/synthetic/synthetic_store.h"
#include "widgets/panels/run_actions.h"

namespace f8net {
namespace {

const QString kGuide = QString(F8NET_SOURCE_DIR) + "/docs/guide";
const QString kProgram = QString(F8NET_BINARY_DIR) + "/bin/f8net";

struct Page {
    QString file, text;
};

std::vector<Page> pages() {
    std::vector<Page> pages;
    for (const QString& name : QDir(kGuide).entryList({"*.md"}, QDir::Files)) {
        QFile file(kGuide + "/" + name);
        if (file.open(QIODevice::ReadOnly)) pages.push_back({name, QString::fromUtf8(file.readAll())});
    }
    return pages;
}

QString plain(QString text) {
    return text.remove('&').remove(QRegularExpression("<[^>]*>")).remove(QChar(0x2026)).simplified();
}

/// What stands between backticks, fenced lines of a shell among it, one by one.
QStringList codeOf(const QString& text) {
    QStringList code;
    static const QRegularExpression fence("```sh\n(.*?)```", QRegularExpression::DotMatchesEverythingOption);
    QString rest = text;
    for (auto found = fence.globalMatch(text); found.hasNext();) {
        for (const QString& line : found.next().captured(1).split('\n', Qt::SkipEmptyParts))
            code << line.section(QRegularExpression("\\s+#"), 0, 0).trimmed();
    }
    rest.remove(QRegularExpression("```.*?```", QRegularExpression::DotMatchesEverythingOption));
    static const QRegularExpression span("`([^`]+)`");
    for (auto found = span.globalMatch(rest); found.hasNext();) code << found.next().captured(1).simplified();
    return code;
}

class Guide : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_GE(pages().size(), 5u);
        auto store = std::make_unique<synthetic::Store>(folder.filePath("runs.db").toStdString());
        store->add({.name = "first", .epochs = 4, .doneEpochs = 4, .stepsPerEpoch = 10, .floatEpochs = 1, .seed = 1});
        const RunId live = store->add(
            {.name = "live", .epochs = 4, .doneEpochs = 4, .stepsPerEpoch = 10, .floatEpochs = 1, .state = "running"});
        window = std::make_unique<MainWindow>(
            MainWindow::Options{folder.filePath("runs.db"), folder.filePath("w.ini"), ThemeChoice::kLight});
        window->show();
        ASSERT_TRUE(window->store().waitUntilCaughtUp(kPatience));
        store.reset();
        {
            RunWriter writer(folder.filePath("runs.db").toStdString(), live, nullptr);
            // An end is news of a run that was seen running: not of one that its first writer left a moment ago.
            ASSERT_TRUE(window->store().waitUntilCaughtUp(kPatience));
            ASSERT_TRUE(QTest::qWaitFor([&] { return window->runActions().find(live)->state == RunState::kRunning; },
                                        kPatience));
            writer.finish(RunState::kFinished, 0);
        }
        // Its end is told, with what to do next.
        ASSERT_TRUE(QTest::qWaitFor([&] { return window->notices().text().contains("finished"); }, kPatience));
        ASSERT_TRUE(window->store().waitUntilCaughtUp(kPatience));
        collectActions({}, window->menuBar()->actions());
        collectTexts(window.get());
        for (QDialog* dialog : {window->makeNewRunDialog(), window->makeShortcutsDialog()}) {
            const std::unique_ptr<QDialog> owner(dialog);
            texts.insert(plain(dialog->windowTitle()));
            collectTexts(dialog);
            if (auto* table = dialog->findChild<QTableWidget*>()) {
                for (int row = 0; row < table->rowCount(); ++row) {
                    for (const QString& key : table->item(row, 0)->text().split(QRegularExpression(", | and ")))
                        shortcuts.insert(key);
                }
            }
        }
    }

    void collectActions(const QString& path, const QList<QAction*>& list) {
        for (QAction* action : list) {
            if (action->isSeparator()) continue;
            const QString here = path.isEmpty() ? plain(action->text()) : path + " > " + plain(action->text());
            actions[here] = action;
            texts.insert(plain(action->text()));
            if (action->menu() != nullptr) collectActions(here, action->menu()->actions());
        }
    }

    void collectTexts(const QWidget* root) {
        for (const auto* button : root->findChildren<QAbstractButton*>()) texts.insert(plain(button->text()));
        for (const auto* label : root->findChildren<QLabel*>()) texts.insert(plain(label->text()));
        for (const auto* dock : root->findChildren<QDockWidget*>()) texts.insert(plain(dock->windowTitle()));
        for (const auto* bar : root->findChildren<QTabBar*>()) {
            for (int tab = 0; tab < bar->count(); ++tab) texts.insert(plain(bar->tabText(tab)));
        }
        for (const auto* box : root->findChildren<QComboBox*>()) {
            for (int item = 0; item < box->count(); ++item) texts.insert(plain(box->itemText(item)));
        }
        for (const auto* view : root->findChildren<QAbstractItemView*>()) {
            const QAbstractItemModel* model = view->model();
            for (int column = 0; model != nullptr && column < model->columnCount(); ++column)
                texts.insert(plain(model->headerData(column, Qt::Horizontal).toString()));
        }
    }

    /// What f8net prints; asked once.
    QString output(const QStringList& words) {
        if (const auto known = m_outputs.find(words); known != m_outputs.end()) return known->second;
        QProcess process;
        process.start(kProgram, words);
        EXPECT_TRUE(process.waitForFinished(kPatience)) << kProgram.toStdString();
        return m_outputs[words] = QString::fromUtf8(process.readAllStandardOutput());
    }
    bool isCommand(const QStringList& before, const QString& word) {
        const QString offered = output(QStringList{"complete", "--"} + before + QStringList{word});
        return ("\n" + offered).contains("\n" + word + "\t");
    }
    bool hasOption(const QStringList& command, const QString& option) {
        const QRegularExpression name("[ ,]" + QRegularExpression::escape(option) + "[ ,\n]");
        return output(command + QStringList{"--help"}).contains(name);
    }

    static constexpr int kPatience = 60'000;
    QTemporaryDir folder;
    std::unique_ptr<MainWindow> window;
    std::map<QString, QAction*> actions;  ///< by "View > Formats"
    std::set<QString> texts, shortcuts;

private:
    std::map<QStringList, QString> m_outputs;
};

TEST_F(Guide, NamesActionsAndViewsAsTheyAreInTheWindow) {
    static const QRegularExpression bold("\\*\\*([^*]+)\\*\\*(?: \\(`([^`]+)`\\))?");
    int paths = 0;
    for (const Page& page : pages()) {
        for (auto found = bold.globalMatch(page.text); found.hasNext();) {
            const QRegularExpressionMatch match = found.next();
            const QString name = match.captured(1).simplified(), keys = match.captured(2);
            SCOPED_TRACE((page.file + ": " + name).toStdString());
            if (!name.contains(" > ")) {
                EXPECT_TRUE(texts.count(name)) << "nothing in the window is called so";
                continue;
            }
            ++paths;
            const auto action = actions.find(name);
            if (action == actions.end()) {
                ADD_FAILURE() << "no such entry of a menu";
                continue;
            }
            // With its keys behind it: those of this action, and of no other.
            if (!keys.isEmpty()) {
                EXPECT_EQ(action->second->shortcut().toString().toStdString(), keys.toStdString());
            }
        }
    }
    EXPECT_GT(paths, 15);
}

TEST_F(Guide, NamesShortcutsCommandsAndKeysThatAreThere) {
    if (!QFile::exists(kProgram)) GTEST_SKIP() << "f8net is not built";
    static const QRegularExpression keys(
        "^((Ctrl|Alt|Shift)\\+)*([A-Z]|F\\d+|Space|Del|Up|Down|Left|Right|Return|/|,|\\.|\\d)$");
    static const QRegularExpression key("^[a-z]+\\.[a-z_]+$");
    std::set<QString> sections;
    for (const OptionSection& section : option_sections()) sections.insert(QString::fromStdString(section.name));
    for (const auto& [path, action] : actions) shortcuts.insert(action->shortcut().toString());
    int commands = 0, seenShortcuts = 0;
    for (const Page& page : pages()) {
        for (const QString& code : codeOf(page.text)) {
            SCOPED_TRACE((page.file + ": " + code).toStdString());
            if (code.startsWith("f8net ")) {
                ++commands;
                QStringList words = code.split(' ', Qt::SkipEmptyParts).mid(1), command;
                while (!words.isEmpty() && isCommand(command, words.first())) command << words.takeFirst();
                EXPECT_FALSE(command.isEmpty()) << "no such command";
                for (const QString& word : words) {
                    const QString option = word.section('=', 0, 0);
                    if (option.startsWith("-")) {
                        EXPECT_TRUE(hasOption(command, option)) << "no option " << option.toStdString();
                    }
                }
                const qsizetype set = words.indexOf("--set");
                if (set >= 0 && command.first() != "whatif") {
                    EXPECT_TRUE(find_option(words.value(set + 1).section('=', 0, 0).toStdString()) != nullptr);
                }
            } else if (keys.match(code).hasMatch()) {
                ++seenShortcuts;
                EXPECT_TRUE(shortcuts.count(code)) << "nothing has this shortcut";
            } else if (key.match(code).hasMatch() && sections.count(code.section('.', 0, 0))) {
                EXPECT_TRUE(find_option(code.toStdString()) != nullptr) << "no such key of the configuration";
            }
        }
    }
    EXPECT_GT(commands, 10);
    EXPECT_GT(seenShortcuts, 15);
}

TEST(GuideFiles, LinksLeadSomewhereAndEveryPageAndPictureIsUsed) {
    static const QRegularExpression link("\\]\\(([^)#\\s]+)(#[^)\\s]*)?\\)");
    std::set<QString> used;
    qint64 pictureBytes = 0;
    for (const Page& page : pages()) {
        for (auto found = link.globalMatch(page.text); found.hasNext();) {
            const QString target = found.next().captured(1);
            if (target.contains("://")) continue;
            const QString path = QDir::cleanPath(kGuide + "/" + target);
            EXPECT_TRUE(QFile::exists(path)) << page.file.toStdString() << ": " << target.toStdString();
            if (path != kGuide + "/" + page.file) used.insert(path);
        }
    }
    for (const Page& page : pages()) {
        EXPECT_TRUE(page.file == "README.md" || used.count(kGuide + "/" + page.file)) << page.file.toStdString();
    }
    const QString pictures = QDir::cleanPath(kGuide + "/../images/guide");
    for (const QFileInfo& picture : QDir(pictures).entryInfoList(QDir::Files)) {
        EXPECT_TRUE(used.count(picture.absoluteFilePath())) << picture.fileName().toStdString() << " is on no page";
        pictureBytes += picture.size();
    }
    EXPECT_GT(pictureBytes, 0);
    EXPECT_LT(pictureBytes, 1'200'000) << "a repository is no photo album";
}

}  // namespace
}  // namespace f8net
