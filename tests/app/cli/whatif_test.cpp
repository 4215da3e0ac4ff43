// SPDX-License-Identifier: Apache-2.0
// `f8net whatif` on a run whose network has random weights, and what can be done with the run that it keeps.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/data/dataset.h"
#include "core/store/run_reader.h"
#include "core/store/run_store.h"
#include "tests/app/cli/program_runner.h"
#include "tests/core/whatif/network_run.h"

namespace f8net {
namespace {

using testing::HasSubstr;

class WhatIfCommand : public testing::Test {
protected:
    void SetUp() override {
        if (!has_fashion_mnist()) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
        parent = make_network_run(workplace.store(), "parent");
    }
    const IntegerNode& node(const std::string& name) {
        return network.nodes[static_cast<size_t>(network.index_of(name))];
    }
    Outcome must(std::vector<std::string> arguments) {
        const Outcome outcome = workplace.run_in_store(std::move(arguments));
        EXPECT_EQ(outcome.exit_code, 0) << outcome.messages;
        return outcome;
    }

    Workplace workplace;
    const IntegerNetwork network = small_random_network();
    RunId parent;
};

TEST_F(WhatIfCommand, SaysAccuracyAndErrorsAndKeepsARunThatDoesTheSame) {
    const std::string file = workplace.path("changed.f8n");
    const nlohmann::json json = must({"whatif", "parent", "--json", "--images", "200", "--set", "head.0.weight=s8.2",
                                      "--set", "classifier.0.input=u6.2", "-o", file, "--keep", "coarser"})
                                    .json();
    EXPECT_EQ(json["images"], 200);
    EXPECT_EQ(json["computed_from"], "input");
    ASSERT_EQ(json["changes"].size(), 2u);
    EXPECT_EQ(json["changes"][0]["from"], node("head.0").weight_format.to_string());
    EXPECT_EQ(json["changes"][1]["to"], "u6.2");
    EXPECT_LE(json["before"]["low"], json["before"]["top1"]);
    EXPECT_DOUBLE_EQ(json["difference"]["top1"].get<double>(),
                     json["after"]["top1"].get<double>() - json["before"]["top1"].get<double>());
    EXPECT_EQ(json["difference"]["distinguishable"],
              json["difference"]["low"].get<double>() > 0 || json["difference"]["high"].get<double>() < 0);
    EXPECT_EQ(json["layers"][0]["name"], "head.0");
    EXPECT_TRUE(json["layers"][0]["differs"]);
    EXPECT_EQ(json["file"], file);

    // The kept run, the file and what the command said are one network.
    for (const std::string& subject : {std::string("coarser"), json["kept"]["id"].get<std::string>()}) {
        const nlohmann::json evaluated = must({"evaluate", subject, "--json", "--limit", "200"}).json();
        EXPECT_EQ(evaluated["modes"]["integer-only"]["top1"], json["after"]["top1"]);
        EXPECT_EQ(evaluated["modes"].size(), 1u);
    }
    const nlohmann::json from_file =
        must({"evaluate", file, "--json", "--limit", "200", "--data", default_fashion_mnist_folder()}).json();
    EXPECT_EQ(from_file["modes"]["integer-only"]["top1"], json["after"]["top1"]);
    const nlohmann::json unchanged = must({"evaluate", "parent", "--json", "--limit", "200"}).json();
    EXPECT_EQ(unchanged["modes"]["integer-only"]["top1"], json["before"]["top1"]);
    must({"export", "coarser", "--to", "onnx", "-o", workplace.path("coarser.onnx")});
    must({"verify", "coarser", "--images", "2"});

    const RunStore store(workplace.store(), RunStore::Mode::kReadOnly);
    const RunReader reader(store);
    const RunRecord child = reader.run(reader.find("coarser"));
    EXPECT_EQ(child.state, RunState::kFinished);
    ASSERT_TRUE(child.parent);
    EXPECT_EQ(*child.parent, parent);
    EXPECT_THAT(child.note, HasSubstr("head.0.weight " + node("head.0").weight_format.to_string() + " to s8.2"));
    EXPECT_THAT(child.tags, testing::ElementsAre("what-if"));
    ASSERT_EQ(reader.formats(child.id).size(), 1u);
    EXPECT_EQ(reader.formats(child.id)[0].weight_format.to_string(), "s8.2");
    EXPECT_EQ(reader.formats(parent)[0].weight_format, node("head.0").weight_format);
    ASSERT_TRUE(child.integer_top1);
}

TEST_F(WhatIfCommand, TextSaysWhetherTheDifferenceCanBeTold) {
    const Outcome outcome = must({"whatif", "parent", "--images", "60", "--set", "classifier.0.weight=s8.7"});
    EXPECT_THAT(outcome.output, HasSubstr("95 % interval"));
    EXPECT_THAT(outcome.output, HasSubstr("60 images"));
    EXPECT_THAT(outcome.output, HasSubstr("classifier.0"));
    EXPECT_THAT(outcome.output, HasSubstr("distinguishable"));
    EXPECT_THAT(outcome.output, HasSubstr("same"));
}

TEST_F(WhatIfCommand, RefusesWithTheWayOut) {
    const auto fails = [&](std::vector<std::string> arguments, int code, const std::string& words) {
        const Outcome outcome = workplace.run_in_store(std::move(arguments));
        EXPECT_EQ(outcome.exit_code, code) << outcome.messages;
        EXPECT_THAT(outcome.messages, HasSubstr(words));
        EXPECT_EQ(outcome.message_lines().size(), 1u) << outcome.messages;
    };
    fails({"whatif", "parent"}, 2, "LAYER.weight=s8.6");
    fails({"whatif", "parent", "--set", "head.0.weight=u8.2"}, 2, "weights are signed");
    fails({"whatif", "parent", "--set", "head.1.weight=s8.2"}, 2, "did you mean 'head.0'");
    fails({"whatif", "parent", "--set", "head.0.weight=8.2"}, 2, "is no format");
    const std::string file = workplace.path("network.f8n");
    save_integer_network(file, network);
    fails({"whatif", file, "--set", "head.0.weight=s8.2", "--keep", "x"}, 2, "is no run");
}

}  // namespace
}  // namespace f8net
