// SPDX-License-Identifier: GPL-3.0-or-later
/// Curves as the Curves view paints them: made on the reader's thread from the store's rows, finished but for colours.
/// Threads  values; a CurveSet never changes once it is handed over.
#pragma once

#include <QString>
#include <QVector>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/units.h"
#include "core/store/run_record.h"
#include "widgets/models/curve_math.h"

namespace f8net {

enum class XAxis { kStep, kEpoch, kRelativeTime, kWallTime };

struct CurveRequest {
    std::vector<RunId> runs;
    XAxis xAxis = XAxis::kEpoch;
    double smoothing = 0.6;
    bool isLogY = true;  ///< for those charts that may be (errors, losses)
    bool ignoreOutliers = true;
    QString layer;  ///< whose clipping level is shown
    std::optional<std::pair<double, double>> xRange;
    int columns = 800;  ///< pixels across a chart
    uint64_t serial = 0;
    bool operator==(const CurveRequest&) const = default;
};

struct Curve {
    RunId run;
    Polyline raw;       ///< faint behind; empty where nothing was smoothed
    Polyline smoothed;  ///< the line itself
    double lastX = 0, lastY = 0, bestX = 0, bestY = 0;
    int64_t bestStep = 0;
    QVector<double> resumedX, resumedY;
};

/// What is drawn of one metric, and how.
struct ChartKind {
    QString key;           ///< "train/loss"; "clip" for the clipping level of a layer
    bool isError = false;  ///< the metric is an accuracy; 100 * (1 - value) is drawn
    bool mayBeLog = false;
    bool lowerIsBetter = false;
    int order = 100;
    QString title(const QString& layer) const;  ///< translated, with the unit
};
/// How a metric of the store is drawn; empty for those that are part of another chart or of none.
ChartKind chartKindOf(const QString& metric);

struct CurveChart {
    ChartKind kind;
    std::vector<Curve> curves;
    bool isLogY = false;
    double lower = 0, upper = 1;
};

struct CurveSet {
    CurveRequest request;
    std::vector<CurveChart> charts;  ///< in the order they are shown
    double lower = 0, upper = 1;     ///< x range of everything, or the one asked for
};

/// One series of the store, kept while its run is shown.
struct MetricSeries {
    RunId run;
    std::vector<MetricPoint> points;
    std::vector<AttemptRecord> attempts;
};

/// The slider's factor as one per point: a long series is smoothed over the same share of the picture as a short one.
double smoothingPerPoint(double factor, qsizetype numPoints);
/// x of every point on the chosen axis: epochs with their share, seconds running (pauses between attempts left out)...
QVector<double> xValues(const MetricSeries& series, XAxis axis);
Curve makeCurve(const MetricSeries& series, const ChartKind& kind, const CurveRequest& request, double lower,
                double upper);
/// y range: 2nd to 98th percentile after the first 5 % of the steps and all ends; everything where outliers are not
/// ignored.
std::pair<double, double> chartRange(const CurveChart& chart, bool ignoreOutliers);

}  // namespace f8net
