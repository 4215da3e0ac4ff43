// SPDX-License-Identifier: GPL-3.0-or-later
/// A comparison of runs in words and as rows of tables: which is better and is that more than chance, options that
/// differ, results, layers. The first run is the baseline and the first column.
/// Threads  values; pure.
#pragma once

#include <QString>
#include <QStringList>
#include <limits>
#include <vector>

#include "core/comparison/run_comparison.h"

namespace f8net {

struct ComparisonCell {
    enum class Tone { kPlain, kBetter, kWorse, kDiffers };
    QString text;
    Tone tone = Tone::kPlain;
    double number = std::numeric_limits<double>::quiet_NaN();  ///< to sort by, where it is one
};

struct ComparisonRow {
    QString name;
    std::vector<ComparisonCell> cells;  ///< one for each heading but the first
    bool isEqual = false;               ///< the same for all runs: folded unless wanted
};

struct ComparisonTable {
    QStringList headings;  ///< the first one is that of the names
    std::vector<ComparisonRow> rows;
};

ComparisonTable configurationTable(const RunComparison& comparison);
ComparisonTable metricsTable(const RunComparison& comparison);
ComparisonTable layersTable(const RunComparison& comparison);

/// What there is to say of a run (1 and more) against the first one, as HTML.
struct ComparisonWords {
    /// Which is better, name and number in bold. Where that cannot be told the words that say so are a link whose
    /// target is the run's number.
    QString verdict;
    QString differences;  ///< in options and layers
};
ComparisonWords comparisonWords(const RunComparison& comparison, size_t run);

}  // namespace f8net
