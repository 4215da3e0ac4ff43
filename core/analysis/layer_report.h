// SPDX-License-Identifier: Apache-2.0
/// What there is to say of each layer of a network: shape and cost from its graph, formats and proven bounds from the
/// integer network, statistics of weights from their real values, statistics of inputs where data were run through it.
/// What is not known is empty, never guessed.   Threads  pure.   Source  cli.md (inspect); method.md 2, 5.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/analysis/layer_statistics.h"
#include "core/analysis/output_error.h"
#include "core/architecture/layer_graph.h"
#include "core/network/integer_network.h"

namespace f8net {

struct WeightStatistics {
    double sigma = 0;  ///< of the effective weight
    double clipped_share = 0, zero_share = 0;
    double sqnr_db = 0, error_lsb = 0;
};

struct LayerReport {
    std::string name, kind;
    Shape shape;  ///< of the output
    int64_t parameters = 0, macs = 0;
    std::optional<FixedPointFormat> input_format, weight_format;
    std::optional<int> output_fractional_length;
    std::optional<double> clip_level;
    std::optional<WeightStatistics> weight;
    std::optional<InputStatistics> input;
    std::optional<OutputError> output;           ///< against the network without rounding
    std::optional<int64_t> accumulator_bound;    ///< proven: no input in range can exceed it
    std::optional<double> headroom_bits;         ///< log2((2^31 - 1) / bound)
    std::optional<int64_t> largest_accumulator;  ///< seen with data
};

/// Before training, or where there are no formats.
std::vector<LayerReport> report_layers(const LayerGraph& graph);
/// `clip_levels` by layer (its owner's level); may be empty.
std::vector<LayerReport> report_layers(const IntegerNetwork& network, const std::map<std::string, double>& clip_levels);
/// Adds what data showed.
void add_statistics(std::vector<LayerReport>& reports, const LayerStatistics& statistics);
/// `errors` by node (measure_output_errors()).
void add_output_errors(std::vector<LayerReport>& reports, const std::map<std::string, OutputError>& errors);

/// Nothing where the node keeps no real weights.
std::optional<WeightStatistics> weight_statistics(const IntegerNode& node);

}  // namespace f8net
