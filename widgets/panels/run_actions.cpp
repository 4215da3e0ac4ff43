// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/run_actions.h"

#include <QApplication>
#include <QClipboard>
#include <QInputDialog>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QPlainTextEdit>
#include <QPointer>
#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <set>

#include "core/store/run_queue.h"
#include "core/store/run_reader.h"
#include "core/store/run_store.h"
#include "widgets/panels/export_actions.h"
#include "widgets/panels/purge_actions.h"
#include "widgets/panels/queue_actions.h"
#include "widgets/panels/run_checks.h"
#include "widgets/support/ask_line.h"
#include "widgets/support/icons.h"
#include "widgets/support/outside.h"
#include "widgets/support/selection.h"
#include "widgets/support/shell_words.h"
#include "widgets/support/words.h"

namespace f8net {

namespace {

bool isActive(RunState state) {
    return state == RunState::kRunning || state == RunState::kQueued;
}
bool canGoOn(RunState state) {
    return state == RunState::kStopped || state == RunState::kFailed || state == RunState::kCrashed ||
           state == RunState::kPaused;
}

}  // namespace

RunActions::RunActions(Selection& selection, StoreFollower& store, JobList& jobs, QWidget* window)
    : QObject(window),
      m_selection(selection),
      m_store(store),
      m_jobs(jobs),
      m_window(window),
      m_commandQuestion(store) {
    const auto makePlain = [this](const QString& text, const QString& iconText, const QString& iconName,
                                  const QKeySequence& keys) {
        auto* action = new QAction(icon(iconName), text, this);
        action->setIconText(iconText);
        action->setShortcut(keys);
        return action;
    };
    newRun = makePlain(tr("&New run…"), tr("New run"), "new-run", QKeySequence("Ctrl+N"));
    import = makePlain(tr("&Import…"), tr("Import"), "import", QKeySequence("Ctrl+I"));
    openStore = makePlain(tr("&Open store…"), tr("Open a store"), "folder", QKeySequence("Ctrl+O"));
    newRun->setStatusTip(tr("Choose an experiment, change its options, start or queue it"));
    import->setStatusTip(
        tr("Take a checkpoint, a network, a configuration, or runs: of a store, JSON, CSV, event files"));
    openStore->setStatusTip(tr("Show the runs of another store in a window of its own"));
    stop = make(tr("&Stop (saves)"), tr("Ask the run to finish its step, save and stop"), "stop",
                QKeySequence("Shift+F5"), &RunActions::doStop);
    stop->setIconText(tr("Stop"));
    resume = make(tr("R&esume"), tr("Go on from the last checkpoint"), "resume", QKeySequence("Ctrl+F5"),
                  &RunActions::doResume);
    enqueue = make(tr("Put into t&he queue"), tr("Let it wait for its turn, then go on from the last checkpoint"),
                   "queued", {}, &RunActions::doEnqueue);
    clone = new QAction(icon("new-run"), tr("Clone as ne&w run…"), this);
    clone->setShortcut(QKeySequence("Ctrl+D"));
    clone->setStatusTip(tr("Open the New run dialog with the configuration of this run"));
    connect(clone, &QAction::triggered, this, [this] { Q_EMIT cloneRequested(marked().front().id); });
    compare = new QAction(icon("compare"), tr("Co&mpare selected"), this);
    compare->setIconText(tr("Compare"));
    compare->setShortcut(QKeySequence("Ctrl+M"));
    compare->setStatusTip(tr("Say which of the selected runs is better, and in what they differ"));
    connect(compare, &QAction::triggered, this, &RunActions::compareRequested);
    rename = make(tr("Ren&ame"), tr("Give the run another name"), {}, QKeySequence("F2"), &RunActions::doRename);
    tags = make(tr("&Tags…"), tr("Words to find runs by"), {}, QKeySequence("Ctrl+T"), &RunActions::doTags);
    note = make(tr("N&ote…"), tr("Write down what this run was for"), {}, QKeySequence("Ctrl+Shift+N"),
                &RunActions::doNote);
    baseline = make(tr("Make &baseline"), tr("Compare all other runs with this one"), "baseline",
                    QKeySequence("Ctrl+B"), &RunActions::doBaseline);
    show = make(tr("Show in &charts"), tr("Show or hide the lines of the run in the charts"), "eye",
                QKeySequence("Space"), &RunActions::doShow);
    showOnly = make(tr("Show on&ly this"), tr("Hide all other runs from the charts"), {}, QKeySequence("Shift+Space"),
                    &RunActions::doShowOnly);
    trash = make(tr("&Delete"), tr("Move the run to the trash; it can be brought back"), "trash", QKeySequence("Del"),
                 &RunActions::doTrash);
    restore =
        make(tr("&Restore from the trash"), tr("Bring the run back from the trash"), {}, {}, &RunActions::doRestore);
    undoTrash = make(tr("&Undo delete"), tr("Bring back what was deleted last"), {}, QKeySequence("Ctrl+Z"),
                     &RunActions::doUndoTrash);
    copyCommand = make(tr("Cop&y shell command"), tr("Copy the command that starts or resumes this run in a shell"), {},
                       QKeySequence("Ctrl+Shift+C"), &RunActions::doCopyCommand);
    openFolder = make(tr("Open &folder"), tr("Open the folder with checkpoints and logs of the run"), "folder", {},
                      &RunActions::doOpenFolder);
    exports = new ExportActions(jobs, store.path(), window);
    checks = new RunChecks(jobs, store.path(), window);
    queue = new QueueActions(store, jobs, this);
    purges = new PurgeActions(store, m_runs, window);
    // Their dialogs stand over the window; they themselves end with what they read here, also where there is no window.
    for (QObject* each : std::initializer_list<QObject*>{exports, checks, purges}) each->setParent(this);
    // Keys of the table alone, which adds these to its own.
    for (QAction* action : {show, showOnly, trash}) action->setShortcutContext(Qt::WidgetShortcut);
    connect(&store, &StoreFollower::runsChanged, this, &RunActions::learn);
    connect(&selection, &Selection::markedChanged, this, &RunActions::refresh);
    connect(&selection, &Selection::runChanged, this, &RunActions::refresh);
    connect(&selection, &Selection::visibleRunsChanged, this, &RunActions::refresh);
    connect(&selection, &Selection::baselineChanged, this, &RunActions::refresh);
    refresh();
}

QAction* RunActions::make(const QString& text, const QString& tip, const QString& iconName, const QKeySequence& keys,
                          void (RunActions::*slot)()) {
    auto* action = new QAction(text, this);
    action->setStatusTip(tip);
    if (!iconName.isEmpty()) action->setIcon(icon(iconName));
    if (!keys.isEmpty()) action->setShortcut(keys);
    connect(action, &QAction::triggered, this, slot);
    return action;
}

void RunActions::learn(const RunsUpdate& update) {
    if (update.isComplete) {
        // Only runs that a list has shown before: one that was just made may be newer than this list.
        std::set<RunId> gone;
        for (const auto& [id, run] : m_runs) gone.insert(id);
        for (const RunSummary& run : update.runs) gone.erase(run.id);
        for (const RunId& run : gone) m_runs.erase(run);
        m_selection.forget(gone);
        for (auto& runs : m_trashed) std::erase_if(runs, [&gone](const RunId& run) { return gone.count(run) > 0; });
        std::erase_if(m_trashed, [](const auto& runs) { return runs.empty(); });
    }
    for (const RunSummary& run : update.runs) {
        const auto before = m_runs.find(run.id);
        const bool wasRunning = before != m_runs.end() && before->second.state == RunState::kRunning;
        // A loss that is not a number is stored as none.
        const auto isFinite = [](const RunSummary& r) { return r.last_loss && std::isfinite(*r.last_loss); };
        const bool divergesNow =
            wasRunning && isFinite(before->second) && !isFinite(run) && before->second.attempt == run.attempt;
        m_runs[run.id] = run;
        if (wasRunning && run.state != RunState::kRunning) {
            Q_EMIT runEnded(run);
        } else if (divergesNow) {
            Q_EMIT runDiverged(run);
        }
    }
    const size_t haveStopped = std::erase_if(m_stopping, [this](const RunId& id) {
        const RunSummary* run = find(id);
        return run == nullptr || !isActive(run->state);
    });
    if (haveStopped > 0) Q_EMIT stoppingChanged();
    refresh();
    Q_EMIT runsUpdated();
}

const RunSummary* RunActions::find(const RunId& run) const {
    const auto at = m_runs.find(run);
    return at == m_runs.end() ? nullptr : &at->second;
}

std::vector<RunSummary> RunActions::marked() const {
    std::vector<RunSummary> runs;
    std::vector<RunId> ids = m_selection.marked();
    if (ids.empty()) ids.push_back(m_selection.run());
    for (const RunId& id : ids) {
        if (const RunSummary* run = find(id)) runs.push_back(*run);
    }
    return runs;
}

QString RunActions::subject() const {
    const auto runs = marked();
    return runs.size() == 1 ? QString::fromStdString(runs.front().name) : tr("%1 runs").arg(runs.size());
}

void RunActions::refresh() {
    const auto runs = marked();
    const auto any = [&](auto condition) { return std::any_of(runs.begin(), runs.end(), condition); };
    const bool isOne = runs.size() == 1;
    stop->setEnabled(any([this](const RunSummary& r) { return isActive(r.state) && m_stopping.count(r.id) == 0; }));
    resume->setEnabled(any([](const RunSummary& r) { return canGoOn(r.state) && r.trashed_at == 0; }));
    enqueue->setEnabled(any([](const RunSummary& r) { return canGoOn(r.state) && r.trashed_at == 0; }));
    clone->setEnabled(isOne);
    compare->setEnabled(!runs.empty());
    rename->setEnabled(isOne);
    note->setEnabled(isOne);
    tags->setEnabled(!runs.empty());
    baseline->setEnabled(isOne);
    const bool isBaseline = isOne && m_selection.baseline() == runs.front().id;
    baseline->setText(isBaseline ? tr("No longer &baseline") : tr("Make &baseline"));
    show->setEnabled(!runs.empty());
    const bool allShown = !any([this](const RunSummary& r) { return !m_selection.isVisible(r.id); });
    show->setText(!runs.empty() && allShown ? tr("Hide from &charts") : tr("Show in &charts"));
    showOnly->setEnabled(!runs.empty());
    trash->setEnabled(any([](const RunSummary& r) { return r.trashed_at == 0 && r.state != RunState::kRunning; }));
    restore->setEnabled(any([](const RunSummary& r) { return r.trashed_at > 0; }));
    undoTrash->setEnabled(!m_trashed.empty());
    copyCommand->setEnabled(isOne);
    openFolder->setEnabled(isOne);
    exports->setRun(isOne ? std::optional(runs.front()) : std::nullopt);
    checks->setRuns(runs);
    purges->setMarked(runs);
}

void RunActions::doStop() {
    for (const RunSummary& run : marked()) {
        if (!isActive(run.state)) continue;
        // The follower outlives its thread; these actions may not.
        const auto asked = [self = QPointer(this), id = run.id] {
            if (self) self->noteStopping(id);
        };
        m_store.perform(tr("stop %1").arg(QString::fromStdString(run.name)),
                        [follower = &m_store, asked, id = run.id](RunStore& store) {
                            store.request(id, RunRequest::kStop);
                            QMetaObject::invokeMethod(follower, asked);
                        });
    }
}

/// Once the wish is in the store, and before the list that may tell of its fulfilment.
void RunActions::noteStopping(const RunId& run) {
    m_stopping.insert(run);
    Q_EMIT stoppingChanged();
    refresh();
}

void RunActions::startTraining(const QString& what, const QStringList& arguments, JobList::Ended ended) {
    QStringList all{"train"};
    all << arguments << "--detach"
        << "--json"
        << "--store" << m_store.path();
    m_jobs.start(
        what, workerProgram(), all,
        [](const QByteArray& json, int) {
            return tr("started as run %1").arg(QJsonDocument::fromJson(json).object().value("run").toString());
        },
        std::move(ended));
}

void RunActions::doResume() {
    for (const RunSummary& run : marked()) {
        if (!canGoOn(run.state)) continue;
        startTraining(tr("Resume %1").arg(QString::fromStdString(run.name)),
                      {"--resume", QString::fromStdString(run.id.text())});
    }
}

void RunActions::addToQueue(const QString& what, const QStringList& arguments, JobList::Ended ended) {
    QStringList all{"queue", "add"};
    all << arguments << "--json"
        << "--store" << m_store.path();
    m_jobs.start(
        what, workerProgram(), all,
        [](const QByteArray& json, int) {
            const QJsonObject result = QJsonDocument::fromJson(json).object();
            const qsizetype waiting = result.value("queue").toArray().size();
            return result.value("runner").isNull()
                       ? tr("waits at position %1; no runner is at work (Run ▸ Queue ▸ Start the runner)").arg(waiting)
                       : tr("waits at position %1").arg(waiting);
        },
        std::move(ended));
}

void RunActions::doEnqueue() {
    std::vector<RunId> ids;
    for (const RunSummary& run : marked()) {
        if (canGoOn(run.state) && run.trashed_at == 0) ids.push_back(run.id);
    }
    m_store.perform(tr("queue %1").arg(subject()), [ids](RunStore& store) {
        for (const RunId& id : ids) RunQueue(store).append(id);
    });
}

void RunActions::renameTo(const RunId& run, const QString& name) {
    m_store.perform(tr("rename the run"), [run, name](RunStore& store) { store.rename(run, name.toStdString()); });
}

void RunActions::doRename() {
    Q_EMIT renameInPlaceRequested();
}

void RunActions::doTags() {
    const auto runs = marked();
    std::set<std::string> common(runs.front().tags.begin(), runs.front().tags.end());
    QStringList before;
    for (const std::string& tag : common) {
        const bool inAll = std::all_of(runs.begin(), runs.end(), [&](const RunSummary& r) {
            return std::find(r.tags.begin(), r.tags.end(), tag) != r.tags.end();
        });
        if (inAll) before << QString::fromStdString(tag);
    }
    const auto line = askLine(m_window, tr("Tags"), tr("&Tags of %1, words separated by commas:").arg(subject()),
                              before.join(", "), EmptyLine::kAllowed);
    if (!line) return;
    const QStringList after = wordsOf(*line);
    m_store.perform(tr("tag %1").arg(subject()), [runs, before, after](RunStore& store) {
        for (const RunSummary& run : runs) {
            for (const QString& tag : before) {
                if (!after.contains(tag)) store.remove_tag(run.id, tag.toStdString());
            }
            for (const QString& tag : after) {
                if (!before.contains(tag)) store.add_tag(run.id, tag.toStdString());
            }
        }
    });
}

void RunActions::doNote() {
    const RunSummary run = marked().front();
    QInputDialog dialog(m_window);
    dialog.setWindowTitle(tr("Note"));
    dialog.setLabelText(tr("Note of %1:").arg(QString::fromStdString(run.name)));
    dialog.setOption(QInputDialog::UsePlainTextEditForTextInput);
    dialog.setTextValue(QString::fromStdString(run.note));
    dialog.findChild<QPlainTextEdit*>()->setAccessibleName(dialog.windowTitle());  // its label is no buddy
    if (dialog.exec() != QDialog::Accepted) return;
    const QString written = dialog.textValue();
    m_store.perform(tr("write the note"),
                    [id = run.id, written](RunStore& store) { store.set_note(id, written.toStdString()); });
}

void RunActions::doBaseline() {
    const RunId run = marked().front().id;
    if (m_selection.baseline() == run) {
        m_selection.setBaseline(std::nullopt);
    } else {
        m_selection.setBaseline(run);
    }
}

void RunActions::doShow() {
    const auto runs = marked();
    const bool show_all =
        std::any_of(runs.begin(), runs.end(), [this](const RunSummary& r) { return !m_selection.isVisible(r.id); });
    std::set<RunId> visible = m_selection.visibleRuns();
    for (const RunSummary& run : runs) {
        if (show_all) {
            visible.insert(run.id);
        } else {
            visible.erase(run.id);
        }
    }
    m_selection.setVisibleRuns(std::move(visible));
}

void RunActions::doShowOnly() {
    std::set<RunId> visible;
    for (const RunSummary& run : marked()) visible.insert(run.id);
    m_selection.setVisibleRuns(std::move(visible));
}

void RunActions::doTrash() {
    std::vector<RunId> ids;
    for (const RunSummary& run : marked()) {
        if (run.trashed_at == 0 && run.state != RunState::kRunning) ids.push_back(run.id);
    }
    if (ids.empty()) return;
    m_trashed.push_back(ids);
    m_store.perform(tr("delete %1").arg(subject()), [ids](RunStore& store) {
        for (const RunId& id : ids) store.trash(id);
    });
    refresh();
    Q_EMIT trashed(static_cast<int>(ids.size()));
}

void RunActions::doRestore() {
    const auto runs = marked();
    m_store.perform(tr("restore %1").arg(subject()), [runs](RunStore& store) {
        for (const RunSummary& run : runs) {
            if (run.trashed_at > 0) store.restore(run.id);
        }
    });
}

void RunActions::doUndoTrash() {
    if (m_trashed.empty()) return;
    m_store.perform(tr("undo the deletion"), [ids = m_trashed.back()](RunStore& store) {
        for (const RunId& id : ids) store.restore(id);
    });
    m_trashed.pop_back();
    refresh();
}

void RunActions::doCopyCommand() {
    const RunSummary run = marked().front();
    const QString store = m_store.path();
    if (canGoOn(run.state)) {
        QApplication::clipboard()->setText(
            shellCommand({"f8net", "train", "--resume", QString::fromStdString(run.id.text()), "--store", store}));
        return;
    }
    // The command it was started with is not part of what the table reads.
    m_commandQuestion.ask([id = run.id](const RunReader& reader) { return reader.run(id).command; },
                          [this, store](const std::string& command) {
                              m_commandQuestion.forget();
                              QString text = QString::fromStdString(command);
                              if (!text.contains("--store")) text += " --store " + shellCommand({store});
                              QApplication::clipboard()->setText(text);
                          });
}

void RunActions::doOpenFolder() {
    outside().openFolder(QString::fromStdString(marked().front().folder));
}

}  // namespace f8net
