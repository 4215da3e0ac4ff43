// SPDX-License-Identifier: Apache-2.0
// Exported models of every flavour in ONNX Runtime against the scalar executor: logits, and codes and accumulators of
// every layer that the file exposes, optimizations on and off. F8NET_TEST_PYTHON names a python with onnx, onnxruntime
// and numpy; without it these tests are skipped.
#include "core/deploy/onnx_export.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <random>

#include "core/analysis/recorded_trace.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/inference/executor.h"
#include "core/network/bounds.h"
#include "core/network/skeleton.h"
#include "tests/core/inference/golden_networks.h"
#include "tests/core/network/test_networks.h"

namespace f8net {
namespace {

class OnnxExport : public ::testing::Test {
protected:
    void SetUp() override {
        const char* python = std::getenv("F8NET_TEST_PYTHON");
        if (python == nullptr || *python == 0)
            GTEST_SKIP() << "F8NET_TEST_PYTHON names no python with onnx, onnxruntime and numpy";
        python_ = python;
        folder_ = std::filesystem::temp_directory_path() / ("f8net-onnx-" + std::to_string(::getpid()));
        std::filesystem::create_directories(folder_);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    /// Writes the model in each flavour and what the scalar executor makes of the pixels (N H W C).
    void add(const std::string& name, const IntegerNetwork& network, const std::vector<uint8_t>& pixels, int64_t images,
             bool exact_everywhere = true) {
        for (const auto& [flavour, suffix] : kFlavours) {
            const std::string path = (folder_ / (name + "." + suffix + ".onnx")).string();
            export_onnx(network, path, {.flavour = flavour, .exact_everywhere = exact_everywhere});
            models_ += " '" + path + "'";
        }
        RecordedTrace trace;
        const Logits logits = make_executor(network)->run(pixels, images, &trace);
        TensorMap map;
        map.set("logits", HostTensor::from<int32_t>({images, logits.classes}, logits.integers));
        map.set("pixels", first_input(network, trace, images));
        for (const RecordedTensor& tensor : trace.tensors()) {
            const IntegerNode& node = network.nodes[static_cast<size_t>(network.index_of(tensor.layer))];
            if (tensor.tensor == TraceTensor::kCodes) {
                const int zero = node.input_format.is_signed ? 128 : 0;
                map.set("code/" + tensor.layer, edge_tensor<uint8_t>(tensor, images, zero));
            } else {
                map.set("acc/" + tensor.layer, edge_tensor<int32_t>(tensor, images, 0));
                map.set("fractional_length/" + tensor.layer, HostTensor::from<int32_t>({1}, {node.fractional_length}));
            }
        }
        write_safetensors((folder_ / (name + ".safetensors")).string(), map);
    }

    void add_random(const std::string& name, const ArchitectureOptions& options,
                    const RandomNetworkOptions& random = {}) {
        const uint64_t seed = std::hash<std::string>{}(name) % 1000;
        const IntegerNetwork network = make_random_network(make_layer_graph(options), seed, random);
        add_with_random_pixels(name, network, static_cast<uint32_t>(seed));
    }

    void add_with_random_pixels(const std::string& name, const IntegerNetwork& network, uint32_t seed,
                                bool exact_everywhere = true) {
        std::mt19937 generator(seed);
        std::vector<uint8_t> pixels(static_cast<size_t>(3 * network.input().output.size()));
        for (uint8_t& pixel : pixels) pixel = static_cast<uint8_t>(generator());
        add(name, network, pixels, 3, exact_everywhere);
    }

    void expect_equal_in_onnxruntime() const {
        const std::string command =
            "'" + python_ + "' '" F8NET_SOURCE_DIR "/tests/core/deploy/check_onnx.py'" + models_ + " 2>&1";
        FILE* pipe = popen(command.c_str(), "r");
        ASSERT_NE(pipe, nullptr);
        std::string output;
        std::array<char, 4096> buffer{};
        while (const size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe))
            output.append(buffer.data(), count);
        EXPECT_EQ(pclose(pipe), 0) << output;
        if (std::getenv("F8NET_TEST_VERBOSE") != nullptr) std::printf("%s", output.c_str());
    }

private:
    static constexpr std::pair<OnnxFlavour, const char*> kFlavours[] = {
        {OnnxFlavour::kQLinear, "qlinear"}, {OnnxFlavour::kQdq, "qdq"}, {OnnxFlavour::kInteger, "integer"}};

    /// The values of all images as N C H W, as they are on an edge.
    template <typename T>
    static HostTensor edge_tensor(const RecordedTensor& tensor, int64_t images, int zero) {
        const Shape& shape = tensor.shape;
        std::vector<T> edge;
        for (int64_t image = 0; image < images; ++image) {
            for (int64_t c = 0; c < shape.channels; ++c) {
                for (int64_t i = image * shape.size() + c; i < (image + 1) * shape.size(); i += shape.channels)
                    edge.push_back(static_cast<T>(tensor.values[static_cast<size_t>(i)] + zero));
            }
        }
        return HostTensor::from<T>({images, shape.channels, shape.height, shape.width}, edge);
    }
    static HostTensor first_input(const IntegerNetwork& network, const RecordedTrace& trace, int64_t images) {
        return edge_tensor<uint8_t>(*trace.find(network.nodes[1].name, TraceTensor::kCodes), images,
                                    network.input().input_format.is_signed ? 128 : 0);
    }

    std::filesystem::path folder_;
    std::string python_, models_;
};

TEST_F(OnnxExport, RecordedNetworksGiveTheRecordedLogits) {
    for (const char* name : {"mobilenet_v1", "mobilenet_v2"}) {
        for (const bool sum_pool : {false, true}) {
            LoweringOptions options;
            options.quantize_average_pool = sum_pool;
            const GoldenNetworkData data = golden_network(name, options);
            add(std::string(name) + (sum_pool ? "_sum" : "_average"), data.network, data.pixels, data.images);
        }
    }
    expect_equal_in_onnxruntime();
}

TEST_F(OnnxExport, RandomNetworksOfEveryArchitectureAreEqual) {
    for (const char* name : {"resnet18", "resnet34", "resnet50", "mobilenet_v1", "mobilenet_v2"}) {
        for (const bool sum_pool : {true, false}) {
            // Planes of 3 x 3: the pool's factor is no power of two.
            add_random(std::string(name) + (sum_pool ? "_sum3" : "_average3"), tiny_options(name, 24),
                       {.quantize_average_pool = sum_pool});
        }
    }
    expect_equal_in_onnxruntime();
}

TEST_F(OnnxExport, ImageNetStemAndPlanesOfSevenAreEqual) {
    ArchitectureOptions options = tiny_options("resnet18", 224);
    options.stem = Stem::kImageNet;
    add_random("resnet18_stem7", options);
    options.architecture = "resnet50";
    options.image_size = 96;
    add_random("resnet50_stem3", options);
    add_random("mobilenet_v2_plane7", tiny_options("mobilenet_v2", 56), {.quantize_average_pool = false});
    expect_equal_in_onnxruntime();
}

TEST_F(OnnxExport, FullWidthSumsBeyondFloatPrecisionAreEqual) {
    ArchitectureOptions options = tiny_options("resnet18", 32);
    options.width_multiplier = 1;
    IntegerNetwork network = make_random_network(make_layer_graph(options), 12);
    IntegerNode& node = network.nodes[static_cast<size_t>(network.index_of("stage_3_layer_1.body.0"))];
    // 4,608 products: half of the channels only add up, so that their sums pass 2^24.
    std::fill_n(node.weight_s8.begin(), node.weight_s8.size() / 2, int8_t{127});
    ASSERT_TRUE(needs_float64(network)[static_cast<size_t>(network.index_of(node.name))]);
    add_with_random_pixels("resnet18_full", network, 12);
    expect_equal_in_onnxruntime();
}

TEST_F(OnnxExport, NormalizedInputAndOneChannelAreEqual) {
    for (const char* name : {"resnet18", "mobilenet_v2"}) {
        ArchitectureOptions options = tiny_options(name, 28, 1);
        options.normalized_input = true;
        add_random(std::string(name) + "_normalized", options);
    }
    ArchitectureOptions stem = tiny_options("resnet50", 64);
    stem.stem = Stem::kImageNet;
    stem.normalized_input = true;
    add_random("resnet50_normalized_stem", stem);
    expect_equal_in_onnxruntime();
}

TEST_F(OnnxExport, SumsThatLeaveInt32AreClampedTheSameWay) {
    IntegerNetwork network = tiny_network("resnet18", 3);
    const IntegerNode& sum = network.nodes[static_cast<size_t>(network.index_of("stage_3_layer_1.add"))];
    for (const int input : sum.inputs) {
        // Large biases reach the sum through the last block's body; the stream comes from the block before.
        IntegerNode& node = network.nodes[static_cast<size_t>(input)];
        if (node.has_weights()) std::fill(node.bias_s32.begin(), node.bias_s32.end(), 2'000'000'000);
    }
    for (const char* name : {"stage_3_layer_0.body.1", "stage_3_layer_0.shortcut.0"}) {
        auto& bias = network.nodes[static_cast<size_t>(network.index_of(name))].bias_s32;
        std::fill(bias.begin(), bias.end(), 1'500'000'000);
    }
    ASSERT_GT(output_bounds(network)[static_cast<size_t>(network.index_of("stage_3_layer_1.add"))], int64_t{1} << 31);
    ASSERT_GT(output_bounds(network)[static_cast<size_t>(network.index_of("pool"))], int64_t{1} << 31);
    add_with_random_pixels("saturating", network, 1);
    expect_equal_in_onnxruntime();
}

TEST_F(OnnxExport, SignedWeightsAreEqualWhereSumsOfTwoProductsFit) {
    IntegerNetwork network = tiny_network("resnet50", 9);
    for (IntegerNode& node : network.nodes) {
        for (int8_t& weight : node.weight_s8) weight = std::clamp<int8_t>(weight, -63, 63);  // 2 * 255 * 63 < 2^15
    }
    add_with_random_pixels("resnet50_signed", network, 4, false);
    expect_equal_in_onnxruntime();
}

TEST_F(OnnxExport, ShorterWordsAreEqual) {
    IntegerNetwork network = tiny_network("mobilenet_v2", 6);
    for (IntegerNode& node : network.nodes) {
        if (!node.has_weights() || network.nodes[static_cast<size_t>(node.inputs[0])].kind == NodeKind::kInput)
            continue;
        node.input_format.word_length = 6;
        node.input_format.fractional_length = std::min(node.input_format.fractional_length, 5);
    }
    propagate_formats(network);
    add_with_random_pixels("six_bits", network, 2);
    expect_equal_in_onnxruntime();
}

TEST(OnnxBytes, AreTheSameEachTime) {
    const IntegerNetwork network = tiny_network("resnet18");
    EXPECT_EQ(to_onnx(network), to_onnx(network));
}

/// As a full disk does it: writes beyond `bytes` of a file fail.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limit{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

private:
    void (*handler_)(int);
    rlimit before_{};
};

TEST(OnnxBytes, LeaveTheOldFileWhereTheNewOneCannotBeWritten) {
    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("f8net-onnx-full-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    const std::string path = (folder / "net.onnx").string();
    const IntegerNetwork network = tiny_network("resnet18");
    for (const OnnxFlavour flavour : {OnnxFlavour::kQLinear, OnnxFlavour::kQdq, OnnxFlavour::kInteger}) {
        write_text_file(path, "old");
        {
            const FileSizeLimit limit(10'000);  // in the middle of the weights
            EXPECT_THROW(export_onnx(network, path, {.flavour = flavour}), IoError);
        }
        EXPECT_EQ(read_text_file(path), "old");
        const auto files = std::distance(std::filesystem::directory_iterator(folder), {});
        EXPECT_EQ(files, 1) << "something half-written is left";
    }
    std::filesystem::remove_all(folder);
    EXPECT_THROW(export_onnx(network, path), IoError);  // no folder any more
}

TEST(OnnxBytes, RefuseADamagedNetwork) {
    IntegerNetwork network = tiny_network("resnet18");
    network.nodes[1].weight_s8[0] = -128;
    EXPECT_THROW(to_onnx(network), DataError);
}

}  // namespace
}  // namespace f8net
