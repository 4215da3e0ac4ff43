// SPDX-License-Identifier: Apache-2.0
#include "core/config/experiment_document.h"

#include <gmock/gmock.h>

#include "tests/core/config/config_test_support.h"

namespace f8net {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

ExperimentDocument parse(const std::string& yaml, std::vector<Setting> settings = {}, Environment environment = {}) {
    return parse_experiment(yaml, "a.yaml", settings, environment);
}
std::string error_of(const std::string& yaml, std::vector<Setting> settings = {}, Environment environment = {}) {
    return config_error([&] { parse(yaml, settings, environment); });
}

const std::string kStages =
    "optimizer: {lr: 0.3}\n"
    "stages:\n"
    "  - name: float\n"
    "    optimizer:\n"
    "      lr: 0.2\n"
    "  - name: fixed\n"
    "    training: {epochs: 4}\n";

TEST(ExperimentDocument, LaterSourcesWinAndAreRemembered) {
    const std::string yaml = "optimizer:\n  lr: 0.2\n";
    EXPECT_EQ(parse("name: x\n").experiment.optimizer.lr, 0.1);
    EXPECT_EQ(parse("name: x\n").origin("optimizer.lr").to_string(), "default");

    const auto file = parse(yaml);
    EXPECT_EQ(file.experiment.optimizer.lr, 0.2);
    EXPECT_EQ(file.origin("optimizer.lr").to_string(), "a.yaml:2:7");

    const auto environment = parse(yaml, {}, {"PATH=x", "F8NET_OPTIMIZER_LR=0.3"});
    EXPECT_EQ(environment.experiment.optimizer.lr, 0.3);
    EXPECT_EQ(environment.origin("optimizer.lr").to_string(), "F8NET_OPTIMIZER_LR");

    const auto flag = parse(yaml, {parse_setting("optimizer.lr=0.4")}, {"F8NET_OPTIMIZER_LR=0.3"});
    EXPECT_EQ(flag.experiment.optimizer.lr, 0.4);
    EXPECT_EQ(flag.origin("optimizer.lr").to_string(), "--set");
}

TEST(ExperimentDocument, ShortVariablesOfFlagsCountBelowLongOnes) {
    EXPECT_EQ(parse("name: x\n", {}, {"F8NET_THREADS=3"}).experiment.training.threads, 3);
    const auto both = parse("name: x\n", {}, {"F8NET_THREADS=3", "F8NET_TRAINING_THREADS=2"});
    EXPECT_EQ(both.experiment.training.threads, 2);
    EXPECT_EQ(both.origin("training.threads").to_string(), "F8NET_TRAINING_THREADS");
}

TEST(ExperimentDocument, VariableWithATypoIsNoted) {
    const auto document = parse("name: x\n", {}, {"F8NET_OPTIMIZER_LRR=1", "F8NET_STORE=/x", "F8NET_OPTIMIZER_LR=1"});
    ASSERT_EQ(document.notes.size(), 1u);
    EXPECT_EQ(document.notes[0].origin.to_string(), "F8NET_OPTIMIZER_LRR");
    EXPECT_THAT(document.notes[0].message, HasSubstr("did you mean F8NET_OPTIMIZER_LR?"));
}

TEST(ExperimentDocument, SettingWinsOverWhatTheFileSaysInStages) {
    const auto plain = parse(kStages);
    EXPECT_EQ(plain.experiment.resolved_stages()[0].experiment.optimizer.lr, 0.2);
    EXPECT_EQ(plain.experiment.resolved_stages()[1].experiment.optimizer.lr, 0.3);
    EXPECT_EQ(plain.origin("optimizer.lr", "float").to_string(), "a.yaml:5:11");
    EXPECT_EQ(plain.origin("optimizer.lr", "fixed").to_string(), "a.yaml:1:17");

    const auto all = parse(kStages, {parse_setting("optimizer.lr=0.5")});
    for (const auto& stage : all.experiment.resolved_stages()) {
        EXPECT_EQ(stage.experiment.optimizer.lr, 0.5) << stage.name;
        EXPECT_EQ(all.origin("optimizer.lr", stage.name).to_string(), "--set");
    }
    const auto one = parse(kStages, {parse_setting("stages.fixed.optimizer.lr=0.5")});
    EXPECT_EQ(one.experiment.resolved_stages()[0].experiment.optimizer.lr, 0.2);
    EXPECT_EQ(one.experiment.resolved_stages()[1].experiment.optimizer.lr, 0.5);
    EXPECT_EQ(one.origin("optimizer.lr", "fixed").to_string(), "--set");
    EXPECT_THAT(error_of(kStages, {parse_setting("stages.flot.optimizer.lr=1")}), HasSubstr("did you mean 'float'"));
    EXPECT_THAT(error_of(kStages, {parse_setting("stages.float.network.num_classes=3")}), HasSubstr("whole run"));
}

TEST(ExperimentDocument, EntriesListEveryRowThenTheStages) {
    const auto entries = parse(kStages).entries();
    ASSERT_EQ(entries.size(), option_table().size() + 2);
    EXPECT_EQ(entries.back().stage, "fixed");
    EXPECT_EQ(entries.back().row->key, "training.epochs");
    EXPECT_EQ(entries.back().text, "4");
    EXPECT_FALSE(entries.back().is_default);
    EXPECT_TRUE(entries[1].is_default);
}

TEST(ExperimentDocument, UnknownKeyHasAPlaceAndTheNearestName) {
    EXPECT_THAT(error_of("optimizer:\n  lrr: 1\n"),
                AllOf(StartsWith("a.yaml:2:3: "), HasSubstr("did you mean 'optimizer.lr'")));
    EXPECT_THAT(error_of("optimiser:\n  lr: 1\n"), AllOf(StartsWith("a.yaml:1:1: "), HasSubstr("'optimizer'")));
    EXPECT_THAT(error_of("name: x\ntraining: {epochs: 1}\noptimizer.lr: 1\n"),
                AllOf(StartsWith("a.yaml:3:1: "), HasSubstr("below 'optimizer:'")));
    EXPECT_THAT(error_of("name: x\n", {parse_setting("optimiser.lr=1")}),
                AllOf(StartsWith("--set: "), HasSubstr("optimiser")));
    EXPECT_THAT(error_of("stages:\n- name: a\n  optimizer: {lrr: 1}\n"), StartsWith("a.yaml:3:15: "));
}

TEST(ExperimentDocument, WrongTypeAndRangeHaveAPlace) {
    EXPECT_THAT(error_of("training:\n  batch_size: many\n"),
                AllOf(StartsWith("a.yaml:2:15: "), HasSubstr("'many'"), HasSubstr("whole number")));
    EXPECT_THAT(error_of("training: {batch_size: '64'}\n"), HasSubstr("'64'"));
    EXPECT_THAT(error_of("training: {batch_size: [64]}\n"), HasSubstr("a list"));
    EXPECT_THAT(error_of("training: {batch_size: }\n"), HasSubstr("nothing"));
    EXPECT_THAT(error_of("training: {batch_size: 010}\n"), HasSubstr("leading zeros"));
    EXPECT_THAT(error_of("training: 3\n"), AllOf(StartsWith("a.yaml:1:11: "), HasSubstr("expected a map")));
    EXPECT_THAT(error_of("quantization: {weight_format: 8}\n"), HasSubstr("a list of 2"));
    EXPECT_THAT(error_of("quantization: {weight_format: [8, [7]]}\n"), StartsWith("a.yaml:1:35: "));
    EXPECT_THAT(error_of("network:\n  width_multiplier: -1\n"),
                AllOf(StartsWith("a.yaml:2:21: "), HasSubstr("-1"), HasSubstr("0.01 to 8")));
    EXPECT_THAT(error_of("name: x\n", {{"training.batch_size", "many", "--batch-size"}}),
                AllOf(StartsWith("--batch-size: "), HasSubstr("many")));
    EXPECT_THAT(error_of("name: x\n", {parse_setting("network.width_multiplier=-1")}),
                AllOf(HasSubstr("width_multiplier"), HasSubstr("-1")));
    EXPECT_THAT(error_of("name: x\n", {}, {"F8NET_OPTIMIZER_LR=fast"}), StartsWith("F8NET_OPTIMIZER_LR: "));
    EXPECT_THAT(config_error([] { parse_setting("optimizer.lr"); }), HasSubstr("key=value"));
}

TEST(ExperimentDocument, ConflictsPointAtTheValueToBlame) {
    EXPECT_THAT(error_of("training:\n  micro_batch: 48\n"), StartsWith("a.yaml:2:16: training.micro_batch is 48"));
    EXPECT_THAT(error_of("stages:\n- name: a\n  training: {micro_batch: 48}\n"),
                AllOf(StartsWith("a.yaml:3:27: "), HasSubstr("in stage a")));
    EXPECT_THAT(error_of("name: x\n", {parse_setting("training.micro_batch=48")}), StartsWith("--set: "));
    EXPECT_THAT(error_of("stages: [{name: a}, {name: a}]\n"),
                AllOf(StartsWith("a.yaml:1:9: "), HasSubstr("two stages")));
}

TEST(ExperimentDocument, StagesMustBeNamedMaps) {
    EXPECT_THAT(error_of("stages: 3\n"), HasSubstr("expected a list"));
    EXPECT_THAT(error_of("stages: [3]\n"), HasSubstr("expected a map"));
    EXPECT_THAT(error_of("stages: [{training: {epochs: 1}}]\n"), HasSubstr("needs a name"));
    EXPECT_THAT(error_of("stages: [{name: a, stages: []}]\n"), HasSubstr("unknown key 'stages'"));
    EXPECT_THAT(error_of("stages: [{name: a, network: {stem: small}}]\n"), HasSubstr("whole run"));
}

TEST(ExperimentDocument, FilesThatHoldNoMapAreRefused) {
    for (const std::string yaml : {"", "# nothing\n", "3\n", "[1]\n", "~\n"}) {
        EXPECT_THAT(error_of(yaml), MatchesRegex("a\\.yaml:[0-9]+:[0-9]+: the file holds.*")) << yaml;
    }
}

TEST(ExperimentDocument, ConfigurationTwiceInOneFileIsADuplicate) {
    TemporaryFolder folder;
    const std::string text = "name: a\ntraining:\n  epochs: 1\n";
    EXPECT_THAT(config_error([&] { load_experiment(folder.write("d.yaml", text + "\n" + text)); }),
                MatchesRegex(".*d\\.yaml:5:1: duplicate key.*"));
}

TEST(ExperimentDocument, MissingFileIsAnErrorOfConfiguration) {
    EXPECT_THAT(config_error([] { load_experiment("/nowhere/none.yaml"); }), HasSubstr("none.yaml"));
}

TEST(ExperimentDocument, IsNamedAfterItsFileWhereItSaysNothing) {
    EXPECT_EQ(parse_experiment("training: {epochs: 2}\n", "configs/some/mine.yaml").experiment.name, "mine");
    EXPECT_EQ(parse("name: other\n").experiment.name, "other");
}

TEST(ExperimentDocument, WritesYamlThatLoadsToTheSame) {
    Experiment e =
        parse(kStages, {parse_setting("stages.fixed.data.flip=true"), parse_setting("description=a: \"b\" # c")})
            .experiment;
    e.network.pretrained_remap = {"a=b", "c, d=e"};
    e.evaluation.modes = {};
    for (const YamlDetail detail : {YamlDetail::kChanged, YamlDetail::kEverything}) {
        const std::string yaml = to_yaml(e, detail);
        const Experiment again = parse(yaml).experiment;
        for (const OptionRow& row : option_table()) EXPECT_EQ(row.get(again), row.get(e)) << row.key << "\n" << yaml;
        EXPECT_EQ(again.stages, e.stages) << yaml;
        EXPECT_EQ(to_yaml(again, detail), yaml);
    }
    EXPECT_THAT(to_yaml(e, YamlDetail::kEverything), HasSubstr("  momentum: 0.9\n"));
    EXPECT_EQ(to_yaml(e, YamlDetail::kChanged).find("nesterov"), std::string::npos);
    EXPECT_NO_THROW(parse(to_yaml(Experiment{}, YamlDetail::kChanged)));
}

TEST(ExperimentDocument, PlaceholderPathsAreRefusedBeforeWork) {
    auto document = parse("data:\n  folder: /path/to/imagenet\n");
    EXPECT_THAT(config_error([&] { require_real_paths(document); }),
                AllOf(StartsWith("a.yaml:2:11: "), HasSubstr("data.folder")));
    document.apply(parse_setting("data.folder=/data"));
    EXPECT_NO_THROW(require_real_paths(document));
}

TEST(ExperimentDocument, FormValuesAreOriginsOfTheirOwn) {
    auto document = parse("name: x\n");
    document.apply({"optimizer.lr", "0.7", "form", Origin::Kind::kForm});
    EXPECT_EQ(document.experiment.optimizer.lr, 0.7);
    EXPECT_EQ(document.origin("optimizer.lr").to_string(), "form");
}

TEST(ExperimentDocument, FoldersListTheirExperimentsAndProblems) {
    TemporaryFolder folder;
    folder.write("b/two.yaml", "description: second\nduration: long\n");
    folder.write("a/one.yml", "name: first\n");
    folder.write("c.yaml", "nonsense: 1\n");
    folder.write("notes.txt", "x");
    std::vector<std::string> problems;
    const auto list = list_experiments(folder.path(""), &problems);
    ASSERT_EQ(list.size(), 2u);
    EXPECT_EQ(list[0].name, "first");
    EXPECT_EQ(list[1].name, "two");
    EXPECT_EQ(list[1].description, "second");
    EXPECT_EQ(list[1].duration, "long");
    EXPECT_THAT(problems, ElementsAre(HasSubstr("c.yaml:1:1")));
}

}  // namespace
}  // namespace f8net
