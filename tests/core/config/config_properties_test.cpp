// SPDX-License-Identifier: Apache-2.0
// Whatever the bytes, loading ends with an experiment or a ConfigError of one line. Each failure prints its seed.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <chrono>
#include <cmath>
#include <fstream>
#include <random>
#include <sstream>

#include "core/base/error.h"
#include "core/config/experiment_document.h"
#include "core/config/yaml_tree.h"

namespace f8net {
namespace {

std::string quickstart() {
    std::ifstream stream(std::string(F8NET_SOURCE_DIR) + "/configs/fashion-mnist/quickstart.yaml");
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

/// Empty where it loads or is refused as it should be, else what went wrong.
std::string complaint(const std::string& bytes) {
    try {
        const auto document = parse_experiment(bytes, "x.yaml");
        parse_experiment(to_yaml(document.experiment, YamlDetail::kEverything), "again.yaml");
    } catch (const ConfigError& error) {
        const std::string message = error.what();
        if (!message.starts_with("x.yaml:")) return "no place in: " + message;
        if (message.find('\n') != std::string::npos) return "more than a line: " + message;
    } catch (const std::exception& error) {
        return std::string("not a ConfigError: ") + error.what();
    }
    return {};
}

uint32_t fresh_seed() {
    const char* fixed = std::getenv("F8NET_TEST_SEED");
    return fixed != nullptr ? static_cast<uint32_t>(std::strtoul(fixed, nullptr, 10)) : std::random_device{}();
}

TEST(ConfigProperties, MutatedFilesLoadOrAreRefused) {
    const uint32_t seed = fresh_seed();
    RecordProperty("seed", static_cast<int>(seed));
    std::mt19937 random(seed);
    const std::string original = quickstart();
    const std::vector<std::string> words = {"[",
                                            "]",
                                            "{",
                                            "}",
                                            ": ",
                                            "- ",
                                            "\n",
                                            "\n  ",
                                            "&a ",
                                            "*a",
                                            "<<: ",
                                            "!include ",
                                            "'",
                                            "\"",
                                            "| ",
                                            "> ",
                                            "? ",
                                            "#",
                                            "---",
                                            "...",
                                            "%YAML",
                                            "~",
                                            "010",
                                            "1e999",
                                            "\t",
                                            "!!map",
                                            "-1",
                                            "\xff",
                                            "\xef\xbb\xbf",
                                            "stages:",
                                            "name: a",
                                            std::string(1, '\0')};
    const auto below = [&](size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random); };
    for (int round = 0; round < 3000; ++round) {
        std::string bytes = original;
        for (size_t edits = 1 + below(6); edits > 0; --edits) {
            const size_t at = below(bytes.size());
            switch (below(4)) {
                case 0:
                    bytes[at] = static_cast<char>(below(256));
                    break;
                case 1:
                    bytes.insert(at, words[below(words.size())]);
                    break;
                case 2:
                    bytes.erase(at, 1 + below(30));
                    break;
                default:
                    bytes.insert(at, bytes.substr(below(bytes.size()), below(60)));
                    break;
            }
            if (bytes.empty()) bytes = "a";
        }
        ASSERT_EQ(complaint(bytes), "") << "seed " << seed << " round " << round << "\n" << bytes;
    }
}

TEST(ConfigProperties, RandomBytesAndSyntaxSoupAreRefusedOrLoad) {
    const uint32_t seed = fresh_seed();
    RecordProperty("seed", static_cast<int>(seed));
    std::mt19937 random(seed);
    const std::string soup = "[]{}:,-?&*!|>'\"%@`#~<ab1 \n\t.";
    for (int round = 0; round < 4000; ++round) {
        std::string bytes(1 + random() % 400, '\0');
        for (char& c : bytes) c = round % 2 == 0 ? static_cast<char>(random()) : soup[random() % soup.size()];
        ASSERT_EQ(complaint(bytes), "") << "seed " << seed << " round " << round << "\n" << bytes;
    }
}

TEST(ConfigProperties, HostileShapesEndSoon) {
    for (const std::string unit : {"[",   "{", "- ", "? ", "a: {", "&a ", "!t ",  "'",    "\"", "*a ",
                                   "a: ", ",", "}",  "]",  "|\n",  "%",   "<<: ", "\n\n", "[{", "- - ? "}) {
        std::string bytes;
        while (bytes.size() < 300000) bytes += unit;
        const auto begin = std::chrono::steady_clock::now();
        EXPECT_EQ(complaint(bytes), "") << "unit " << unit;
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
        EXPECT_LT(seconds.count(), 10) << "unit " << unit;
    }
}

TEST(ConfigProperties, AnyTextSurvivesYaml) {
    EXPECT_TRUE(rc::check("a name and a description come back from YAML", [] {
        Experiment e;
        e.name = "n" + *rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
        e.description = *rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
        const Experiment again = parse_experiment(to_yaml(e, YamlDetail::kChanged), "x.yaml").experiment;
        RC_ASSERT(again.name == e.name);
        RC_ASSERT(again.description == e.description);
    }));
}

TEST(ConfigProperties, NumbersSurviveYamlBitForBit) {
    EXPECT_TRUE(rc::check("a learning rate comes back with all its bits", [] {
        Experiment e;
        const auto mantissa = *rc::gen::inRange<int64_t>(0, int64_t{1} << 53);
        e.optimizer.lr = std::ldexp(static_cast<double>(mantissa), *rc::gen::inRange(-1074, -44));
        e.training.seed = *rc::gen::inRange<int64_t>(0, 9007199254740992);
        const Experiment again = parse_experiment(to_yaml(e, YamlDetail::kEverything), "x.yaml").experiment;
        RC_ASSERT(again.optimizer.lr == e.optimizer.lr);
        RC_ASSERT(again.training.seed == e.training.seed);
    }));
}

}  // namespace
}  // namespace f8net
