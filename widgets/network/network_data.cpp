// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/network/network_data.h"

#include <QCoreApplication>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>
#include <cmath>
#include <functional>

#include "core/base/error.h"
#include "core/config/experiment_document.h"
#include "core/run/experiment_mapping.h"
#include "core/store/run_reader.h"
#include "widgets/support/number_text.h"

namespace f8net {

namespace {

constexpr double kBestSqnr = 40, kWorstSqnr = 12;           // dB
constexpr double kLeastClipped = 1e-4, kMostClipped = 0.1;  // shares, logarithmic
constexpr double kMostLost = 0.01;                          // of accuracy
constexpr double kMostHeadroom = 8;                         // bits
constexpr double kLongest = 8;                              // fractional bits

QString tr(const char* text) {
    return QCoreApplication::translate("f8net::Network", text);
}

}  // namespace

const std::vector<Quantity>& allQuantities() {
    static const std::vector<Quantity> all{Quantity::kInputSqnr,   Quantity::kWeightSqnr,   Quantity::kClipped,
                                           Quantity::kInputLength, Quantity::kWeightLength, Quantity::kAccuracyLost,
                                           Quantity::kHeadroom};
    return all;
}

QString titleOf(Quantity quantity) {
    switch (quantity) {
        case Quantity::kInputLength:
            return tr("Fractional length, input");
        case Quantity::kWeightLength:
            return tr("Fractional length, weight");
        case Quantity::kInputSqnr:
            return tr("SQNR of the input");
        case Quantity::kWeightSqnr:
            return tr("SQNR of the weight");
        case Quantity::kClipped:
            return tr("Clipped share of the input");
        case Quantity::kAccuracyLost:
            return tr("Accuracy lost by this layer alone");
        case Quantity::kHeadroom:
            return tr("Headroom of the accumulator");
    }
    return {};
}

QString keyOf(Quantity quantity) {
    switch (quantity) {
        case Quantity::kInputLength:
            return "input_length";
        case Quantity::kWeightLength:
            return "weight_length";
        case Quantity::kInputSqnr:
            return "input_sqnr";
        case Quantity::kWeightSqnr:
            return "weight_sqnr";
        case Quantity::kClipped:
            return "clipped";
        case Quantity::kAccuracyLost:
            return "accuracy_lost";
        case Quantity::kHeadroom:
            return "headroom";
    }
    return {};
}

QString textOf(Quantity quantity, double value) {
    switch (quantity) {
        case Quantity::kInputLength:
        case Quantity::kWeightLength:
            return text::axisNumber(value);
        case Quantity::kClipped:
            return text::percent(value);
        case Quantity::kAccuracyLost:
            return text::points(-value);
        default:
            return QString::number(value, 'f', 1);
    }
}

QString measureOf(Quantity quantity, double value) {
    const QString number = textOf(quantity, value);
    switch (quantity) {
        case Quantity::kInputSqnr:
        case Quantity::kWeightSqnr:
            return tr("%1 dB").arg(number);
        case Quantity::kHeadroom:
            return tr("%1 bits").arg(number);
        case Quantity::kAccuracyLost:
            return tr("%1 points").arg(number);
        default:
            return number;
    }
}

QString columnOf(Quantity quantity) {
    switch (quantity) {
        case Quantity::kInputSqnr:
        case Quantity::kWeightSqnr:
            return tr("%1 [dB]").arg(titleOf(quantity));
        case Quantity::kHeadroom:
            return tr("%1 [bits]").arg(titleOf(quantity));
        default:
            return titleOf(quantity);
    }
}

bool isLength(Quantity quantity) {
    return quantity == Quantity::kInputLength || quantity == Quantity::kWeightLength;
}

std::pair<QString, QString> rangeOf(Quantity quantity) {
    switch (quantity) {
        case Quantity::kInputLength:
        case Quantity::kWeightLength:
            return {tr("8 fine step"), tr("0 wide range")};
        case Quantity::kClipped:
            return {tr("0.01 %"), tr("10 %")};
        case Quantity::kAccuracyLost:
            return {tr("0 points"), tr("1 point")};
        case Quantity::kHeadroom:
            return {tr("8 bits"), tr("0 bits")};
        default:
            return {tr("40 dB"), tr("12 dB")};
    }
}

double badness(Quantity quantity, double value) {
    switch (quantity) {
        case Quantity::kInputLength:
        case Quantity::kWeightLength:
            return (kLongest - value) / kLongest;
        case Quantity::kClipped:
            return std::log(std::max(value, 1e-12) / kLeastClipped) / std::log(kMostClipped / kLeastClipped);
        case Quantity::kAccuracyLost:
            return value / kMostLost;
        case Quantity::kHeadroom:
            return (kMostHeadroom - value) / kMostHeadroom;
        default:
            return (kBestSqnr - value) / (kBestSqnr - kWorstSqnr);
    }
}

QString howToGet(Quantity quantity) {
    if (quantity == Quantity::kAccuracyLost)
        return tr("Not measured yet: Measure tries each layer alone on 200 images.");
    if (quantity == Quantity::kHeadroom) return tr("No accumulator was recorded at this epoch.");
    return tr("Formats appear with the first fixed-point epoch.");
}

const FormatLayer* NetworkData::find(const std::string& layer) const {
    const auto at = std::find_if(formats.layers.begin(), formats.layers.end(),
                                 [&](const FormatLayer& each) { return each.name == layer; });
    return at == formats.layers.end() ? nullptr : &*at;
}

std::optional<double> NetworkData::value(Quantity quantity, const std::string& layer) const {
    if (quantity == Quantity::kAccuracyLost) {
        const auto at = accuracyLost.find(layer);
        return at == accuracyLost.end() ? std::nullopt : std::optional(at->second);
    }
    const FormatLayer* found = find(layer);
    if (found == nullptr || !found->report) return std::nullopt;
    const LayerFormatReport& report = *found->report;
    switch (quantity) {
        case Quantity::kHeadroom:
            return found->headroom;
        case Quantity::kInputLength:
            return report.input_format.fractional_length;
        case Quantity::kWeightLength:
            return report.weight_format.fractional_length;
        case Quantity::kInputSqnr:
            return report.input_sqnr_db;
        case Quantity::kWeightSqnr:
            return report.weight_sqnr_db;
        default:
            return report.input_clipped_share;
    }
}

std::vector<int> NetworkData::worstFirst(Quantity quantity) const {
    std::vector<std::pair<double, int>> ranked;
    for (const int layer : graph.weighted_layers()) {
        if (const auto known = value(quantity, graph.layers[static_cast<size_t>(layer)].name))
            ranked.push_back({-badness(quantity, *known), layer});
    }
    std::sort(ranked.begin(), ranked.end());
    std::vector<int> layers;
    for (const auto& entry : ranked) layers.push_back(entry.second);
    return layers;
}

std::vector<std::string> differMost(Quantity quantity, const NetworkData& first, const NetworkData& other) {
    std::vector<std::pair<double, std::string>> ranked;
    for (const int layer : first.graph.weighted_layers()) {
        const std::string& name = first.graph.layers[static_cast<size_t>(layer)].name;
        const auto a = first.value(quantity, name), b = other.value(quantity, name);
        if (a && b && *a != *b) ranked.emplace_back(std::abs(*a - *b), name);
    }
    std::ranges::stable_sort(ranked, std::greater(), &std::pair<double, std::string>::first);
    std::vector<std::string> names;
    for (const auto& entry : ranked) names.push_back(entry.second);
    return names;
}

QString shapeText(const Layer& layer) {
    const QString channels = QString("%1→%2").arg(layer.in_channels).arg(layer.out_channels);
    if (layer.kind == LayerKind::kLinear) return channels;
    QString window = QString("%1×%1").arg(layer.window.kernel);
    const QString stride = layer.window.stride > 1 ? QString(" /%1").arg(layer.window.stride) : QString();
    if (layer.kind == LayerKind::kMaxPool) return window + stride;
    if (layer.kind != LayerKind::kConv)
        return QString("%1×%2×%3").arg(layer.output.channels).arg(layer.output.height).arg(layer.output.width);
    return layer.is_depthwise() ? tr("%1 depthwise %2").arg(window).arg(layer.out_channels) + stride
                                : window + ' ' + channels + stride;
}

std::string sensitivityPath(const std::string& runFolder) {
    return runFolder + "/sensitivity.json";
}

std::map<std::string, double> parseSensitivity(const QByteArray& json) {
    const QJsonObject document = QJsonDocument::fromJson(json).object();
    const QJsonValue unrounded = document["unrounded_top1"];
    std::map<std::string, double> lost;
    if (!unrounded.isDouble()) return lost;
    for (const QJsonValue& each : document["layers"].toArray()) {
        const QJsonValue alone = each["alone"]["top1"];
        if (each["name"].isString() && alone.isDouble())
            lost[each["name"].toString().toStdString()] = unrounded.toDouble() - alone.toDouble();
    }
    return lost;
}

NetworkData NetworkReader::read(const RunReader& reader, const RunId& run, std::optional<Epoch> epoch) {
    NetworkData data;
    if (run.empty()) return data;
    data.formats = readFormats(reader, {run, std::nullopt, epoch});
    const RunRecord record = reader.run(run);
    try {
        if (record.config != m_config || m_graph.layers.empty()) {
            m_graph = layer_graph_of(
                parse_experiment(record.config, "run " + run.text()).experiment.resolved_stages().back().experiment);
            m_config = record.config;
        }
        data.graph = m_graph;
    } catch (const Error& error) {
        data.problem = QString::fromUtf8(error.what());
        return data;
    }
    QFile file(QString::fromStdString(sensitivityPath(record.folder)));
    if (file.open(QIODevice::ReadOnly)) data.accuracyLost = parseSensitivity(file.readAll());
    return data;
}

}  // namespace f8net
