// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/workbench/main_window.h"

#include <QActionGroup>
#include <QApplication>
#include <QCloseEvent>
#include <QDir>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QMenuBar>
#include <QMessageBox>
#include <QProcess>
#include <QStatusBar>
#include <QToolBar>
#include <QToolButton>

#include "app/workbench/dock_host.h"
#include "app/workbench/notice_bar.h"
#include "app/workbench/place_bar.h"
#include "app/workbench/run_sentences.h"
#include "app/workbench/views.h"
#include "core/base/places.h"
#include "widgets/dialogs/go_to_dialog.h"
#include "widgets/dialogs/new_run_dialog.h"
#include "widgets/dialogs/shortcuts_dialog.h"
#include "widgets/models/run_table_model.h"
#include "widgets/panels/run_actions.h"
#include "widgets/support/icons.h"
#include "widgets/support/number_text.h"

namespace f8net {

MainWindow::MainWindow(const Options& options)
    : m_settings(options.settingsPath),
      m_store(options.storePath),
      m_runActions(new RunActions(m_selection, m_store, m_jobs, this)),
      m_notices(new NoticeBar),
      m_places(new PlaceBar(m_selection, m_store)) {
    setTheme(options.theme.value_or(
        themeChoiceFromString(m_settings.value("theme").toString()).value_or(ThemeChoice::kSystem)));
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
    m_noticeRow->hide();
    m_stageRow->hide();
    if (!m_settings.notice().isEmpty()) say(m_settings.notice(), true);

    connect(&m_store, &StoreFollower::failed, this, [this](const QString& message) { say(message, true); });
    connect(&m_store, &StoreFollower::opened, this, [this](const StoreStatus& status) {
        m_status = status;
        if (!status.newerVersion.isEmpty()) say(status.newerVersion, true);
        updateStatus();
    });
    connect(m_runActions, &RunActions::runsUpdated, this, &MainWindow::updateStatus);
    connect(&m_selection, &Selection::visibleRunsChanged, this, &MainWindow::updateStatus);
    connect(&m_jobs, &JobList::changed, this, &MainWindow::updateStatus);
    connect(&m_jobs, &JobList::ended, this,
            [this](const QString& sentence, bool isFailure) { say(sentence, isFailure); });
    connect(m_runActions, &RunActions::runEnded, this, [this](const RunSummary& run) {
        m_ended = run;
        sayEnded({});
    });
    connect(&m_store, &StoreFollower::detailsReady, this, [this](const std::shared_ptr<const RunDetails>& details) {
        if (m_ended && m_ended->id == details->run.id) sayEnded(details->evaluations);
    });
    connect(m_notices, &NoticeBar::closed, this, [this] {
        m_ended.reset();
        m_noticeRow->hide();
    });
    connect(m_runActions, &RunActions::runsUpdated, this, &MainWindow::showStage);
    updateStatus();
}

MainWindow::~MainWindow() {
    delete m_docks;  // before the settings and the selection, which views write to at their end
}

QAction* MainWindow::add(QMenu* menu, const QString& text, const QString& iconName, const QKeySequence& keys,
                         std::function<void()> action) {
    QAction* made = menu->addAction(text);
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
    m_newRun = new QAction(icon("new-run"), tr("&New run…"), this);
    m_newRun->setIconText(tr("New run"));
    m_newRun->setShortcut(QKeySequence("Ctrl+N"));
    connect(m_newRun, &QAction::triggered, this, &MainWindow::newRun);
    m_tools->addActions({m_newRun, m_runActions->stop, m_runActions->resume});
    m_tools->addSeparator();
    auto* exportButton = new QToolButton;
    exportButton->setText(tr("Export"));
    exportButton->setIcon(icon("export"));
    exportButton->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    exportButton->setFocusPolicy(Qt::NoFocus);
    exportButton->setPopupMode(QToolButton::InstantPopup);
    auto* exportMenu = new QMenu(exportButton);
    exportMenu->addAction(m_runActions->exportOnnx);
    exportButton->setMenu(exportMenu);
    m_tools->addWidget(exportButton);
    auto* space = new QWidget;
    space->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    m_tools->addWidget(space);
    m_tools->addWidget(m_places);
    addToolBarBreak();
    m_noticeRow = addToolBar(tr("Notices"));
    m_noticeRow->setObjectName("notices");
    m_noticeRow->setMovable(false);
    m_noticeRow->addWidget(m_notices);
    m_noticeRow->toggleViewAction()->setVisible(false);
    addToolBarBreak();
    m_stageRow = addToolBar(tr("Stage of the first run"));
    m_stageRow->setObjectName("stage");
    m_stageRow->setMovable(false);
    m_stageText = new QLabel;
    m_stageText->setContentsMargins(8, 4, 8, 4);
    m_stageText->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_stageText->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    m_stageText->setMinimumWidth(1);  // a narrow window is not widened by it
    m_stageRow->addWidget(m_stageText);
    m_stageRow->toggleViewAction()->setVisible(false);
    m_tools->toggleViewAction()->setVisible(false);
}

void MainWindow::makeMenus() {
    QMenu* file = menuBar()->addMenu(tr("&File"));
    add(file, tr("&Open store…"), "folder", QKeySequence("Ctrl+O"), [this] { openStore(); });
    add(file, tr("&Reload"), {}, QKeySequence("F5"), [this] { m_store.reload(); });
    file->addSeparator();
    add(file, tr("&Quit (runs go on)"), {}, QKeySequence("Ctrl+Q"), [this] { close(); });

    QMenu* run = menuBar()->addMenu(tr("&Run"));
    const RunActions& a = *m_runActions;
    run->addAction(m_newRun);
    run->addActions({a.stop, a.resume});
    run->addSeparator();
    run->addActions({a.show, a.showOnly, a.baseline});
    add(run, tr("Co&mpare selected"), "compare", QKeySequence("Ctrl+M"), [this] { m_docks->raise("compare"); });
    run->addSeparator();
    run->addActions({a.rename, a.tags, a.note});
    run->addSeparator();
    run->addActions({a.copyCommand, a.openFolder});
    run->addSeparator();
    run->addActions({a.trash, a.undoTrash, a.restore});

    QMenu* layer = menuBar()->addMenu(tr("&Layer"));
    add(layer, tr("&Previous layer"), {}, QKeySequence("Alt+Up"), [this] { m_places->stepLayer(-1); });
    add(layer, tr("&Next layer"), {}, QKeySequence("Alt+Down"), [this] { m_places->stepLayer(1); });
    layer->addSeparator();
    add(layer, tr("P&revious epoch"), {}, {}, [this] { m_places->stepEpoch(-1); });
    add(layer, tr("N&ext epoch"), {}, {}, [this] { m_places->stepEpoch(1); });
    add(layer, tr("&First epoch"), {}, {}, [this] { m_places->firstEpoch(); });
    add(layer, tr("&Latest epoch"), {}, {}, [this] { m_places->latestEpoch(); });
    layer->addSeparator();
    QAction* back =
        add(layer, tr("Selection &back"), "back", QKeySequence("Alt+Left"), [this] { m_selection.goBack(); });
    QAction* forward =
        add(layer, tr("Selection f&orward"), "forward", QKeySequence("Alt+Right"), [this] { m_selection.goForward(); });
    const auto updateHistory = [this, back, forward] {
        back->setEnabled(m_selection.canGoBack());
        forward->setEnabled(m_selection.canGoForward());
    };
    connect(&m_selection, &Selection::historyChanged, this, updateHistory);
    updateHistory();

    QMenu* view = menuBar()->addMenu(tr("&View"));
    for (const DockHost::Dock& dock : m_docks->docks()) view->addAction(dock.action);
    view->addSeparator();
    QMenu* layouts = view->addMenu(tr("&Layout"));
    add(layouts, tr("&Watch (default)"), {}, {}, [this] { m_docks->applyDefaultLayout(); });
    add(layouts, tr("&Reset"), "reset", {}, [this] {
        resize(1440, 900);
        m_docks->applyDefaultLayout();
    });
    QMenu* theme = view->addMenu(icon("theme"), tr("&Theme"));
    auto* group = new QActionGroup(this);
    for (const auto& [choice, name] :
         {std::pair(ThemeChoice::kSystem, tr("As the &system")), std::pair(ThemeChoice::kLight, tr("&Light")),
          std::pair(ThemeChoice::kDark, tr("&Dark"))}) {
        QAction* action = add(theme, name, {}, {}, [this, value = choice] { setTheme(value); });
        action->setCheckable(true);
        action->setChecked(m_settings.value("theme", "system").toString() == toString(choice));
        group->addAction(action);
    }
    add(view, tr("Light / &dark"), "theme", QKeySequence("Ctrl+Shift+D"), [this] {
        const bool isDark = palette().color(QPalette::Window).lightness() < 128;
        setTheme(isDark ? ThemeChoice::kLight : ThemeChoice::kDark);
    });
    view->addSeparator();
    add(view, tr("&Go to…"), {}, QKeySequence("Ctrl+K"), [this] { goTo(); });
    add(view, tr("&Find in view"), {}, QKeySequence("Ctrl+F"), [this] { findInView(); });
    add(view, tr("&Maximize view"), {}, QKeySequence("F11"), [this] { m_docks->toggleMaximized(); });
    add(view, tr("&Next view"), {}, QKeySequence("F6"), [this] { m_docks->focusNext(); });

    QMenu* exports = menuBar()->addMenu(tr("&Export"));
    exports->addAction(m_runActions->exportOnnx);
    add(exports, tr("This &view…"), {}, QKeySequence("Ctrl+E"), [this] { exportView(); });

    QMenu* help = menuBar()->addMenu(tr("&Help"));
    add(help, tr("&What am I seeing?"), {}, QKeySequence("F1"), [this] { showViewHelp(); });
    add(help, tr("&Keyboard shortcuts"), {}, QKeySequence("Ctrl+/"), [this] { showShortcuts(); });
    help->addSeparator();
    add(help, tr("&About F8Net Workbench"), {}, {}, [this] { showAbout(); });
}

void MainWindow::makeStatusBar() {
    m_storeText = new QLabel;
    m_runsText = new QLabel;
    m_jobText = new QLabel;
    m_storeText->setContentsMargins(6, 0, 12, 0);
    m_jobText->setContentsMargins(12, 0, 6, 0);
    m_storeText->setTextInteractionFlags(Qt::TextSelectableByMouse);
    statusBar()->addWidget(m_storeText);
    statusBar()->addWidget(m_runsText);
    statusBar()->addPermanentWidget(m_jobText);
}

void MainWindow::updateStatus() {
    QString path = m_store.path();
    const QString home = QDir::homePath();
    if (path.startsWith(home + "/")) path = "~" + path.mid(home.size());
    m_storeText->setText(tr("Store: %1").arg(path) + (m_status.newerVersion.isEmpty()
                                                          ? QString()
                                                          : tr(" (read-only: written by a newer version)")));
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
    const int jobs = m_jobs.numRunning();
    m_jobText->setText(jobs == 0 ? QString() : m_jobs.job(0).title + "  " + m_jobs.job(0).message.left(60));
}

void MainWindow::say(const QString& message, bool isTrouble) {
    m_ended.reset();
    m_notices->say(message, isTrouble);
    m_noticeRow->show();
}

void MainWindow::sayEnded(const std::vector<EvaluationRecord>& evaluations) {
    const RunSummary& run = *m_ended;
    const bool isTrouble = run.state == RunState::kFailed || run.state == RunState::kCrashed;
    std::vector<NoticeBar::Step> steps;
    if (run.state == RunState::kFinished) {
        const RunId id = run.id;
        if (run.numeric_mode != "float") {
            steps.push_back({tr("See &formats"), [this, id] {
                                 m_selection.setRun(id);
                                 m_docks->raise("formats");
                             }});
        }
        steps.push_back({tr("Export &ONNX…"), [this, id] { m_runActions->askExport(id); }});
    }
    m_notices->say(endSentence(run, evaluations), isTrouble, steps);
    m_noticeRow->show();
}

void MainWindow::showStage() {
    // Who starts the very first run wants to know what it is doing; later the Runs table says enough.
    const auto& runs = m_runActions->runs();
    const bool isFirst = runs.size() == 1 && runs.begin()->second.state == RunState::kRunning;
    if (isFirst) m_stageText->setText(stageSentence(runs.begin()->second));
    m_stageRow->setVisible(isFirst);
}

void MainWindow::exportView() {
    QWidget* view = m_docks->view(m_docks->currentView().id);
    if (view->metaObject()->indexOfMethod("exportView()") < 0) {
        say(tr("%1 has nothing to export.").arg(m_docks->currentView().title), false);
        return;
    }
    QMetaObject::invokeMethod(view, "exportView");
}

void MainWindow::findInView() {
    QWidget* view = m_docks->view(m_docks->currentView().id);
    if (auto* line = view->findChild<QLineEdit*>()) line->setFocus(Qt::ShortcutFocusReason);
}

void MainWindow::goTo() {
    QList<GoToDialog::Target> targets;
    for (const auto& [id, run] : m_runActions->runs()) {
        targets.append({tr("Run"), QString::fromStdString(run.name), [this, run = id] { m_selection.setRun(run); }});
    }
    for (const QString& layer : m_places->layers()) {
        targets.append({tr("Layer"), layer, [this, layer] { m_selection.setLayer(layer); }});
    }
    for (QAction* action : allActions()) {
        if (!action->isEnabled()) continue;
        targets.append(
            {tr("Action"), QString(action->text()).remove('&').remove("…"), [action] { action->trigger(); }});
    }
    auto* dialog = new GoToDialog(targets, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

void MainWindow::setTheme(ThemeChoice choice) {
    m_settings.setValue("theme", toString(choice));
    applyTheme(*qApp, choice);
}

QDialog* MainWindow::makeNewRunDialog() {
    return new NewRunDialog(QString::fromStdString(experiments_place()), m_store.path(), this);
}

QDialog* MainWindow::makeShortcutsDialog() {
    return new ShortcutsDialog(allActions(),
                               {{tr("Space"), tr("Show the run in charts (Runs)")},
                                {tr("Shift+Space"), tr("Show only this run (Runs)")},
                                {tr("Del"), tr("Move the run to the trash (Runs)")},
                                {tr("Alt+Click on an eye"), tr("Show only this run (Runs)")},
                                {tr("L, S, O"), tr("Log y, smoothing, ignore outliers (Curves)")},
                                {tr("F, +, -, arrows"), tr("Fit, zoom, move the crosshair (chart)")},
                                {tr("Ctrl+Left/Right, Up/Down"), tr("Move what is shown (chart)")},
                                {tr("Ctrl+Shift+T, Ctrl+C"), tr("Numbers as a table, copy picture (chart)")},
                                {tr(", and ."), tr("Previous and next epoch (epoch slider)")}},
                               this);
}

void MainWindow::newRun() {
    auto* dialog = static_cast<NewRunDialog*>(makeNewRunDialog());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog] {
        m_runActions->startTraining(tr("Start %1").arg(dialog->runName()), dialog->trainArguments());
    });
    dialog->open();
}

void MainWindow::openStore() {
    const QString path = QFileDialog::getOpenFileName(this, tr("Open store"), QFileInfo(m_store.path()).absolutePath(),
                                                      tr("Run stores (*.db);;All files (*)"));
    if (path.isEmpty()) return;
    // Another store is another window: views, selection and history belong to one.
    QProcess::startDetached(QCoreApplication::applicationFilePath(), {"--store", path});
}

void MainWindow::showShortcuts() {
    QDialog* dialog = makeShortcutsDialog();
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

void MainWindow::showViewHelp() {
    const ViewDescription& view = m_docks->currentView();
    auto* box = new QMessageBox(QMessageBox::NoIcon, tr("%1: what am I seeing?").arg(view.title), view.help,
                                QMessageBox::Close, this);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
}

void MainWindow::showAbout() {
    auto* box =
        new QMessageBox(QMessageBox::NoIcon, tr("About F8Net Workbench"),
                        tr("F8Net Workbench %1\nTrain networks with 8-bit fixed-point multiplications only, see their "
                           "formats, hand them to hardware.\n\n"
                           "Workbench: GPL-3.0-or-later (Qt %2, QCustomPlot). Core and command line: Apache-2.0.")
                            .arg(F8NET_VERSION, qVersion()),
                        QMessageBox::Close, this);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
}

QList<QAction*> MainWindow::allActions() const {
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
    for (const QAction* action : menuBar()->actions()) collect(action->menu());
    return actions;
}

void MainWindow::closeEvent(QCloseEvent* event) {
    m_docks->save(m_settings);
    QMainWindow::closeEvent(event);
}

}  // namespace f8net
