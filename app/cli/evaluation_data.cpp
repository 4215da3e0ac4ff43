// SPDX-License-Identifier: Apache-2.0
#include "app/cli/evaluation_data.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/subject/run_network.h"

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
    if (subject.has_experiment()) {
        Experiment experiment = subject.experiment();
        if (!options.folder.empty()) experiment.data.folder = options.folder;
        return open_evaluation_set(experiment, {options.split, options.limit, options.batch_size, options.threads});
    }
    const Shape& input = subject.integer_network().input().output;
    if (options.folder.empty()) {
        throw ConfigError(subject.text() +
                          " does not say on which data; name them with --data DIR or --config FILE.yaml");
    }
    DatasetOptions open;
    open.folder = options.folder;
    open.channels = static_cast<int>(input.channels);
    DatasetPtr dataset = open_dataset(open, options.split);
    require_classes_fit(*dataset, subject.integer_network().num_classes());
    if (dataset->size() == 0) throw DataError(dataset->description() + ": there are no images");
    const ImageTransform transform(evaluation_transform(static_cast<int>(input.height)), *dataset);
    return {std::move(dataset), transform, options.limit, options.batch_size > 0 ? options.batch_size : kDefaultBatch,
            std::max(options.threads, 1)};
}

}  // namespace f8net
