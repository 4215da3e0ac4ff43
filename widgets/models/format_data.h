// SPDX-License-Identifier: GPL-3.0-or-later
/// The formats of a run over its layers and epochs, as the Formats view shows them: made on the reader's thread.
/// Units    fractional lengths in bits; kNoFormat where an epoch has none.
/// Threads  values; a FormatsData never changes once it is handed over.
#pragma once

#include <QString>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/health/format_track.h"
#include "core/store/run_record.h"

namespace f8net {

class RunReader;

struct FormatsRequest {
    RunId run;
    std::optional<RunId> baseline;
    std::optional<Epoch> epoch;  ///< empty: the latest
    bool operator==(const FormatsRequest&) const = default;
};

struct FormatLayer {
    std::string name, kind;
    std::string stage;  ///< "head", "stage 0", ..., "fc": what boundaries in the picture are named by
    std::vector<int64_t> weightShape;
    std::array<int64_t, 3> outputShape{};       ///< channels, height, width
    int64_t parameters = 0, macs = 0;           ///< multiplications per image
    FormatTrack input, weight;                  ///< over FormatsData::epochs
    std::optional<LayerFormatReport> report;    ///< at the epoch shown
    std::optional<LayerFormatReport> baseline;  ///< at the baseline's latest epoch
    std::optional<double> headroom;             ///< accumulatorBitsLeft at the epoch shown
};

struct FormatsData {
    FormatsRequest request;
    std::string runName, baselineName;
    int totalEpochs = 0;
    std::vector<int> epochs;  ///< those with formats, ascending
    int epoch = 0;            ///< the one shown; 0: none has formats
    std::vector<FormatLayer> layers;
    int numMoving() const;
    int indexOf(const QString& layer) const;  ///< -1 where it is not
};

/// An epoch without formats shows the nearest one before it, else the first. Threads: those of the reader.
FormatsData readFormats(const RunReader& reader, const FormatsRequest& request);

/// "stage_2_layer_0.body.0" is in "stage 2", "head.0" in "head".
std::string stageOf(const std::string& layer);

/// Bits between the largest accumulator seen and the end of its 32; nothing where all were 0.
std::optional<double> accumulatorBitsLeft(const HistogramReport& accumulators, const LayerFormatReport& report);

/// Not by grid search, not fixed: log2(constant / statistic) is there.
bool isChosenByStatistic(const LayerFormatReport& report, bool isWeight);

/// The answer to "why this format": statistic, constant, unrounded and running value, the next changes.
QString whySentence(const LayerFormatReport& report, bool isWeight);
/// "input u8.5 (0 to 7.969, step 1/32)   weight s8.4 (±7.938, step 1/16)   settled at epoch 4, 7 flips   6.1 %
/// clipped".
QString layerSentence(const FormatLayer& layer, bool isWeight);

}  // namespace f8net
