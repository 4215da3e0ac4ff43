// SPDX-License-Identifier: GPL-3.0-or-later
/// Reads what the Curves view shows, again and again: of a series that grows only the new rows, of a run that stands
/// still nothing; a curve that did not change is handed out as it was.
/// Threads  the store's reader thread alone.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "widgets/curves/curve_data.h"
#include "widgets/curves/run_differences.h"

namespace f8net {

class RunReader;

class CurveReader final {
public:
    /// At least one series, then as many as can be read in this time; CurveSet::isComplete says whether that was all.
    static constexpr int kBudgetMs = 150;

    CurveReader();
    ~CurveReader();

    std::shared_ptr<const CurveSet> read(const RunReader& store, const CurveRequest& request);

private:
    struct Series;
    struct Run;
    bool update(const RunReader& store, const MetricSummary& metric, Run& run, Series& series);

    std::map<RunId, std::unique_ptr<Run>> m_runs;  ///< those shown
};

}  // namespace f8net
