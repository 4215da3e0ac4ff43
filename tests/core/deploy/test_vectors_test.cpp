// SPDX-License-Identifier: Apache-2.0
// Golden vectors: check_test_vectors.py computes every step again with NumPy, from the files alone.
// F8NET_TEST_PYTHON names a python with numpy; without it those tests are skipped.
#include "core/deploy/test_vectors.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "core/base/error.h"
#include "core/deploy/memory_image.h"
#include "core/deploy/npy.h"
#include "core/inference/executor.h"
#include "core/network/skeleton.h"
#include "tests/core/inference/golden_networks.h"
#include "tests/core/network/test_networks.h"

namespace f8net {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const std::vector<VectorFile> kAllKinds{VectorFile::kSafetensors, VectorFile::kNpy, VectorFile::kHex, VectorFile::kMem};

TestVectorOptions with(std::vector<VectorFile> kinds, std::vector<std::string> layers = {}, int num_threads = 0) {
    TestVectorOptions options;
    options.kinds = std::move(kinds);
    options.layers = std::move(layers);
    options.num_threads = num_threads;
    return options;
}

std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

VectorImages random_images(const IntegerNetwork& network, int64_t count, unsigned seed) {
    VectorImages images;
    images.count = count;
    images.source = "random bytes, seed " + std::to_string(seed);
    std::mt19937 random(seed);
    images.pixels.resize(static_cast<size_t>(count * network.input().output.size()));
    for (uint8_t& pixel : images.pixels) pixel = static_cast<uint8_t>(random());
    return images;
}

class TestVectors : public testing::Test {
protected:
    TestVectors() : folder_(fs::temp_directory_path() / ("f8net-vectors-" + std::to_string(::getpid()))) {
        fs::create_directories(folder_);
    }
    ~TestVectors() override { fs::remove_all(folder_); }

    std::string path(const std::string& name) const { return (folder_ / name).string(); }
    nlohmann::json description(const std::string& name) const {
        return nlohmann::json::parse(read(folder_ / name / "vectors.json"));
    }

    struct Outcome {
        int exit_code = -1;
        std::string output;
    };
    /// Empty where there is no python.
    static std::string python() {
        const char* name = std::getenv("F8NET_TEST_PYTHON");
        return name == nullptr ? std::string() : name;
    }
    Outcome check(const std::string& name) const {
        const std::string output = path("output.txt");
        const std::string command = "'" + python() +
                                    "' '" F8NET_SOURCE_DIR "/tests/core/deploy/check_test_vectors.py' '" + path(name) +
                                    "' > '" + output + "' 2>&1";
        const int status = std::system(command.c_str());
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read(output)};
    }
    void expect_equal(const std::string& name) const {
        const Outcome outcome = check(name);
        EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
        const size_t steps = description(name)["steps"].size();
        EXPECT_THAT(outcome.output, HasSubstr(std::to_string(steps) + " steps are equal"));
    }

    fs::path folder_;
};

TEST(MemoryImage, WritesWordsInTwosComplementWithAllDigits) {
    std::string text;
    append_memory_words(text, std::vector<uint8_t>{0, 1, 0x7f, static_cast<uint8_t>(-127), 255});
    EXPECT_EQ(text, "00\n01\n7f\n81\nff\n");
    append_memory_words(text, std::vector<uint32_t>{static_cast<uint32_t>(-2), 0x12345678});
    EXPECT_THAT(text, testing::EndsWith("ff\nfffffffe\n12345678\n"));
}

TEST(NpyHeader, FillsUpToAMultipleOf64) {
    const std::string header = npy_header(DType::kI8, {2, 3});
    EXPECT_EQ(header.size() % 64, 0u);
    EXPECT_EQ(header.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
    EXPECT_THAT(header, HasSubstr("{'descr': '|i1', 'fortran_order': False, 'shape': (2, 3), }"));
    EXPECT_THAT(npy_header(DType::kI32, {5}), HasSubstr("'<i4', 'fortran_order': False, 'shape': (5,), }"));
    EXPECT_THROW(npy_header(DType::kBF16, {1}), DataError);
}

TEST_F(TestVectors, AreComputedAgainFromTheFilesAlone) {
    if (python().empty()) GTEST_SKIP() << "F8NET_TEST_PYTHON names no python with numpy";
    for (const char* architecture : {"resnet18", "resnet50", "mobilenet_v1", "mobilenet_v2"}) {
        for (const bool pool_as_sum : {true, false}) {
            SCOPED_TRACE(std::string(architecture) + (pool_as_sum ? ", sum pool" : ", average pool"));
            const IntegerNetwork network =
                tiny_network(architecture, 5, {.quantize_average_pool = pool_as_sum, .keep_effective_weights = false});
            export_test_vectors(network, random_images(network, 3, 5), path("v"), with(kAllKinds));
            expect_equal("v");
        }
    }
}

TEST_F(TestVectors, OfTrainedNetworksAreComputedAgain) {
    if (python().empty()) GTEST_SKIP() << "F8NET_TEST_PYTHON names no python with numpy";
    for (const char* name : {"resnet18_tiny", "mobilenet_v2"}) {
        if (golden_checkpoint(name).empty()) continue;
        SCOPED_TRACE(name);
        const GoldenNetworkData data = golden_network(name, recorded_options(name));
        VectorImages images;
        images.count = 1;
        images.pixels.assign(data.pixels.begin(),
                             data.pixels.begin() + static_cast<std::ptrdiff_t>(data.network.input().output.size()));
        export_test_vectors(data.network, images, path("v"));
        expect_equal("v");
    }
}

TEST_F(TestVectors, SayOfEachCodeThatIsWrongWhereItIs) {
    if (python().empty()) GTEST_SKIP() << "F8NET_TEST_PYTHON names no python with numpy";
    const IntegerNetwork network = tiny_network("resnet18", 5);
    const std::string layer = "stage_1_layer_0.body.1";
    for (const char* tensor : {"input", "weight", "bias", "accumulator"}) {
        SCOPED_TRACE(tensor);
        export_test_vectors(network, random_images(network, 1, 5), path("v"), with({VectorFile::kNpy}));
        ASSERT_EQ(check("v").exit_code, 0);
        std::fstream file(path("v/" + layer + "/" + tensor + ".npy"), std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(128);
        const int byte = file.get();
        file.seekp(128);
        file.put(static_cast<char>(byte ^ 1));
        file.close();
        const Outcome outcome = check("v");
        EXPECT_EQ(outcome.exit_code, 1);
        EXPECT_THAT(outcome.output, HasSubstr(layer));
    }
}

TEST_F(TestVectors, DoNotDependOnThreadsAndHoldTheLogitsOfTheLaw) {
    const IntegerNetwork network = tiny_network("mobilenet_v2", 8);
    const VectorImages images = random_images(network, 5, 8);
    export_test_vectors(network, images, path("one"), with(kAllKinds, {}, 1));
    export_test_vectors(network, images, path("three"), with(kAllKinds, {}, 3));
    int compared = 0;
    for (const auto& entry : fs::recursive_directory_iterator(path("one"))) {
        if (entry.is_directory()) continue;
        EXPECT_EQ(read(entry.path()), read(path("three") / entry.path().lexically_relative(path("one"))))
            << entry.path();
        ++compared;
    }
    EXPECT_GT(compared, 500);
    const Logits logits = make_executor(network)->run(images.pixels, images.count, nullptr);
    const TensorMap tensors = read_safetensors(path("one/vectors.safetensors"));
    EXPECT_THAT(tensors.at("logits").as<int32_t>(), testing::ElementsAreArray(logits.integers));
}

TEST_F(TestVectors, HashesAndSizesOfTheFilesAreThoseOfTheDescription) {
    const IntegerNetwork network = tiny_network("resnet18", 2);
    export_test_vectors(network, random_images(network, 2, 2), path("v"), with(kAllKinds));
    int files = 0;
    const auto expect_file = [&](const nlohmann::json& file) {
        const std::string place = path("v/" + file["path"].get<std::string>());
        EXPECT_EQ(hash_file_hex(place), file["xxh3_128"]) << place;
        EXPECT_EQ(fs::file_size(place), file["bytes"]) << place;
        ++files;
    };
    const nlohmann::json written = description("v");
    for (const nlohmann::json& step : written["steps"]) {
        for (const nlohmann::json& tensor : step["tensors"]) {
            for (const nlohmann::json& file : tensor["files"]) expect_file(file);
        }
        for (const nlohmann::json& output : step["outputs"]) {
            for (const nlohmann::json& file : output["tensor"]["files"]) expect_file(file);
        }
    }
    EXPECT_GT(files, 200);
}

TEST_F(TestVectors, OfSomeLayersOnlyHoldThose) {
    const IntegerNetwork network = tiny_network("resnet18", 2);
    const std::vector<std::string> layers{"stage_1_layer_0.body.1", "stage_1_layer_0.add"};
    export_test_vectors(network, random_images(network, 1, 2), path("v"), with(kAllKinds, layers));
    EXPECT_TRUE(fs::exists(path("v/stage_1_layer_0.body.1/weight.hex")));
    EXPECT_FALSE(fs::exists(path("v/stage_1_layer_0.body.0")));
    EXPECT_EQ(description("v")["steps"].size(), network.nodes.size());
    if (!python().empty()) {
        const Outcome outcome = check("v");
        EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
        EXPECT_THAT(outcome.output, HasSubstr("3 steps are equal"));  // the two, and the ReLU behind the sum
    }
    EXPECT_THROW(export_test_vectors(network, random_images(network, 1, 2), path("v"), with(kAllKinds, {"head.1"})),
                 ConfigError);
}

/// The code of that language in docs/golden-vectors.md.
std::string page_block(const std::string& page, const std::string& language) {
    const std::string begin = "```" + language + "\n";
    const size_t from = page.find(begin) + begin.size();
    return page.substr(from, page.find("```", from) - from);
}

TEST_F(TestVectors, AreWhatThePageComputesByHand) {
    const std::string page = read(F8NET_SOURCE_DIR "/docs/golden-vectors.md");
    const IntegerNetwork network = tiny_network("mobilenet_v1", 5);
    export_test_vectors(network, random_images(network, 1, 5), path("v"));
    const TensorMap tensors = read_safetensors(path("v/vectors.safetensors"));
    const std::string layer = "stage_0_layer_0.body.1/";
    const auto input = tensors.at(layer + "input").as<uint8_t>();
    const auto weight = tensors.at(layer + "weight").as<int8_t>();
    const int bias = tensors.at(layer + "bias").as<int32_t>()[1];
    std::string sum;
    for (size_t i = 0; i < 8; ++i) {
        const int code = input[328 + i];
        if (code != 0) sum += std::to_string(code) + " * " + std::to_string(weight[8 + i]) + " + ";
    }
    const auto accumulators = tensors.at(layer + "accumulator").as<int32_t>();
    sum += std::to_string(bias) + " = " + std::to_string(accumulators[329]);
    EXPECT_THAT(page, HasSubstr("\n" + sum + " "));
    const auto hex = [&](const char* name, size_t word, size_t digits) {
        return read(path("v/" + layer + name)).substr(word * (digits + 1), digits);
    };
    EXPECT_THAT(page, HasSubstr("accumulator: word 329, " + hex("accumulator.hex", 329, 8) + "\n"));
    EXPECT_THAT(page, HasSubstr("output: word 329, " + hex("output.hex", 329, 2) + ","));
    EXPECT_EQ(accumulators[((7 * 16) + 4) * 8 + 6], 1056);
    EXPECT_EQ(hex("output.hex", ((7 * 16) + 4) * 8 + 6, 2), "10");

    if (std::system("command -v iverilog > /dev/null && command -v vvp > /dev/null") != 0)
        GTEST_SKIP() << "the page's test bench was not run: iverilog is not installed";
    std::ofstream(path("bench.sv")) << page_block(page, "systemverilog");
    const std::string command = "cd '" + path("v") + "' && iverilog -g2012 -o '" + path("bench") + "' '" +
                                path("bench.sv") + "' && vvp '" + path("bench") + "' > '" + path("output.txt") +
                                "' 2>&1";
    ASSERT_EQ(std::system(command.c_str()), 0);
    EXPECT_EQ(read(path("output.txt")), "0 of 2048 differ\n");
}

TEST_F(TestVectors, LeaveOtherFoldersAloneAndNothingHalfWritten) {
    const IntegerNetwork network = tiny_network("resnet18", 2);
    const VectorImages images = random_images(network, 1, 2);
    fs::create_directories(path("mine"));
    std::ofstream(path("mine/thesis.txt")) << "precious";
    EXPECT_THROW(export_test_vectors(network, images, path("mine")), ConfigError);
    EXPECT_EQ(read(path("mine/thesis.txt")), "precious");
    EXPECT_THROW(export_test_vectors(network, images, path("missing/folder/v")), IoError);
    VectorImages damaged = images;
    damaged.pixels.pop_back();
    EXPECT_THROW(export_test_vectors(network, damaged, path("v")), DataError);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);  // mine
}

TEST_F(TestVectors, NamesOfStrangersStayInsideTheFolder) {
    IntegerNetwork network = tiny_network("resnet18", 2);
    network.nodes[1].name = "../../evil/..";
    network.nodes[2].name = "a b";
    network.nodes[4].name = "a/b";
    export_test_vectors(network, random_images(network, 1, 2), path("v"));
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
    if (!python().empty()) expect_equal("v");
}

}  // namespace
}  // namespace f8net
