// SPDX-License-Identifier: Apache-2.0
#include "core/config/authors_vocabulary.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "core/config/authors_keys.h"
#include "tests/core/config/config_test_support.h"
#include "tests/core/config/published_configs.h"

namespace f8net {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

Experiment published(const std::string& name) {
    const auto configs = published_configs();
    return parse_experiment(as_yaml(configs.at(name)), name).experiment;
}

TEST(AuthorsVocabulary, AllPublishedExperimentsLoadAndConvert) {
    const auto configs = published_configs();
    ASSERT_EQ(configs.size(), 36u);
    for (const auto& [name, config] : configs.items()) {
        SCOPED_TRACE(name);
        const ExperimentDocument document = parse_experiment(as_yaml(config), name);
        EXPECT_TRUE(document.authors_vocabulary);
        const Experiment& e = document.experiment;
        EXPECT_EQ(e.data.dataset, "image-folder");
        EXPECT_EQ(e.network.image_size, 224);
        EXPECT_EQ(e.network.num_classes, 1000);
        EXPECT_EQ(e.network.stem, NetworkStem::kImageNet);
        EXPECT_EQ(e.training.seed, 1995);
        EXPECT_EQ(e.training.test_only, config.at("test_only").get<bool>());
        EXPECT_EQ(e.training.epochs, config.at("num_epochs").get<int>());
        EXPECT_EQ(e.optimizer.lr, config.at("lr").get<double>());
        EXPECT_EQ(e.optimizer.weight_decay, config.at("weight_decay").get<double>());
        EXPECT_EQ(to_string(e.optimizer.weight_decay_scheme), config.at("weight_decay_scheme").get<std::string>());
        EXPECT_EQ(to_string(e.schedule.kind), config.at("lr_scheduler").get<std::string>());
        EXPECT_EQ(e.training.max_steps, config.value("finetune_iters", 0));
        EXPECT_EQ(e.data.normalize, config.value("normalize", false));
        EXPECT_EQ(e.quantization.clipping, !config.value("no_clipping", false));
        EXPECT_EQ(e.quantization.quantize_average_pool, config.value("quant_avgpool", false));
        EXPECT_EQ(e.quantization.quantize_bias, config.value("quant_bias", false));

        const Experiment again = parse_experiment(to_yaml(e, YamlDetail::kChanged), "ours.yaml").experiment;
        for (const OptionRow& row : option_table()) EXPECT_EQ(row.get(again), row.get(e)) << row.key;
    }
}

TEST(AuthorsVocabulary, ConventionalTrainingMeansWhatTheRecipeSays) {
    const Experiment e = published("imagenet/mobilenetv2/conventional/mbv2_fix_quant_train.yml");
    EXPECT_EQ(e.network.architecture, "mobilenet_v2");
    EXPECT_EQ(e.quantization.mode, NumericMode::kFakeQuant);
    EXPECT_EQ(e.quantization.format_policy, FormatPolicy::kStatistics);
    EXPECT_EQ(e.training.batch_size, 2048);
    EXPECT_EQ(e.training.micro_batch, 256) << "the share of one of the original's eight GPUs";
    EXPECT_EQ(e.schedule.warmup_epochs, 5);
    EXPECT_FALSE(e.network.pretrained_strict);
    EXPECT_THAT(e.network.pretrained_file, HasSubstr("fp32"));
    EXPECT_TRUE(e.data.random_resized_crop && e.data.flip);
    EXPECT_EQ(e.data.test_resize, 256);
}

TEST(AuthorsVocabulary, FloatTrainingIsClippedFloat) {
    const Experiment e = published("imagenet/resnet18/conventional/res18_floating_train.yml");
    EXPECT_EQ(e.quantization.mode, NumericMode::kFloat);
    EXPECT_EQ(e.network.architecture, "resnet18");
    EXPECT_EQ(e.evaluation.modes, std::vector<NumericMode>{NumericMode::kFloat});
}

TEST(AuthorsVocabulary, IntegerTestsChooseTheirMode) {
    const std::string folder = "imagenet/resnet50/tiny_finetuning/res50_fix_quant_nvidia_pretrained_test";
    EXPECT_EQ(published(folder + ".yml").evaluation.modes, std::vector<NumericMode>{NumericMode::kFakeQuant});
    EXPECT_EQ(published(folder + "_int_model.yml").evaluation.modes,
              std::vector<NumericMode>{NumericMode::kSimulatedInteger});
    const Experiment gpu = published(folder + "_integize_on_gpu.yml");
    EXPECT_EQ(gpu.evaluation.modes, std::vector<NumericMode>{NumericMode::kIntegerFloat});
    EXPECT_THAT(gpu.evaluation.integer_float_export, StartsWith("/path/to/"));
    EXPECT_EQ(published(folder + "_int_op_only_on_cpu.yml").evaluation.modes,
              std::vector<NumericMode>{NumericMode::kIntegerOnly});
}

TEST(AuthorsVocabulary, TinyFinetuningMeansWhatTheRecipeSays) {
    const Experiment e = published("imagenet/resnet50/tiny_finetuning/res50_fix_quant_nvidia_pretrained_train.yml");
    EXPECT_EQ(e.network.architecture, "resnet50");
    EXPECT_EQ(e.network.pretrained_origin, "nvidia");
    EXPECT_EQ(e.quantization.format_policy, FormatPolicy::kGridSearch);
    EXPECT_EQ(e.quantization.pool_scale, PoolScale::kNone) << "trained with the uncorrected sum";
    EXPECT_EQ(e.training.batch_size, 128);
    EXPECT_EQ(e.training.max_steps, 500);
    EXPECT_EQ(published("imagenet/resnet50/tiny_finetuning/res50_fix_quant_nvidia_pretrained_test_int_model.yml")
                  .quantization.pool_scale,
              PoolScale::kNone)
        << "tested as it was trained";
    EXPECT_EQ(published("imagenet/resnet18/conventional/res18_fix_quant_test_int_model.yml").quantization.pool_scale,
              PoolScale::kClassifier);
    EXPECT_EQ(published("imagenet/resnet18/tiny_finetuning/res18_fix_quant_ptcv_pretrained_train.yml")
                  .quantization.pool_scale,
              PoolScale::kClassifier);
}

const std::string kSmall = "model: models.fix_resnet\ndepth: 18\n";

TEST(AuthorsVocabulary, KeepsPlacesAndSaysWhatHasNoEffect) {
    const auto document = parse_experiment(kSmall + "lr: 0.3\nbn_eps: 1e-3\nlog_dir: /path/to/logs\n", "old.yml");
    EXPECT_EQ(document.origin("optimizer.lr").to_string(), "old.yml:3:5");
    EXPECT_EQ(document.origin("network.architecture").to_string(), "old.yml:2:8");
    ASSERT_EQ(document.notes.size(), 2u);
    EXPECT_THAT(document.notes[0].message, AllOf(HasSubstr("bn_eps"), HasSubstr("no effect")));
    EXPECT_EQ(document.notes[0].origin.line, 4);
    EXPECT_EQ(document.authors_only.at("log_dir"), "/path/to/logs");
}

TEST(AuthorsVocabulary, WhatAsksForNothingIsNotCommented) {
    const auto notes = parse_experiment(kSmall +
                                            "resume: \"\"\npool_fusing: False\ndata_loader: imagenet1k\n"
                                            "quant_maxpool: True\nnvidia_pretrained_file: a.pth\n",
                                        "old.yml")
                           .notes;
    ASSERT_EQ(notes.size(), 2u);
    EXPECT_THAT(notes[0].message, HasSubstr("quant_maxpool has no effect"));
    EXPECT_THAT(notes[1].message, HasSubstr("nvidia_pretrained_file has no effect without nvidia_pretrained"));
}

TEST(AuthorsVocabulary, PlaceholdersLoadAndAreRefusedBeforeWork) {
    const auto configs = published_configs();
    for (const auto& [name, config] : configs.items()) {
        SCOPED_TRACE(name);
        const ExperimentDocument document = parse_experiment(as_yaml(config), name);
        const bool has_placeholder = !config.at("pretrained_file").get<std::string>().empty() ||
                                     config.contains("fp_pretrained_file") || config.contains("nvidia_pretrained_file");
        if (!has_placeholder) {
            EXPECT_NO_THROW(require_real_paths(document));
            continue;
        }
        const std::string key = document.origin("network.pretrained_file").key;
        EXPECT_THAT(config_error([&] { require_real_paths(document); }),
                    AllOf(StartsWith(name + ":"), HasSubstr(": " + key + " is '/path/to/"),
                          HasSubstr("--set network.pretrained_file=PATH")));
    }
}

TEST(AuthorsVocabulary, WeightsComeFromOneSource) {
    const auto e = [](const std::string& yaml) { return parse_experiment(kSmall + yaml, "old.yml"); };
    const auto both =
        e("pretrained_file: a.pt\nnvidia_pretrained: True\nnvidia_pretrained_file: b.pth\nptcv_pretrained: True\n");
    EXPECT_EQ(both.experiment.network.pretrained_file, "a.pt");
    EXPECT_EQ(both.experiment.network.pretrained_origin, "f8net");
    EXPECT_TRUE(both.experiment.network.pretrained_strict);
    ASSERT_EQ(both.notes.size(), 2u);
    EXPECT_THAT(both.notes[0].message, HasSubstr("nvidia_pretrained_file has no effect beside pretrained_file"));
    const auto hawq = e("hawq_pretrained: True\nhawq_pretrained_file: h.pth.tar\n").experiment.network;
    EXPECT_EQ(hawq.pretrained_file, "h.pth.tar");
    EXPECT_EQ(hawq.pretrained_origin, "hawq");
    EXPECT_FALSE(hawq.pretrained_strict);
    EXPECT_EQ(e("hawq_pretrained: True\n").experiment.network.pretrained_origin, "hawq");
}

TEST(AuthorsVocabulary, ErrorsNameTheirKeyAndPlace) {
    const auto error_of = [](const std::string& yaml) {
        return config_error([&] { parse_experiment(yaml, "old.yml"); });
    };
    EXPECT_THAT(error_of(kSmall + "momentom: 0.9\n"),
                AllOf(StartsWith("old.yml:3:1: "), HasSubstr("did you mean 'momentum'")));
    EXPECT_THAT(error_of(kSmall + "lr: fast\n"), AllOf(StartsWith("old.yml:3:5: lr is 'fast'")));
    EXPECT_THAT(error_of(kSmall + "lr: -1\n"), StartsWith("old.yml:3:5: "));
    EXPECT_THAT(error_of(kSmall + "nesterov: 3\n"), HasSubstr("true or false"));
    EXPECT_THAT(error_of(kSmall + "num_epochs: '3'\n"), HasSubstr("whole number"));
    EXPECT_THAT(error_of(kSmall + "weight_format: 8\n"), HasSubstr("a list"));
    EXPECT_THAT(error_of(kSmall + "format_type: per_row\n"), HasSubstr("per_channel"));
    EXPECT_THAT(error_of("model: models.fix_vgg\n"), HasSubstr("models.fix_resnet"));
    EXPECT_THAT(error_of("model: models.fix_resnet\ndepth: 20\n"), StartsWith("old.yml:2:8: "));
    EXPECT_THAT(error_of("lr: 1\nnum_epochs: 3\n"), HasSubstr("model is missing"));
    EXPECT_THAT(error_of(kSmall + "optimizer: adam\n"), HasSubstr("expected sgd"));
    EXPECT_THAT(error_of("training: {epochs: 1}\nlr: 1\n"), HasSubstr("'optimizer.lr'")) << "one vocabulary a file";
}

TEST(AuthorsVocabulary, EveryKeyOfTheMethodIsKnownAndPointsAtAnOption) {
    // method.md 7, without !include.
    for (const char* key : {"num_gpus_per_job",
                            "dataset",
                            "data_transforms",
                            "data_loader",
                            "dataset_dir",
                            "data_loader_workers",
                            "num_classes",
                            "image_size",
                            "topk",
                            "num_epochs",
                            "optimizer",
                            "momentum",
                            "weight_decay",
                            "nesterov",
                            "lr",
                            "lr_scheduler",
                            "multistep_lr_milestones",
                            "multistep_lr_gamma",
                            "exp_decaying_lr_gamma",
                            "exp_decaying_period",
                            "warmup_epochs",
                            "pretrained_dir",
                            "pretrained_file",
                            "resume",
                            "test_only",
                            "random_seed",
                            "model",
                            "depth",
                            "reset_parameters",
                            "distributed",
                            "distributed_all_reduce",
                            "use_diff_seed",
                            "width_divisor",
                            "min_width",
                            "rescale_forward",
                            "rescale_forward_conv",
                            "rescale_type",
                            "normalize",
                            "floating_model",
                            "floating_wo_clip",
                            "weight_format",
                            "input_format",
                            "format_type",
                            "format_from_metric",
                            "metric",
                            "momentum_for_metric",
                            "format_grid_search",
                            "no_clipping",
                            "input_fraclen_sharing",
                            "weight_decay_scheme",
                            "quant_bias",
                            "quant_avgpool",
                            "quant_maxpool",
                            "pool_fusing",
                            "int_infer",
                            "integize",
                            "int_op_only",
                            "integize_file_path",
                            "int_op_only_file_path",
                            "fp_pretrained_file",
                            "ptcv_pretrained",
                            "hawq_pretrained",
                            "hawq_pretrained_file",
                            "nvidia_pretrained",
                            "nvidia_pretrained_file",
                            "pretrained_model_remap_keys",
                            "finetune_iters",
                            "bn_calib_before_test",
                            "bn_calib_batch_num",
                            "bn_momentum",
                            "bn_eps",
                            "batch_size",
                            "batch_size_per_gpu",
                            "drop_last",
                            "print_each_iter",
                            "log_dir",
                            "start_epoch",
                            "width_multiplier"}) {
        EXPECT_NE(find_authors_key(key), nullptr) << key;
    }
    for (const AuthorsKey& row : authors_keys()) {
        const bool sets = row.effect == AuthorsKeyEffect::kDirect || row.effect == AuthorsKeyEffect::kCombined;
        EXPECT_EQ(row.options().empty(), !sets) << row.key;
        EXPECT_EQ(std::string(row.how).empty(), row.effect == AuthorsKeyEffect::kDirect) << row.key;
        for (const std::string& ours : row.options()) EXPECT_NE(find_option(ours), nullptr) << row.key << " " << ours;
    }
    EXPECT_THAT(authors_keys_of("quantization.mode"), testing::ElementsAre("floating_model", "floating_wo_clip"));
    EXPECT_THAT(authors_keys_of("training.probe_images"), testing::IsEmpty());
}

/// What the table says that a key sets is what it sets: each origin in a published file is a row of the table.
TEST(AuthorsVocabulary, OriginsNameTheKeyThatSetThem) {
    const auto configs = published_configs();
    for (const auto& [name, config] : configs.items()) {
        SCOPED_TRACE(name);
        const ExperimentDocument document = parse_experiment(as_yaml(config), name);
        for (const auto& [ours, origin] : document.origins) {
            if (origin.kind == Origin::Kind::kDefault) {
                EXPECT_EQ(origin.to_string(), "default of the authors' program") << ours;
                continue;
            }
            ASSERT_NE(find_authors_key(origin.key), nullptr) << ours << " " << origin.key;
            EXPECT_THAT(authors_keys_of(ours), testing::Contains(origin.key)) << ours;
            EXPECT_TRUE(config.contains(origin.key)) << ours << " " << origin.key;
        }
    }
}

TEST(AuthorsVocabulary, OverridesUseOurKeys) {
    const std::vector<Setting> settings = {parse_setting("optimizer.lr=0.7")};
    EXPECT_EQ(parse_experiment(kSmall + "lr: 0.3\n", "old.yml", settings).experiment.optimizer.lr, 0.7);
}

TEST(AuthorsVocabulary, RemapKeysTakeAMap) {
    const auto e =
        parse_experiment(kSmall + "pretrained_model_remap_keys: {features.a: head.0}\n", "old.yml").experiment;
    EXPECT_EQ(e.network.pretrained_remap, std::vector<std::string>{"features.a=head.0"});
}

}  // namespace
}  // namespace f8net
