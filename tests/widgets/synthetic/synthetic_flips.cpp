// SPDX-License-Identifier: GPL-3.0-or-later
// Invented answers to images of Fashion-MNIST, as `f8net analyze flips` keeps them.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/data/dataset.h"
#include "core/store/run_reader.h"
#include "core/store/run_store.h"
#include "tests/widgets/synthetic/synthetic_store.h"

namespace f8net::synthetic {

namespace {

using Json = nlohmann::json;

constexpr int kImages = 2000, kFlipped = 23, kClasses = 10;

struct Labels {
    std::vector<std::string> names;
    std::vector<int64_t> of_images;
};

/// Of the real images where they are installed: then the view shows them.
Labels labels() {
    Labels labels;
    try {
        DatasetOptions options;
        options.kind = DatasetKind::kFashionMnist;
        const DatasetPtr data = open_dataset(options, Split::kTest);
        labels.names = data->class_names();
        for (int64_t i = 0; i < kImages; ++i) labels.of_images.push_back(data->label(i));
    } catch (const Error&) {
        for (int64_t i = 0; i < kImages; ++i) labels.of_images.push_back(i % kClasses);
        for (int i = 0; i < kClasses; ++i) labels.names.push_back("class " + std::to_string(i));
    }
    return labels;
}

Json ranked(std::vector<double> logits) {
    std::vector<int> order(logits.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
    std::sort(order.begin(), order.end(), [&](int a, int b) { return logits[a] > logits[b]; });
    double sum = 0;
    for (const double logit : logits) sum += std::exp(logit);
    Json classes = Json::array();
    for (size_t i = 0; i < 5; ++i) {
        const double logit = logits[static_cast<size_t>(order[i])];
        classes.push_back({{"class", order[i]}, {"logit", logit}, {"probability", std::exp(logit) / sum}});
    }
    return classes;
}

}  // namespace

void Store::addFlips(const RunId& run, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<double> normal;
    const RunStore reading(path_, RunStore::Mode::kReadOnly);
    std::vector<std::string> layers;
    for (const LayerDescription& layer : RunReader(reading).layers(run)) layers.push_back(layer.name);
    const Labels known = labels();

    std::vector<double> mean;
    for (size_t i = 0; i < layers.size(); ++i) {
        mean.push_back(0.008 + 0.11 * std::sqrt(static_cast<double>(i) / static_cast<double>(layers.size())) +
                       0.004 * std::sin(static_cast<double>(i) * 1.9));
    }
    Json flipped = Json::array();
    for (int n = 0; n < kFlipped; ++n) {
        const int64_t image = 17 + n * (kImages / kFlipped - 1);
        const int64_t label = known.of_images[static_cast<size_t>(image)];
        std::vector<double> logits(kClasses);
        for (double& logit : logits) logit = normal(random);
        const auto first = static_cast<size_t>(n % 7 == 6 ? (label + 3) % kClasses : label);
        const size_t second = (first + 2 + static_cast<size_t>(n) % 5) % kClasses;
        const double margin = 0.02 + 0.3 * std::abs(normal(random)), gain = 0.02 + 0.3 * std::abs(normal(random));
        logits[first] = 4;
        logits[second] = 4 - margin;
        std::vector<double> integers = logits;
        integers[second] = integers[first] + gain;
        const bool isBetter = n % 3 == 2;
        if (isBetter) std::swap(logits, integers);

        const size_t grewAt = 3 + static_cast<size_t>(random() % (layers.size() - 4));
        std::vector<double> errors = mean;
        for (size_t i = 0; i < errors.size(); ++i) {
            errors[i] *= 1 + 0.1 * normal(random);
            if (i >= grewAt) errors[i] += 0.03 + 0.01 * (n % 4);
        }
        const Json real = ranked(logits), integer = ranked(integers);
        flipped.push_back(
            {{"image", image},
             {"file", "an invented image"},
             {"label", label},
             {"real_class", real[0]["class"]},
             {"integer_class", integer[0]["class"]},
             {"real_margin", real[0]["logit"].get<double>() - real[1]["logit"].get<double>()},
             {"integer_margin", integer[0]["logit"].get<double>() - integer[1]["logit"].get<double>()},
             {"confidence_lost", real[0]["probability"].get<double>() - integer[1]["probability"].get<double>()},
             {"grew_at", layers[grewAt]},
             {"error_before", errors[grewAt - 1]},
             {"error_after", errors[grewAt]},
             {"real_top", real},
             {"integer_top", integer},
             {"errors", errors}});
    }
    Json described = Json::array();
    for (size_t i = 0; i < layers.size(); ++i) {
        described.push_back({{"name", layers[i]},
                             {"relative_error", mean[i]},
                             {"relative_error_of_flipped",
                              mean[i] + 0.03 * static_cast<double>(i) / static_cast<double>(layers.size())}});
    }
    const Json document = {{"checkpoint", "best"},       {"checkpoint_hash", nullptr}, {"data_folder", nullptr},
                           {"class_names", known.names}, {"images", kImages},          {"real_top1", 0.9160},
                           {"integer_top1", 0.9135},     {"flipped", flipped},         {"layers", described}};
    ArtifactRecord artifact;
    artifact.path = reading.run_folder(run) + "/flips.json";
    artifact.role = "flips";
    write_text_file(artifact.path, document.dump());
    RunStore(path_, RunStore::Mode::kReadWrite).add_artifact(run, artifact);
}

}  // namespace f8net::synthetic
