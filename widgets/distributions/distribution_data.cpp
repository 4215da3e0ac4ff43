// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/distributions/distribution_data.h"

#include <QCoreApplication>
#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "core/base/error.h"
#include "core/store/run_reader.h"
#include "widgets/distributions/histogram_bins.h"
#include "widgets/models/format_data.h"
#include "widgets/support/number_text.h"

namespace f8net {

namespace {

constexpr double kClippedIsTrouble = 0.01;
constexpr int kAccumulatorBits = 32;
constexpr std::array kTensors = {tensor::kInput, tensor::kEffectiveWeight, tensor::kWeight, tensor::kAccumulator,
                                 tensor::kOutput};

QString tr(const char* text) {
    return QCoreApplication::translate("f8net::Distributions", text);
}

std::optional<FixedPointFormat> formatOf(const std::string& kind, const LayerFormatReport& report) {
    if (kind == tensor::kInput) return report.input_format;
    if (kind == tensor::kEffectiveWeight) return report.weight_format;
    if (kind == tensor::kAccumulator) {
        return FixedPointFormat{kAccumulatorBits,
                                report.input_format.fractional_length + report.weight_format.fractional_length, true};
    }
    return std::nullopt;
}

/// The epoch of `epochs` that stands for `wanted` in another run: the same, else the nearest before, else the first.
std::optional<int> epochBefore(const std::vector<Epoch>& epochs, int wanted) {
    if (epochs.empty()) return std::nullopt;
    const auto after = std::upper_bound(epochs.begin(), epochs.end(), Epoch{wanted});
    return after == epochs.begin() ? after->value : std::prev(after)->value;
}

/// Layer that tensors of the network's input are recorded with: the first that computes.
std::string recordedAs(const std::string& layer, const std::vector<LayerDescription>& layers) {
    const auto isThis = [&](const LayerDescription& each) { return each.name == layer && each.kind == "input"; };
    if (std::none_of(layers.begin(), layers.end(), isThis)) return layer;
    const auto first = std::find_if(layers.begin(), layers.end(),
                                    [](const LayerDescription& each) { return !each.weight_shape.empty(); });
    return first == layers.end() ? layer : first->name;
}

std::vector<HistogramReport> histogramsOf(const RunReader& reader, const RunId& run, int epoch,
                                          const DistributionsRequest& request, const std::string& layer) {
    if (!request.allOf.empty()) return reader.histograms(run, Epoch{epoch}, request.allOf);
    std::vector<HistogramReport> result;
    for (const char* kind : kTensors) {
        if (layer != request.layer && kind != std::string(tensor::kInput)) continue;  // of the network's input
        if (auto histogram = reader.histogram(run, Epoch{epoch}, layer, kind)) result.push_back(std::move(*histogram));
    }
    return result;
}

}  // namespace

QString tensorTitle(const std::string& kind) {
    if (kind == tensor::kInput) return tr("Input");
    if (kind == tensor::kWeight) return tr("Raw weight");
    if (kind == tensor::kEffectiveWeight) return tr("Effective weight");
    if (kind == tensor::kAccumulator) return tr("Accumulator");
    return tr("Output");
}

bool isWeightTensor(const std::string& kind) {
    return kind == tensor::kWeight || kind == tensor::kEffectiveWeight;
}

const TensorDistribution* DistributionsData::find(const std::string& kind) const {
    const auto at = std::find_if(tensors.begin(), tensors.end(),
                                 [&](const TensorDistribution& each) { return each.histogram.tensor == kind; });
    return at == tensors.end() ? nullptr : &*at;
}

std::vector<int> DistributionsData::nearestEpochs() const {
    std::vector<int> nearest;
    const auto after = std::lower_bound(epochs.begin(), epochs.end(), epoch);
    if (after != epochs.begin()) nearest.push_back(*std::prev(after));
    if (after != epochs.end()) nearest.push_back(*after);
    return nearest;
}

DistributionsData readDistributions(const RunReader& reader, const DistributionsRequest& request) {
    DistributionsData data;
    data.request = request;
    if (request.run.empty()) return data;
    for (const Epoch& epoch : reader.histogram_epochs(request.run)) data.epochs.push_back(epoch.value);
    const std::vector<LayerDescription> layers = reader.layers(request.run);
    if (!layers.empty()) data.firstLayer = layers.front().name;
    for (const LayerDescription& layer : layers) {
        if (layer.name == request.layer) data.layerKind = layer.kind;
    }
    data.epoch = request.epoch ? request.epoch->value : data.epochs.empty() ? 0 : data.epochs.back();
    data.isRecorded = std::binary_search(data.epochs.begin(), data.epochs.end(), data.epoch);
    if (!data.isRecorded) return data;

    const std::string layer = recordedAs(request.layer, layers);
    std::map<std::string, LayerFormatReport> reports;
    for (LayerFormatReport& report : reader.formats(request.run, Epoch{data.epoch}))
        reports.emplace(report.layer, std::move(report));
    std::map<std::pair<std::string, std::string>, HistogramReport> baseline;
    if (request.baseline && *request.baseline != request.run) {
        try {
            data.baselineName = reader.run(*request.baseline).name;
            if (const auto epoch = epochBefore(reader.histogram_epochs(*request.baseline), data.epoch)) {
                for (HistogramReport& each : histogramsOf(reader, *request.baseline, *epoch, request, layer))
                    baseline.emplace(std::pair(each.layer, each.tensor), std::move(each));
            }
        } catch (const ConfigError&) {
            data.baselineName.clear();  // deleted meanwhile
        }
    }
    for (HistogramReport& histogram : histogramsOf(reader, request.run, data.epoch, request, layer)) {
        TensorDistribution entry;
        if (const auto report = reports.find(histogram.layer); report != reports.end()) {
            entry.report = report->second;
            entry.format = formatOf(histogram.tensor, report->second);
        }
        if (const auto other = baseline.find({histogram.layer, histogram.tensor}); other != baseline.end())
            entry.baseline = other->second;
        entry.histogram = std::move(histogram);
        data.tensors.push_back(std::move(entry));
    }
    return data;
}

std::vector<Fact> factsOf(const TensorDistribution& distribution) {
    const HistogramReport& histogram = distribution.histogram;
    const double largest = std::max(std::abs(histogram.minimum), std::abs(histogram.maximum));
    std::vector<Fact> facts;
    if (distribution.report && histogram.tensor == tensor::kInput) {
        const LayerFormatReport& report = *distribution.report;
        const bool isSigned = report.input_format.is_signed;
        facts.push_back({isSigned ? tr("clipped") : tr("clipped at the top"), text::percent(report.input_clipped_share),
                         report.input_clipped_share > kClippedIsTrouble});
        if (!isSigned) facts.push_back({tr("zeroed by ReLU"), text::percent(report.input_negative_share)});
        facts.push_back({tr("rounded to zero"), text::percent(report.input_zero_share)});
        facts.push_back({tr("SQNR"), text::decibels(report.input_sqnr_db)});
    }
    if (distribution.report && histogram.tensor == tensor::kEffectiveWeight) {
        const LayerFormatReport& report = *distribution.report;
        facts.push_back({tr("clipped"), text::percent(report.weight_clipped_share),
                         report.weight_clipped_share > kClippedIsTrouble});
        facts.push_back({tr("rounded to zero"), text::percent(report.weight_zero_share)});
        facts.push_back({tr("SQNR"), text::decibels(report.weight_sqnr_db)});
    }
    if (distribution.report && histogram.tensor == tensor::kAccumulator) {
        if (const auto bits = accumulatorBitsLeft(histogram, *distribution.report))
            facts.push_back({tr("bits left of 32"), QString::number(*bits, 'f', 1)});
    }
    facts.push_back({QChar(0x03C3), text::significant(histogram.standard_deviation)});
    if (isWeightTensor(histogram.tensor)) {
        facts.push_back({tr("largest |w|"), text::significant(largest)});
    } else {
        facts.push_back({tr("largest"), text::significant(histogram.maximum)});
        if (!distribution.report) facts.push_back({tr("smallest"), text::significant(histogram.minimum)});
    }
    return facts;
}

QString captionOf(const TensorDistribution& distribution) {
    const std::string& kind = distribution.histogram.tensor;
    QString text;
    if (distribution.format && kind == tensor::kAccumulator) {
        text = tr("32 bits, %1 of them fractional; ").arg(distribution.format->fractional_length);
    } else if (distribution.format) {
        text = text::format(*distribution.format) + ": " + text::range(*distribution.format) + "; ";
    }
    text += tr("%1 values").arg(text::count(numValues(distribution.histogram)));
    if (kind == tensor::kInput) text += tr(" before clipping");
    if (kind == tensor::kEffectiveWeight) text += tr(" before rounding");
    if (kind == tensor::kWeight) text += tr(" before batch norm is folded in");
    return text;
}

QString sentenceOf(const TensorDistribution& distribution) {
    const HistogramReport& histogram = distribution.histogram;
    const QString name = tensorTitle(histogram.tensor).toLower();
    if (!distribution.report || !distribution.format || histogram.tensor == tensor::kAccumulator) {
        return tr("%1 from %2 to %3, sigma %4")
            .arg(name, text::significant(histogram.minimum), text::significant(histogram.maximum),
                 text::significant(histogram.standard_deviation));
    }
    const bool isInput = histogram.tensor == tensor::kInput;
    const LayerFormatReport& report = *distribution.report;
    return tr("%1 %2: %3; %4 clipped, %5 rounded to zero")
        .arg(name, text::format(*distribution.format), text::range(*distribution.format),
             text::percent(isInput ? report.input_clipped_share : report.weight_clipped_share),
             text::percent(isInput ? report.input_zero_share : report.weight_zero_share));
}

std::optional<double> clipLevelOf(const TensorDistribution& distribution) {
    if (!distribution.report || distribution.histogram.tensor != tensor::kInput) return std::nullopt;
    return distribution.report->clip_level > 0 ? std::optional(distribution.report->clip_level) : std::nullopt;
}

}  // namespace f8net
