// SPDX-License-Identifier: Apache-2.0
// The files under configs/ are promises to whoever starts here: they load, and say what they are for.
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "core/config/experiment_document.h"
#include "tests/core/config/published_configs.h"

namespace f8net {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::IsSubsetOf;
using Keys = std::vector<std::string>;

const std::string kConfigs = std::string(F8NET_SOURCE_DIR) + "/configs";

TEST(ReadyExperiments, AllLoadAndSayWhatTheyAreForAndHowLongTheyTake) {
    std::vector<std::string> problems;
    const auto experiments = list_experiments(kConfigs, &problems);
    EXPECT_THAT(problems, IsEmpty());
    EXPECT_EQ(experiments.size(), 16u);
    for (const auto& experiment : experiments) {
        EXPECT_GT(experiment.description.size(), 20u) << experiment.path;
        EXPECT_FALSE(experiment.duration.empty()) << experiment.path;
        std::ifstream stream(experiment.path);
        EXPECT_EQ(stream.peek(), '#') << experiment.path << " begins with a comment that says what it is for";
    }
}

TEST(ReadyExperiments, QuickstartIsTheOneOfTheReadme) {
    const auto e = load_experiment(kConfigs + "/fashion-mnist/quickstart.yaml", {}, {}).experiment;
    EXPECT_EQ(e.name, "quickstart");
    const auto stages = e.resolved_stages();
    ASSERT_EQ(stages.size(), 2u);
    EXPECT_EQ(stages[0].experiment.quantization.mode, NumericMode::kFloat);
    EXPECT_EQ(stages[1].experiment.quantization.mode, NumericMode::kFakeQuant);
    for (const auto& stage : stages) {
        EXPECT_EQ(stage.experiment.network.architecture, "resnet18");
        EXPECT_EQ(stage.experiment.network.width_multiplier, 0.25);
        EXPECT_FALSE(stage.experiment.quantization.rescale_forward) << "ten classes (method.md 3.6)";
    }
}

Experiment stage_of(const std::string& file, const std::string& stage) {
    for (const ResolvedStage& resolved : load_experiment(kConfigs + "/" + file, {}, {}).experiment.resolved_stages()) {
        if (resolved.name == stage) return resolved.experiment;
    }
    ADD_FAILURE() << file << " has no stage " << stage;
    return {};
}

/// Keys of the options in which two experiments differ.
Keys differences(const Experiment& a, const Experiment& b) {
    Keys keys;
    for (const OptionRow& row : option_table()) {
        if (row.get(a) != row.get(b)) keys.push_back(row.key);
    }
    return keys;
}

/// The file and the stage that do what a published experiment does.
std::pair<std::string, std::string> counterpart(const std::string& published) {
    const bool tiny = published.find("/tiny_finetuning/") != std::string::npos;
    const bool is_float = published.find("_floating_") != std::string::npos;
    for (const auto& [theirs, ours] : {std::pair{"/resnet18/", "resnet18"},
                                       {"/resnet50/", "resnet50"},
                                       {"/mobilenetv1/", "mobilenet_v1"},
                                       {"/mobilenetv2/", "mobilenet_v2"}}) {
        if (published.find(theirs) == std::string::npos) continue;
        if (tiny) return {std::string("imagenet/") + ours + "_tiny.yaml", "tiny"};
        return {std::string("imagenet/") + ours + ".yaml", is_float ? "float" : "fixed-point"};
    }
    return {};
}

/// What is meant to differ, and why.
Keys intended_differences(const Experiment& published) {
    Keys keys = {"name", "description", "duration",     //
                 "data.folder", "data.loader_threads",  // the machine's
                 "evaluation.modes",  // all that a published set of tests asks for; checked on its own
                 // The stage before, or a file of the user's.
                 "network.pretrained_file", "network.pretrained_origin", "network.pretrained_strict",
                 // The integer network has no division, as in the published integer tests. Training and fake-quantized
                 // tests computed the same mean without it; the factor is in the classifier.
                 "quantization.quantize_average_pool"};
    const auto add = [&](const Keys& more) { keys.insert(keys.end(), more.begin(), more.end()); };
    // Nothing is rounded: formats, their choice and who shares them mean nothing.
    if (published.quantization.mode == NumericMode::kFloat)
        add({"quantization.format_policy", "quantization.fractional_length_sharing"});
    // Of ranks, of which there is one where nothing is distributed.
    if (!published.training.seed_per_rank) add({"training.seed_per_rank"});
    if (!published.training.test_only) return keys;
    // A test does not train, and integer modes always round biases.
    add({"training.test_only", "training.micro_batch", "training.log_every_steps", "training.device", "optimizer.lr",
         "quantization.quantize_bias", "evaluation.integer_float_export", "evaluation.integer_only_export"});
    return keys;
}

TEST(ReadyExperiments, EveryPublishedExperimentHasACounterpartOfEqualMeaning) {
    const auto configs = published_configs();
    std::map<std::string, int> covered;
    for (const auto& [name, config] : configs.items()) {
        SCOPED_TRACE(name);
        const Experiment theirs = parse_experiment(as_yaml(config), name).experiment;
        const auto [file, stage] = counterpart(name);
        ASSERT_FALSE(file.empty());
        const Experiment ours = stage_of(file, stage);
        ++covered[file];
        EXPECT_THAT(differences(theirs, ours), IsSubsetOf(intended_differences(theirs)));
        for (const NumericMode mode : theirs.evaluation.modes) EXPECT_THAT(ours.evaluation.modes, Contains(mode));
    }
    EXPECT_THAT(covered, testing::UnorderedElementsAre(
                             std::pair{"imagenet/resnet18.yaml", 7}, std::pair{"imagenet/mobilenet_v1.yaml", 7},
                             std::pair{"imagenet/mobilenet_v2.yaml", 7}, std::pair{"imagenet/resnet18_tiny.yaml", 5},
                             std::pair{"imagenet/resnet50_tiny.yaml", 10}));
}

TEST(ReadyExperiments, SmallPicturesGetTheSameRecipes) {
    // Size of pictures and of the work; ten classes (method.md 3.6); float weights that there are no published ones of.
    const Keys adapted = {"name",
                          "description",
                          "duration",
                          "data.dataset",
                          "data.folder",
                          "data.validation",
                          "data.random_crop_padding",
                          "data.random_resized_crop",
                          "data.test_resize",
                          "data.mean",
                          "data.std",
                          "data.loader_threads",
                          "network.stem",
                          "network.image_size",
                          "network.input_channels",
                          "network.num_classes",
                          "network.width_multiplier",
                          "network.pretrained_origin",
                          "network.pretrained_strict",
                          "quantization.rescale_forward",
                          "quantization.pool_scale",
                          "schedule.warmup_epochs",
                          "training.epochs",
                          "training.batch_size",
                          "training.micro_batch",
                          "training.images_per_epoch",
                          "training.device",
                          "evaluation.modes"};
    for (const std::string dataset : {"fashion-mnist", "cifar-10"}) {
        for (const std::string network : {"resnet18", "mobilenet_v1", "mobilenet_v2"}) {
            for (const std::string stage : {"float", "fixed-point"}) {
                const std::string file = "/" + network + ".yaml";
                EXPECT_THAT(differences(stage_of("imagenet" + file, stage), stage_of(dataset + file, stage)),
                            IsSubsetOf(adapted))
                    << dataset << file << " " << stage;
            }
        }
        for (const std::string network : {"resnet18", "resnet50"}) {
            const std::string file = "/" + network + "_tiny.yaml";
            EXPECT_THAT(differences(stage_of("imagenet" + file, "tiny"), stage_of(dataset + file, "tiny")),
                        IsSubsetOf(adapted))
                << dataset << file;
            EXPECT_EQ(stage_of(dataset + file, "float").quantization.mode, NumericMode::kFloatUnclipped);
        }
    }
}

}  // namespace
}  // namespace f8net
