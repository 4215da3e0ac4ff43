// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/predictions.h"

#include <algorithm>
#include <limits>

#include "core/base/error.h"
#include "core/tensorfile/safetensors.h"

namespace f8net {

namespace {

constexpr const char* kFormat = "f8net-predictions-1";

struct Answer {
    int32_t given = 0;
    float margin = 0;
};

/// The first of the largest, as accuracy is counted.
template <typename T>
Answer answer_of(const T* logits, int64_t classes, double scale) {
    const T* best = std::max_element(logits, logits + classes);
    double other = -std::numeric_limits<double>::infinity();
    for (const T* each = logits; each != logits + classes; ++each) {
        if (each != best) other = std::max(other, static_cast<double>(*each));
    }
    const double margin = classes > 1 ? (static_cast<double>(*best) - other) * scale : 0;
    return {static_cast<int32_t>(best - logits), static_cast<float>(margin)};
}

template <typename T>
std::vector<T> values_of(const TensorMap& map, const std::string& name, int64_t images) {
    const auto values = map.values<T>(name);
    if (static_cast<int64_t>(values.size()) != images) {
        throw DataError(map.source + ": tensor '" + name + "' has " + std::to_string(values.size()) +
                        " elements, expected one for each of " + std::to_string(images) + " labels");
    }
    return {values.begin(), values.end()};
}

}  // namespace

void Predictions::merge(Predictions newer) {
    if (newer.labels != labels || newer.dataset_fingerprint != dataset_fingerprint || newer.split != split) {
        if (newer.images() >= images()) *this = std::move(newer);
        return;
    }
    for (auto& [mode, predictions] : newer.modes) modes[mode] = std::move(predictions);
}

PredictionRecorder::PredictionRecorder(std::string dataset_fingerprint, std::string split, int64_t images) {
    predictions_.dataset_fingerprint = std::move(dataset_fingerprint);
    predictions_.split = std::move(split);
    predictions_.labels.resize(static_cast<size_t>(images));
}

void PredictionRecorder::add(NumericMode mode, const std::string& checkpoint, int64_t first_image, const Logits& logits,
                             const std::vector<int64_t>& labels) {
    const std::string name = to_string(mode);
    ModePredictions& predictions = predictions_.modes[name];
    predictions.checkpoint = checkpoint;
    predictions.classes.resize(predictions_.labels.size());
    predictions.margins.resize(predictions_.labels.size());
    for (int64_t i = 0; i < logits.images; ++i) {
        const auto offset = i * logits.classes;
        const Answer answer = logits.integers.empty()
                                  ? answer_of(logits.values.data() + offset, logits.classes, logits.scale)
                                  : answer_of(logits.integers.data() + offset, logits.classes, logits.scale);
        const auto image = static_cast<size_t>(first_image + i);
        predictions.classes.at(image) = answer.given;
        predictions.margins[image] = answer.margin;
        predictions_.labels[image] = static_cast<int32_t>(labels[static_cast<size_t>(i)]);
    }
    seen_[name] += logits.images;
}

Predictions PredictionRecorder::take() {
    std::erase_if(predictions_.modes, [this](const auto& mode) { return seen_[mode.first] != predictions_.images(); });
    return std::move(predictions_);
}

void write_predictions(const std::string& path, const Predictions& predictions) {
    const std::vector<int64_t> shape{predictions.images()};
    TensorMap map;
    map.metadata = {
        {"format", kFormat}, {"dataset_fingerprint", predictions.dataset_fingerprint}, {"split", predictions.split}};
    map.set("labels", HostTensor::from(shape, predictions.labels));
    for (const auto& [name, mode] : predictions.modes) {
        map.set("class/" + name, HostTensor::from(shape, mode.classes));
        map.set("margin/" + name, HostTensor::from(shape, mode.margins));
        map.metadata["checkpoint/" + name] = mode.checkpoint;
    }
    write_safetensors(path, map);
}

Predictions read_predictions(const std::string& path) {
    const TensorMap map = read_safetensors(path);
    const auto format = map.metadata.find("format");
    if (format == map.metadata.end() || format->second != kFormat || !map.contains("labels")) {
        throw DataError(path + ": no predictions (expected metadata format " + std::string(kFormat) + " and labels)");
    }
    Predictions predictions;
    predictions.dataset_fingerprint = map.metadata.at("dataset_fingerprint");
    predictions.split = map.metadata.at("split");
    const int64_t images = map.at("labels").num_elements();
    predictions.labels = values_of<int32_t>(map, "labels", images);
    for (const auto& [name, tensor] : map.tensors) {
        if (name.rfind("class/", 0) != 0) continue;
        const std::string mode = name.substr(std::string("class/").size());
        ModePredictions& read = predictions.modes[mode];
        read.classes = values_of<int32_t>(map, name, images);
        read.margins = values_of<float>(map, "margin/" + mode, images);
        const auto checkpoint = map.metadata.find("checkpoint/" + mode);
        if (checkpoint != map.metadata.end()) read.checkpoint = checkpoint->second;
    }
    return predictions;
}

PairedCounts count_pairs(const Predictions& first, const Predictions& second, const std::string& mode) {
    const auto a = first.modes.find(mode), b = second.modes.find(mode);
    if (a == first.modes.end() || b == second.modes.end() || first.split != second.split ||
        first.dataset_fingerprint != second.dataset_fingerprint || first.labels != second.labels) {
        return {};
    }
    PairedCounts counts;
    counts.images = first.images();
    for (int64_t i = 0; i < counts.images; ++i) {
        const bool was = first.is_right(a->second, i), is = second.is_right(b->second, i);
        counts.gained += is && !was;
        counts.lost += was && !is;
    }
    return counts;
}

}  // namespace f8net
