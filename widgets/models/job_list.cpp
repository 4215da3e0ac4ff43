// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/job_list.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QFileInfo>
#include <QRegularExpression>
#include <algorithm>

#include "widgets/support/number_text.h"
#include "widgets/support/outside.h"

namespace f8net {

struct JobList::Entry {
    Job job;
    std::unique_ptr<QProcess> process;
    QByteArray output, errors;
    Describe describe;
    Ended ended;
    bool isCancelled = false;
};

namespace {

double nowSeconds() {
    return static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / 1000;
}

QString lastLine(const QByteArray& text) {
    return QString::fromUtf8(text).trimmed().replace('\r', '\n').section('\n', -1).trimmed();
}

/// "evaluating integer-only: 200/1000 images" -> 0.2.
std::optional<double> shareOf(const QString& line) {
    static const QRegularExpression counted("(\\d+)/(\\d+)");
    const QRegularExpressionMatch match = counted.match(line);
    const double total = match.hasMatch() ? match.captured(2).toDouble() : 0;
    if (total <= 0) return std::nullopt;
    return std::clamp(match.captured(1).toDouble() / total, 0.0, 1.0);
}

QString stateWord(Job::State state) {
    switch (state) {
        case Job::State::kRunning:
            return JobList::tr("running");
        case Job::State::kDone:
            return JobList::tr("done");
        case Job::State::kFailed:
            return JobList::tr("failed");
        case Job::State::kCancelled:
            return JobList::tr("cancelled");
    }
    return {};
}

}  // namespace

QString workerProgram() {
    const QString beside = QCoreApplication::applicationDirPath() + "/f8net";
    return QFileInfo(beside).isExecutable() ? beside : QString("f8net");
}

JobList::JobList(QObject* parent) : QAbstractTableModel(parent) {}

JobList::~JobList() {
    for (auto& entry : m_entries) {
        if (!entry->process) continue;
        entry->process->disconnect(this);
        entry->process->terminate();
        if (!entry->process->waitForFinished(2000)) entry->process->kill();
    }
}

int JobList::start(const QString& title, const QString& program, const QStringList& arguments, Describe describe,
                   Ended ended) {
    beginInsertRows({}, 0, 0);
    m_entries.insert(m_entries.begin(), std::make_unique<Entry>());
    Entry* entry = m_entries.front().get();
    entry->job.title = title;
    entry->job.startedAt = nowSeconds();
    entry->describe = std::move(describe);
    entry->ended = std::move(ended);
    endInsertRows();

    entry->process = std::make_unique<QProcess>();
    QProcess* process = entry->process.get();
    process->setStandardInputFile(QProcess::nullDevice());
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("F8NET_PROGRESS", "lines");
    process->setProcessEnvironment(environment);
    connect(process, &QProcess::readyReadStandardOutput, this,
            [entry, process] { entry->output += process->readAllStandardOutput(); });
    connect(process, &QProcess::readyReadStandardError, this, [this, entry, process] {
        entry->errors += process->readAllStandardError();
        entry->job.message = lastLine(entry->errors);
        entry->job.share = shareOf(entry->job.message);
        const int row = rowOf(entry);
        Q_EMIT dataChanged(index(row, 0), index(row, kNumColumns - 1));
        Q_EMIT changed();
    });
    connect(process, &QProcess::errorOccurred, this, [this, entry, program](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart) {
            end(entry, Job::State::kFailed,
                tr("The program %1 could not be started: %2").arg(program, entry->process->errorString()));
        }
    });
    connect(process, &QProcess::finished, this, [this, entry](int exitCode, QProcess::ExitStatus status) {
        entry->output += entry->process->readAllStandardOutput();
        entry->errors += entry->process->readAllStandardError();
        if (entry->isCancelled) {
            end(entry, Job::State::kCancelled, tr("cancelled"));
        } else if (status == QProcess::CrashExit) {
            end(entry, Job::State::kFailed, tr("the program ended unexpectedly. %1").arg(lastLine(entry->errors)));
        } else if (exitCode == 1 && entry->describe && !entry->output.isEmpty()) {
            end(entry, Job::State::kFailed, entry->describe(entry->output, exitCode));
        } else if (exitCode != 0) {
            const QString message = lastLine(entry->errors);
            end(entry, Job::State::kFailed, message.isEmpty() ? tr("exit code %1").arg(exitCode) : message);
        } else {
            end(entry, Job::State::kDone, entry->describe ? entry->describe(entry->output, exitCode) : QString());
        }
    });
    outside().start(*process, program, arguments);
    Q_EMIT changed();
    return rowOf(entry);
}

void JobList::end(Entry* entry, Job::State state, const QString& message) {
    if (entry->job.state != Job::State::kRunning) return;
    entry->job.state = state;
    entry->job.message = message;
    entry->job.endedAt = nowSeconds();
    const int row = rowOf(entry);
    Q_EMIT dataChanged(index(row, 0), index(row, kNumColumns - 1));
    Q_EMIT changed();
    Q_EMIT ended(entry->job.title + ": " + message, state == Job::State::kFailed);
    if (entry->ended) entry->ended(Job(entry->job), QByteArray(entry->output));  // copies: it may start or remove jobs
}

void JobList::setPlace(int row, const QString& path) {
    m_entries[static_cast<size_t>(row)]->job.place = path;
}

void JobList::cancel(int row) {
    Entry* entry = m_entries[static_cast<size_t>(row)].get();
    if (entry->job.state != Job::State::kRunning) return;
    entry->isCancelled = true;
    entry->process->terminate();
}

void JobList::removeEnded() {
    for (int row = rowCount() - 1; row >= 0; --row) {
        if (job(row).state == Job::State::kRunning) continue;
        beginRemoveRows({}, row, row);
        // A process that is ending this very moment is still on the stack.
        if (auto& process = m_entries[static_cast<size_t>(row)]->process) process.release()->deleteLater();
        m_entries.erase(m_entries.begin() + row);
        endRemoveRows();
    }
    Q_EMIT changed();
}

int JobList::rowOf(const Entry* entry) const {
    for (size_t i = 0; i < m_entries.size(); ++i) {
        if (m_entries[i].get() == entry) return static_cast<int>(i);
    }
    return -1;
}

const Job& JobList::job(int row) const {
    return m_entries[static_cast<size_t>(row)]->job;
}

int JobList::numRunning() const {
    int count = 0;
    for (const auto& entry : m_entries) count += entry->job.state == Job::State::kRunning ? 1 : 0;
    return count;
}

int JobList::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_entries.size());
}
int JobList::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : kNumColumns;
}

QVariant JobList::data(const QModelIndex& index, int role) const {
    if (!index.isValid()) return {};
    const Job& entry = job(index.row());
    if (role == kStateRole) return static_cast<int>(entry.state);
    if (role == kShareRole) {
        return entry.state == Job::State::kRunning ? QVariant(entry.share.value_or(-1)) : QVariant();
    }
    if (role == Qt::ToolTipRole) return entry.title + "\n" + entry.message;
    if (role != Qt::DisplayRole && role != kSortRole) return {};
    switch (index.column()) {
        case kTitle:
            return entry.title;
        case kState:
            return stateWord(entry.state);
        case kMessage:
            return entry.message;
        case kTime:
            return role == kSortRole ? QVariant(entry.startedAt) : QVariant(text::moment(entry.startedAt));
        default:
            return {};
    }
}

QVariant JobList::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
    switch (section) {
        case kTitle:
            return tr("Job");
        case kState:
            return tr("State");
        case kMessage:
            return tr("Result");
        case kTime:
            return tr("Started");
        default:
            return {};
    }
}

}  // namespace f8net
