// SPDX-License-Identifier: Apache-2.0
// `f8net analyze`: text, CSV, JSON and SVG, on recorded networks and on one with random weights.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/atomic_file.h"
#include "core/data/dataset.h"
#include "core/store/run_reader.h"
#include "core/store/run_store.h"
#include "tests/app/cli/program_runner.h"
#include "tests/core/analysis/mixed_up_run.h"
#include "tests/core/figure/xml_check.h"
#include "tests/core/network/small_network.h"

namespace f8net {
namespace {

using testing::HasSubstr;

class Analyze : public testing::Test {
protected:
    Analyze() {
        save_integer_network(net, small_random_network());
        workplace.write(
            "golden.yaml",
            "network: {architecture: mobilenet_v2, width_multiplier: 0.25, image_size: 96, input_channels: 3, "
            "num_classes: 10, stem: imagenet}\ndata: {dataset: image-folder, folder: nowhere}\n");
    }
    Outcome must(std::vector<std::string> arguments) {
        const Outcome outcome = workplace.run_in_store(std::move(arguments));
        EXPECT_EQ(outcome.exit_code, 0) << outcome.messages;
        return outcome;
    }
    std::vector<std::string> csv_rows(const std::string& name) {
        std::istringstream text(workplace.read(name));
        std::vector<std::string> rows;
        std::string row;
        while (std::getline(text, row)) rows.push_back(row);
        const auto commas = std::count(rows.at(0).begin(), rows.at(0).end(), ',');
        for (const std::string& each : rows) EXPECT_EQ(std::count(each.begin(), each.end(), ','), commas) << each;
        return rows;
    }

    Workplace workplace;
    std::string net = workplace.path("net.f8n");
    std::string golden = project_file("tests/golden/networks/mobilenet_v2.safetensors");
    std::string config = workplace.path("golden.yaml");
    std::string images = default_fashion_mnist_folder();
};

TEST_F(Analyze, SigmaFindsTheConstantsOfTheRule) {
    const nlohmann::json json = must({"analyze", "sigma", "--json", "--points", "300", "--csv", workplace.path("s.csv"),
                                      "--svg", workplace.path("s.svg")})
                                    .json();
    ASSERT_EQ(json["data"].size(), 2u);
    for (const nlohmann::json& data : json["data"]) {
        const double rule = data["rule_constant"];
        EXPECT_EQ(rule, data["is_signed"].get<bool>() ? 40 : 70);
        EXPECT_NEAR(data["constant"].get<double>(), rule, 0.04 * rule);
        EXPECT_NEAR(data["sampled_constant"].get<double>(), rule, 0.1 * rule);
        EXPECT_EQ(data["sigmas"].size(), 300u);
        EXPECT_EQ(data["errors"].size(), data["is_signed"].get<bool>() ? 8u : 9u);
        EXPECT_EQ(data["errors"][0].size(), 300u);
        EXPECT_EQ(data["fractional_lengths"][3]["fractional_length"], 3);
    }
    EXPECT_TRUE(json["layers"].is_null());
    EXPECT_EQ(csv_rows("s.csv").size(), 1u + 300 * (8 + 9));
    EXPECT_EQ(why_not_xml(workplace.read("s.svg")), "");
}

TEST_F(Analyze, SigmaSaysTheSameEachTime) {
    const std::vector<std::string> command{"analyze", "sigma", "--json", "--points", "50", "--threads"};
    std::vector<std::string> one = command, two = command;
    one.emplace_back("1");
    two.emplace_back("2");
    EXPECT_EQ(must(one).output, must(two).output);
    one.insert(one.end(), {"--samples", "0"});
    EXPECT_TRUE(must(one).json()["data"][0]["sampled_errors"].is_null());
}

TEST_F(Analyze, SigmaMarksTheLayersOfANetwork) {
    const nlohmann::json json = must({"analyze", "sigma", golden, "--config", config, "--json", "--points", "20",
                                      "--samples", "0", "--svg", workplace.path("s.svg")})
                                    .json();
    // Images of this kind are not at hand: weights alone.
    ASSERT_EQ(json["layers"].size(), 53u);
    int best = 0;
    for (const nlohmann::json& layer : json["layers"]) {
        EXPECT_EQ(layer["tensor"], "weight");
        best += layer["fractional_length"] == layer["best_fractional_length"];
        EXPECT_LE(layer["best_error"].get<double>(), layer["error"].get<double>());
    }
    EXPECT_GT(best, 48);  // the rule, but near its changes
    EXPECT_THAT(workplace.read("s.svg"), HasSubstr("weights of layers"));
}

TEST_F(Analyze, SigmaMeasuresInputsWithData) {
    if (!has_fashion_mnist()) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
    const nlohmann::json json =
        must({"analyze", "sigma", net, "--data", images, "--images", "8", "--json", "--points", "20", "--samples", "0"})
            .json();
    int inputs = 0;
    for (const nlohmann::json& layer : json["layers"]) inputs += layer["tensor"] == "input";
    EXPECT_GT(inputs, 10);
}

TEST_F(Analyze, LayersHaveTheirFormatsAndBoxes) {
    const nlohmann::json json = must({"analyze", "layers", golden, "--config", config, "--json", "--csv",
                                      workplace.path("l.csv"), "--svg", workplace.path("l.svg")})
                                    .json();
    EXPECT_EQ(json["weights"], "effective");
    ASSERT_EQ(json["layers"].size(), 53u);
    for (const nlohmann::json& layer : json["layers"]) {
        const nlohmann::json& box = layer["weight"];
        EXPECT_LE(box["minimum"], box["lower_whisker"]);
        EXPECT_LE(box["lower_whisker"], box["lower_quartile"]);
        EXPECT_LE(box["lower_quartile"], box["median"]);
        EXPECT_LE(box["median"], box["upper_quartile"]);
        EXPECT_LE(box["upper_quartile"], box["upper_whisker"]);
        EXPECT_LE(box["upper_whisker"], box["maximum"]);
        EXPECT_GT(box["sigma"], 0);
        EXPECT_TRUE(layer["input_fractional_length"].is_number());
    }
    const std::vector<std::string> rows = csv_rows("l.csv");
    ASSERT_EQ(rows.size(), 54u);
    EXPECT_THAT(rows[1], HasSubstr("head.0,0,conv,u8.8,8,"));
    const std::string svg = workplace.read("l.svg");
    EXPECT_EQ(why_not_xml(svg), "");
    EXPECT_THAT(svg, HasSubstr(">classifier.0<"));
}

TEST_F(Analyze, LayersOfAFloatingCheckpointAreFolded) {
    const nlohmann::json json =
        must({"analyze", "layers", golden, "--config", config, "--json", "--set", "quantization.mode=float"}).json();
    EXPECT_EQ(json["weights"], "folded");
    EXPECT_TRUE(json["layers"][0]["input_format"].is_null());
    EXPECT_TRUE(json["layers"][0]["weight"].is_object());
}

TEST_F(Analyze, BitflipsAreCountedLayerByLayer) {
    if (!has_fashion_mnist()) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
    const std::vector<std::string> command{"analyze",  "bitflips", net,       "--data", images,
                                           "--images", "20",       "--flips", "1"};
    std::vector<std::string> all = command;
    all.insert(all.end(), {"--json", "--csv", workplace.path("b.csv"), "--svg", workplace.path("b.svg")});
    const nlohmann::json json = must(all).json();
    EXPECT_EQ(json["images"], 20);
    EXPECT_EQ(json["seed"], 1995);
    ASSERT_EQ(json["layers"].size(), 21u);
    EXPECT_EQ(json["bits"].size(), 8u);
    for (const nlohmann::json& layer : json["layers"]) {
        EXPECT_EQ(layer["flips"].size(), 8u);
        EXPECT_LE(layer["all"]["changed_share"], layer["all"]["worst_changed_share"]);
        EXPECT_LE(layer["all"]["top1_lost"], layer["all"]["worst_top1_lost"]);
    }
    EXPECT_EQ(csv_rows("b.csv").size(), 1 + 21u * 8);
    const std::string svg = workplace.read("b.svg");
    EXPECT_EQ(why_not_xml(svg), "");
    EXPECT_THAT(svg, HasSubstr(">bit 7<"));

    std::vector<std::string> one = command;
    one.insert(one.end(), {"--layer", "head.0", "--layer", "classifier.0", "--seed", "3"});
    const std::string text = must(one).output;
    EXPECT_THAT(text, HasSubstr("seed 3"));
    EXPECT_THAT(text, HasSubstr("classifier.0"));
    EXPECT_THAT(text, testing::Not(HasSubstr("body")));
}

TEST_F(Analyze, HeadroomIsProvenAndSeen) {
    const nlohmann::json proven = must({"analyze", "headroom", golden, "--config", config, "--json"}).json();
    EXPECT_GT(proven["bits"], 8);
    EXPECT_LE(proven["bits"], 32);
    for (const nlohmann::json& layer : proven["layers"]) {
        EXPECT_LE(layer["bits"], proven["bits"]);
        EXPECT_TRUE(layer["largest_seen"].is_null());
    }
    if (!has_fashion_mnist()) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
    const nlohmann::json seen = must({"analyze", "headroom", net, "--data", images, "--images", "5", "--json", "--csv",
                                      workplace.path("h.csv")})
                                    .json();
    for (const nlohmann::json& layer : seen["layers"]) {
        if (layer["largest_seen"].is_null()) continue;
        EXPECT_LE(layer["largest_seen"], layer["bound"]);
    }
    EXPECT_EQ(csv_rows("h.csv").size(), seen["layers"].size() + 1);
}

TEST_F(Analyze, SensitivityAndFlipsGoThroughImages) {
    if (!has_fashion_mnist()) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
    const nlohmann::json sensitivity = must({"analyze", "sensitivity", net, "--data", images, "--images", "3", "--json",
                                             "--csv", workplace.path("s.csv")})
                                           .json();
    EXPECT_EQ(sensitivity["images"], 3);
    EXPECT_EQ(csv_rows("s.csv").size(), sensitivity["layers"].size() + 1);
    EXPECT_TRUE(sensitivity["layers"][0]["alone"]["sqnr_db"].is_number());
    const nlohmann::json flips =
        must({"analyze", "flips", net, "--data", images, "--images", "30", "--json", "--csv", workplace.path("f.csv")})
            .json();
    EXPECT_EQ(flips["images"], 30);
    EXPECT_EQ(csv_rows("f.csv").size(), flips["flipped"].size() + 1);
    EXPECT_EQ(
        flips["integer_top1"],
        must({"evaluate", net, "--data", images, "--limit", "30", "--json"}).json()["modes"]["integer-only"]["top1"]);
    EXPECT_THAT(must({"analyze", "flips", net, "--data", images, "--images", "5"}).output, HasSubstr("head.0"));
    EXPECT_THAT(must({"analyze", "sensitivity", net, "--data", images, "--images", "2"}).output, HasSubstr("head.0"));
}

TEST_F(Analyze, FlipsOfARunAreKeptWithIt) {
    if (!has_fashion_mnist()) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
    const RunId run = make_mixed_up_run(workplace.store(), "small");
    const nlohmann::json flips = must({"analyze", "flips", "small", "--images", "200", "--json"}).json();
    ASSERT_FALSE(flips["flipped"].empty());
    EXPECT_EQ(flips["class_names"].size(), 10u);
    EXPECT_TRUE(flips["data_folder"].is_null());
    for (const nlohmann::json& image : flips["flipped"]) {
        EXPECT_EQ(image["errors"].size(), flips["layers"].size());
        EXPECT_EQ(image["real_top"][0]["class"], image["real_class"]);
        EXPECT_EQ(image["integer_top"][0]["class"], image["integer_class"]);
        EXPECT_THAT(image["file"].get<std::string>(), HasSubstr(std::to_string(image["image"].get<int>())));
    }
    const RunStore store(workplace.store(), RunStore::Mode::kReadOnly);
    int kept = 0;
    for (const ArtifactRecord& artifact : RunReader(store).artifacts(run)) {
        if (artifact.role != "flips") continue;
        ++kept;
        EXPECT_EQ(nlohmann::json::parse(read_text_file(artifact.path)), flips);
    }
    EXPECT_EQ(kept, 1);
}

TEST_F(Analyze, TextNamesTheLayers) {
    EXPECT_THAT(must({"analyze", "layers", net}).output, HasSubstr("stage_0_layer_0.body.0"));
    EXPECT_THAT(must({"analyze", "sigma", net, "--samples", "100"}).output, HasSubstr("the rule takes 40"));
}

TEST_F(Analyze, RefusesWhatItCannotAnalyze) {
    const auto code = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "analyze");
        return workplace.run_in_store(std::move(arguments)).exit_code;
    };
    EXPECT_EQ(code({}), 2);
    EXPECT_EQ(code({"layers"}), 2);
    EXPECT_EQ(code({"layers", workplace.path("none.f8n")}), 2);
    EXPECT_EQ(code({"layers", "nobody"}), 2);
    EXPECT_EQ(code({"layers", config}), 2);  // no weights
    EXPECT_EQ(code({"sigma", config}), 2);
    EXPECT_EQ(code({"layers", golden}), 2);  // does not say what network it is
    EXPECT_EQ(code({"sigma", "--word-length", "9"}), 2);
    EXPECT_EQ(code({"sigma", "--points", "1"}), 2);
    EXPECT_EQ(code({"sigma", net, "--data", workplace.path("nodata")}), 65);
    EXPECT_EQ(code({"sensitivity", net}), 2);  // says nothing of images
    EXPECT_EQ(code({"flips", net, "--data", workplace.path("nodata")}), 65);
    EXPECT_EQ(code({"headroom", config}), 2);
    workplace.write("bad.f8n", "no network");
    EXPECT_EQ(code({"layers", workplace.path("bad.f8n")}), 65);
    EXPECT_EQ(code({"layers", net, "--csv", workplace.path("nowhere/l.csv")}), 74);
    EXPECT_EQ(code({"sigma", "--points", "20", "--svg", workplace.path("nowhere/s.svg")}), 74);
}

}  // namespace
}  // namespace f8net
