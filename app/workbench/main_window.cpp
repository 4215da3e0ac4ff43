// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/workbench/main_window.h"

#include <QActionGroup>
#include <QApplication>
#include <QCloseEvent>
#include <QDir>
#include <QDockWidget>
#include <QDropEvent>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <QStatusBar>
#include <QToolBar>
#include <QToolButton>
#include <QUrl>
#include <algorithm>

#include "app/workbench/close_question.h"
#include "app/workbench/dock_host.h"
#include "app/workbench/job_status.h"
#include "app/workbench/new_runs.h"
#include "app/workbench/notice_bar.h"
#include "app/workbench/place_bar.h"
#include "app/workbench/run_news.h"
#include "app/workbench/views.h"
#include "widgets/dialogs/go_to_dialog.h"
#include "widgets/dialogs/new_run_dialog.h"
#include "widgets/dialogs/shortcuts_dialog.h"
#include "widgets/panels/data_exports.h"
#include "widgets/panels/export_actions.h"
#include "widgets/panels/purge_actions.h"
#include "widgets/panels/queue_actions.h"
#include "widgets/panels/run_actions.h"
#include "widgets/panels/run_checks.h"
#include "widgets/support/icons.h"
#include "widgets/support/mnemonics.h"
#include "widgets/support/outside.h"
#include "widgets/support/system_theme.h"

namespace f8net {

namespace {

QString fromHome(const QString& path) {
    const QString home = QDir::homePath();
    return path.startsWith(home + "/") ? "~" + path.mid(home.size()) : path;
}

}  // namespace

MainWindow::MainWindow(const Options& options)
    : m_settings(options.settingsPath),
      m_store(options.storePath),
      m_runActions(new RunActions(m_selection, m_store, m_jobs, this)),
      m_newRuns(new NewRuns(m_store, m_jobs, *m_runActions, this)),
      m_closing(new CloseQuestion(m_jobs, this)),
      m_places(new PlaceBar(m_selection, m_store)) {
    setTheme(options.theme.value_or(
        themeChoiceFromString(m_settings.value("theme").toString()).value_or(ThemeChoice::kSystem)));
    m_settings.noteStore(options.storePath);
    outside().setSaveFolder(m_settings.value("saveFolder").toString());
    setWindowTitle(tr("F8Net Workbench"));
    setWindowIcon(programIcon());
    resize(1440, 900);
    setCentralWidget(nullptr);
    makeToolBar();
    makeStatusBar();
    const ViewContext context{m_selection, m_settings, m_store, m_jobs, *m_runActions};
    m_docks = new DockHost(this, allViews(), context);
    makeMenus();
    if (!m_docks->restore(m_settings))
        m_settings.addNotice(tr("The remembered layout could not be used; this is the default one."));
    m_docks->raise("runs");
    m_news->setDocks(m_docks);
    setAcceptDrops(true);
    qApp->installEventFilter(this);
    if (!m_settings.notice().isEmpty()) m_news->say(m_settings.notice(), true);

    connect(&m_store, &StoreFollower::failed, m_news, [this](const QString& message) { m_news->say(message, true); });
    connect(&m_store, &StoreFollower::opened, this, [this](const StoreStatus& status) {
        m_status = status;
        if (!status.newerVersion.isEmpty()) m_news->say(status.newerVersion, true);
        updateStatus();
    });
    connect(m_runActions, &RunActions::runsUpdated, this, &MainWindow::updateStatus);
    connect(&m_selection, &Selection::visibleRunsChanged, this, &MainWindow::updateStatus);
    connect(&m_jobs, &JobList::ended, this, [this](const QString& sentence, bool isFailure) {
        isFailure ? m_news->say(sentence, true) : mention(sentence);
    });
    connect(m_runActions->openStore, &QAction::triggered, this, &MainWindow::openStore);
    connect(m_newRuns, &NewRuns::said, m_news, &RunNews::say);
    connect(new SystemTheme(this), &SystemTheme::changed, this, [this] { applyTheme(*qApp, m_theme); });
    connect(m_newRuns, &NewRuns::imported, &m_selection, &Selection::setRun);
    connect(m_runActions, &RunActions::compareRequested, this, [this] { m_docks->raise("compare"); });
    connect(m_runActions, &RunActions::viewRequested, m_docks, &DockHost::raise);
    connect(m_places, &PlaceBar::found, this, [this] { m_docks->raise(m_docks->currentView().id); });
    updateStatus();
}

MainWindow::~MainWindow() {
    qApp->removeEventFilter(this);
    // Before the settings and the selection, which views write to at their end and fields that lose the focus ask.
    delete m_docks;
    delete m_places;
}

QAction* MainWindow::add(QMenu* menu, const QString& text, const QString& tip, const QString& iconName,
                         const QKeySequence& keys, std::function<void()> action) {
    QAction* made = menu->addAction(text);
    made->setStatusTip(tip);
    if (!iconName.isEmpty()) made->setIcon(icon(iconName));
    if (!keys.isEmpty()) made->setShortcut(keys);
    connect(made, &QAction::triggered, this, std::move(action));
    return made;
}

void MainWindow::makeToolBar() {
    m_tools = addToolBar(tr("Tools"));
    m_tools->setObjectName("tools");
    m_tools->setMovable(false);
    m_tools->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_tools->addActions({m_runActions->newRun, m_runActions->stop, m_runActions->resume});
    m_tools->addSeparator();
    m_tools->addAction(m_runActions->compare);
    auto* exportButton = new QToolButton;
    exportButton->setText(tr("Export"));
    exportButton->setIcon(icon("export"));
    exportButton->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    exportButton->setFocusPolicy(Qt::NoFocus);
    exportButton->setPopupMode(QToolButton::InstantPopup);
    auto* exportMenu = new QMenu(exportButton);
    exportMenu->addAction(m_runActions->exports->handOff);
    exportMenu->addSeparator();
    for (QAction* action : m_runActions->exports->formats()) exportMenu->addAction(action);
    exportButton->setMenu(exportMenu);
    m_tools->addWidget(exportButton);
    auto* space = new QWidget;
    space->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    m_tools->addWidget(space);
    m_tools->addWidget(m_places);
    QToolBar* noticeRow = addRow(tr("Notices"), "notices");
    QToolBar* stageRow = addRow(tr("Stage of the first run"), "stage");
    m_news = new RunNews(m_selection, m_store, *m_runActions, noticeRow, stageRow, this);
    m_tools->toggleViewAction()->setVisible(false);
}

QToolBar* MainWindow::addRow(const QString& title, const QString& name) {
    addToolBarBreak();
    QToolBar* row = addToolBar(title);
    row->setObjectName(name);
    row->setMovable(false);
    row->toggleViewAction()->setVisible(false);
    return row;
}

void MainWindow::makeMenus() {
    QMenu* file = menuBar()->addMenu(tr("&File"));
    file->addAction(m_runActions->openStore);
    QMenu* recent = file->addMenu(icon("folder"), tr("Open re&cent"));
    connect(recent, &QMenu::aboutToShow, this, [this, recent] { listRecentStores(recent); });
    listRecentStores(recent);
    file->addAction(m_runActions->import);
    add(file, tr("&Reload"), tr("Read the store again"), {}, QKeySequence("F5"), [this] { m_store.reload(); });
    file->addSeparator();
    add(file, tr("&Quit (runs go on)"), tr("Close the window; runs and the queue go on"), {}, QKeySequence("Ctrl+Q"),
        [this] { close(); });

    QMenu* run = menuBar()->addMenu(tr("&Run"));
    const RunActions& a = *m_runActions;
    run->addAction(a.newRun);
    run->addActions({a.clone, a.stop, a.resume, a.enqueue});
    QMenu* queue = run->addMenu(icon("queued"), tr("&Queue"));
    queue->addActions({a.queue->start, a.queue->stopAfterRun, a.queue->stop});
    run->addSeparator();
    run->addActions({a.show, a.showOnly, a.baseline});
    run->addActions({a.compare, a.checks->evaluate, a.checks->verify});
    run->addSeparator();
    run->addActions({a.rename, a.tags, a.note});
    run->addSeparator();
    run->addActions({a.copyCommand, a.openFolder});
    QMenu* dataMenu = run->addMenu(icon("export"), tr("E&xport data"));
    auto* dataExports = new DataExports(m_selection, *m_runActions, m_jobs, m_store.path(), this);
    for (QAction* action : dataExports->formats()) dataMenu->addAction(action);
    run->addSeparator();
    run->addActions({a.trash, a.undoTrash, a.restore, a.purges->purge, a.purges->emptyTrash});

    QMenu* layer = menuBar()->addMenu(tr("&Layer"));
    add(layer, tr("&Previous layer"), tr("Choose the layer before this one in all views"), {}, QKeySequence("Alt+Up"),
        [this] { m_places->stepLayer(-1); });
    add(layer, tr("&Next layer"), tr("Choose the layer after this one in all views"), {}, QKeySequence("Alt+Down"),
        [this] { m_places->stepLayer(1); });
    add(layer, tr("&Worst layer, then the next"), tr("Show the layer to blame in the network; again: the next one"), {},
        {}, [this] { m_news->showWeakestLayer(m_selection.run()); });
    layer->addSeparator();
    add(layer, tr("P&revious epoch"), tr("Show the epoch before in all views"), {}, {},
        [this] { m_places->stepEpoch(-1); });
    add(layer, tr("N&ext epoch"), tr("Show the epoch after in all views"), {}, {}, [this] { m_places->stepEpoch(1); });
    add(layer, tr("&First epoch"), tr("Show the first recorded epoch in all views"), {}, {},
        [this] { m_places->firstEpoch(); });
    add(layer, tr("&Latest epoch"), tr("Show the newest epoch in all views, also while it grows"), {}, {},
        [this] { m_places->latestEpoch(); });
    layer->addSeparator();
    QAction* back = add(layer, tr("Selection &back"), tr("Go back to what was chosen before"), "back",
                        QKeySequence("Alt+Left"), [this] { m_selection.goBack(); });
    QAction* forward = add(layer, tr("Selection f&orward"), tr("Go on to what was chosen after"), "forward",
                           QKeySequence("Alt+Right"), [this] { m_selection.goForward(); });
    const auto updateHistory = [this, back, forward] {
        back->setEnabled(m_selection.canGoBack());
        forward->setEnabled(m_selection.canGoForward());
    };
    connect(&m_selection, &Selection::historyChanged, this, updateHistory);
    updateHistory();

    QMenu* view = menuBar()->addMenu(tr("&View"));
    // Views come first and take their letters; the rest of this menu gets what is left.
    for (const DockHost::Dock& dock : m_docks->docks()) view->addAction(dock.action);
    view->addSeparator();
    QMenu* layouts = view->addMenu(tr("Layout"));
    add(layouts, tr("&Watch (default)"),
        tr("Follow runs: the table and log on the left, curves above formats on the right"), {}, {},
        [this] { m_docks->applyDefaultLayout(); });
    add(layouts, tr("&Inspect"),
        tr("Look into one run: the network above its formats and distributions, the table narrow"), {}, {},
        [this] { m_docks->applyInspectLayout(); });
    add(layouts, tr("&Compare"),
        tr("Compare runs: the comparison above formats and distributions, with the baseline in each"), {}, {},
        [this] { m_docks->applyCompareLayout(); });
    add(layouts, tr("&Reset"), tr("The default layout in a window of the default size"), "reset", {}, [this] {
        resize(1440, 900);
        m_docks->applyDefaultLayout();
    });
    QMenu* theme = view->addMenu(icon("theme"), tr("Theme"));
    auto* group = new QActionGroup(this);
    for (const auto& [choice, name] :
         {std::pair(ThemeChoice::kSystem, tr("As the &system")), std::pair(ThemeChoice::kLight, tr("&Light")),
          std::pair(ThemeChoice::kDark, tr("&Dark"))}) {
        QAction* action =
            add(theme, name, tr("Colours of window and plots"), {}, {}, [this, value = choice] { setTheme(value); });
        action->setCheckable(true);
        action->setChecked(m_settings.value("theme", "system").toString() == toString(choice));
        group->addAction(action);
    }
    add(view, tr("Light / dark"), tr("Change between the light and the dark theme"), "theme",
        QKeySequence("Ctrl+Shift+D"), [this] {
            const bool isDark = palette().color(QPalette::Window).lightness() < 128;
            setTheme(isDark ? ThemeChoice::kLight : ThemeChoice::kDark);
        });
    view->addSeparator();
    add(view, tr("Go to…"), tr("Type a part of the name of a run, layer, view or action"), {}, QKeySequence("Ctrl+K"),
        [this] { open(makeGoToDialog()); });
    add(view, tr("Find in view"), tr("Find or filter in the view that has the focus"), {}, QKeySequence("Ctrl+F"),
        [this] { findInView(); });
    add(view, tr("Find next"), tr("Go to the next match"), {}, QKeySequence("F3"), [this] { findNext(1); });
    add(view, tr("Find previous"), tr("Go to the match before"), {}, QKeySequence("Shift+F3"),
        [this] { findNext(-1); });
    add(view, tr("Maximize view"), tr("Show only the view that has the focus; again: all as before"), {},
        QKeySequence("F11"), [this] { m_docks->toggleMaximized(); });
    add(layouts, tr("Next &view"), tr("Move the focus to the next view"), {}, QKeySequence("F6"),
        [this] { m_docks->focusNext(); });
    add(layouts, tr("&Next tab"), tr("Show the next view of this group of tabs"), {}, QKeySequence("Ctrl+Tab"),
        [this] { m_docks->nextTab(1); });
    add(layouts, tr("&Previous tab"), tr("Show the view before in this group of tabs"), {},
        QKeySequence("Ctrl+Shift+Tab"), [this] { m_docks->nextTab(-1); });
    fillMnemonics(*view);

    QMenu* exports = menuBar()->addMenu(tr("&Export"));
    exports->addAction(m_runActions->exports->handOff);
    exports->addSeparator();
    for (QAction* action : m_runActions->exports->formats()) exports->addAction(action);
    exports->addSeparator();
    add(exports, tr("This &view…"), tr("Write what the view shows as a picture or table"), {}, QKeySequence("Ctrl+E"),
        [this] { exportView(); });

    QMenu* help = menuBar()->addMenu(tr("&Help"));
    add(help, tr("&What am I seeing?"), tr("Explain the view that has the focus"), {}, QKeySequence("F1"),
        [this] { showViewHelp(); });
    add(help, tr("&Keyboard shortcuts"), tr("List all keys"), {}, QKeySequence("Ctrl+/"),
        [this] { open(makeShortcutsDialog()); });
    help->addSeparator();
    add(help, tr("&About F8Net Workbench"), tr("Version and licences"), {}, {}, [this] { open(makeAboutDialog()); });
}

void MainWindow::makeStatusBar() {
    m_storeText = new QLabel;
    m_runsText = new QLabel;
    m_storeText->setContentsMargins(6, 0, 12, 0);
    for (QLabel* label : {m_storeText, m_runsText}) label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    statusBar()->addWidget(m_storeText);
    statusBar()->addWidget(m_runsText);
    // No message of the status bar: screen readers do not see those, and they hide what stands there.
    m_mention = new QLabel;
    m_mention->setTextFormat(Qt::PlainText);
    m_mention->setContentsMargins(12, 0, 0, 0);
    m_mention->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    statusBar()->addWidget(m_mention, 1);
    m_mentionEnds.setSingleShot(true);
    constexpr int kReadingMs = 15'000;
    m_mentionEnds.setInterval(kReadingMs);
    connect(&m_mentionEnds, &QTimer::timeout, m_mention, &QLabel::clear);
    statusBar()->addPermanentWidget(new JobStatus(m_jobs));
}

void MainWindow::updateStatus() {
    m_storeText->setText(
        tr("Store: %1").arg(fromHome(m_store.path())) +
        (m_status.newerVersion.isEmpty() ? QString() : tr(" (read-only: written by a newer version)")));
    int total = 0, running = 0, queued = 0, shown = 0;
    for (const auto& [id, run] : m_runActions->runs()) {
        if (run.trashed_at > 0) continue;
        ++total;
        running += run.state == RunState::kRunning ? 1 : 0;
        queued += run.state == RunState::kQueued ? 1 : 0;
        shown += m_selection.isVisible(id) ? 1 : 0;
    }
    QStringList parts{total == 1 ? tr("1 run") : tr("%1 runs").arg(total), tr("%1 shown").arg(shown)};
    if (running > 0) parts << tr("%1 running").arg(running);
    if (queued > 0) parts << tr("%1 queued").arg(queued);
    m_runsText->setText(parts.join(", "));
}

/// What went well takes no notice away.
void MainWindow::mention(const QString& sentence) {
    m_mention->setText(sentence.section('\n', 0, 0));
    m_mention->setToolTip(sentence);
    m_mentionEnds.start();
}

NoticeBar& MainWindow::notices() {
    return m_news->notices();
}

void MainWindow::exportView() {
    QWidget* view = m_docks->view(m_docks->currentView().id);
    if (view->metaObject()->indexOfMethod("exportView()") < 0) {
        mention(tr("%1 has nothing to export.").arg(m_docks->currentView().title));
        return;
    }
    QMetaObject::invokeMethod(view, "exportView");
}

void MainWindow::findInView() {
    QWidget* view = m_docks->view(m_docks->currentView().id);
    const auto offers = [view](const char* method) { return view->metaObject()->indexOfMethod(method) >= 0; };
    if (offers("findInView()")) {
        QMetaObject::invokeMethod(view, "findInView");
    } else if (offers("findable()")) {
        QStringList names;
        QMetaObject::invokeMethod(view, "findable", Q_RETURN_ARG(QStringList, names));
        QList<GoToDialog::Target> targets;
        for (const QString& name : names) {
            targets.append({m_docks->currentView().title, name,
                            [view, name] { QMetaObject::invokeMethod(view, "showFound", Q_ARG(QString, name)); }});
        }
        open(new GoToDialog(targets, this));
    } else if (auto* line = view->findChild<QLineEdit*>("find"); line != nullptr && line->isVisible()) {
        line->setFocus(Qt::ShortcutFocusReason);
        line->selectAll();
    } else if (!m_places->find()) {  // what all other views show is layers
        mention(tr("There is nothing to find in %1 yet.").arg(m_docks->currentView().title));
    }
}

void MainWindow::findNext(int by) {
    QWidget* view = m_docks->view(m_docks->currentView().id);
    if (view->metaObject()->indexOfMethod("findNext(int)") >= 0) {
        QMetaObject::invokeMethod(view, "findNext", Q_ARG(int, by));
    } else {
        m_places->findNext(by);
    }
}

void MainWindow::listRecentStores(QMenu* menu) {
    menu->clear();
    for (const QString& path : m_settings.recentStores()) {
        if (path == QFileInfo(m_store.path()).absoluteFilePath() || !QFileInfo::exists(path)) continue;
        const int number = static_cast<int>(menu->actions().size()) + 1;
        QAction* open = menu->addAction(QString("&%1 %2").arg(number).arg(fromHome(path).replace('&', "&&")), this,
                                        [path] { NewRuns::openStore(path); });
        open->setStatusTip(tr("Show the runs of this store in a window of its own"));
    }
    menu->menuAction()->setEnabled(!menu->isEmpty());
}

QDialog* MainWindow::makeGoToDialog() {
    QList<GoToDialog::Target> targets;
    for (const auto& [id, run] : m_runActions->runs()) {
        if (run.trashed_at > 0) continue;
        targets.append({tr("Run"), QString::fromStdString(run.name), [this, run = id] { m_selection.setRun(run); }});
    }
    for (const QString& layer : m_places->layers()) {
        targets.append({tr("Layer"), layer, [this, layer] { m_selection.setLayer(layer); }});
    }
    for (const DockHost::Dock& dock : m_docks->docks()) {
        targets.append({tr("View"), dock.view.title, [this, id = dock.view.id] { m_docks->raise(id); }});
    }
    for (QAction* action : allActions()) {
        const auto& docks = m_docks->docks();
        const bool isView =
            std::any_of(docks.begin(), docks.end(), [&](const DockHost::Dock& dock) { return dock.action == action; });
        if (isView || !action->isEnabled()) continue;
        targets.append(
            {tr("Action"), QString(action->text()).remove('&').remove("…"), [action] { action->trigger(); }});
    }
    return new GoToDialog(targets, this);
}

void MainWindow::open(QDialog* dialog) {
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

void MainWindow::setTheme(ThemeChoice choice) {
    m_theme = choice;
    m_settings.setValue("theme", toString(choice));
    applyTheme(*qApp, choice);
}

QDialog* MainWindow::makeNewRunDialog() {
    return m_newRuns->make();
}

QDialog* MainWindow::makeShortcutsDialog() {
    using Group = ShortcutsDialog::Group;
    std::vector<Group> groups;
    for (const QAction* menu : menuBar()->actions()) {
        Group group{QString(menu->text()).remove('&'), {}};
        for (const QAction* action : allActions(menu->menu())) {
            // Keys of one view are listed with it.
            if (!action->shortcut().isEmpty() && action->shortcutContext() != Qt::WidgetShortcut) {
                group.rows.append({action->shortcut().toString(QKeySequence::NativeText),
                                   QString(action->text()).remove('&').remove("…")});
            }
        }
        groups.push_back(group);
    }
    groups.push_back({tr("In Runs"),
                      {{tr("Space, Del"), tr("Show or hide the run, move it to the trash")},
                       {tr("Shift+Space, Alt+Click on an eye"), tr("Show only this run")}}});
    groups.push_back({tr("In Curves"), {{tr("L, S, O"), tr("Log y, smoothing, ignore outliers")}}});
    groups.push_back({tr("In a chart"),
                      {{tr("F, +, -, arrows"), tr("Fit, zoom, move the crosshair")},
                       {tr("Ctrl+Left/Right, Up/Down"), tr("Move what is shown")},
                       {tr("Ctrl+Shift+T, Ctrl+C"), tr("Numbers as a table, copy picture")}}});
    groups.push_back(
        {tr("In Network"),
         {{tr("F, +, -, arrows"), tr("Fit, zoom, move")}, {tr("W, Shift+W"), tr("Next worse, next better layer")}}});
    groups.push_back({tr("In What-if"), {{tr("Ctrl+Z, Ctrl+Shift+Z"), tr("Undo, redo a change")}}});
    groups.push_back({tr("In tables"), {{tr("Ctrl+C"), tr("Copy the selected rows")}}});
    groups.push_back(
        {tr("In Log and jobs, Queue"), {{tr("Ctrl+Up, Ctrl+Down, Del"), tr("Order of the queue, take out")}}});
    groups.push_back({tr("In New run"), {{tr("Ctrl+Return, Ctrl+Shift+Return"), tr("Start, queue")}}});
    groups.push_back({tr("On the epoch slider"), {{tr(", and ."), tr("Previous and next epoch")}}});
    return new ShortcutsDialog(groups, this);
}

void MainWindow::openStore() {
    const QString path = outside().askOpenFile(this, tr("Open store"), QFileInfo(m_store.path()).absolutePath(),
                                               tr("Run stores (*.db);;All files (*)"));
    // Another store is another window: views, selection and history belong to one.
    if (!path.isEmpty()) NewRuns::openStore(path);
}

void MainWindow::showViewHelp() {
    const ViewDescription& view = m_docks->currentView();
    if (m_help == nullptr) m_help = new QMessageBox(QMessageBox::NoIcon, {}, {}, QMessageBox::Close, this);
    // Beside the work, not in its way: it stays while another view is looked at, and F1 there changes its words.
    m_help->setModal(false);
    m_help->setWindowTitle(tr("%1: what am I seeing?").arg(view.title));
    m_help->setText(view.help);
    m_help->show();
    m_help->raise();
}

QDialog* MainWindow::makeAboutDialog() {
    return new QMessageBox(
        QMessageBox::NoIcon, tr("About F8Net Workbench"),
        tr("F8Net Workbench %1\nTrain networks with 8-bit fixed-point multiplications only, see their "
           "formats, hand them to hardware.\n\n"
           "Workbench: GPL-3.0-or-later (Qt %2, QCustomPlot). Core and command line: Apache-2.0.")
            .arg(F8NET_VERSION, qVersion()),
        QMessageBox::Close, this);
}

QList<QAction*> MainWindow::allActions(const QMenu* below) const {
    QList<QAction*> actions;
    const std::function<void(const QMenu*)> collect = [&](const QMenu* menu) {
        for (QAction* action : menu->actions()) {
            if (action->menu() != nullptr) {
                collect(action->menu());
            } else if (!action->isSeparator() && !actions.contains(action)) {
                actions.append(action);
            }
        }
    };
    if (below != nullptr) {
        collect(below);
    } else {
        for (const QAction* action : menuBar()->actions()) collect(action->menu());
    }
    return actions;
}

bool MainWindow::eventFilter(QObject* watched, QEvent* event) {
    const bool isDrag = event->type() == QEvent::DragEnter || event->type() == QEvent::DragMove;
    if ((!isDrag && event->type() != QEvent::Drop) || !watched->isWidgetType()) return false;
    const QWidget* top = static_cast<const QWidget*>(watched)->window();
    if (top != this && qobject_cast<const QDockWidget*>(top) == nullptr) return false;
    auto* drop = static_cast<QDropEvent*>(event);
    QStringList files;
    for (const QUrl& url : drop->mimeData()->urls()) {
        if (url.isLocalFile()) files << url.toLocalFile();
    }
    if (files.isEmpty()) return false;
    drop->acceptProposedAction();
    if (!isDrag) {
        for (const QString& file : files) m_newRuns->import(file);
    }
    return true;
}

void MainWindow::closeEvent(QCloseEvent* event) {
    if (!m_closing->mayClose()) return event->ignore();
    m_docks->save(m_settings);
    m_settings.setValue("saveFolder", outside().saveFolder());
    QMainWindow::closeEvent(event);
}

}  // namespace f8net
