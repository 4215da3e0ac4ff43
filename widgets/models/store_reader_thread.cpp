// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/store_reader_thread.h"

#include <QFileInfo>
#include <algorithm>
#include <set>

#include "core/base/error.h"
#include "core/store/run_reader.h"
#include "core/store/run_store.h"

namespace f8net {

namespace {
constexpr int kPollMs = 200;
constexpr int kLivenessMs = 2000;  // a process that died says nothing: look now and then
constexpr int kEventsAtStart = 500;
}  // namespace

struct StoreReaderThread::CachedSeries {
    MetricSeries series;
    MetricCursor cursor;
    bool isFresh = false;  ///< read since the last change of the store
};

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
    guarded({}, [this] {
        if (!m_store || (!m_wasThere && QFileInfo::exists(m_path))) {
            openStore();
            m_revision = 0;
            m_total = -1;
        }
        const bool changed = m_store->changed();
        if (changed || !m_sinceRunsRead.isValid() || m_sinceRunsRead.elapsed() > kLivenessMs) readRuns();
        if (!changed) return;
        for (auto& entry : m_series) entry.second->isFresh = false;
        m_lastFailure.clear();
        // Each for itself: a run that was purged a moment ago must not keep the others from their news.
        guarded({}, [this] { readEvents(); });
        guarded({}, [this] { readCurves(); });
        guarded({}, [this] { readFormats(); });
        guarded({}, [this] { readDetails(); });
        for (const auto& question : m_questions) guarded({}, [this, &question] { answer(question.first); });
    });
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

const MetricSeries& StoreReaderThread::series(const RunId& run, const std::string& metric) {
    std::unique_ptr<CachedSeries>& entry = m_series[{run, metric}];
    if (!entry) {
        entry = std::make_unique<CachedSeries>();
        entry->series.run = run;
    }
    if (entry->isFresh) return entry->series;
    const RunReader reader(*m_store);
    constexpr int kPart = 20'000;
    for (;;) {
        MetricDelta delta = reader.metric(run, metric, entry->cursor, kPart);
        auto& points = entry->series.points;
        while (!points.empty() && points.back().step > delta.keep_until) points.pop_back();
        points.insert(points.end(), delta.points.begin(), delta.points.end());
        entry->cursor = delta.next;
        if (delta.points.size() < kPart) break;
    }
    entry->series.attempts = reader.attempts(run);
    entry->isFresh = true;
    return entry->series;
}

void StoreReaderThread::forgetHiddenSeries() {
    const std::set<RunId> shown(m_curveRequest->runs.begin(), m_curveRequest->runs.end());
    for (auto entry = m_series.begin(); entry != m_series.end();) {
        entry = shown.count(entry->first.first) > 0 ? std::next(entry) : m_series.erase(entry);
    }
}

void StoreReaderThread::readCurves() {
    if (!m_curveRequest || !m_store) return;
    forgetHiddenSeries();
    const RunReader reader(*m_store);
    auto set = std::make_shared<CurveSet>();
    set->request = *m_curveRequest;

    struct Source {
        ChartKind kind;
        const MetricSeries* series;
    };
    std::vector<Source> sources;
    ValueRange all;
    for (const RunId& run : m_curveRequest->runs) {
        for (const MetricSummary& metric : reader.metrics(run)) {
            const QString name = QString::fromStdString(metric.name);
            const ChartKind kind = chartKindOf(name);
            if (kind.key == "clip" && name != "clip/" + m_curveRequest->layer) continue;
            const MetricSeries& points = series(run, metric.name);
            if (points.points.empty()) continue;
            sources.push_back({kind, &points});
            const QVector<double> x = xValues(points, m_curveRequest->xAxis);
            all.include(x.first());
            all.include(x.last());
        }
    }
    if (m_curveRequest->xAxis != XAxis::kWallTime && !all.isEmpty) all.include(0);
    std::tie(set->lower, set->upper) = m_curveRequest->xRange ? *m_curveRequest->xRange : all.withMargin(0.02, false);
    for (const Source& source : sources) {
        auto chart = std::find_if(set->charts.begin(), set->charts.end(),
                                  [&](const CurveChart& c) { return c.kind.key == source.kind.key; });
        if (chart == set->charts.end()) {
            CurveChart made;
            made.kind = source.kind;
            made.isLogY = source.kind.mayBeLog && m_curveRequest->isLogY;
            set->charts.push_back(std::move(made));
            chart = std::prev(set->charts.end());
        }
        chart->curves.push_back(makeCurve(*source.series, source.kind, *m_curveRequest, set->lower, set->upper));
    }
    std::stable_sort(set->charts.begin(), set->charts.end(), [](const CurveChart& a, const CurveChart& b) {
        return std::pair(a.kind.order, a.kind.key) < std::pair(b.kind.order, b.kind.key);
    });
    for (CurveChart& chart : set->charts) {
        std::tie(chart.lower, chart.upper) = chartRange(chart, m_curveRequest->ignoreOutliers);
    }
    Q_EMIT curvesReady(set);
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

void StoreReaderThread::setCurveRequest(const CurveRequest& request) {
    m_curveRequest = request;
    guarded({}, [this] { readCurves(); });
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
    m_series.clear();
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
