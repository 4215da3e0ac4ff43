// SPDX-License-Identifier: Apache-2.0
#include "app/cli/evaluation_data.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/run/experiment_mapping.h"

namespace f8net {

namespace {

constexpr int kDefaultBatch = 64;

/// Images of known data sets are as large as the network wants them; photographs are cut out of the middle.
TransformOptions evaluation_transform(int image_size) {
    TransformOptions options;
    options.image_size = image_size;
    return options;
}

}  // namespace

Split parse_split(const std::string& text) {
    for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
        if (text == split_name(split)) return split;
    }
    throw ConfigError("--split " + text + ": expected train, validation or test");
}

std::vector<Setting> data_settings(const Context& context, const std::string& folder) {
    std::vector<Setting> settings = context.settings();
    if (!folder.empty()) settings.push_back({"data.folder", folder, "--data"});
    return settings;
}

EvaluationSet open_evaluation_data(Subject& subject, const EvaluationDataOptions& options) {
    DatasetPtr dataset;
    TransformOptions transform;
    int batch_size = options.batch_size;
    int64_t limit = options.limit;
    if (subject.has_experiment()) {
        Experiment experiment = subject.experiment();
        if (!options.folder.empty()) experiment.data.folder = options.folder;
        dataset = open_dataset(experiment, options.split);
        transform = transform_options(experiment);
        if (batch_size == 0) batch_size = experiment.evaluation.batch_size;
        if (limit == 0) limit = experiment.evaluation.limit;
    } else {
        const Shape& input = subject.integer_network().input().output;
        if (options.folder.empty()) {
            throw ConfigError(subject.text() +
                              " does not say on which data; name them with --data DIR or --config FILE.yaml");
        }
        DatasetOptions open;
        open.folder = options.folder;
        open.channels = static_cast<int>(input.channels);
        dataset = open_dataset(open, options.split);
        require_classes_fit(*dataset, subject.integer_network().num_classes());
        transform = evaluation_transform(static_cast<int>(input.height));
    }
    if (dataset->size() == 0) throw DataError(dataset->description() + ": there are no images");
    const ImageTransform made(transform, *dataset);
    if (batch_size == 0) batch_size = kDefaultBatch;
    return {std::move(dataset), made, limit, batch_size, std::max(options.threads, 1)};
}

}  // namespace f8net
