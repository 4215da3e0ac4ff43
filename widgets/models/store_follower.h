// SPDX-License-Identifier: GPL-3.0-or-later
/// Follows the run store on a thread of its own: new rows only, a few times a second however fast training logs. The UI
/// thread hears of finished values by signals and never touches the database; changes that people make (rename, stop,
/// trash) are done there too. Errors   failed() with a message for people; following goes on. Threads  the object and
/// its signals live in the UI thread.   Lifetime: the destructor waits for the thread.
#pragma once

#include <QObject>
#include <QPointer>
#include <QString>
#include <QThread>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/store/run_record.h"
#include "widgets/models/format_data.h"

namespace f8net {

class RunReader;
class RunStore;
class StoreReaderThread;

/// Runs that are new or changed; `isComplete`: all there are (what is not in it is gone).
struct RunsUpdate {
    std::vector<RunSummary> runs;
    bool isComplete = false;
};

struct RunDetails {
    RunRecord run;
    std::vector<ArtifactRecord> artifacts;
    std::vector<EvaluationRecord> evaluations;
    std::vector<AttemptRecord> attempts;
};

struct StoreStatus {
    QString path;
    bool isThere = false;  ///< false: no such file yet, shown as an empty store
    QString newerVersion;  ///< message; empty unless written by a newer version (then read-only)
};

/// Called in the UI thread with an answer inside.
using ShowAnswer = std::function<void()>;
/// Called on the reader's thread.
using ReadFromStore = std::function<ShowAnswer(const RunReader&)>;

class StoreFollower final : public QObject {
    Q_OBJECT
public:
    explicit StoreFollower(const QString& path, QObject* parent = nullptr);
    ~StoreFollower() override;

    QString path() const { return m_path; }

    /// What several views share. Each replaces the one before; the answer comes by signal, again whenever the store
    /// has something new. What one view alone wants to know it asks by a StoreQuestion of its own.
    void followFormats(const FormatsRequest& request);
    void followDetails(const RunId& run);
    /// Configuration keys or metrics that the filter needs in RunSummary::values.
    void setListKeys(const std::vector<std::string>& keys);
    void reload();

    /// Does something to the store on the reader's thread; `what` names it in a failure ("rename the run").
    void perform(const QString& what, std::function<void(RunStore&)> change);

    /// For tests, --tour and benchmarks: works events until everything that was written and asked before the call was
    /// told. False on timeout.
    bool waitUntilCaughtUp(int timeoutMs);

Q_SIGNALS:
    void opened(const f8net::StoreStatus& status);
    void runsChanged(const f8net::RunsUpdate& update);
    void formatsReady(const std::shared_ptr<const f8net::FormatsData>& formats);
    void detailsReady(const std::shared_ptr<const f8net::RunDetails>& details);
    void eventsArrived(const std::vector<f8net::EventRecord>& events);
    void failed(const QString& message);
    void performed(const QString& what);

private:
    friend class StoreQuestion;
    void setQuestion(int id, int serial, ReadFromStore read);
    void showAnswer(int id, int serial, const ShowAnswer& show);
    void forgetQuestion(int id);

    QString m_path;
    QThread m_thread;
    StoreReaderThread* m_reader;
    std::map<int, int> m_questions;  ///< id -> serial of what it asked last
    int m_lastQuestion = 0;
};

/// A view's own question to the store: asked on the reader's thread, at once and whenever the store has something new.
/// `read` must not touch the UI (it runs on the other thread: give it copies); `show` gets what it returned in the UI
/// thread. Asking anew drops the answers to what was asked before; so does forgetting and destruction.
class StoreQuestion final {
public:
    explicit StoreQuestion(StoreFollower& store) : m_store(&store), m_id(++store.m_lastQuestion) {}
    ~StoreQuestion() { forget(); }
    StoreQuestion(const StoreQuestion&) = delete;
    StoreQuestion& operator=(const StoreQuestion&) = delete;

    template <typename Read, typename Show>
    void ask(Read read, Show show) {
        m_store->setQuestion(m_id, ++m_serial, [read, show](const RunReader& reader) -> ShowAnswer {
            // Shared: the answer travels between threads in copies of the closure.
            return [answer = std::make_shared<const decltype(read(reader))>(read(reader)), show] { show(*answer); };
        });
    }
    void forget() {
        if (m_store) m_store->forgetQuestion(m_id);
    }

private:
    QPointer<StoreFollower> m_store;
    int m_id, m_serial = 0;
};

}  // namespace f8net
