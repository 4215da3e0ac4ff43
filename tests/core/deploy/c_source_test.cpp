// SPDX-License-Identifier: Apache-2.0
// The exported C source, compiled and run, against the law: every code, every sum, every logit. gcc and clang where
// they are there.
#include "core/deploy/c/c_source.h"

#include <gmock/gmock.h>

#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "core/base/atomic_file.h"
#include "core/base/atomic_folder.h"
#include "core/base/error.h"
#include "core/deploy/c/c_compiler.h"
#include "core/deploy/c/c_evaluator.h"
#include "core/inference/executor.h"
#include "core/network/bounds.h"
#include "core/network/skeleton.h"
#include "tests/core/inference/random_graph.h"
#include "tests/core/inference/recorded_trace.h"
#include "tests/core/network/test_networks.h"

namespace f8net {
namespace {

namespace fs = std::filesystem;

std::vector<uint8_t> random_bytes(const IntegerNetwork& network, int64_t images, uint32_t seed) {
    std::mt19937 random(seed);
    std::vector<uint8_t> pixels(static_cast<size_t>(images * network.input().output.size()));
    for (uint8_t& pixel : pixels) {
        const uint32_t r = random() >> 8;
        pixel = static_cast<uint8_t>(r % 8 == 0 ? 255 : r % 8 == 1 ? 0 : r >> 4);
    }
    return pixels;
}

bool is_there(const std::string& program) {
    return std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
}

/// One way of compiling.
struct Way {
    const char* name;
    const char* compiler;
    std::vector<std::string> arguments;
};

std::vector<std::string> strict(std::vector<std::string> more) {
    std::vector<std::string> words = {"-Wall", "-Wextra", "-pedantic", "-Wconversion", "-Wshadow", "-Werror"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

const std::vector<Way>& ways() {
    static const std::vector<std::string> sanitizers = {"-O1", "-g", "-fsanitize=address,undefined",
                                                        "-fno-sanitize-recover=all"};
    static const std::vector<Way> all = {
        {"gcc", "gcc", strict({"-O2"})},
        {"gcc_native", "gcc", strict({"-O3", "-march=native"})},
        {"gcc_small", "gcc", strict({"-Os", "-DF8NET_PORTABLE"})},
        {"gcc_sanitized", "gcc", strict(sanitizers)},
        {"gcc_32_bit", "gcc", strict({"-O2", "-m32"})},
        {"clang", "clang", strict({"-O2"})},
        {"clang_native", "clang", strict({"-O3", "-march=native"})},
        {"clang_sanitized", "clang",
         strict({"-O1", "-g", "-fsanitize=address,undefined,implicit-conversion", "-fno-sanitize-recover=all",
                 "-DF8NET_PORTABLE"})},
    };
    return all;
}

void expect_equal(const IntegerNetwork& network, const std::vector<uint8_t>& pixels, int64_t images, const Way& way,
                  const std::string& what) {
    RecordedTrace law, got;
    const Logits expected = make_executor(network)->run(pixels, images, &law);
    const auto c = make_c_source_evaluator(network, {{way.compiler}, way.arguments});
    const Logits traced = c->run(pixels, images, &got);
    EXPECT_EQ(traced.integers, expected.integers) << what;
    EXPECT_EQ(traced.scale, expected.scale);
    ASSERT_EQ(got.codes.size(), law.codes.size()) << what;
    ASSERT_EQ(got.accumulators.size(), law.accumulators.size()) << what;
    for (const auto& [name, values] : law.codes) ASSERT_EQ(got.codes.at(name).values, values.values) << what << name;
    for (const auto& [name, values] : law.accumulators)
        ASSERT_EQ(got.accumulators.at(name).values, values.values) << what << name;
    EXPECT_EQ(c->run(pixels, images, nullptr).integers, expected.integers) << what << ", without trace";
}

class EveryWay : public ::testing::TestWithParam<Way> {
protected:
    void SetUp() override {
        if (!is_there(GetParam().compiler)) GTEST_SKIP() << "no " << GetParam().compiler << " in PATH";
        const TemporaryFolder folder;
        write_text_file(folder.file("empty.c"), "#include <stdio.h>\nint main(void) { return 0; }\n");
        std::vector<std::string> arguments = GetParam().arguments;
        arguments.insert(arguments.end(), {folder.file("empty.c"), "-o", folder.file("empty")});
        try {
            compile_c({GetParam().compiler}, arguments);
        } catch (const DataError& error) {
            GTEST_SKIP() << "this compiler makes no programs with these flags here: " << error.what();
        }
    }
};

TEST_P(EveryWay, RandomGraphsAreEqual) {
    const uint32_t first = 1000 * static_cast<uint32_t>(std::hash<std::string>{}(GetParam().name) % 1000);
    constexpr uint32_t kGraphs = 6;
    for (uint32_t seed = first; seed < first + kGraphs && !HasFailure(); ++seed) {
        std::mt19937 random(seed);
        const IntegerNetwork network = make_random_graph([&](int low, int high) {
            return low + static_cast<int>(random() % static_cast<uint32_t>(high - low + 1));
        });
        expect_equal(network, random_bytes(network, 2, seed), 2, GetParam(),
                     "graph of seed " + std::to_string(seed) + ": ");
    }
}

/// Planes of 3 x 3 before the classifier: the pool's factor is no power of two.
void expect_equal_architecture(const std::string& name, const Way& way) {
    const bool sum_pool = name == "resnet18" || name == "mobilenet_v1";
    ArchitectureOptions options = tiny_options(name, 24);
    options.normalized_input = !sum_pool;
    const IntegerNetwork network =
        make_random_network(make_layer_graph(options), 5, {.quantize_average_pool = sum_pool});
    expect_equal(network, random_bytes(network, 2, 5), 2, way, name + ": ");
}

TEST_P(EveryWay, ResNetAndMobileNetAreEqual) {
    expect_equal_architecture("resnet18", GetParam());
    expect_equal_architecture("mobilenet_v2", GetParam());
}

std::string way_name(const ::testing::TestParamInfo<Way>& info) {
    return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(CSource, EveryWay, ::testing::ValuesIn(ways()), way_name);

/// The first compiler of this machine.
class CSource : public ::testing::Test {
protected:
    void SetUp() override {
        if (find_c_compiler().empty()) GTEST_SKIP() << why_no_c_source();
    }
    static Way way() { return {"cc", "cc", strict({"-O2"})}; }
};

TEST_F(CSource, OtherArchitecturesAreEqual) {
    for (const char* name : {"resnet34", "resnet50", "mobilenet_v1"}) expect_equal_architecture(name, way());
}

TEST_F(CSource, ImageNetStemsPoolOnCodesOrSumsAndAreEqual) {
    for (const char* name : {"resnet18", "resnet50"}) {
        ArchitectureOptions options = tiny_options(name, 64);
        options.stem = Stem::kImageNet;
        const IntegerNetwork network = make_random_network(make_layer_graph(options), 8);
        EXPECT_EQ(make_c_program(network).is_traceable, std::string(name) == "resnet18");
        EXPECT_TRUE(make_c_program(network, true).is_traceable);
        expect_equal(network, random_bytes(network, 1, 8), 1, way(), std::string(name) + ": ");
    }
}

TEST_F(CSource, SumsThatLeaveInt32AreClampedTheSameWay) {
    IntegerNetwork network = tiny_network("resnet18", 3);
    const IntegerNode& sum = network.nodes[static_cast<size_t>(network.index_of("stage_3_layer_1.add"))];
    for (const int input : sum.inputs) {
        IntegerNode& node = network.nodes[static_cast<size_t>(input)];
        if (node.has_weights()) std::fill(node.bias_s32.begin(), node.bias_s32.end(), 2'000'000'000);
    }
    for (const char* name : {"stage_3_layer_0.body.1", "stage_3_layer_0.shortcut.0"}) {
        auto& bias = network.nodes[static_cast<size_t>(network.index_of(name))].bias_s32;
        std::fill(bias.begin(), bias.end(), 1'500'000'000);
    }
    ASSERT_GT(output_bounds(network)[static_cast<size_t>(network.index_of("stage_3_layer_1.add"))], int64_t{1} << 31);
    ASSERT_GT(output_bounds(network)[static_cast<size_t>(network.index_of("pool"))], int64_t{1} << 31);
    expect_equal(network, random_bytes(network, 2, 1), 2, way(), "");
}

/// A linear layer behind a sum whose values are every tie and every end of the range, for each shift that formats
/// allow.
TEST_F(CSource, TiesAndExtremesRoundAsTheLawDoesForEveryShift) {
    for (const bool is_signed : {false, true}) {
        for (const int word : {8, 3}) {
            IntegerNetwork network;
            IntegerNode input;
            input.name = "input";
            input.input_format = kPixelFormat;
            input.fractional_length = kPixelFormat.fractional_length;
            input.output = {1, 1, 1};
            network.nodes.push_back(input);
            // Each channel is one number: bias alone, weight 0 or +-1.
            IntegerNode numbers;
            numbers.name = "numbers";
            numbers.kind = NodeKind::kConv;
            numbers.inputs = {0};
            numbers.in_channels = 1;
            numbers.input_format = kPixelFormat;
            numbers.weight_format = {8, 7, true};
            numbers.fractional_length = 15;
            for (int bit = 0; bit < 31; ++bit) {
                for (const int64_t multiple : {1, 3, 5, 7, 255, 509, 511}) {
                    for (const int64_t sign : {-1, 1}) {
                        const int64_t value = sign * (multiple << bit);
                        for (const int64_t off : {-1, 0, 1}) {
                            if (std::abs(value + off) > 2'147'483'000) continue;
                            numbers.bias_s32.push_back(static_cast<int32_t>(value + off));
                            numbers.weight_s8.push_back(static_cast<int8_t>(off));
                        }
                    }
                }
            }
            numbers.out_channels = static_cast<int>(numbers.bias_s32.size());
            numbers.output = {numbers.out_channels, 1, 1};
            network.nodes.push_back(numbers);
            // One depthwise reader for each input fractional length, then the same after shifts of a sum.
            for (int length = 0; length <= word - is_signed; ++length) {
                IntegerNode reader;
                reader.name = "reader" + std::to_string(length);
                reader.kind = NodeKind::kConv;
                reader.inputs = {1};
                reader.in_channels = reader.out_channels = reader.groups = numbers.out_channels;
                reader.input_format = {word, length, is_signed};
                reader.weight_format = {8, 0, true};
                reader.fractional_length = length;
                reader.weight_s8.assign(static_cast<size_t>(reader.out_channels), 1);
                reader.bias_s32.assign(static_cast<size_t>(reader.out_channels), 0);
                reader.output = numbers.output;
                network.nodes.push_back(reader);
                IntegerNode again = reader;  // of few fractional bits: a shift to the left
                again.name = "again" + std::to_string(length);
                again.inputs = {static_cast<int>(network.nodes.size()) - 1};
                again.input_format = {word, word - is_signed, is_signed};
                again.fractional_length = word - is_signed;
                network.nodes.push_back(again);
            }
            IntegerNode classifier;
            classifier.name = "classifier";
            classifier.kind = NodeKind::kLinear;
            classifier.inputs = {1};
            classifier.in_channels = numbers.out_channels;
            classifier.out_channels = 1;
            classifier.input_format = {8, 0, false};
            classifier.weight_format = {8, 0, true};
            classifier.weight_s8.assign(static_cast<size_t>(classifier.in_channels), 1);
            classifier.bias_s32.assign(1, 0);
            classifier.output = {1, 1, 1};
            network.nodes.push_back(classifier);
            expect_equal(network, {1}, 1, way(), is_signed ? "signed " : "unsigned ");
        }
    }
}

/// The exported folder as its receiver uses it.
class CFolder : public CSource {
protected:
    void SetUp() override {
        CSource::SetUp();
        if (!is_there("make")) GTEST_SKIP() << "no make in PATH";
    }
    int make(const std::string& words) const {
        const std::string command =
            "make --no-print-directory -C '" + out() + "' " + words + " >'" + folder_.file("log") + "' 2>&1";
        const int status = std::system(command.c_str());
        log_ = read_text_file(folder_.file("log"));
        return status;
    }
    std::string out() const { return folder_.file("out"); }

    const TemporaryFolder folder_;
    mutable std::string log_;
};

TEST_F(CFolder, TestsItself) {
    export_c(tiny_network("mobilenet_v2"), out());
    EXPECT_EQ(make("test sanitize"), 0) << log_;
    EXPECT_THAT(log_, ::testing::HasSubstr("2 of 2 golden images are equal in every logit"));
    EXPECT_THAT(log_, ::testing::HasSubstr("2 of 2 golden images are equal in every sum and logit"));
    EXPECT_EQ(make("size"), 0) << log_;
    EXPECT_THAT(log_, ::testing::HasSubstr("F8NET_RAM_BYTES"));
}

TEST_F(CFolder, NoticesAChangedWeightAndNamesItsLayer) {
    const IntegerNetwork network = tiny_network("resnet18");
    export_c(network, out());
    std::string code = read_text_file(out() + "/net.c");
    size_t at = code.find("weights_stage_1_layer_0_body_1[");
    ASSERT_NE(at, std::string::npos);
    at = code.find("{\n", at) + 2;
    const size_t end = code.find(',', at);
    code.replace(at, end - at, code.substr(at, end - at) == "1" ? "2" : "1");
    write_text_file(out() + "/net.c", code);
    EXPECT_NE(make("build/selftest-layers"), -1);
    EXPECT_NE(std::system((out() + "/build/selftest-layers >'" + folder_.file("log") + "'").c_str()), 0);
    EXPECT_THAT(read_text_file(folder_.file("log")),
                ::testing::HasSubstr("layer stage_1_layer_0.body.1 is the first to differ"));
}

TEST_F(CFolder, IsWhatRunsWhereItIsNamed) {
    const IntegerNetwork network = tiny_network("resnet18");
    export_c(network, out());
    CSourceRunOptions options;
    options.folder = out();
    const std::vector<uint8_t> pixels = random_bytes(network, 3, 5);
    const auto trace = [&](ModeEvaluator& evaluator) {
        RecordedTrace recorded;
        evaluator.run(pixels, 3, &recorded);
        return recorded;
    };
    RecordedTrace law = trace(*make_executor(network, "scalar", 1));
    RecordedTrace written = trace(*make_c_source_evaluator(network, options));
    const std::string changed = "stage_1_layer_0.body.1", before = "stage_1_layer_0.body.0";
    EXPECT_EQ(written.accumulators[changed].values, law.accumulators[changed].values);

    std::string code = read_text_file(out() + "/net.c");
    size_t at = code.find("weights_stage_1_layer_0_body_1[");
    ASSERT_NE(at, std::string::npos);
    // The middle of the first kernel: read in every pixel.
    at = code.find("{\n", at) + 2;
    for (size_t skipped =
             4 * static_cast<size_t>(network.nodes[static_cast<size_t>(network.index_of(changed))].in_channels);
         skipped > 0; --skipped) {
        at = code.find(',', at) + 1;
    }
    const size_t end = code.find(',', at);
    code.replace(at, end - at, code.substr(at, end - at).ends_with("99") ? "-99" : "99");
    write_text_file(out() + "/net.c", code);
    written = trace(*make_c_source_evaluator(network, options));
    EXPECT_EQ(written.accumulators[before].values, law.accumulators[before].values);
    EXPECT_NE(written.accumulators[changed].values, law.accumulators[changed].values);
    EXPECT_EQ(read_text_file(out() + "/net.c"), code);  // nothing was written there
}

TEST_F(CFolder, SaysItsMemory) {
    const IntegerNetwork network = tiny_network("resnet18");
    const CMemory memory = export_c(network, out());
    int64_t constants = 0;
    for (const IntegerNode& node : network.nodes)
        constants += static_cast<int64_t>(node.weight_s8.size() + 4 * node.bias_s32.size());
    EXPECT_EQ(memory.constants_bytes, constants);
    ASSERT_EQ(make("build/net-small.o"), 0) << log_;
    const std::string object = out() + "/build/net-small.o";
    if (!is_there("size")) GTEST_SKIP() << "no size in PATH";
    ASSERT_EQ(std::system(("size '" + object + "' | tail -n 1 >'" + folder_.file("log") + "'").c_str()), 0);
    std::istringstream sizes(read_text_file(folder_.file("log")));
    int64_t text = 0, data = 0, bss = 0;
    sizes >> text >> data >> bss;
    EXPECT_EQ(data, 0);
    EXPECT_GE(bss, memory.arena_bytes + memory.scratch_bytes);
    EXPECT_LE(bss, memory.arena_bytes + memory.scratch_bytes + 128);  // alignment of the arrays
    const auto code = c_code_bytes(network);
    ASSERT_TRUE(code.has_value());
    EXPECT_GT(*code, 1000);
    EXPECT_LT(*code, text - memory.constants_bytes + 64);
}

/// A disk that is full, or a limit of the system: the write fails in the middle.
TEST(CFolderOnAFullDisk, LeavesWhatWasThere) {
    const TemporaryFolder folder;
    const std::string out = folder.file("out");
    export_c(tiny_network("mobilenet_v2"), out);
    const std::string before = hash_path_hex(out);
    rlimit old{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    rlimit small = old;
    small.rlim_cur = 100'000;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    EXPECT_THROW(export_c(tiny_network("resnet50"), out), IoError);
    EXPECT_THROW(export_c(tiny_network("resnet50"), folder.file("other")), IoError);
    ::setrlimit(RLIMIT_FSIZE, &old);
    std::signal(SIGXFSZ, handler);
    EXPECT_EQ(hash_path_hex(out), before);
    EXPECT_FALSE(fs::exists(folder.file("other")));
    EXPECT_EQ(std::distance(fs::directory_iterator(fs::path(out).parent_path()), fs::directory_iterator()), 1);
}

TEST(CText, NamesOfAnyKindCompile) {
    if (find_c_compiler().empty()) GTEST_SKIP() << why_no_c_source();
    IntegerNetwork network = tiny_network("mobilenet_v1");
    const std::vector<std::string> names = {"int",
                                            "*/ #error \"",
                                            "",
                                            "0",
                                            "a.b",
                                            "a_b",
                                            "a b",
                                            "\xff\n\\",
                                            "relu",
                                            std::string(300, 'x'),
                                            std::string(301, 'x'),
                                            "net",
                                            "in",
                                            "f8net_infer"};
    for (size_t i = 0; i < names.size(); ++i) network.nodes[i].name = names[i];
    network.architecture = "*/ \n#error";
    expect_equal(network, random_bytes(network, 1, 2), 1, {"cc", "cc", strict({"-O1"})}, "");
}

TEST(CText, IsTheSameEachTime) {
    const auto text = [] {
        const IntegerNetwork network = tiny_network("resnet50");
        std::string code;
        CText out([&](std::string_view piece) { code += piece; });
        write_c_code(network, make_c_program(network), CConstants::kDefined, out);
        return code;
    };
    EXPECT_EQ(text(), text());
}

TEST(CText, RefusesADamagedNetwork) {
    IntegerNetwork network = tiny_network("resnet18");
    network.nodes[1].weight_s8[0] = -128;
    EXPECT_THROW(make_c_program(network), DataError);
}

TEST(CProgram, ValuesInUseNeverOverlap) {
    for (const std::string& name : known_architectures()) {
        const IntegerNetwork network = tiny_network(name);
        const CProgram program = make_c_program(network);
        int64_t int32_bytes = 0;
        for (const IntegerNode& node : network.nodes) int32_bytes += 4 * node.output.size();
        EXPECT_LT(program.arena_bytes, int32_bytes / 6) << name;
        for (const CBuffer& a : program.buffers) {
            for (const CBuffer& b : program.buffers) {
                const bool at_once = a.first < b.last && b.first < a.last;
                const bool overlap = a.offset < b.offset + b.elements * bytes_of(b.type) &&
                                     b.offset < a.offset + a.elements * bytes_of(a.type);
                EXPECT_FALSE(&a != &b && at_once && overlap) << name << ": " << a.name << " and " << b.name;
            }
        }
    }
}

TEST(CEvaluator, SaysWhatTheCompilerDoesNotLike) {
    if (find_c_compiler().empty()) GTEST_SKIP() << why_no_c_source();
    const IntegerNetwork network = tiny_network("resnet18");
    const auto evaluator = make_c_source_evaluator(network, {{"cc"}, {"-include", "no-such-file.h"}});
    EXPECT_THROW(evaluator->run(random_bytes(network, 1, 1), 1, nullptr), DataError);
    // A program that dies is an error of the evaluator, not of this process.
    const auto dying = make_c_source_evaluator(network, {{"cc"}, {"-Df8net_infer(p,l)=abort()"}});
    EXPECT_THROW(dying->run(random_bytes(network, 1, 1), 1, nullptr), DataError);
}

}  // namespace
}  // namespace f8net
