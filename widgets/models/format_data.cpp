// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/format_data.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <set>

#include "core/base/error.h"
#include "core/store/run_reader.h"
#include "widgets/support/number_text.h"

namespace f8net {

namespace {
QString tr(const char* text) {
    return QCoreApplication::translate("f8net::Formats", text);
}

/// Of the first layer's report: u8.8 without clipping, whatever the pixels are like.
bool readsPixels(const LayerFormatReport& report) {
    return !report.input_format.is_signed && report.input_format.fractional_length == 8 && report.clip_level == 0 &&
           report.input_running_fractional_length == 8;
}
}  // namespace

int FormatsData::numMoving() const {
    return static_cast<int>(std::count_if(
        layers.begin(), layers.end(), [](const FormatLayer& l) { return l.input.is_moving || l.weight.is_moving; }));
}

int FormatsData::indexOf(const QString& layer) const {
    const std::string name = layer.toStdString();
    const auto at = std::find_if(layers.begin(), layers.end(), [&](const FormatLayer& l) { return l.name == name; });
    return at == layers.end() ? -1 : static_cast<int>(at - layers.begin());
}

std::string stageOf(const std::string& layer) {
    if (layer.rfind("stage_", 0) == 0) {
        const size_t end = layer.find_first_not_of("0123456789", 6);
        return "stage " + layer.substr(6, (end == std::string::npos ? layer.size() : end) - 6);
    }
    const std::string first = layer.substr(0, layer.find('.'));
    return first == "classifier" ? "fc" : first;
}

bool isChosenByStatistic(const LayerFormatReport& report, bool isWeight) {
    // By name, too: older stores have 0 in place of what is not there.
    return report.statistic != "grid" && report.statistic != "fixed" &&
           std::isfinite(isWeight ? report.weight_unrounded : report.input_unrounded);
}

QString whySentence(const LayerFormatReport& report, bool isWeight) {
    const FixedPointFormat& format = isWeight ? report.weight_format : report.input_format;
    const double statistic = isWeight ? report.weight_statistic : report.input_statistic;
    const double unrounded = isWeight ? report.weight_unrounded : report.input_unrounded;
    const int fl = format.fractional_length;
    if (report.statistic == "grid") {
        return tr("grid search: smallest squared error with %1 fractional bits").arg(fl);
    }
    if (report.statistic == "fixed") return tr("fixed by the configuration at %1 fractional bits").arg(fl);
    if (!isWeight && !std::isfinite(unrounded) && !format.is_signed && fl == 8) {
        return tr("fixed: the image as it is, its bytes are the codes, so no statistic is asked");
    }
    if (!(statistic > 0) || !isChosenByStatistic(report, isWeight)) {
        return tr("%1 fractional bits: no statistic was taken").arg(fl);
    }
    // The constant itself is not stored; rounding takes away what the logarithm added.
    const double constant = std::round(statistic * std::exp2(unrounded) * 1e4) / 1e4;
    const QString name = report.statistic == "mae"   ? tr("mean magnitude")
                         : report.statistic == "rms" ? tr("rms")
                                                     : tr("sigma");
    const int chosen = std::clamp(static_cast<int>(std::floor(unrounded)), 0, format.max_fractional_length());
    QString sentence =
        tr("%1 %2: log2(%3 / %2) = %4, so %5")
            .arg(name, text::significant(statistic), QString::number(std::round(constant * 100) / 100, 'g', 4),
                 QString::number(unrounded, 'f', 2))
            .arg(chosen);
    if (!isWeight) {
        sentence += tr("; running value %1").arg(QString::number(report.input_running_fractional_length, 'f', 2));
        if (chosen != fl) sentence += tr(", so %1 is used").arg(fl);
    }
    QStringList changes;
    if (chosen > 0) {
        changes << tr("%1 (%2 to %3)").arg(text::significant(constant / std::exp2(chosen))).arg(chosen).arg(chosen - 1);
    }
    if (chosen < format.max_fractional_length()) {
        changes
            << tr("%1 (%2 to %3)").arg(text::significant(constant / std::exp2(chosen + 1))).arg(chosen).arg(chosen + 1);
    }
    if (!changes.isEmpty()) sentence += tr("; next change at %1 %2").arg(name, changes.join(tr(" or ")));
    return sentence;
}

QString layerSentence(const FormatLayer& layer, bool isWeight) {
    if (!layer.report) return tr("no format at this epoch");
    const LayerFormatReport& report = *layer.report;
    const FormatTrack& track = isWeight ? layer.weight : layer.input;
    const QString flips = track.flips == 1 ? tr("1 flip") : tr("%1 flips").arg(track.flips);
    const QString settled = track.flips == 0  ? tr("unchanged since epoch %1").arg(track.settled_at)
                            : track.is_moving ? tr("still moving, %1").arg(flips)
                                              : tr("settled at epoch %1, %2").arg(track.settled_at).arg(flips);
    const double clipped = isWeight ? report.weight_clipped_share : report.input_clipped_share;
    return QStringList{tr("input %1 (%2)").arg(text::format(report.input_format), text::range(report.input_format)),
                       tr("weight %1 (%2)").arg(text::format(report.weight_format), text::range(report.weight_format)),
                       settled, tr("%1 clipped").arg(text::percent(clipped))}
        .join("   ");
}

std::optional<double> accumulatorBitsLeft(const HistogramReport& accumulators, const LayerFormatReport& report) {
    constexpr int kBits = 32;
    const double largest = std::max(std::abs(accumulators.minimum), std::abs(accumulators.maximum));
    if (!(largest > 0)) return std::nullopt;
    const FixedPointFormat format{kBits, report.input_format.fractional_length + report.weight_format.fractional_length,
                                  true};
    return std::log2(format.max_value() / largest);
}

FormatsData readFormats(const RunReader& reader, const FormatsRequest& request) {
    FormatsData data;
    data.request = request;
    const RunId& run = request.run;
    if (run.empty()) return data;
    const RunRecord record = reader.run(run);
    data.runName = record.name;
    data.totalEpochs = record.total_epochs.value;

    std::map<std::string, std::map<int, std::pair<int, int>>> cells;
    std::set<int> epochs;
    for (const FormatHistoryPoint& point : reader.format_history(run)) {
        cells[point.layer][point.epoch.value] = {point.input_format.fractional_length,
                                                 point.weight_format.fractional_length};
        epochs.insert(point.epoch.value);
    }
    data.epochs.assign(epochs.begin(), epochs.end());
    std::map<std::string, LayerFormatReport> reports, baseline;
    std::map<std::string, HistogramReport> accumulators;
    if (!epochs.empty()) {
        // An epoch without formats shows the nearest one before it, else the first.
        auto at = request.epoch ? epochs.upper_bound(request.epoch->value) : epochs.end();
        data.epoch = at == epochs.begin() ? *at : *std::prev(at);
        for (LayerFormatReport& report : reader.formats(run, Epoch{data.epoch})) reports[report.layer] = report;
        for (HistogramReport& each : reader.histograms(run, Epoch{data.epoch}, "accumulator"))
            accumulators.emplace(each.layer, std::move(each));
    }
    if (request.baseline && *request.baseline != run) {
        try {
            data.baselineName = reader.run(*request.baseline).name;
            for (LayerFormatReport& report : reader.formats(*request.baseline)) baseline[report.layer] = report;
        } catch (const ConfigError&) {
            data.baselineName.clear();  // the baseline was deleted meanwhile
        }
    }
    for (const LayerDescription& layer : reader.layers(run)) {
        const auto found = cells.find(layer.name);
        if (found == cells.end()) continue;
        FormatLayer entry;
        entry.name = layer.name;
        entry.kind = layer.kind;
        entry.stage = stageOf(layer.name);
        entry.weightShape = layer.weight_shape;
        entry.outputShape = layer.output_shape;
        entry.parameters = layer.parameters;
        entry.macs = layer.macs;
        std::vector<int> input, weight;
        for (const int epoch : data.epochs) {
            const auto cell = found->second.find(epoch);
            input.push_back(cell == found->second.end() ? kNoFormat : cell->second.first);
            weight.push_back(cell == found->second.end() ? kNoFormat : cell->second.second);
        }
        entry.input = make_track(std::move(input), data.epochs);
        entry.weight = make_track(std::move(weight), data.epochs);
        if (const auto report = reports.find(layer.name); report != reports.end()) {
            entry.report = report->second;
            // The statistic is recorded there, too; it chose nothing.
            if (data.layers.empty() && readsPixels(*entry.report)) entry.report->input_unrounded = std::nan("");
            if (const auto seen = accumulators.find(layer.name); seen != accumulators.end())
                entry.headroom = accumulatorBitsLeft(seen->second, *entry.report);
        }
        if (const auto report = baseline.find(layer.name); report != baseline.end()) entry.baseline = report->second;
        data.layers.push_back(std::move(entry));
    }
    return data;
}

}  // namespace f8net
