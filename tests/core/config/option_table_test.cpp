// SPDX-License-Identifier: Apache-2.0
#include "core/config/option_table.h"

#include <gmock/gmock.h>

#include <cmath>
#include <set>

#include "tests/core/config/config_test_support.h"

namespace f8net {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(OptionTable, EveryRowSaysWhatItIsAndWhatItAccepts) {
    std::set<std::string> keys, variables, flags;
    for (const OptionRow& row : option_table()) {
        EXPECT_TRUE(keys.insert(row.key).second) << row.key << " is there twice";
        EXPECT_TRUE(variables.insert(row.environment_name()).second) << row.environment_name();
        if (!row.flag.empty()) {
            EXPECT_TRUE(flags.insert(row.flag).second) << row.flag;
        }
        EXPECT_EQ(row.key, row.section.empty() ? row.name : row.section + "." + row.name);
        EXPECT_GT(row.help.size(), 10u) << row.key;
        EXPECT_EQ(row.help.back(), '.') << row.key;
        EXPECT_FALSE(row.allowed().empty()) << row.key;
        const bool numeric = row.type == OptionType::kInt || row.type == OptionType::kDouble ||
                             row.type == OptionType::kIntList || row.type == OptionType::kDoubleList;
        EXPECT_EQ(numeric, std::isfinite(row.minimum) && std::isfinite(row.maximum)) << row.key << " needs a range";
        const bool chooses = row.type == OptionType::kChoice || row.type == OptionType::kChoiceList;
        EXPECT_EQ(chooses, row.choices.size() >= 2) << row.key;
    }
    EXPECT_GE(keys.size(), 80u);
}

TEST(OptionTable, DefaultsAreThoseOfTheStructsAndPassTheirOwnChecks) {
    const Experiment defaults;
    for (const OptionRow& row : option_table()) {
        EXPECT_NO_THROW(check_value(row, row.get(defaults))) << row.key;
        EXPECT_EQ(row.get(defaults), row.default_value());
    }
    EXPECT_EQ(get_option(defaults, "optimizer.lr"), "0.1");
    EXPECT_EQ(get_option(defaults, "quantization.weight_format"), "[8, 7]");
    EXPECT_NO_THROW(check_experiment(defaults));
}

TEST(OptionTable, SettingOneOptionChangesThatOptionAlone) {
    for (const OptionRow& row : option_table()) {
        Experiment changed;
        OptionValue value = row.default_value();
        if (auto* flag = std::get_if<bool>(&value)) *flag = !*flag;
        if (auto* whole = std::get_if<int64_t>(&value)) *whole = *whole == row.minimum ? *whole + 1 : *whole - 1;
        if (auto* real = std::get_if<double>(&value))
            *real = (row.minimum + *real) / 2 == *real ? row.maximum / 2 : (row.minimum + *real) / 2;
        if (auto* text = std::get_if<std::string>(&value))
            *text = row.choices.empty() ? "other" : *text == row.choices[0] ? row.choices[1] : row.choices[0];
        if (auto* ints = std::get_if<std::vector<int64_t>>(&value))
            *ints = std::vector<int64_t>(std::max<size_t>(row.minimum_length, 1), 3);
        if (auto* reals = std::get_if<std::vector<double>>(&value))
            *reals = std::vector<double>(std::max<size_t>(row.minimum_length, 1), 0.7);
        if (auto* texts = std::get_if<std::vector<std::string>>(&value))
            *texts = {row.choices.empty() ? "a=b" : row.choices[1]};
        set_option(changed, row.key, format_value(value));
        for (const OptionRow& other : option_table()) {
            const bool same = other.get(changed) == other.default_value();
            EXPECT_EQ(same, other.key != row.key)
                << "after setting " << row.key << ", " << other.key << " is " << format_value(other.get(changed));
        }
    }
}

TEST(OptionTable, FieldsAndRowsAreBoundToEachOther) {
    Experiment e;
    set_option(e, "quantization.weight_format", "[8, 5]");
    set_option(e, "quantization.statistic", "rms");
    set_option(e, "evaluation.modes", "integer-only, float");
    set_option(e, "training.seed", "9007199254740991");
    EXPECT_EQ(e.quantization.weight_format, (InitialFormat{8, 5}));
    EXPECT_EQ(e.quantization.statistic, Statistic::kRms);
    EXPECT_EQ(e.evaluation.modes, (std::vector<NumericMode>{NumericMode::kIntegerOnly, NumericMode::kFloat}));
    EXPECT_EQ(e.training.seed, 9007199254740991);
}

TEST(OptionTable, SectionsCoverAllRows) {
    std::set<std::string> sections;
    for (const OptionSection& section : option_sections()) sections.insert(section.name);
    for (const OptionRow& row : option_table()) {
        EXPECT_TRUE(row.section.empty() || sections.contains(row.section)) << row.key;
    }
}

TEST(OptionTable, UnknownKeyNamesTheNearest) {
    Experiment e;
    EXPECT_THAT(config_error([&] { set_option(e, "optimiser.lr", "1"); }),
                AllOf(HasSubstr("'optimiser.lr'"), HasSubstr("did you mean 'optimizer.lr'")));
    EXPECT_THAT(config_error([&] { set_option(e, "batch_size", "1"); }), HasSubstr("training.batch_size"));
}

TEST(OptionValue, RefusesWhatIsNoNumberOrOutOfRange) {
    Experiment e;
    EXPECT_THAT(config_error([&] { set_option(e, "network.width_multiplier", "-1"); }),
                AllOf(HasSubstr("network.width_multiplier is -1"), HasSubstr("0.01 to 8")));
    EXPECT_THAT(config_error([&] { set_option(e, "training.batch_size", "many"); }),
                AllOf(HasSubstr("'many'"), HasSubstr("a whole number, 1 to 1048576")));
    for (const char* text :
         {"", " ", "1.0", "1e2", "0x10", "010", "+1", "1_000", "99999999999999999999", "0", "-5", "true", "1 2"}) {
        config_error([&] { set_option(e, "training.batch_size", text); });
    }
    for (const char* text : {"", "nan", "inf", "-inf", "1e999", "0x1p3", "01.5", "1,5", "1 "}) {
        if (std::string(text) == "1 ") continue;  // space around a number is no error
        config_error([&] { set_option(e, "optimizer.lr", text); });
    }
    EXPECT_EQ(e.training.batch_size, Experiment{}.training.batch_size) << "a refused value must change nothing";
}

TEST(OptionValue, LeadingZeroIsNoOctal) {
    Experiment e;
    EXPECT_THAT(config_error([&] { set_option(e, "training.epochs", "010"); }), HasSubstr("leading zeros"));
}

TEST(OptionValue, ListsAreCheckedElementByElement) {
    Experiment e;
    EXPECT_THAT(config_error([&] { set_option(e, "quantization.weight_format", "[8]"); }), HasSubstr("list of 2"));
    config_error([&] { set_option(e, "quantization.weight_format", "[8, 7, 6]"); });
    config_error([&] { set_option(e, "quantization.weight_format", "[8, x]"); });
    config_error([&] { set_option(e, "quantization.weight_format", "[8, 7"); });
    config_error([&] { set_option(e, "data.crop_scale", "0.5, 2"); });
    EXPECT_THAT(config_error([&] { set_option(e, "evaluation.modes", "[float, floating]"); }),
                HasSubstr("did you mean"));
    EXPECT_THAT(config_error([&] { set_option(e, "evaluation.modes", "[float, float]"); }), HasSubstr("twice"));
}

TEST(OptionValue, TextWithQuotesAndCommasSurvives) {
    const OptionRow& row = option("network.pretrained_remap");
    const std::vector<std::string> texts = {"a=b", "with, comma=x", "quote\"=y", "back\\slash=z", " space =w"};
    EXPECT_EQ(parse_value(row, format_value(texts)), OptionValue(texts));
}

TEST(OptionValue, RefusesWhatIsNoText) {
    Experiment e;
    config_error([&] { set_option(e, "name", "a\xff"); });
    config_error([&] { set_option(e, "name", std::string_view("a\0b", 3)); });
    EXPECT_NO_THROW(set_option(e, "name", "größer 🙂"));
}

TEST(Experiment, RelationsBetweenOptionsAreChecked) {
    const auto conflict = [](const char* key, const char* value) {
        Experiment e;
        set_option(e, key, value);
        return config_error([&] { check_experiment(e); });
    };
    EXPECT_THAT(conflict("optimizer.momentum", "0"), HasSubstr("optimizer.nesterov"));
    EXPECT_THAT(conflict("training.micro_batch", "48"),
                AllOf(HasSubstr("training.micro_batch is 48"), HasSubstr("64")));
    EXPECT_THAT(conflict("training.micro_batch", "128"), HasSubstr("training.micro_batch"));
    EXPECT_THAT(conflict("training.device", "gpu"), HasSubstr("cpu, cuda, cuda:N or auto"));
    EXPECT_THAT(conflict("training.device", "cuda:x"), HasSubstr("training.device"));
    EXPECT_THAT(conflict("quantization.weight_format", "[6, 5]"), HasSubstr("8 bits only"));
    EXPECT_THAT(conflict("quantization.weight_format", "[8, 9]"), HasSubstr("fractional length 9"));
    EXPECT_THAT(conflict("network.image_size", "96"), HasSubstr("network.stem"));
    EXPECT_THAT(conflict("data.normalize", "true"), HasSubstr("data.mean")) << "3 means, 1 channel";
    EXPECT_THAT(conflict("data.crop_scale", "[1, 0.5]"), HasSubstr("data.crop_scale"));
    EXPECT_THAT(conflict("schedule.milestones", "[3, 3]"), HasSubstr("ascend"));
    Experiment fine;
    set_option(fine, "training.micro_batch", "16");
    set_option(fine, "training.device", "cuda:3");
    EXPECT_NO_THROW(check_experiment(fine));
    EXPECT_EQ(fine.training.accumulate_steps(), 4);
}

TEST(Experiment, RanksShareBatchesEvenlyOrAreRefused) {
    const auto conflict = [](const char* key, const char* value, int ranks) {
        Experiment e;
        e.training.batch_size = 64;
        set_option(e, key, value);
        return config_error([&] { check_for_ranks(e, ranks); });
    };
    EXPECT_THAT(conflict("training.batch_size", "10", 4),
                AllOf(HasSubstr("training.batch_size is 10"), HasSubstr("4 ranks"), HasSubstr("use 8 or 12")));
    EXPECT_THAT(conflict("training.batch_size", "2", 4), HasSubstr("use 4"));
    EXPECT_THAT(conflict("training.micro_batch", "32", 4),
                AllOf(HasSubstr("training.micro_batch is 32"), HasSubstr("16")));
    Experiment fine;
    fine.training.batch_size = 64;
    fine.training.micro_batch = 8;
    EXPECT_NO_THROW(check_for_ranks(fine, 4));
    EXPECT_EQ(fine.training.accumulate_steps(4), 2);
    EXPECT_EQ(fine.training.effective_micro_batch(4), 8);
    fine.training.micro_batch = 0;
    EXPECT_EQ(fine.training.accumulate_steps(4), 1);
    EXPECT_EQ(fine.training.effective_micro_batch(4), 16);
    fine.stages = {{"small", {{"training.batch_size", "6"}}}};
    EXPECT_THAT(config_error([&] { check_for_ranks(fine, 4); }), HasSubstr("in stage small"));
}

TEST(Experiment, StagesStartFromTheExperimentAndChangeWhatTheyName) {
    Experiment e;
    e.optimizer.lr = 0.2;
    e.stages = {{"float", {{"quantization.mode", "float"}, {"training.epochs", "3"}}},
                {"fixed-point", {{"optimizer.lr", "0.05"}}}};
    const auto stages = e.resolved_stages();
    ASSERT_EQ(stages.size(), 2u);
    EXPECT_EQ(stages[0].name, "float");
    EXPECT_EQ(stages[0].experiment.quantization.mode, NumericMode::kFloat);
    EXPECT_EQ(stages[0].experiment.training.epochs, 3);
    EXPECT_EQ(stages[0].experiment.optimizer.lr, 0.2);
    EXPECT_EQ(stages[1].experiment.quantization.mode, NumericMode::kFakeQuant);
    EXPECT_EQ(stages[1].experiment.training.epochs, 1);
    EXPECT_EQ(stages[1].experiment.optimizer.lr, 0.05);
    EXPECT_TRUE(stages[1].experiment.stages.empty());
}

TEST(Experiment, WithoutStagesIsOneStage) {
    const auto stages = Experiment{}.resolved_stages();
    ASSERT_EQ(stages.size(), 1u);
    EXPECT_EQ(stages[0].name, "main");
}

TEST(Experiment, StageCannotChangeTheNetworkAndNeedsAnOwnName) {
    Experiment e;
    e.stages = {{"a", {{"network.num_classes", "3"}}}};
    EXPECT_THAT(config_error([&] { (void)e.resolved_stages(); }), HasSubstr("whole run"));
    e.stages = {{"a", {}}, {"a", {}}};
    EXPECT_THAT(config_error([&] { check_experiment(e); }), HasSubstr("two stages"));
    e.stages = {{"a.b", {}}};
    config_error([&] { check_experiment(e); });
}

}  // namespace
}  // namespace f8net
