// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/whatif/what_if_runner.h"

#include <optional>

#include "core/base/error.h"
#include "core/base/parallel.h"
#include "core/subject/run_network.h"
#include "core/whatif/child_run.h"

namespace f8net {
namespace {

std::shared_ptr<const WhatIfNetwork> describe(const RunNetwork& run, int64_t images) {
    auto described = std::make_shared<WhatIfNetwork>();
    described->runName = QString::fromStdString(run.record.name);
    described->images = images;
    for (const IntegerNode& node : run.network.nodes) {
        if (node.kind == NodeKind::kInput || node.kind == NodeKind::kRelu) continue;
        described->layers.push_back(
            {QString::fromStdString(node.name), node.has_weights(), node.input_format, node.weight_format});
    }
    return described;
}

}  // namespace

/// Lives on the thread. What it says it says in the UI thread, where a stopped request is not heard any more.
class WhatIfRunner::Worker final : public QObject {
public:
    Worker(WhatIfRunner& owner, QString storePath) : m_owner(owner), m_storePath(std::move(storePath)) {}

    void open(const RunId& id, const QString& dataFolder, const std::stop_token& stop) {
        m_session.reset();
        m_run.reset();
        auto failure = Failure::kNoNetwork;
        guarded(failure, stop, [&] {
            const RunStore store(m_storePath.toStdString(), RunStore::Mode::kReadOnly);
            m_run.emplace(open_run_network(store, id));
            failure = Failure::kNoData;
            Experiment experiment = m_run->experiment;
            if (!dataFolder.isEmpty()) experiment.data.folder = dataFolder.toStdString();
            const EvaluationSet set =
                open_evaluation_set(experiment, {Split::kTest, kMostImages, 0, available_threads()});
            m_session = std::make_unique<WhatIfSession>(m_run->network, set, EngineOptions{{}, available_threads()});
            say(stop, [network = describe(*m_run, set.count())](WhatIfRunner& owner) { Q_EMIT owner.opened(network); });
        });
    }

    void evaluate(const std::vector<FormatChange>& changes, int64_t images, const std::stop_token& stop) {
        if (!m_session || stop.stop_requested()) return;
        guarded(Failure::kImpossible, stop, [&] {
            WhatIfListener listener;
            listener.on_progress = [&](const WhatIfResult& result) {
                say(stop, [shared = std::make_shared<const WhatIfResult>(result)](WhatIfRunner& owner) {
                    Q_EMIT owner.progressed(shared);
                });
            };
            m_session->evaluate(changes, images, stop, listener);
        });
    }

    void keep(const std::vector<FormatChange>& changes, const QString& name, const WhatIfResult& result) {
        if (!m_run) return;
        guarded(Failure::kImpossible, {}, [&] {
            RunStore store(m_storePath.toStdString(), RunStore::Mode::kReadWrite);
            const RunId child = keep_as_child_run(store, {m_run->record.id, m_run->source.role, name.toStdString()},
                                                  m_run->network, changes, result);
            say({}, [child, name](WhatIfRunner& owner) { Q_EMIT owner.kept(child, name); });
        });
    }

    void exportTo(const std::vector<FormatChange>& changes, const QString& path) {
        if (!m_run) return;
        guarded(Failure::kImpossible, {}, [&] {
            save_changed_network(path.toStdString(), m_run->network, changes);
            say({}, [path](WhatIfRunner& owner) { Q_EMIT owner.exported(path); });
        });
    }

private:
    template <typename Work>
    void guarded(const Failure& failure, const std::stop_token& stop, const Work& work) {
        try {
            work();
        } catch (const std::exception& error) {
            say(stop, [failure, message = QString::fromUtf8(error.what())](WhatIfRunner& owner) {
                Q_EMIT owner.failed(failure, message);
            });
        }
    }
    template <typename Words>
    void say(const std::stop_token& stop, Words words) {
        QMetaObject::invokeMethod(&m_owner, [&owner = m_owner, stop, words] {
            if (!stop.stop_requested()) words(owner);
        });
    }

    WhatIfRunner& m_owner;
    const QString m_storePath;
    std::optional<RunNetwork> m_run;
    std::unique_ptr<WhatIfSession> m_session;
};

WhatIfRunner::WhatIfRunner(QString storePath, QObject* parent)
    : QObject(parent), m_storePath(std::move(storePath)), m_worker(new Worker(*this, m_storePath)) {
    m_thread.setObjectName("what-if");
    m_worker->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_worker, &QObject::deleteLater);
    m_thread.start();
}

WhatIfRunner::~WhatIfRunner() {
    m_stop.request_stop();
    m_thread.quit();
    m_thread.wait();
}

std::stop_token WhatIfRunner::next() {
    m_stop.request_stop();
    m_stop = std::stop_source();
    return m_stop.get_token();
}

void WhatIfRunner::open(const RunId& run, const QString& dataFolder) {
    QMetaObject::invokeMethod(m_worker, [worker = m_worker, run, dataFolder, stop = next()] {
        if (!stop.stop_requested()) worker->open(run, dataFolder, stop);
    });
}

void WhatIfRunner::evaluate(const std::vector<FormatChange>& changes, int64_t images) {
    QMetaObject::invokeMethod(
        m_worker, [worker = m_worker, changes, images, stop = next()] { worker->evaluate(changes, images, stop); });
}

void WhatIfRunner::cancel() {
    next();
}

void WhatIfRunner::keep(const std::vector<FormatChange>& changes, const QString& name, const WhatIfResult& result) {
    next();
    QMetaObject::invokeMethod(m_worker,
                              [worker = m_worker, changes, name, result] { worker->keep(changes, name, result); });
}

void WhatIfRunner::exportTo(const std::vector<FormatChange>& changes, const QString& path) {
    next();
    QMetaObject::invokeMethod(m_worker, [worker = m_worker, changes, path] { worker->exportTo(changes, path); });
}

}  // namespace f8net
