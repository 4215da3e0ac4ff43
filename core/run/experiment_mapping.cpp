// SPDX-License-Identifier: Apache-2.0
#include "core/run/experiment_mapping.h"

#include <cmath>

#include "core/base/error.h"
#include "core/base/places.h"

namespace f8net {

ArchitectureOptions architecture_options(const Experiment& experiment) {
    const NetworkConfig& network = experiment.network;
    ArchitectureOptions options;
    options.architecture = network.architecture;
    options.width_multiplier = network.width_multiplier;
    options.stem = network.stem == NetworkStem::kSmall ? Stem::kSmall : Stem::kImageNet;
    options.image_size = network.image_size;
    options.input_channels = network.input_channels;
    options.num_classes = network.num_classes;
    options.normalized_input = experiment.data.normalize;
    return options;
}

LayerGraph layer_graph_of(const Experiment& experiment) {
    return make_layer_graph(architecture_options(experiment));
}

DatasetOptions dataset_options(const Experiment& experiment, Split split) {
    const DataConfig& data = experiment.data;
    DatasetOptions options;
    const auto kind = parse_dataset_kind(data.dataset);
    if (!kind) throw ConfigError("data.dataset is '" + data.dataset + "', which is no data set");
    options.kind = *kind;
    options.folder = data.folder;
    options.train_folder = data.train_folder;
    options.test_folder = data.test_folder;
    options.channels = experiment.network.input_channels;
    if (data.validation < 1) {
        options.validation_share = data.validation;
    } else {
        options.validation_count = static_cast<int64_t>(std::llround(data.validation));
    }
    options.seed = static_cast<uint64_t>(experiment.training.seed);
    options.limit = split == Split::kTrain ? data.train_limit : data.test_limit;
    options.cache = data.cache == DataCache::kMemory ? PixelCache::kMemory
                    : data.cache == DataCache::kDisk ? PixelCache::kDisk
                                                     : PixelCache::kNone;
    options.cache_folder = data.cache_folder.empty() ? cache_place() + "/pixels" : data.cache_folder;
    options.cache_bytes = static_cast<int64_t>(data.cache_limit * (int64_t{1} << 30));
    return options;
}

DatasetPtr open_dataset(const Experiment& experiment, Split split) {
    DatasetPtr dataset = open_dataset(dataset_options(experiment, split), split);
    require_classes_fit(*dataset, experiment.network.num_classes);
    return dataset;
}

TransformOptions transform_options(const Experiment& experiment) {
    const DataConfig& data = experiment.data;
    TransformOptions options;
    options.image_size = experiment.network.image_size;
    options.crop_padding = data.random_crop_padding;
    options.flip_probability = data.flip ? 0.5 : 0;
    if (data.random_resized_crop) {
        options.augmentation = Augmentation::kResizedCropFlip;
    } else if (data.random_crop_padding > 0 || data.flip) {
        options.augmentation = Augmentation::kCropFlip;
    }
    options.min_area = data.crop_scale.at(0);
    options.max_area = data.crop_scale.at(1);
    options.min_aspect = data.crop_ratio.at(0);
    options.max_aspect = data.crop_ratio.at(1);
    options.resize = data.test_resize;
    options.seed = static_cast<uint64_t>(experiment.training.seed);
    return options;
}

Normalization normalization_of(const Experiment& experiment) {
    Normalization normalization;
    if (!experiment.data.normalize) return normalization;
    const size_t channels = static_cast<size_t>(experiment.network.input_channels);
    const auto check_count = [channels](const std::vector<double>& values, const char* key) {
        if (values.size() != channels) {
            throw ConfigError(std::string(key) + " has " + std::to_string(values.size()) +
                              " values, network.input_channels is " + std::to_string(channels));
        }
    };
    check_count(experiment.data.mean, "data.mean");
    check_count(experiment.data.std, "data.std");
    normalization.mean.assign(experiment.data.mean.begin(), experiment.data.mean.end());
    normalization.std.assign(experiment.data.std.begin(), experiment.data.std.end());
    return normalization;
}

Split evaluation_split(const Experiment& experiment) {
    return experiment.data.validation > 0 ? Split::kValidation : Split::kTest;
}

PretrainedOptions pretrained_options(const Experiment& experiment, const std::string& path) {
    const NetworkConfig& network = experiment.network;
    PretrainedOptions options;
    if (network.pretrained_file.empty() || network.pretrained_file == path) {
        options.origin = network.pretrained_origin;
        options.remap = network.pretrained_remap;
    }
    options.is_strict = network.pretrained_strict;
    options.clip_level = experiment.quantization.initial_clip_level;
    return options;
}

namespace {

WeightRescale rescale_of(bool is_on, RescaleType type) {
    if (!is_on) return WeightRescale::kNone;
    return type == RescaleType::kConstant ? WeightRescale::kConstant : WeightRescale::kStddev;
}

}  // namespace

std::string why_no_integer_form(const QuantizationConfig& quantization) {
    if (quantization.granularity == Granularity::kPerChannel) {
        return "quantization.granularity is per-channel: formats per channel have no integer form";
    }
    for (const auto& [key, format] : {std::pair{"quantization.weight_format", quantization.weight_format},
                                      std::pair{"quantization.input_format", quantization.input_format}}) {
        if (format.word_length <= 8) continue;
        return std::string(key) + " has words of " + std::to_string(format.word_length) +
               " bits: integer networks have up to 8";
    }
    return {};
}

LoweringOptions lowering_options(const Experiment& experiment) {
    const QuantizationConfig& quantization = experiment.quantization;
    if (const std::string reason = why_no_integer_form(quantization); !reason.empty()) throw DataError(reason);
    LoweringOptions options;
    options.weight_word_length = quantization.weight_format.word_length;
    options.input_word_length = quantization.input_format.word_length;
    switch (quantization.format_policy) {
        case FormatPolicy::kStatistics:
            options.weight_format = WeightFormatChoice::kStatistic;
            break;
        case FormatPolicy::kGridSearch:
            options.weight_format = WeightFormatChoice::kGridSearch;
            break;
        case FormatPolicy::kFixed:
            options.weight_format = WeightFormatChoice::kFixed;
            break;
    }
    options.statistic = quantization.statistic;
    options.weight_fractional_length = quantization.weight_format.fractional_length;
    options.clipping = quantization.clipping;
    options.share_fractional_lengths = quantization.fractional_length_sharing == FractionalLengthSharing::kShared;
    options.compensate_streams = quantization.compensate_streams;
    options.classifier_rescale = rescale_of(quantization.rescale_forward, quantization.rescale_type);
    options.convolution_rescale = rescale_of(quantization.rescale_forward_conv, quantization.rescale_type);
    options.quantize_average_pool = quantization.quantize_average_pool;
    options.fold_pool_scale = quantization.pool_scale == PoolScale::kClassifier;
    const Normalization normalization = normalization_of(experiment);
    options.normalization = {normalization.mean, normalization.std};
    // A checkpoint of floating training has no running lengths: as in training, they start from the configured one.
    options.missing_input_fractional_length = quantization.input_format.fractional_length;
    return options;
}

}  // namespace f8net
