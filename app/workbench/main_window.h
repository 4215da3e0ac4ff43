// SPDX-License-Identifier: GPL-3.0-or-later
/// The one main window: hosts docks, menus and tool bar, and nothing of the views.
/// Threads  UI thread.
#pragma once

#include <QMainWindow>
#include <QTimer>
#include <memory>

#include "widgets/models/job_list.h"
#include "widgets/models/store_follower.h"
#include "widgets/support/selection.h"
#include "widgets/support/settings.h"
#include "widgets/support/theme.h"

class QLabel;
class QMessageBox;
class QToolBar;

namespace f8net {

class CloseQuestion;
class DockHost;
class NewRuns;
class NoticeBar;
class PlaceBar;
class RunActions;
class RunNews;

class MainWindow final : public QMainWindow {
    Q_OBJECT
public:
    struct Options {
        QString storePath;
        QString settingsPath;
        std::optional<ThemeChoice> theme;  ///< empty: as remembered
    };
    explicit MainWindow(const Options& options);
    ~MainWindow() override;

    Selection& selection() { return m_selection; }
    StoreFollower& store() { return m_store; }
    JobList& jobs() { return m_jobs; }
    DockHost& docks() { return *m_docks; }
    RunActions& runActions() { return *m_runActions; }
    NoticeBar& notices();
    NewRuns& newRuns() { return *m_newRuns; }
    /// Every action of the menus, for the list of shortcuts and for tests.
    QList<QAction*> allActions(const QMenu* below = nullptr) const;
    QDialog* makeNewRunDialog();
    QDialog* makeShortcutsDialog();
    QDialog* makeGoToDialog();
    QDialog* makeAboutDialog();
    void showViewHelp();
    void setTheme(ThemeChoice choice);

protected:
    void closeEvent(QCloseEvent* event) override;
    /// Files are imported wherever in the window they are dropped: a text would take their paths as its words.
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void makeMenus();
    void makeToolBar();
    void makeStatusBar();
    QAction* add(QMenu* menu, const QString& text, const QString& tip, const QString& iconName,
                 const QKeySequence& keys, std::function<void()> action);
    QToolBar* addRow(const QString& title, const QString& name);
    void exportView();
    void findInView();
    void findNext(int by);
    void open(QDialog* dialog);
    void listRecentStores(QMenu* menu);
    void updateStatus();
    void mention(const QString& sentence);
    void openStore();

    Settings m_settings;
    ThemeChoice m_theme = ThemeChoice::kSystem;
    Selection m_selection;
    StoreFollower m_store;
    JobList m_jobs;
    RunActions* m_runActions;
    DockHost* m_docks;
    NewRuns* m_newRuns;
    CloseQuestion* m_closing;
    RunNews* m_news = nullptr;
    QToolBar* m_tools = nullptr;
    PlaceBar* m_places;
    QLabel *m_storeText, *m_runsText, *m_mention;
    QTimer m_mentionEnds;
    StoreStatus m_status;
    QMessageBox* m_help = nullptr;
};

}  // namespace f8net
