// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/layer_figures.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <limits>

#include "core/base/error.h"
#include "core/store/run_reader.h"
#include "core/store/run_store.h"
#include "core/subject/run_network.h"

namespace f8net {

namespace {

std::optional<double> numberOf(const QJsonObject& layer, const char* key) {
    const QJsonValue value = layer[QLatin1String(key)];
    return value.isDouble() ? std::optional(value.toDouble()) : std::nullopt;
}

/// A signal over no error at all is no number in JSON.
double decibelsOf(const QJsonObject& layer, const char* key) {
    return numberOf(layer, key).value_or(std::numeric_limits<double>::infinity());
}

std::optional<LayerReport> readLayer(const QJsonObject& layer) {
    LayerReport report;
    report.name = layer["name"].toString().toStdString();
    if (const auto error = numberOf(layer, "error_lsb")) {
        report.input.emplace();
        report.input->error_lsb = *error;
        report.input->sqnr_db = decibelsOf(layer, "sqnr_db");
    }
    if (const auto cosine = numberOf(layer, "output_cosine")) {
        report.output = {decibelsOf(layer, "output_sqnr_db"), *cosine, numberOf(layer, "output_mean_error_lsb"),
                         numberOf(layer, "output_max_error_lsb")};
    }
    if (const auto largest = numberOf(layer, "accumulator_largest"))
        report.largest_accumulator = static_cast<int64_t>(*largest);
    const bool hasAny = report.input || report.output || report.largest_accumulator;
    return hasAny && !report.name.empty() ? std::optional(report) : std::nullopt;
}

}  // namespace

Inspection parseInspection(const QByteArray& json) {
    const QJsonObject document = QJsonDocument::fromJson(json).object();
    Inspection inspection;
    inspection.checkpointHash = document["checkpoint_hash"].toString().toStdString();
    for (const QJsonValue& each : document["layers"].toArray()) {
        if (auto layer = readLayer(each.toObject())) inspection.layers[layer->name] = *layer;
    }
    return inspection;
}

std::shared_ptr<const LayerFigures> readLayerFigures(const QString& storePath, const RunId& run,
                                                     const std::shared_ptr<const LayerFigures>& before) {
    auto figures = std::make_shared<LayerFigures>();
    try {
        const RunStore store(storePath.toStdString(), RunStore::Mode::kReadOnly);
        const RunReader reader(store);
        const auto source = network_source(reader, run);
        if (!source) throw ConfigError("the run has no checkpoint yet");
        figures->networkHash = source->hash;
        if (before && before->problem.isEmpty() && before->networkHash == source->hash) {
            figures->layers = before->layers;
        } else {
            for (LayerReport& report : report_layers(open_run_network(store, run).network, {}))
                figures->layers.emplace(report.name, std::move(report));
        }
        for (auto& [name, report] : figures->layers) {
            report.input.reset();
            report.output.reset();
            report.largest_accumulator.reset();
        }
        figures->inspectionPath = reader.run(run).folder + "/inspect.json";
        QFile file(QString::fromStdString(figures->inspectionPath));
        if (!file.open(QIODevice::ReadOnly)) return figures;
        const Inspection inspection = parseInspection(file.readAll());
        figures->isStale = source->is_checkpoint && inspection.checkpointHash != source->hash;
        figures->isAnalysed = !figures->isStale && !inspection.layers.empty();
        if (!figures->isAnalysed) return figures;
        for (const auto& [name, seen] : inspection.layers) {
            const auto known = figures->layers.find(name);
            if (known == figures->layers.end()) continue;
            known->second.input = seen.input;
            known->second.output = seen.output;
            known->second.largest_accumulator = seen.largest_accumulator;
        }
    } catch (const std::exception& error) {
        figures->problem = QString::fromUtf8(error.what());
    }
    return figures;
}

}  // namespace f8net
