// SPDX-License-Identifier: Apache-2.0
// The rows. This file is a table: it stays whole.
#include "core/config/authors_keys.h"

#include <algorithm>
#include <iterator>

namespace f8net {

namespace {

using enum AuthorsKeyType;
using enum AuthorsKeyEffect;

constexpr AuthorsKey kKeys[] = {
    {"num_gpus_per_job", kInt, kCombined, "training.micro_batch",
     "where distributed: the batch is normalized in as many shares"},
    {"dataset", kText, kCombined, "data.dataset", "imagenet1k is image-folder"},
    {"data_transforms", kText, kCombined, "data.random_resized_crop, data.flip, data.test_resize",
     "imagenet1k: random resized crop and flip; in tests the shorter side becomes 256/224 of the image size"},
    {"data_loader", kText, kNone, "", "there is one loader"},
    {"dataset_dir", kText, kDirect, "data.folder", ""},
    {"data_loader_workers", kInt, kDirect, "data.loader_threads", ""},
    {"num_classes", kInt, kDirect, "network.num_classes", ""},
    {"image_size", kInt, kDirect, "network.image_size", ""},
    {"topk", kIntList, kDirect, "evaluation.topk", ""},
    {"num_epochs", kInt, kDirect, "training.epochs", ""},
    {"optimizer", kText, kCombined, "optimizer.lr", "sgd is the only one"},
    {"momentum", kDouble, kDirect, "optimizer.momentum", ""},
    {"weight_decay", kDouble, kDirect, "optimizer.weight_decay", ""},
    {"nesterov", kBool, kDirect, "optimizer.nesterov", ""},
    {"lr", kDouble, kDirect, "optimizer.lr", ""},
    {"lr_scheduler", kText, kDirect, "schedule.kind", ""},
    {"multistep_lr_milestones", kIntList, kDirect, "schedule.milestones", ""},
    {"multistep_lr_gamma", kDouble, kCombined, "schedule.gamma", "of the multistep schedules"},
    {"exp_decaying_lr_gamma", kDouble, kCombined, "schedule.gamma", "of the exp_decaying schedules"},
    {"exp_decaying_period", kInt, kDirect, "schedule.period", ""},
    {"warmup_epochs", kInt, kDirect, "schedule.warmup_epochs", ""},
    {"pretrained_dir", kText, kNone, "", "without effect in the original"},
    {"pretrained_file", kText, kCombined,
     "network.pretrained_file, network.pretrained_origin, network.pretrained_strict",
     "every tensor must be there and known; comes before the other files"},
    {"fp_pretrained_file", kText, kCombined,
     "network.pretrained_file, network.pretrained_origin, network.pretrained_strict",
     "unknown tensors are dropped, missing ones keep their initial values"},
    {"ptcv_pretrained", kBool, kCombined, "network.pretrained_origin, network.pretrained_strict",
     "pytorchcv; nothing is downloaded: the file is looked for where pytorchcv keeps it, or is "
     "network.pretrained_file"},
    {"hawq_pretrained", kBool, kCombined, "network.pretrained_origin, network.pretrained_strict", "hawq"},
    {"hawq_pretrained_file", kText, kCombined, "network.pretrained_file", "with hawq_pretrained"},
    {"nvidia_pretrained", kBool, kCombined, "network.pretrained_origin, network.pretrained_strict", "nvidia"},
    {"nvidia_pretrained_file", kText, kCombined, "network.pretrained_file", "with nvidia_pretrained"},
    {"pretrained_model_remap_keys", kAny, kCombined, "network.pretrained_remap",
     "a map of their names to ours; names of known origins need none"},
    {"resume", kText, kNone, "", "without effect in the original; use train --resume"},
    {"test_only", kBool, kDirect, "training.test_only", ""},
    {"random_seed", kInt, kDirect, "training.seed", ""},
    {"model", kText, kCombined, "network.architecture, network.stem, network.input_channels",
     "models.fix_resnet with depth, models.fix_mobilenet_v1, models.fix_mobilenet_v2; the stem for ImageNet"},
    {"depth", kInt, kCombined, "network.architecture", "of models.fix_resnet; 50 where it is not said"},
    {"reset_parameters", kBool, kDirect, "network.reset_parameters", ""},
    {"distributed", kBool, kCombined, "training.micro_batch", "see num_gpus_per_job"},
    {"distributed_all_reduce", kBool, kKept, "", "ranks come from f8net launch, torchrun or Slurm"},
    {"use_diff_seed", kBool, kDirect, "training.seed_per_rank", ""},
    {"width_divisor", kInt, kNone, "", "without effect in the original"},
    {"min_width", kInt, kNone, "", "without effect in the original"},
    {"width_multiplier", kDouble, kDirect, "network.width_multiplier", ""},
    {"rescale_forward", kBool, kDirect, "quantization.rescale_forward", ""},
    {"rescale_forward_conv", kBool, kDirect, "quantization.rescale_forward_conv", ""},
    {"rescale_type", kText, kDirect, "quantization.rescale_type", ""},
    {"normalize", kBool, kDirect, "data.normalize", ""},
    {"floating_model", kBool, kCombined, "quantization.mode, evaluation.modes", "float"},
    {"floating_wo_clip", kBool, kCombined, "quantization.mode, evaluation.modes", "float-unclipped"},
    {"weight_format", kIntList, kDirect, "quantization.weight_format", ""},
    {"input_format", kIntList, kDirect, "quantization.input_format", ""},
    {"format_type", kText, kCombined, "quantization.granularity", "per_layer is per-tensor, per_channel per-channel"},
    {"format_from_metric", kBool, kCombined, "quantization.format_policy", "statistics"},
    {"format_grid_search", kBool, kCombined, "quantization.format_policy",
     "grid-search, also beside format_from_metric; without either: fixed"},
    {"metric", kText, kDirect, "quantization.statistic", ""},
    {"momentum_for_metric", kDouble, kDirect, "quantization.momentum", ""},
    {"no_clipping", kBool, kCombined, "quantization.clipping", "the opposite"},
    {"input_fraclen_sharing", kBool, kCombined, "quantization.fractional_length_sharing",
     "true is shared, false private"},
    {"weight_decay_scheme", kText, kDirect, "optimizer.weight_decay_scheme", ""},
    {"quant_bias", kBool, kDirect, "quantization.quantize_bias", ""},
    {"quant_avgpool", kBool, kCombined, "quantization.quantize_average_pool, quantization.pool_scale",
     "the same; pool_scale is none where training sees the uncorrected sum, classifier elsewhere"},
    {"quant_maxpool", kBool, kNone, "", "max pooling is exact either way"},
    {"pool_fusing", kBool, kNone, "", "the pool's factor has one rule here, quantization.pool_scale"},
    {"int_infer", kBool, kCombined, "evaluation.modes", "simulated-integer"},
    {"integize", kBool, kCombined, "evaluation.modes", "integer-float"},
    {"int_op_only", kBool, kCombined, "evaluation.modes, training.device", "integer-only, on the CPU"},
    {"integize_file_path", kText, kDirect, "evaluation.integer_float_export", ""},
    {"int_op_only_file_path", kText, kDirect, "evaluation.integer_only_export", ""},
    {"finetune_iters", kInt, kDirect, "training.max_steps", ""},
    {"bn_calib_before_test", kBool, kCombined, "evaluation.recalibrate_batch_norm", "with bn_calib_batch_num"},
    {"bn_calib_batch_num", kInt, kCombined, "evaluation.recalibrate_batch_norm",
     "with bn_calib_before_test; 100 where it is not said"},
    {"bn_momentum", kDouble, kNone, "", "always 0.1 in the original"},
    {"bn_eps", kDouble, kNone, "", "always 1e-5 in the original"},
    {"batch_size", kInt, kDirect, "training.batch_size", ""},
    {"batch_size_per_gpu", kInt, kCombined, "training.batch_size, training.micro_batch",
     "times num_gpus_per_job where distributed"},
    {"drop_last", kBool, kDirect, "training.drop_last", ""},
    {"print_each_iter", kBool, kCombined, "training.log_every_steps", "1"},
    {"log_dir", kText, kKept, "", "runs are kept in the store (--store)"},
    {"start_epoch", kInt, kKept, "", "train --resume knows the epoch"},
};

}  // namespace

std::vector<std::string> AuthorsKey::options() const {
    std::vector<std::string> keys;
    std::string_view rest = ours;
    while (!rest.empty()) {
        const size_t end = rest.find(", ");
        keys.emplace_back(rest.substr(0, end));
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 2);
    }
    return keys;
}

std::span<const AuthorsKey> authors_keys() {
    return kKeys;
}

const AuthorsKey* find_authors_key(std::string_view key) {
    const auto* found =
        std::find_if(std::begin(kKeys), std::end(kKeys), [&](const AuthorsKey& row) { return key == row.key; });
    return found == std::end(kKeys) ? nullptr : found;
}

std::vector<std::string> authors_keys_of(std::string_view option_key) {
    std::vector<std::string> keys;
    for (const AuthorsKey& row : kKeys) {
        const auto options = row.options();
        if (std::find(options.begin(), options.end(), option_key) != options.end()) keys.emplace_back(row.key);
    }
    return keys;
}

}  // namespace f8net
