// SPDX-License-Identifier: Apache-2.0
/// Runs beside each other: which is better and is that more than chance, in what they were configured differently, and
/// which layers have other formats. The first run is the baseline.
/// Errors   those of RunReader. Predictions that cannot be read count as not there.
/// Threads  those of the reader.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/analysis/accuracy_interval.h"
#include "core/store/run_record.h"

namespace f8net {

class RunReader;

/// A number of each run.
struct ComparedMetric {
    enum class Unit { kShare, kLoss, kSeconds, kCount };
    std::string name;  ///< "integer-only top-1"
    Unit unit = Unit::kShare;
    bool higher_is_better = true;
    std::vector<std::optional<double>> values;  ///< one per run
};

struct ComparedOption {
    std::string key;
    std::vector<std::optional<std::string>> values;  ///< one per run; empty: the run does not say
    bool differs = false;
};

struct ComparedLayer {
    std::string name;
    std::vector<std::optional<LayerFormatReport>> reports;  ///< one per run, of its newest epoch with formats
    bool has_other_formats(size_t run) const;               ///< than the first one; false where either has none
    std::optional<double> sqnr_gap(size_t run) const;       ///< dB of the input, this run less the first
};

/// A run against the first one in one mode.
struct ComparedAccuracy {
    std::string mode;             ///< "best while training" where both were evaluated in no mode alike
    double first = 0, other = 0;  ///< top-1: on the same images where these are known, else as evaluated last
    int64_t images = 0;           ///< on which both were asked; 0: not known for the same images
    std::optional<PairedDifference> paired;
};

struct RunComparison {
    std::vector<RunRecord> runs;
    std::vector<ComparedMetric> metrics;
    std::vector<ComparedOption> options;                      ///< by key; all of them
    std::vector<ComparedLayer> layers;                        ///< in the order of the first run, then of the others
    std::vector<std::optional<ComparedAccuracy>> accuracies;  ///< one per run; the first is empty

    std::vector<std::string> differing_options(size_t run) const;  ///< keys in which it differs from the first
    int layers_with_other_formats(size_t run) const;
    /// The layer whose input SQNR differs most from the first run's; nullptr where none is known.
    const ComparedLayer* largest_gap(size_t run) const;
};

/// At least two runs, as text of ids.
RunComparison compare_runs(const RunReader& reader, const std::vector<RunId>& runs);

}  // namespace f8net
