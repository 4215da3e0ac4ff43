// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/curves/curve_reader.h"

#include <QElapsedTimer>
#include <algorithm>
#include <cmath>
#include <set>

#include "core/store/run_reader.h"
#include "widgets/plots/curve_math.h"

namespace f8net {

struct CurveReader::Series {
    MetricSeries rows;
    MetricCursor cursor;
    MetricSummary read;  ///< as it was when the rows were read
    Curve curve;
    CurveRequest madeFor;  ///< without runs: what the curve was made for
    ChartKind kind;
    bool isMade = false;
};

struct CurveReader::Run {
    ConfigValues config;
    std::vector<AttemptRecord> attempts;
    std::map<std::string, Series> series;
};

namespace {

bool isSame(const MetricSummary& a, const MetricSummary& b) {
    const auto equal = [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); };
    return a.num_points == b.num_points && a.last_step.value == b.last_step.value && equal(a.last, b.last) &&
           equal(a.minimum, b.minimum) && equal(a.maximum, b.maximum);
}

}  // namespace

CurveReader::CurveReader() = default;
CurveReader::~CurveReader() = default;

/// True where there is something new.
bool CurveReader::update(const RunReader& store, const MetricSummary& metric, Run& run, Series& series) {
    const bool isResumed = series.rows.attempts.size() != run.attempts.size();
    if (!series.rows.points.empty() && !isResumed && isSame(metric, series.read)) return false;
    constexpr int kPart = 20'000;
    for (;;) {
        MetricDelta delta = store.metric(series.rows.run, metric.name, series.cursor, kPart);
        auto& points = series.rows.points;
        while (!points.empty() && points.back().step > delta.keep_until) points.pop_back();
        points.insert(points.end(), delta.points.begin(), delta.points.end());
        series.cursor = delta.next;
        if (delta.points.size() < kPart) break;
    }
    series.rows.attempts = run.attempts;
    series.read = metric;
    return true;
}

std::shared_ptr<const CurveSet> CurveReader::read(const RunReader& store, const CurveRequest& request) {
    QElapsedTimer clock;
    clock.start();
    auto set = std::make_shared<CurveSet>();
    set->request = request;
    set->request.runs = store.listed(request.runs);
    const std::set<RunId> shown(set->request.runs.begin(), set->request.runs.end());
    for (auto run = m_runs.begin(); run != m_runs.end();)
        run = shown.count(run->first) > 0 ? std::next(run) : m_runs.erase(run);

    CurveRequest shape = request;
    shape.runs.clear();
    std::map<std::pair<int, QString>, CurveChart> charts;  // in the order they are shown
    ValueRange all;
    std::map<RunId, ConfigValues> configs;
    bool hasRead = false;
    for (const RunId& id : set->request.runs) {
        std::unique_ptr<Run>& run = m_runs[id];
        if (!run) {
            run = std::make_unique<Run>();
            run->config = store.run(id).config_values;
        }
        configs[id] = run->config;
        run->attempts = store.attempts(id);
        for (const MetricSummary& metric : store.metrics(id)) {
            const QString name = QString::fromStdString(metric.name);
            const ChartKind kind = chartKindOf(name, request.showsAccuracy);
            if (kind.key == "clip" && name != "clip/" + request.layer) continue;
            Series& series = run->series[metric.name];
            series.rows.run = id;
            if (series.rows.points.empty() && hasRead && clock.elapsed() > kBudgetMs) {
                set->isComplete = false;
                continue;
            }
            const bool isNew = update(store, metric, *run, series);
            hasRead = hasRead || isNew;
            if (series.rows.points.empty()) continue;
            if (isNew || !series.isMade || series.madeFor != shape || !(series.kind == kind)) {
                series.curve = makeCurve(series.rows, kind, request);
                series.madeFor = shape;
                series.kind = kind;
                series.isMade = true;
            }
            all.include(series.curve.line->x().first());
            all.include(series.curve.line->x().last());
            CurveChart& chart = charts[{kind.order, kind.key}];
            chart.kind = kind;
            chart.isLogY = kind.mayBeLog && request.isLogY;
            chart.curves.push_back(series.curve);
        }
    }
    if (request.xAxis != XAxis::kWallTime && !all.isEmpty) all.include(0);
    std::tie(set->lower, set->upper) = all.withMargin(0.02, false);
    for (auto& [order, chart] : charts) {
        std::tie(chart.lower, chart.upper) = chartRange(chart, request.ignoreOutliers);
        set->charts.push_back(std::move(chart));
    }
    set->differences = runDifferences(configs);
    return set;
}

}  // namespace f8net
