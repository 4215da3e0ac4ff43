// SPDX-License-Identifier: Apache-2.0
// Commands that need no LibTorch, on a network with random weights.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <png.h>

#include "app/cli/text_table.h"
#include "core/data/dataset.h"
#include "core/deploy/c/c_evaluator.h"
#include "core/deploy/onnx_runtime.h"
#include "core/inference/executor.h"
#include "core/tensorfile/safetensors.h"
#include "tests/app/cli/program_runner.h"
#include "tests/core/network/small_network.h"

namespace f8net {
namespace {

using testing::HasSubstr;

class Commands : public testing::Test {
protected:
    Commands() {
        network = small_random_network();
        save_integer_network(net, network);
    }
    Outcome must(std::vector<std::string> arguments) {
        const Outcome outcome = workplace.run_in_store(std::move(arguments));
        EXPECT_EQ(outcome.exit_code, 0) << outcome.messages;
        return outcome;
    }

    Workplace workplace;
    std::string net = workplace.path("net.f8n");
    std::string data = default_fashion_mnist_folder();
    IntegerNetwork network;
};

TEST_F(Commands, EvaluateWritesAccuracyLogitsAndTrace) {
    if (!has_fashion_mnist()) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
    const std::string logits = workplace.path("l.safetensors"), trace = workplace.path("t.safetensors");
    const nlohmann::json json = must({"evaluate", net, "--data", data, "--limit", "20", "--json", "--logits", logits,
                                      "--trace", trace, "--trace-images", "3"})
                                    .json();
    EXPECT_EQ(json["images"], 20);
    EXPECT_EQ(json["subject"], net);
    const nlohmann::json& mode = json["modes"]["integer-only"];
    EXPECT_GE(mode["top5"].get<double>(), mode["top1"].get<double>());
    EXPECT_GT(mode["images_per_second"].get<double>(), 0);
    EXPECT_EQ(mode["per_class"].size(), 10u);
    ASSERT_EQ(mode["confusion"].size(), 10u);
    int counted = 0, on_the_diagonal = 0;
    for (size_t c = 0; c < 10; ++c) {
        on_the_diagonal += mode["confusion"][c][c].get<int>();
        for (const nlohmann::json& count : mode["confusion"][c]) counted += count.get<int>();
    }
    EXPECT_EQ(counted, 20);
    EXPECT_DOUBLE_EQ(mode["top1"].get<double>(), on_the_diagonal / 20.0);
    EXPECT_TRUE(json["integer_modes_agree"].is_null());  // one mode alone agrees with nobody

    const TensorMap written = read_safetensors(logits);
    EXPECT_EQ(written.at("logits/integer-only").description(), "I32 [20, 10]");
    EXPECT_EQ(written.at("labels").shape, (std::vector<int64_t>{20}));
    EXPECT_EQ(nlohmann::json::parse(written.metadata.at("files")).size(), 20u);
    const auto values = written.at("logits/integer-only").as<int32_t>();
    const auto labels = written.at("labels").to_int64();
    int right = 0;
    for (size_t i = 0; i < 20; ++i) {
        const auto row = values.subspan(i * 10, 10);
        right += std::max_element(row.begin(), row.end()) - row.begin() == labels[i] ? 1 : 0;
    }
    EXPECT_DOUBLE_EQ(mode["top1"].get<double>(), right / 20.0);

    const TensorMap traced = read_safetensors(trace);
    EXPECT_EQ(traced.at("code/head.0").description(), "U8 [3, 1, 28, 28]");
    EXPECT_EQ(traced.at("acc/classifier.0").shape.front(), 3);
    // The logits are the classifier's accumulators.
    const auto last = traced.at("acc/classifier.0").as<int32_t>();
    EXPECT_TRUE(std::equal(last.begin(), last.end(), values.begin()));
}

TEST_F(Commands, EvaluateTellsEveryTopKAndTheConfusions) {
    if (!has_fashion_mnist()) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
    workplace.write("e.yaml",
                    "network: {architecture: resnet18, width_multiplier: 0.125, image_size: 28, input_channels: 1, "
                    "num_classes: 10, stem: small}\ndata: {dataset: fashion-mnist}\n"
                    "evaluation: {modes: [integer-only], topk: [1, 3, 5]}\n");
    const std::vector<std::string> arguments = {"evaluate", net,           "--config", workplace.path("e.yaml"),
                                                "--data",   data,          "--limit",  "50",
                                                "--mode",   "integer-only"};
    auto with = [&](const std::string& option) {
        std::vector<std::string> all = arguments;
        all.push_back(option);
        return must(all);
    };
    const nlohmann::json mode = with("--json").json()["modes"]["integer-only"];
    const std::string text = with("--confusions").output;
    EXPECT_THAT(text, HasSubstr("top-1"));
    EXPECT_THAT(text, HasSubstr("top-3"));
    EXPECT_THAT(text, HasSubstr(format_percent(mode["top3"].get<double>())));
    // The largest number off the diagonal comes first.
    int64_t largest = 0;
    std::string expected;
    const std::vector<std::string> names = open_dataset({.folder = data}, Split::kTest)->class_names();
    for (size_t truth = 0; truth < 10; ++truth) {
        for (size_t given = 0; given < 10; ++given) {
            const auto images = mode["confusion"][truth][given].get<int64_t>();
            if (truth == given || images <= largest) continue;
            largest = images;
            expected = names[truth] + " +" + names[given] + " +" + std::to_string(images) + " ";
        }
    }
    ASSERT_GT(largest, 0);
    EXPECT_THAT(text, testing::ContainsRegex("of its images\n" + expected));
    EXPECT_EQ(with("--quiet").output.find("taken for"), std::string::npos);
    EXPECT_THAT(with("--verbose").output, HasSubstr("taken for"));
}

TEST_F(Commands, EvaluateSaysNoBelowTheAccuracyRequired) {
    if (!has_fashion_mnist()) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
    const Outcome outcome =
        workplace.run({"evaluate", net, "--data", data, "--limit", "20", "--require-top1", "0.999"});
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.messages, HasSubstr("99.90 %"));
}

TEST_F(Commands, ModesThatNeedTrainedTensorsAreRefusedOrLeftOut) {
    if (!has_fashion_mnist()) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
    EXPECT_EQ(workplace.run({"evaluate", net, "--data", data, "--limit", "2", "--mode", "fake-quant"}).exit_code, 2);
    const nlohmann::json modes =
        must({"evaluate", net, "--data", data, "--limit", "2", "--mode", "all", "--json"}).json()["modes"];
    EXPECT_TRUE(modes["fake-quant"].is_null());
    EXPECT_TRUE(modes["integer-only"].is_object());
}

TEST_F(Commands, InspectNamesEveryLayerWithItsFormats) {
    const nlohmann::json json = must({"inspect", net, "--json"}).json();
    EXPECT_EQ(json["network"], "resnet18");
    ASSERT_EQ(json["layers"].size(), network.nodes.size());
    for (size_t i = 0; i < network.nodes.size(); ++i) {
        const IntegerNode& node = network.nodes[i];
        const nlohmann::json& layer = json["layers"][i];
        EXPECT_EQ(layer["name"], node.name);
        EXPECT_EQ(layer["output_fractional_length"], node.fractional_length);
        if (node.has_weights()) {
            EXPECT_EQ(layer["weight_format"], node.weight_format.to_string());
        }
        EXPECT_TRUE(layer["sigma"].is_null());  // no data were named
    }
    const nlohmann::json one = must({"inspect", net, "--layer", "head.0", "--json"}).json();
    EXPECT_EQ(one["layers"].size(), 1u);
    EXPECT_EQ(workplace.run({"inspect", net, "--layer", "haed.0"}).exit_code, 2);
}

TEST_F(Commands, InspectMeasuresWithData) {
    if (!has_fashion_mnist()) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
    const nlohmann::json json = must({"inspect", net, "--data", data, "--images", "8", "--json"}).json();
    int measured = 0;
    for (const nlohmann::json& layer : json["layers"]) {
        measured += layer["sigma"].is_number() ? 1 : 0;
        if (layer["kind"] == "input" || layer["kind"] == "relu") continue;
        // Integers against real numbers, and the accumulators beside what is proven of them.
        EXPECT_GT(layer["output_sqnr_db"].get<double>(), 5) << layer["name"];
        EXPECT_GT(layer["output_cosine"].get<double>(), 0.9) << layer["name"];
        EXPECT_LE(layer["output_cosine"].get<double>(), 1 + 1e-12) << layer["name"];
        EXPECT_EQ(layer["output_mean_error_lsb"].is_null(), layer["kind"] == "linear");
        if (layer["output_mean_error_lsb"].is_null()) continue;
        EXPECT_LE(layer["output_mean_error_lsb"], layer["output_max_error_lsb"]);
        if (layer["accumulator_bound"].is_null()) continue;
        EXPECT_LE(layer["accumulator_largest"], layer["accumulator_bound"]);
        EXPECT_GT(layer["accumulator_largest"], 0);
    }
    EXPECT_GT(measured, 10);
    const std::string text = must({"inspect", net, "--data", data, "--images", "8"}).output;
    for (const char* heading : {"SQNR dB", "cosine", "mean LSB", "max LSB", "largest acc", "proven bound"}) {
        EXPECT_THAT(text, HasSubstr(heading));
    }
}

TEST_F(Commands, InspectOfAConfigurationShowsItsGraph) {
    const nlohmann::json json =
        must({"inspect", project_file("configs/fashion-mnist/quickstart.yaml"), "--json"}).json();
    EXPECT_GT(json["parameters"].get<int64_t>(), 600'000);
    EXPECT_TRUE(json["layers"][1]["input_format"].is_null());
}

TEST_F(Commands, VerifyWithoutAnyPathBesidesTheLawIsNotAPass) {
    EXPECT_EQ(workplace.run({"verify", net, "--images", "3", "--against", "scalar"}).exit_code, 69);
}

TEST_F(Commands, VerifyChecksEveryFastPathOfThisProcessor) {
    std::string against;
    for (const std::string& path : executor_paths()) {
        if (path != "scalar") against += (against.empty() ? "" : ",") + path;
    }
    if (against.empty()) GTEST_SKIP() << "this processor has no AVX2";
    const nlohmann::json json = must({"verify", net, "--images", "3", "--against", against, "--json"}).json();
    EXPECT_TRUE(json["equal"].get<bool>());
    for (const nlohmann::json& checked : json["checked"]) {
        EXPECT_TRUE(checked["equal"].get<bool>()) << checked["path"];
        EXPECT_EQ(checked["images"], 3);
    }
    EXPECT_EQ(json["checked"].size(), executor_paths().size() - 1);
}

TEST_F(Commands, VerifyNamesAPathThatIsNotThere) {
    ::setenv("CC", "no-such-compiler", 1);
    const Outcome outcome = workplace.run({"verify", net, "--against", "c"});
    ::unsetenv("CC");
    EXPECT_EQ(outcome.exit_code, 69);
    EXPECT_THAT(outcome.messages, HasSubstr("path c: no C compiler"));
}

/// Sets a variable of what is started meanwhile.
class WithVariable {
public:
    WithVariable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
    ~WithVariable() { ::unsetenv(name_); }
    WithVariable(const WithVariable&) = delete;
    WithVariable& operator=(const WithVariable&) = delete;

private:
    const char* name_;
};

TEST_F(Commands, VerifyRunsEveryOnnxFlavourInOnnxRuntime) {
    if (const std::string reason = OnnxRuntime::why_not(); !reason.empty()) GTEST_SKIP() << reason;
    const WithVariable found("F8NET_ONNXRUNTIME", OnnxRuntime::instance().path());
    const std::vector<std::string> against = {"onnx", "onnx-qdq", "onnx-integer"};
    const nlohmann::json json =
        must({"verify", net, "--images", "3", "--against", "onnx,onnx-qdq,onnx-integer", "--json"}).json();
    ASSERT_EQ(json["checked"].size(), against.size());
    for (size_t i = 0; i < against.size(); ++i) {
        EXPECT_EQ(json["checked"][i]["path"], against[i]);
        EXPECT_EQ(json["checked"][i]["equal"], true);
        EXPECT_EQ(json["checked"][i]["images"], 3);
    }
    for (const std::string& flavour : against) {
        const nlohmann::json written =
            must({"export", net, "--to", flavour, "-o", workplace.path("net.onnx"), "--verify", "2", "--json"}).json();
        EXPECT_EQ(written["verified"], true);
        EXPECT_EQ(written["verified_images"], 2);
    }
    // Unless it is told what to check, it checks them all.
    EXPECT_THAT(must({"verify", net, "--images", "2"}).output, HasSubstr("onnx-integer       equal"));
}

TEST_F(Commands, VerifySaysHowToGetAnOnnxRuntimeThatIsNotThere) {
    const WithVariable nowhere("F8NET_ONNXRUNTIME", workplace.path("no.so"));
    const Outcome named = workplace.run({"verify", net, "--images", "2", "--against", "onnx-qdq"});
    EXPECT_EQ(named.exit_code, 69);
    EXPECT_THAT(named.messages, HasSubstr("no.so"));
    EXPECT_THAT(named.messages, HasSubstr("pip install onnxruntime"));
    if (executor_paths().size() < 2) return;  // nothing but the law is checked
    const nlohmann::json json = must({"verify", net, "--images", "2", "--json"}).json();
    for (const nlohmann::json& checked : json["checked"]) {
        if (!checked["path"].get<std::string>().starts_with("onnx")) continue;
        EXPECT_TRUE(checked["equal"].is_null());
        EXPECT_THAT(checked["skipped"].get<std::string>(), HasSubstr("F8NET_ONNXRUNTIME"));
    }
}

TEST_F(Commands, VerifyFindsAnInjectedFaultInEveryPath) {
    std::string against;
    for (const std::string& path : executor_paths()) against += (against.empty() ? "" : ",") + path;
    const Outcome outcome =
        workplace.run({"verify", net, "--images", "3", "--against", against, "--inject-layer", "stage_1_layer_0.body.1",
                       "--inject-element", "37", "--inject-bit", "6", "--json"});
    EXPECT_EQ(outcome.exit_code, 1) << outcome.messages;
    const nlohmann::json json = outcome.json();
    EXPECT_FALSE(json["equal"].get<bool>());
    EXPECT_EQ(json["checked"].size(), executor_paths().size());
    for (const nlohmann::json& checked : json["checked"]) {
        ASSERT_FALSE(checked["equal"].get<bool>()) << checked["path"];
        const nlohmann::json& difference = checked["first_difference"];
        EXPECT_EQ(difference["layer"], "stage_1_layer_0.body.1");
        EXPECT_EQ(difference["tensor"], "acc");
        // One output channel of the layer: that of the weight.
        EXPECT_EQ(difference["element"][0], json["injected"]["position"][0]);
        EXPECT_NE(difference["expected"], difference["got"]);
    }
    const auto& weights = network.nodes[static_cast<size_t>(network.index_of("stage_1_layer_0.body.1"))].weight_s8;
    EXPECT_EQ(json["injected"]["before"], weights[37]);
    EXPECT_TRUE(json["injected"]["noticed"].get<bool>());
    EXPECT_TRUE(json["injected"]["seed"].is_null());  // nothing was drawn

    const Outcome text =
        workplace.run({"verify", net, "--images", "2", "--against", "scalar", "--inject", "--seed", "5"});
    EXPECT_EQ(text.exit_code, 1) << text.output;
    EXPECT_THAT(text.output, HasSubstr("found the injected fault"));
    EXPECT_THAT(text.output, HasSubstr("--seed 5"));
    EXPECT_EQ(text.output,
              workplace.run({"verify", net, "--images", "2", "--against", "scalar", "--inject", "--seed", "5"}).output);
}

TEST_F(Commands, VerifySaysWhereAnInjectedFaultChangesNothing) {
    ArchitectureOptions options;
    options.width_multiplier = 0.125;
    options.stem = Stem::kSmall;
    options.image_size = 8;
    options.num_classes = 4;
    const std::string small = workplace.path("small.f8n");
    save_integer_network(small, make_random_network(make_layer_graph(options), 1));
    // The last layers' planes have one pixel: the corners of their kernels read nothing but padding.
    const Outcome outcome = workplace.run({"verify", small, "--images", "5", "--against", "scalar", "--inject-layer",
                                           "stage_3_layer_1.body.1", "--inject-element", "0"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.messages;
    EXPECT_THAT(outcome.output, HasSubstr("was not noticed"));
}

TEST_F(Commands, VerifyNamesAFaultThatCannotBe) {
    const auto refused = [&](std::vector<std::string> more) {
        std::vector<std::string> arguments = {"verify", net, "--images", "1"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const Outcome outcome = workplace.run(arguments);
        EXPECT_EQ(outcome.exit_code, 2) << outcome.messages;
        return outcome.messages;
    };
    EXPECT_THAT(refused({"--inject-layer", "stage_1_layer_0.body.3"}), HasSubstr("did you mean 'stage_1_layer_0.body"));
    EXPECT_THAT(refused({"--inject-bit", "8"}), HasSubstr("no bit 8, expected 0 to 7"));
    EXPECT_THAT(refused({"--inject-layer", "classifier.0", "--inject-element", "99999999"}),
                HasSubstr("no weight 99999999"));
}

TEST_F(Commands, LowerKeepsANetworkAsItIs) {
    const std::string out = workplace.path("copy.f8n");
    const nlohmann::json json = must({"lower", net, "-o", out, "--json"}).json();
    EXPECT_EQ(json["file"], out);
    EXPECT_EQ(json["parameters"], network.parameters());
    const IntegerNetwork copy = load_integer_network(out);
    EXPECT_EQ(copy.nodes[1].weight_s8, network.nodes[1].weight_s8);
}

TEST_F(Commands, ExportSaysWhatItWrote) {
    const std::string onnx = workplace.path("net.onnx");
    const nlohmann::json json = must({"export", net, "--to", "onnx", "-o", onnx, "--json"}).json();
    EXPECT_EQ(json["format"], "onnx");
    EXPECT_EQ(json["bytes"], workplace.read("net.onnx").size());
    EXPECT_TRUE(json["verified"].is_null());
    for (const char* flavour : {"onnx-qdq", "onnx-integer"})
        EXPECT_EQ(must({"export", net, "--to", flavour, "-o", onnx, "--json"}).json()["format"], flavour);
    must({"export", net, "--to", "csv", "-o", workplace.path("net.csv")});
    EXPECT_THAT(workplace.read("net.csv"), HasSubstr("classifier.0,linear"));
    const Outcome unknown = workplace.run({"export", net, "--to", "reprot", "-o", workplace.path("x")});
    EXPECT_EQ(unknown.exit_code, 2);
    EXPECT_THAT(unknown.messages, HasSubstr("did you mean 'report'?"));
}

TEST_F(Commands, ExportVerifiesTheFilesThatItWrote) {
    if (!why_no_c_source().empty()) GTEST_SKIP() << why_no_c_source();
    const std::string folder = workplace.path("source");
    const Outcome outcome =
        workplace.run_in_store({"export", net, "--to", "c", "-o", folder, "--verify", "3", "--json"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.messages;
    ASSERT_TRUE(outcome.json()["verified"].is_boolean()) << outcome.output;
    EXPECT_TRUE(outcome.json()["verified"].get<bool>());
    EXPECT_EQ(outcome.json()["verified_images"], 3);

    // Nothing runs a table: nothing is claimed.
    const nlohmann::json table =
        must({"export", net, "--to", "csv", "-o", workplace.path("net.csv"), "--verify", "--json"}).json();
    EXPECT_TRUE(table["verified"].is_null());
    EXPECT_THAT(table["not_verified"].get<std::string>(), HasSubstr("csv"));
    // Without --verify neither.
    EXPECT_TRUE(must({"export", net, "--to", "c", "-o", folder, "--json"}).json()["verified"].is_null());
}

TEST_F(Commands, PredictScoresThePicturesNamed) {
    const std::string picture = workplace.path("grey.png");
    png_image png{};
    png.version = PNG_IMAGE_VERSION;
    png.width = png.height = 28;
    png.format = PNG_FORMAT_GRAY;
    const std::vector<uint8_t> pixels(28 * 28, 100);
    ASSERT_EQ(png_image_write_to_file(&png, picture.c_str(), 0, pixels.data(), 0, nullptr), 1);
    const nlohmann::json json = must({"predict", net, picture, "--top", "10", "--json"}).json();
    ASSERT_EQ(json["pictures"].size(), 1u);
    EXPECT_EQ(json["pictures"][0]["file"], picture);
    double sum = 0, last = 1;
    for (const nlohmann::json& guess : json["pictures"][0]["top"]) {
        sum += guess["score"].get<double>();
        EXPECT_LE(guess["score"].get<double>(), last);  // best first
        last = guess["score"];
    }
    EXPECT_NEAR(sum, 1, 1e-9);

    workplace.write("no.png", "this is no picture");
    const Outcome outcome = workplace.run({"predict", net, workplace.path("no.png")});
    EXPECT_EQ(outcome.exit_code, 65);
    EXPECT_THAT(outcome.messages, HasSubstr("no.png"));
}

TEST_F(Commands, BenchMeasuresEveryLayer) {
    for (const std::string& path : executor_paths()) {
        const nlohmann::json json =
            must({"bench", "resnet18@28", "--rounds", "1", "--batch", "1", "--path", path, "--json"}).json();
        EXPECT_EQ(json["path"], path);
        EXPECT_GT(json["ms"]["min"].get<double>(), 0);
        EXPECT_GT(json["gmacs"].get<double>(), 0);
        EXPECT_GT(json["layers"].size(), 20u);
        EXPECT_GT(json["layers"][1]["ms"].get<double>(), 0);
        // The law has no peak of its own.
        EXPECT_EQ(json["peak_share"].is_null(), path == "scalar");
        EXPECT_EQ(json["layers"][1]["peak_share"].is_null(), path == "scalar");
    }
    EXPECT_EQ(workplace.run({"bench", "resnet18@28", "--path", "sse9"}).exit_code, 69);
    EXPECT_EQ(workplace.run({"bench", "resnet18@x"}).exit_code, 2);
}

TEST_F(Commands, BenchComparesWithAnEarlierMeasurement) {
    const std::string before = workplace.path("before.json"), after = workplace.path("after.json");
    const nlohmann::json measured =
        must({"bench", net, "--rounds", "3", "--batch", "2", "--path", "scalar", "--threads", "1", "--json"}).json();
    EXPECT_FALSE(measured["machine"]["processor"].get<std::string>().empty());
    EXPECT_FALSE(measured["versions"]["commit"].get<std::string>().empty());
    EXPECT_EQ(measured["macs"], network.macs());
    EXPECT_GE(measured["noise"].get<double>(), 0);
    workplace.write("before.json", measured.dump());

    // Nothing named: the same again.
    const nlohmann::json again = must({"bench", "--compare", before, "--json"}).json();
    for (const char* key : {"subject", "path", "threads", "batch", "rounds"}) {
        EXPECT_EQ(again["after"][key], measured[key]) << key;
    }
    EXPECT_TRUE(again["differences"].empty()) << again["differences"];
    EXPECT_GT(again["total"]["ratio"].get<double>(), 0);
    EXPECT_EQ(again["layers"].size(), network.nodes.size());

    // A file against a file: exact numbers.
    nlohmann::json edited = measured;
    edited["ms"] = {{"min", 2 * measured["ms"]["min"].get<double>()},
                    {"median", 2.2 * measured["ms"]["min"].get<double>()}};
    edited["threads"] = 7;
    edited["layers"][1]["ms"] = measured["layers"][1]["ms"].get<double>() * 1.0001;
    edited["layers"][1]["median_ms"] = measured["layers"][1]["ms"].get<double>() * 1.2;
    workplace.write("before.json", [&] {
        nlohmann::json exact = measured;
        exact["ms"]["median"] = 1.1 * measured["ms"]["min"].get<double>();
        return exact.dump();
    }());
    workplace.write("after.json", edited.dump());
    const nlohmann::json compared = must({"bench", after, "--compare", before, "--json"}).json();
    EXPECT_NEAR(compared["total"]["ratio"].get<double>(), 2, 1e-9);
    EXPECT_NEAR(compared["total"]["noise"].get<double>(), 1.1 * 1.1 - 1, 1e-9);
    EXPECT_TRUE(compared["total"]["exceeds_noise"].get<bool>());
    EXPECT_FALSE(compared["layers"][1]["exceeds_noise"].get<bool>());
    ASSERT_EQ(compared["differences"].size(), 1u);
    EXPECT_EQ(compared["differences"][0], "threads: 1, now 7");
    const std::string text = must({"bench", after, "--compare", before}).output;
    EXPECT_THAT(text, HasSubstr("2.00x slower"));
    EXPECT_THAT(text, HasSubstr("within the noise"));

    workplace.write("after.json", "{\"network\": 3}");
    const Outcome wrong = workplace.run({"bench", after, "--compare", before});
    EXPECT_EQ(wrong.exit_code, 65);
    EXPECT_THAT(wrong.messages, HasSubstr("after.json"));
    EXPECT_EQ(workplace.run({"bench", after}).exit_code, 2);
    EXPECT_EQ(workplace.run({"bench"}).exit_code, 2);
}

TEST_F(Commands, DryRunLeavesNoRun) {
    if (!has_fashion_mnist()) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
    const nlohmann::json json =
        must({"train", project_file("configs/fashion-mnist/quickstart.yaml"), "--dry-run", "--epochs", "7", "--json"})
            .json();
    EXPECT_TRUE(json["run"].is_null());
    ASSERT_EQ(json["stages"].size(), 2u);
    EXPECT_EQ(json["stages"][0]["epochs"], 7);
    EXPECT_EQ(json["stages"][1]["mode"], "fake-quant");
    EXPECT_EQ(must({"runs", "list", "--json"}).json()["runs"].size(), 0u);
}

TEST_F(Commands, ConfigShowsWhereValuesComeFrom) {
    const std::string output = must({"config", "show", project_file("configs/fashion-mnist/quickstart.yaml"),
                                     "--origin", "--set", "optimizer.lr=0.25"})
                                   .output;
    EXPECT_THAT(output, testing::ContainsRegex("optimizer.lr +0.25 +--set"));
    EXPECT_THAT(output, testing::ContainsRegex("data.validation +5000 +.*quickstart.yaml:[0-9]+:"));
    EXPECT_THAT(must({"config", "keys"}).output, HasSubstr("quantization.statistic"));
}

TEST_F(Commands, VersionAndDoctorAreDocuments) {
    EXPECT_TRUE(must({"version", "--json"}).json().contains("f8net"));
    EXPECT_TRUE(workplace.run_in_store({"doctor", "--json"}).json()["findings"].is_array());
}

}  // namespace
}  // namespace f8net
