// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/purge_actions.h"

#include <QMessageBox>
#include <QPushButton>
#include <algorithm>
#include <filesystem>

#include "core/store/run_store.h"
#include "widgets/support/number_text.h"

namespace f8net {

namespace {

/// On any thread. What cannot be read counts as nothing.
int64_t bytesBelow(const std::string& folder) {
    namespace fs = std::filesystem;
    std::error_code problem;
    int64_t bytes = 0;
    for (fs::recursive_directory_iterator at(folder, problem), end; !problem && at != end; at.increment(problem)) {
        std::error_code unreadable;
        const bool isOwn = at->is_regular_file(unreadable) && !at->is_symlink(unreadable);
        const auto size = isOwn ? at->file_size(unreadable) : 0;
        if (!unreadable) bytes += static_cast<int64_t>(size);
    }
    return bytes;
}

}  // namespace

PurgeActions::PurgeActions(StoreFollower& store, const std::map<RunId, RunSummary>& runs, QWidget* window)
    : QObject(window), m_store(store), m_runs(runs), m_window(window), m_size(store) {
    purge = new QAction(tr("Delete for &good…"), this);
    purge->setStatusTip(tr("Remove the runs and their files from the trash; they cannot be brought back"));
    connect(purge, &QAction::triggered, this, [this] { ask(m_marked); });
    emptyTrash = new QAction(tr("Em&pty the trash…"), this);
    emptyTrash->setStatusTip(tr("Remove all runs of the trash and their files; they cannot be brought back"));
    connect(emptyTrash, &QAction::triggered, this, [this] {
        std::vector<RunSummary> all;
        for (const auto& [id, run] : m_runs) {
            if (run.trashed_at > 0) all.push_back(run);
        }
        ask(all);
    });
}

void PurgeActions::setMarked(std::vector<RunSummary> marked) {
    std::erase_if(marked, [](const RunSummary& run) { return run.trashed_at == 0; });
    m_marked = std::move(marked);
    purge->setEnabled(!m_marked.empty());
    emptyTrash->setEnabled(
        std::any_of(m_runs.begin(), m_runs.end(), [](const auto& entry) { return entry.second.trashed_at > 0; }));
}

void PurgeActions::ask(const std::vector<RunSummary>& runs) {
    std::vector<RunId> ids;
    std::vector<std::string> folders;
    for (const RunSummary& run : runs) {
        ids.push_back(run.id);
        folders.push_back(run.folder);
    }
    const QString what = runs.size() == 1 ? QString::fromStdString(runs.front().name) : tr("%1 runs").arg(runs.size());
    m_size.ask(
        [folders](const RunReader&) {
            int64_t bytes = 0;
            for (const std::string& folder : folders) bytes += bytesBelow(folder);
            return bytes;
        },
        [this, ids, what](int64_t bytes) {
            m_size.forget();  // once
            confirm(ids, what, bytes);
        });
}

void PurgeActions::confirm(const std::vector<RunId>& runs, const QString& what, int64_t bytes) {
    auto* box =
        new QMessageBox(QMessageBox::Warning, tr("Delete for good"),
                        tr("Delete %1 for good? This frees %2 and cannot be undone.").arg(what, text::size(bytes)),
                        QMessageBox::Cancel, m_window);
    box->setTextFormat(Qt::PlainText);
    box->setAttribute(Qt::WA_DeleteOnClose);
    QAbstractButton* yes = box->addButton(tr("&Delete for good"), QMessageBox::DestructiveRole);
    box->setDefaultButton(QMessageBox::Cancel);
    connect(yes, &QAbstractButton::clicked, this, [this, runs, what] {
        m_store.perform(tr("delete %1 for good").arg(what), [runs](RunStore& store) {
            for (const RunId& run : runs) store.purge(run);
        });
    });
    box->open();
}

}  // namespace f8net
