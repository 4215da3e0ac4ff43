// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/store_reader_thread.h"

#include <QFileInfo>
#include <algorithm>

#include "core/base/error.h"
#include "core/store/run_reader.h"
#include "core/store/run_store.h"

namespace f8net {

namespace {
constexpr int kPollMs = 200;
constexpr int kLivenessMs = 2000;  // a process that died says nothing: look now and then
constexpr int kEventsAtStart = 500;
}  // namespace

StoreReaderThread::StoreReaderThread(QString path) : m_path(std::move(path)) {}
StoreReaderThread::~StoreReaderThread() = default;

void StoreReaderThread::start() {
    m_timer = new QTimer(this);
    connect(m_timer, &QTimer::timeout, this, &StoreReaderThread::poll);
    m_timer->start(kPollMs);
    poll();
}

void StoreReaderThread::stop() {
    delete m_timer;
    m_timer = nullptr;
    m_store.reset();
    m_writable.reset();
}

void StoreReaderThread::guarded(const QString& what, const std::function<void()>& work) {
    try {
        work();
    } catch (const UnknownRunError& error) {
        // A run that is gone is told by the list of runs, and who looked at it asks anew; only a wish for it failed.
        if (!what.isEmpty()) Q_EMIT failed(tr("Cannot %1: %2").arg(what, QString::fromUtf8(error.what())));
    } catch (const std::exception& error) {
        // The same trouble five times a second is one message.
        const QString message = what.isEmpty() ? QString::fromUtf8(error.what())
                                               : tr("Cannot %1: %2").arg(what, QString::fromUtf8(error.what()));
        if (!what.isEmpty() || message != m_lastFailure) Q_EMIT failed(message);
        if (what.isEmpty()) m_lastFailure = message;
    }
}

void StoreReaderThread::openStore() {
    m_wasThere = QFileInfo::exists(m_path);
    m_store = std::make_unique<RunStore>(m_path.toStdString(), RunStore::Mode::kReadOnly);
    StoreStatus status;
    status.path = QString::fromStdString(m_store->path());
    status.isThere = m_wasThere;
    status.newerVersion = QString::fromStdString(m_store->newer_version_message());
    Q_EMIT opened(status);
}

void StoreReaderThread::poll() {
    QElapsedTimer clock;
    clock.start();
    guarded({}, [this] {
        if (!m_store || (!m_wasThere && QFileInfo::exists(m_path))) {
            openStore();
            m_revision = 0;
            m_total = -1;
        }
        const bool changed = m_store->changed();
        if (changed || !m_sinceRunsRead.isValid() || m_sinceRunsRead.elapsed() > kLivenessMs) readRuns();
        if (!changed) return;
        m_lastFailure.clear();
        // Each for itself: a run that was purged a moment ago must not keep the others from their news.
        guarded({}, [this] { readEvents(); });
        guarded({}, [this] { readFormats(); });
        guarded({}, [this] { readDetails(); });
        for (const auto& question : m_questions) guarded({}, [this, &question] { answer(question.first); });
    });
    // Where much is shown that grows, at least half of the time is left for questions and other programs.
    if (m_timer != nullptr) m_timer->setInterval(std::max<int>(kPollMs, 2 * static_cast<int>(clock.elapsed())));
}

void StoreReaderThread::readRuns() {
    RunListOptions options;
    options.trash = RunListOptions::Trash::kWith;
    options.keys = m_listKeys;
    options.changed_since = m_revision;
    const RunReader reader(*m_store);
    RunList list = reader.list(options);
    bool isComplete = options.changed_since == 0;
    if (!isComplete && list.total < m_total) {  // something was purged: who is gone can only be told from all
        options.changed_since = 0;
        list = reader.list(options);
        isComplete = true;
    }
    m_revision = list.revision;
    m_total = list.total;
    m_sinceRunsRead.restart();
    if (isComplete || !list.runs.empty()) Q_EMIT runsChanged({std::move(list.runs), isComplete});
}

void StoreReaderThread::readEvents() {
    const RunReader reader(*m_store);
    std::vector<EventRecord> events =
        m_hasEvents ? reader.events_after(m_lastEvent) : reader.last_events({}, kEventsAtStart);
    m_hasEvents = true;
    if (events.empty()) return;
    m_lastEvent = events.back().id;
    Q_EMIT eventsArrived(events);
}

void StoreReaderThread::readFormats() {
    if (!m_formatsRequest || !m_store) return;
    Q_EMIT formatsReady(std::make_shared<FormatsData>(f8net::readFormats(RunReader(*m_store), *m_formatsRequest)));
}

void StoreReaderThread::readDetails() {
    if (m_detailsRun.empty() || !m_store) return;
    const RunReader reader(*m_store);
    auto details = std::make_shared<RunDetails>();
    details->run = reader.run(m_detailsRun);
    details->artifacts = reader.artifacts(m_detailsRun);
    details->evaluations = reader.evaluations(m_detailsRun);
    details->attempts = reader.attempts(m_detailsRun);
    Q_EMIT detailsReady(details);
}

void StoreReaderThread::setFormatsRequest(const FormatsRequest& request) {
    m_formatsRequest = request;
    guarded({}, [this] { readFormats(); });
}

void StoreReaderThread::setDetailsRun(const RunId& run) {
    m_detailsRun = run;
    guarded({}, [this] { readDetails(); });
}

void StoreReaderThread::setQuestion(int id, int serial, const ReadFromStore& read) {
    m_questions[id] = {serial, read};
    guarded({}, [this, id] { answer(id); });
}

void StoreReaderThread::answer(int id) {
    if (!m_store) return;
    const Question& question = m_questions.at(id);
    Q_EMIT answered(id, question.serial, question.read(RunReader(*m_store)));
}

void StoreReaderThread::setListKeys(const std::vector<std::string>& keys) {
    if (keys == m_listKeys) return;
    m_listKeys = keys;
    m_revision = 0;
    guarded({}, [this] {
        if (m_store) readRuns();
    });
}

void StoreReaderThread::reload() {
    m_store.reset();
    m_hasEvents = true;  // the log keeps what it has
    m_lastFailure.clear();
    poll();
}

void StoreReaderThread::perform(const QString& what, const std::function<void(RunStore&)>& change) {
    bool done = false;
    guarded(what, [&] {
        if (!m_writable) m_writable = std::make_unique<RunStore>(m_path.toStdString(), RunStore::Mode::kReadWrite);
        change(*m_writable);
        done = true;
    });
    if (done) Q_EMIT performed(what);
    poll();
}

}  // namespace f8net
