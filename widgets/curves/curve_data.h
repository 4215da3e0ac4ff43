// SPDX-License-Identifier: GPL-3.0-or-later
/// Curves as the Curves view shows them: made on the reader's thread from the store's rows, finished but for colours.
/// Threads  values; a CurveSet never changes once it is handed over.
#pragma once

#include <QString>
#include <QVector>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "core/base/units.h"
#include "core/store/run_record.h"
#include "widgets/plots/long_line.h"

namespace f8net {

enum class XAxis { kStep, kEpoch, kRelativeTime, kWallTime };

struct CurveRequest {
    std::vector<RunId> runs;
    XAxis xAxis = XAxis::kEpoch;
    double smoothing = 0.6;
    bool isLogY = true;  ///< for those charts that may be (errors, losses)
    bool ignoreOutliers = true;
    bool showsAccuracy = false;  ///< else what is wrong of it, which a logarithmic axis spreads
    QString layer;               ///< whose clipping level is shown
    bool operator==(const CurveRequest&) const = default;
};

struct Curve {
    RunId run;
    std::shared_ptr<const LongLine> raw;   ///< faint behind; null where nothing was smoothed
    std::shared_ptr<const LongLine> line;  ///< the line itself, over wall time with a gap where the run was resumed
    QVector<double> other;                 ///< of each point of the line: its step where x is the epoch, else its epoch
    double lastX = 0, lastY = 0, bestX = 0, bestY = 0;  ///< NaN where there is none
    int64_t bestStep = 0;
    QVector<double> resumedX, resumedY;
    std::vector<qsizetype> gaps;  ///< points of the line that were put in where it was resumed, ascending
    double nonFiniteX = 0;        ///< where the values first stopped being finite; NaN: never
};

/// What is drawn of one metric, and how.
struct ChartKind {
    QString key;              ///< "train/loss"; "clip" for the clipping level of a layer
    bool isAccuracy = false;  ///< a share of 1 that is drawn in %, as what is right or what is wrong of it
    bool mayBeLog = false;
    bool lowerIsBetter = false;
    int order = 100;
    bool isShownAsAccuracy = false;
    QString title(const QString& layer) const;  ///< translated, with the unit
    double drawn(double value) const;           ///< of a value of the store
    bool operator==(const ChartKind&) const = default;
};
/// How a metric of the store is drawn.
ChartKind chartKindOf(const QString& metric, bool showsAccuracy = false);

struct CurveChart {
    ChartKind kind;
    std::vector<Curve> curves;
    bool isLogY = false;
    double lower = 0, upper = 1;
};

struct CurveSet {
    CurveRequest request;
    std::vector<CurveChart> charts;  ///< in the order they are shown
    double lower = 0, upper = 1;     ///< x range of everything
    /// What sets a run apart from the others shown: "lr 0.05, statistic mae"; for legends that leave the program.
    std::map<RunId, QString> differences;
    bool isComplete = true;  ///< false: more was there than could be read at once; ask again
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
Curve makeCurve(const MetricSeries& series, const ChartKind& kind, const CurveRequest& request);
/// y range: 2nd to 98th percentile after the first 5 % of the steps, all ends and bests; everything where outliers are
/// not ignored.
std::pair<double, double> chartRange(const CurveChart& chart, bool ignoreOutliers);

}  // namespace f8net
