// SPDX-License-Identifier: GPL-3.0-or-later
/// The part of StoreFollower that lives on the reader's thread: connections, what was read so far, what is asked for.
/// Threads  everything but construction runs on its thread; its signals reach StoreFollower queued.
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <map>
#include <memory>
#include <optional>

#include "widgets/models/store_follower.h"

namespace f8net {

class StoreReaderThread final : public QObject {
    Q_OBJECT
public:
    explicit StoreReaderThread(QString path);
    ~StoreReaderThread() override;

    void start();
    void stop();
    void setFormatsRequest(const FormatsRequest& request);
    void setDetailsRun(const RunId& run);
    void setQuestion(int id, int serial, const ReadFromStore& read);
    void forgetQuestion(int id) { m_questions.erase(id); }
    void setListKeys(const std::vector<std::string>& keys);
    void reload();
    /// Reads what the store has that was not told yet; the timer does it several times a second.
    void poll();
    void perform(const QString& what, const std::function<void(RunStore&)>& change);

Q_SIGNALS:
    void opened(const f8net::StoreStatus& status);
    void runsChanged(const f8net::RunsUpdate& update);
    void formatsReady(const std::shared_ptr<const f8net::FormatsData>& formats);
    void detailsReady(const std::shared_ptr<const f8net::RunDetails>& details);
    void eventsArrived(const std::vector<f8net::EventRecord>& events);
    void answered(int id, int serial, const f8net::ShowAnswer& show);
    void failed(const QString& message);
    void performed(const QString& what);

private:
    struct Question {
        int serial;
        ReadFromStore read;
    };
    void guarded(const QString& what, const std::function<void()>& work);
    void openStore();
    void readRuns();
    void readEvents();
    void readFormats();
    void readDetails();
    void answer(int id);

    QString m_path;
    QTimer* m_timer = nullptr;
    std::unique_ptr<RunStore> m_store, m_writable;
    bool m_wasThere = false;
    QString m_lastFailure;
    QElapsedTimer m_sinceRunsRead;
    int64_t m_revision = 0, m_total = -1, m_lastEvent = 0;
    bool m_hasEvents = false;
    std::vector<std::string> m_listKeys;
    std::optional<FormatsRequest> m_formatsRequest;
    RunId m_detailsRun;
    std::map<int, Question> m_questions;
};

}  // namespace f8net
