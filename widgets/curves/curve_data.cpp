// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/curves/curve_data.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <limits>

#include "widgets/plots/curve_math.h"

namespace f8net {

namespace {

constexpr double kPointsOfFactor = 250;
constexpr int kRangeColumns = 800;
constexpr qsizetype kFewPoints = 60;  // an evaluation per epoch is shown as it is: smoothing would hide the steps

QString tr(const char* text) {
    return QCoreApplication::translate("f8net::Curves", text);
}

}  // namespace

ChartKind chartKindOf(const QString& metric, bool showsAccuracy) {
    ChartKind kind;
    kind.key = metric;
    const QString split = metric.section('/', 0, 0), quantity = metric.section('/', 1);
    const int splitOrder = split == "train" ? 0 : split == "validation" ? 1 : 2;
    if (split == "clip") {
        kind.key = "clip";
        kind.order = 60;
    } else if (quantity == "loss" || quantity == "epoch_loss") {
        kind.mayBeLog = kind.lowerIsBetter = true;
        kind.order = quantity == "epoch_loss" ? 22 : split == "train" ? 0 : 20 + splitOrder;
    } else if (quantity == "top1" || quantity == "top5" || quantity == "batch_top1") {
        kind.isAccuracy = true;
        kind.isShownAsAccuracy = showsAccuracy;
        kind.mayBeLog = kind.lowerIsBetter = !showsAccuracy;
        kind.order = (quantity != "top5" ? (split == "train" ? 12 : 11 - splitOrder) : 30 + splitOrder);
    } else if (quantity == "learning_rate") {
        kind.order = 40;
    } else if (quantity == "images_per_second") {
        kind.order = 50;
    }
    return kind;
}

QString ChartKind::title(const QString& layer) const {
    const QString split = key.section('/', 0, 0), quantity = key.section('/', 1);
    const QString where = split == "train"        ? tr("training")
                          : split == "validation" ? tr("validation")
                          : split == "test"       ? tr("test")
                                                  : split;
    if (key == "clip") return layer.isEmpty() ? tr("Clipping level") : tr("Clipping level, %1").arg(layer);
    if (quantity == "epoch_loss") return tr("Loss, %1, mean of the epoch").arg(where);
    if (quantity == "loss") return tr("Loss, %1").arg(where);
    if (isAccuracy) {
        const QString batches = quantity == "batch_top1" ? tr("training batches") : where;
        const bool isTop5 = quantity == "top5";
        if (isShownAsAccuracy)
            return (isTop5 ? tr("Top-5 accuracy, %1 [%]") : tr("Top-1 accuracy, %1 [%]")).arg(batches);
        return (isTop5 ? tr("Top-5 error, %1 [%]") : tr("Top-1 error, %1 [%]")).arg(batches);
    }
    if (quantity == "learning_rate") return tr("Learning rate");
    if (quantity == "images_per_second") return tr("Throughput [images/s]");
    return quantity.isEmpty() ? key : tr("%1, %2").arg(quantity, where);
}

double ChartKind::drawn(double value) const {
    if (!isAccuracy) return value;
    return isShownAsAccuracy ? 100 * value : 100 * (1 - value);
}

double smoothingPerPoint(double factor, qsizetype numPoints) {
    if (factor <= 0 || numPoints < 1) return 0;
    return std::pow(factor, std::min(1.0, kPointsOfFactor / static_cast<double>(numPoints)));
}

QVector<double> xValues(const MetricSeries& series, XAxis axis) {
    QVector<double> x;
    x.reserve(static_cast<qsizetype>(series.points.size()));
    double elapsed = 0, previousTime = 0, previousX = -std::numeric_limits<double>::infinity();
    size_t attempt = 0;
    for (const MetricPoint& point : series.points) {
        double value = 0;
        switch (axis) {
            case XAxis::kStep:
                value = static_cast<double>(point.step);
                break;
            case XAxis::kEpoch:
                value = std::max(0, point.epoch - 1) + double{point.epoch_share};
                break;
            case XAxis::kWallTime:
                value = point.wall_time;
                break;
            case XAxis::kRelativeTime: {
                bool isResume = x.isEmpty();
                while (attempt + 1 < series.attempts.size() &&
                       point.wall_time >= series.attempts[attempt + 1].started_at) {
                    ++attempt;
                    isResume = true;
                }
                const double from = !isResume                          ? previousTime
                                    : attempt < series.attempts.size() ? series.attempts[attempt].started_at
                                                                       : point.wall_time;
                elapsed += std::max(0.0, point.wall_time - from);
                previousTime = point.wall_time;
                value = elapsed;
                break;
            }
        }
        previousX = std::max(previousX, value);  // a clock set back must not fold the line over itself
        x.push_back(previousX);
    }
    return x;
}

namespace {

/// Points after which a resumed attempt goes on, ascending.
std::vector<qsizetype> resumedAfter(const MetricSeries& series) {
    std::vector<qsizetype> result;
    for (const AttemptRecord& attempt : series.attempts) {
        if (attempt.attempt < 2) continue;
        const auto at = std::upper_bound(series.points.begin(), series.points.end(), attempt.resumed_from.value,
                                         [](int64_t step, const MetricPoint& p) { return step < p.step; });
        if (at == series.points.begin() || at == series.points.end()) continue;
        const qsizetype i = at - series.points.begin() - 1;
        if (result.empty() || result.back() < i) result.push_back(i);
    }
    return result;
}

/// The same values with `gap(before, after)` put in behind each of `places`.
template <typename Gap>
QVector<double> withGaps(QVector<double> values, const std::vector<qsizetype>& places, Gap gap) {
    for (auto place = places.rbegin(); place != places.rend(); ++place)
        values.insert(*place + 1, gap(values[*place], values[*place + 1]));
    return values;
}

}  // namespace

Curve makeCurve(const MetricSeries& series, const ChartKind& kind, const CurveRequest& request) {
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    Curve curve;
    curve.run = series.run;
    const QVector<double> x = xValues(series, request.xAxis);
    QVector<double> y, other;
    y.reserve(x.size());
    other.reserve(x.size());
    for (const MetricPoint& point : series.points) {
        y.push_back(kind.drawn(point.value));
        other.push_back(request.xAxis == XAxis::kEpoch ? static_cast<double>(point.step)
                                                       : std::max(0, point.epoch - 1) + double{point.epoch_share});
    }
    const bool isSmoothed = request.smoothing > 0 && y.size() > kFewPoints && kind.key != "train/learning_rate";
    const QVector<double> line = isSmoothed ? smoothDebiased(y, smoothingPerPoint(request.smoothing, y.size())) : y;

    curve.lastX = curve.lastY = curve.bestX = curve.bestY = curve.nonFiniteX = kNone;
    const bool hasBest = !isSmoothed && (kind.lowerIsBetter || kind.isAccuracy);
    for (qsizetype i = 0; i < y.size(); ++i) {
        if (!std::isfinite(line[i])) {
            if (std::isnan(curve.nonFiniteX)) curve.nonFiniteX = x[i];
            continue;
        }
        curve.lastX = x[i];
        curve.lastY = line[i];
        const bool isBetter = kind.lowerIsBetter ? !(line[i] >= curve.bestY) : !(line[i] <= curve.bestY);
        if (hasBest && isBetter) {
            curve.bestX = x[i];
            curve.bestY = line[i];
            curve.bestStep = series.points[static_cast<size_t>(i)].step;
        }
    }
    const std::vector<qsizetype> resumed = resumedAfter(series);
    // A resumed run goes on to the same bits: only the clock knows of the pause.
    const std::vector<qsizetype> pauses = request.xAxis == XAxis::kWallTime ? resumed : std::vector<qsizetype>();
    for (const qsizetype i : pauses) curve.gaps.push_back(i + 1 + static_cast<qsizetype>(curve.gaps.size()));
    for (const qsizetype i : resumed) {
        curve.resumedX.push_back(x[i]);
        curve.resumedY.push_back(line[i]);
    }
    const auto middle = [](double before, double after) { return (before + after) / 2; };
    const auto none = [](double, double) { return kNone; };
    const QVector<double> xs = withGaps(x, pauses, middle);
    if (isSmoothed) curve.raw = std::make_shared<LongLine>(xs, withGaps(std::move(y), pauses, none));
    curve.line = std::make_shared<LongLine>(xs, withGaps(line, pauses, none));
    curve.other = withGaps(std::move(other), pauses, middle);
    return curve;
}

std::pair<double, double> chartRange(const CurveChart& chart, bool ignoreOutliers) {
    ValueRange range;
    const auto usable = [&](double v) { return std::isfinite(v) && (!chart.isLogY || v > 0); };
    for (const Curve& curve : chart.curves) {
        // With raw behind smoothed, the raw line decides.
        const LongLine& all = curve.raw ? *curve.raw : *curve.line;
        if (all.isEmpty()) continue;
        const double first = all.x().first(), last = all.x().last();
        const Polyline line = last > first ? all.decimated(first, last, kRangeColumns) : Polyline{all.x(), all.y()};
        if (!ignoreOutliers || line.x.size() < 20) {
            for (const double v : line.y) {
                if (usable(v)) range.include(v);
            }
            continue;
        }
        const double start = first + 0.05 * (last - first);
        QVector<double> values;
        for (qsizetype i = 0; i < line.x.size(); ++i) {
            if (line.x[i] >= start && usable(line.y[i])) values.push_back(line.y[i]);
        }
        range.include(percentile(values, 0.02));
        range.include(percentile(values, 0.98));
        for (const double marked : {curve.lastY, curve.bestY}) {
            if (usable(marked)) range.include(marked);
        }
    }
    return range.withMargin(0.06, chart.isLogY);  // the disc at the end of a low chart is not cut
}

}  // namespace f8net
