// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/store_follower.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QTimer>

#include "widgets/models/store_reader_thread.h"

namespace f8net {

StoreFollower::StoreFollower(const QString& path, QObject* parent)
    : QObject(parent), m_path(path), m_reader(new StoreReaderThread(path)) {
    qRegisterMetaType<StoreStatus>("f8net::StoreStatus");
    qRegisterMetaType<RunsUpdate>("f8net::RunsUpdate");
    qRegisterMetaType<std::shared_ptr<const FormatsData>>("std::shared_ptr<const f8net::FormatsData>");
    qRegisterMetaType<std::shared_ptr<const RunDetails>>("std::shared_ptr<const f8net::RunDetails>");
    qRegisterMetaType<std::vector<EventRecord>>("std::vector<f8net::EventRecord>");
    qRegisterMetaType<ShowAnswer>("f8net::ShowAnswer");
    m_thread.setObjectName("store reader");
    m_reader->moveToThread(&m_thread);
    connect(m_reader, &StoreReaderThread::opened, this, &StoreFollower::opened);
    connect(m_reader, &StoreReaderThread::runsChanged, this, &StoreFollower::runsChanged);
    connect(m_reader, &StoreReaderThread::formatsReady, this, &StoreFollower::formatsReady);
    connect(m_reader, &StoreReaderThread::detailsReady, this, &StoreFollower::detailsReady);
    connect(m_reader, &StoreReaderThread::eventsArrived, this, &StoreFollower::eventsArrived);
    connect(m_reader, &StoreReaderThread::failed, this, &StoreFollower::failed);
    connect(m_reader, &StoreReaderThread::performed, this, &StoreFollower::performed);
    connect(m_reader, &StoreReaderThread::answered, this, &StoreFollower::showAnswer);
    connect(&m_thread, &QThread::started, m_reader, &StoreReaderThread::start);
    m_thread.start();
}

StoreFollower::~StoreFollower() {
    QMetaObject::invokeMethod(m_reader, &StoreReaderThread::stop, Qt::BlockingQueuedConnection);
    m_thread.quit();
    m_thread.wait();
    delete m_reader;
}

void StoreFollower::followFormats(const FormatsRequest& request) {
    QMetaObject::invokeMethod(m_reader, [reader = m_reader, request] { reader->setFormatsRequest(request); });
}

void StoreFollower::followDetails(const RunId& run) {
    QMetaObject::invokeMethod(m_reader, [reader = m_reader, run] { reader->setDetailsRun(run); });
}

void StoreFollower::setQuestion(int id, int serial, ReadFromStore read) {
    m_questions[id] = serial;
    QMetaObject::invokeMethod(
        m_reader, [reader = m_reader, id, serial, read = std::move(read)] { reader->setQuestion(id, serial, read); });
}

void StoreFollower::showAnswer(int id, int serial, const ShowAnswer& show) {
    const auto asked = m_questions.find(id);
    if (asked != m_questions.end() && asked->second == serial) show();
}

void StoreFollower::forgetQuestion(int id) {
    if (m_questions.erase(id) == 0) return;
    QMetaObject::invokeMethod(m_reader, [reader = m_reader, id] { reader->forgetQuestion(id); });
}

void StoreFollower::setListKeys(const std::vector<std::string>& keys) {
    QMetaObject::invokeMethod(m_reader, [reader = m_reader, keys] { reader->setListKeys(keys); });
}

void StoreFollower::reload() {
    QMetaObject::invokeMethod(m_reader, [reader = m_reader] { reader->reload(); });
}

void StoreFollower::perform(const QString& what, std::function<void(RunStore&)> change) {
    QMetaObject::invokeMethod(m_reader,
                              [reader = m_reader, what, change = std::move(change)] { reader->perform(what, change); });
}

bool StoreFollower::waitUntilCaughtUp(int timeoutMs) {
    QElapsedTimer clock;
    clock.start();
    QMetaObject::invokeMethod(m_reader, [reader = m_reader] { reader->poll(); });
    // Answers make views ask further things (a chosen run asks for its formats): three quiet rounds.
    for (int round = 0; round < 3; ++round) {
        bool answered = false;
        QMetaObject::invokeMethod(
            m_reader, [this, &answered] { QMetaObject::invokeMethod(this, [&answered] { answered = true; }); });
        while (!answered) {
            QCoreApplication::processEvents(QEventLoop::AllEvents, 5);
            if (clock.elapsed() > timeoutMs) {
                // The flag must not be written after we return.
                while (!answered) QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
                return false;
            }
        }
        QElapsedTimer settle;
        settle.start();
        while (settle.elapsed() < 40) QCoreApplication::processEvents(QEventLoop::AllEvents, 5);
    }
    return true;
}

}  // namespace f8net
