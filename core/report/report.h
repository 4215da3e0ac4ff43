// SPDX-License-Identifier: Apache-2.0
/// One page about a run or a network, for those who were not there: facts, accuracy, curves, formats and why they are
/// so, histograms with the format's range, layers, verification, configuration, files. A single HTML file without
/// scripts that loads nothing; light and dark as its reader has it; it can be printed.
/// Everything in it is data here; what is not known is empty, and the page says so. read_run() fills in what the run
/// store knows, the caller what it computed.   Threads  plain values; render_report is pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/analysis/layer_profile.h"
#include "core/analysis/layer_report.h"
#include "core/config/configuration_entry.h"
#include "core/store/run_record.h"

namespace f8net {

class RunStore;

/// A series over epochs: (epochs completed, with their share; value).
struct ReportCurve {
    std::string metric;  ///< "train/loss"
    std::vector<double> epochs, values;
};

/// One way of computing against the law, code for code.
struct VerifiedPath {
    std::string path;     ///< "avx2"
    std::string skipped;  ///< why it was not checked; empty where it was
    int64_t images = 0;
    std::string first_difference;  ///< empty where all codes are equal
};

struct Report {
    std::string title;                 ///< name of the run, or of the file
    std::string subject;               ///< as it was named on the command line
    std::string checkpoint;            ///< which one, or its file
    double made_at = 0;                ///< seconds since 1970
    std::vector<std::string> missing;  ///< what the page cannot say, and why

    // Of the run store (read_run).
    std::optional<RunRecord> run;
    std::vector<AttemptRecord> attempts;
    std::vector<EvaluationRecord> evaluations;  ///< the newest of each mode
    std::vector<ReportCurve> curves;
    std::vector<EpochRecord> epochs;
    Epoch formats_epoch, histograms_epoch;
    std::vector<LayerFormatReport> formats;
    std::vector<HistogramReport> histograms;  ///< "input" and "effective_weight" of one epoch
    std::vector<ArtifactRecord> artifacts;
    std::vector<ConfigurationEntry> configuration;

    // Of the integer network.
    std::string architecture;
    std::vector<LayerReport> layers;
    std::vector<LayerProfile> profiles;
    std::vector<VerifiedPath> verified;
    std::string verified_on;  ///< which images
};

/// Adds what the store knows of the run.   Errors: as RunReader.
void read_run(const RunStore& store, const RunId& run, Report& report);

/// The whole file.
std::string render_report(const Report& report);

}  // namespace f8net
