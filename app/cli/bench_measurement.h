// SPDX-License-Identifier: Apache-2.0
/// What `f8net bench` measured, as its JSON document says it, and two of them compared.
/// Units    milliseconds of one image. Total: wall time, with all threads; layers: thread time (what the layer would
///          take on one thread).
/// Noise    median over least time, less one: how far rounds of one measurement lie apart. Least times are compared; a
///          difference counts where it is larger than both noises together.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/cli/json.h"

namespace f8net {

/// Rounds of one thing, in ms.
struct Timing {
    double least = 0, median = 0;
    double noise() const { return least > 0 ? median / least - 1 : 0; }
};
Timing timing_of(std::vector<double> rounds);

struct BenchLayer {
    std::string name;
    Timing ms;  ///< 0: computed with the layer before it
};

/// What is read out of a document again.
struct BenchMeasurement {
    std::string subject, network, path, processor, versions;
    int batch = 0, threads = 0, rounds = 0;
    int64_t macs = 0;
    Timing ms;
    std::vector<BenchLayer> layers;
};

/// DataError naming `source` where the document is not one of `f8net bench --json`.
BenchMeasurement bench_measurement(const Json& document, const std::string& source);
/// The file's document. DataError, IoError.
Json read_bench_document(const std::string& path);

struct Ratio {
    double before = 0, after = 0;  ///< ms
    double ratio = 0;              ///< after over before: below 1 is faster
    double noise = 0;  ///< of both together: the ratio means something outside of 1 / (1 + noise) .. 1 + noise
    bool exceeds_noise = false;
};

struct BenchComparison {
    Ratio total;
    struct LayerRatio {
        std::string name;
        std::optional<Ratio> ratio;  ///< not where one of the two has no time of its own
    };
    std::vector<LayerRatio> layers;        ///< of the newer one, then those that only the older one has
    std::vector<std::string> differences;  ///< in what was measured: "threads: 1, now 2"
};
BenchComparison compare_measurements(const BenchMeasurement& before, const BenchMeasurement& after);

Json to_json(const BenchComparison& comparison);
std::string comparison_text(const BenchComparison& comparison);

}  // namespace f8net
