// SPDX-License-Identifier: Apache-2.0
#include "core/config/yaml_tree.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "tests/core/config/config_test_support.h"

namespace f8net {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

std::string error_of(const std::string& text) {
    return config_error([&] { parse_yaml(text, "a.yaml"); });
}

TEST(YamlTree, KnowsThePlaceOfEveryKeyAndValue) {
    const YamlNode root = parse_yaml("a: 1\nb:\n  c: [x, 'y']\n", "a.yaml");
    ASSERT_EQ(root.entries.size(), 2u);
    const YamlNode& c = *root.find("b")->find("c");
    EXPECT_EQ(root.find("b")->entries[0].place.line, 3);
    EXPECT_EQ(root.find("b")->entries[0].place.column, 3);
    EXPECT_EQ(c.items.at(1).place.line, 3);
    EXPECT_EQ(c.items.at(1).place.column, 10);
    EXPECT_TRUE(c.items.at(1).quoted);
    EXPECT_FALSE(c.items.at(0).quoted);
}

TEST(YamlTree, DuplicateKeyIsAnErrorAtTheSecond) {
    EXPECT_THAT(error_of("a: 1\nb: 2\na: 3\n"),
                AllOf(StartsWith("a.yaml:3:1: "), HasSubstr("duplicate"), HasSubstr("line 1")));
}

TEST(YamlTree, BrokenYamlHasAPlace) {
    EXPECT_THAT(error_of("a: [1, 2\nb: }"), MatchesRegex("a\\.yaml:[0-9]+:[0-9]+: .*"));
    EXPECT_THAT(error_of("a: 'open"), MatchesRegex("a\\.yaml:[0-9]+:[0-9]+: .*"));
    EXPECT_THAT(error_of("a: *nobody"), MatchesRegex("a\\.yaml:[0-9]+:[0-9]+: .*"));
}

TEST(YamlTree, DepthIsLimitedAndHasAPlace) {
    EXPECT_NO_THROW(parse_yaml(std::string(64, '[') + std::string(64, ']'), "a.yaml"));
    EXPECT_THAT(error_of(std::string(65, '[') + std::string(65, ']')),
                AllOf(StartsWith("a.yaml:1:65: "), HasSubstr("64 levels")));
    for (const std::string open : {"[", "{a: ", "- ", "? ", "a: &a [", "!!map {"}) {
        std::string deep;
        for (int i = 0; i < 100000; ++i) deep += open;
        EXPECT_THAT(error_of(deep), StartsWith("a.yaml:")) << open;
    }
}

TEST(YamlTree, AliasesAreCountedAndExpandedWithinLimits) {
    const YamlNode root =
        parse_yaml("a: &x {k: 1}\nb: *x\nc:\n  <<: *x\n  m: 2\nd: {<<: [*x, {k: 5, z: 6}], k: 7}\n", "a.yaml");
    EXPECT_EQ(root.find("b")->find("k")->text, "1");
    EXPECT_EQ(root.find("c")->find("k")->text, "1");
    EXPECT_EQ(root.find("d")->find("k")->text, "7");
    EXPECT_EQ(root.find("d")->find("z")->text, "6");

    std::string many = "a: &x 1\nb: [";
    for (int i = 0; i < 101; ++i) many += "*x, ";
    EXPECT_THAT(error_of(many + "]"), HasSubstr("100 aliases"));

    // Nine levels of nine references to the level before: 9^9 values in 400 bytes.
    std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n";
    for (int i = 1; i <= 9; ++i) {
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
        for (int j = 0; j < 9; ++j) bomb += (j == 0 ? "*a" : ",*a") + std::to_string(i - 1);
        bomb += "]\n";
    }
    EXPECT_THAT(error_of(bomb), HasSubstr("50000 values"));
    EXPECT_THAT(error_of("a: &x [*x]"), StartsWith("a.yaml:1:"));

    // Few values, but long ones: 50 x 49 copies of half a megabyte.
    std::string long_bomb = "a: &a '" + std::string(500000, 'x') + "'\nb: &b [";
    for (int i = 0; i < 49; ++i) long_bomb += "*a,";
    long_bomb += "]\nc: [";
    for (int i = 0; i < 49; ++i) long_bomb += "*b,";
    EXPECT_THAT(error_of(long_bomb + "]\n"), AllOf(StartsWith("a.yaml:2:"), HasSubstr("4 MiB of text")));
}

TEST(YamlTree, TabsAndBytesThatAreNoTextHaveAPlace) {
    EXPECT_THAT(error_of("a:\n\tb: 1\n"), MatchesRegex("a\\.yaml:2:[0-9]+: .*"));
    EXPECT_THAT(error_of("a: 1\nb: gr\xfcn\n"), AllOf(StartsWith("a.yaml:2:6: "), HasSubstr("0xfc")));
    EXPECT_THAT(error_of("\xff\xfe"
                         "a"),
                StartsWith("a.yaml:1:1: "));
}

TEST(YamlTree, ManyKeysTakeNoQuadraticTime) {
    std::string many;
    for (int i = 0; i < 24000; ++i) many += "k" + std::to_string(i) + ": 1\n";
    EXPECT_EQ(parse_yaml(many, "a.yaml").entries.size(), 24000u);
    EXPECT_THAT(error_of(many + "k12345: 2\n"), AllOf(StartsWith("a.yaml:24001:1: "), HasSubstr("line 12346")));
}

TEST(YamlTree, RefusesWhatIsNotText) {
    EXPECT_THAT(error_of(std::string("a: 1\nb\0c", 8)), AllOf(StartsWith("a.yaml:2:2: "), HasSubstr("0x00")));
    EXPECT_THAT(error_of("a: \xff"), HasSubstr("0xff"));
    EXPECT_THAT(error_of("a: \xc0\xaf"), HasSubstr("0xc0"));
    EXPECT_THAT(error_of(std::string("\xfe\xff\0a", 4)), HasSubstr("0xfe"));
}

TEST(YamlTree, RefusesSizeTagsAndSecondDocuments) {
    EXPECT_THAT(error_of("a: " + std::string(1 << 20, 'x')), HasSubstr("1 MiB"));
    EXPECT_THAT(error_of("a: !!python/object:os.system x"), HasSubstr("python/object"));
    EXPECT_THAT(error_of("a: !mine [1]"), HasSubstr("!mine"));
    EXPECT_THAT(error_of("a: 1\n---\nb: 2\n"), HasSubstr("second document"));
    EXPECT_THAT(error_of("[1, 2]: 3"), HasSubstr("expected a word"));
}

TEST(YamlTree, IncludesOnlyBelowItsOwnFolder) {
    TemporaryFolder folder;
    folder.write("outside.yaml", "x: 1\n");
    folder.write("in/parts/network.yaml", "width: 2\n");
    folder.write("in/self.yaml", "a: !include self.yaml\n");
    folder.write("in/broken.yaml", "a: 1\nb: [\n");
    const std::string good =
        folder.write("in/good.yaml", "network: !include parts/network.yaml\n<<: !include parts/network.yaml\n");
    const YamlNode root = read_yaml(good);
    EXPECT_EQ(root.find("network")->find("width")->text, "2");
    EXPECT_THAT(*root.find("network")->find("width")->place.file, HasSubstr("parts/network.yaml"));
    EXPECT_EQ(root.find("width")->text, "2");

    const auto include = [&](const std::string& name) {
        return config_error([&] { read_yaml(folder.write("in/main.yaml", "a: !include " + name + "\n")); });
    };
    EXPECT_THAT(include("../outside.yaml"), AllOf(HasSubstr("main.yaml:1:4"), HasSubstr("outside of the folder")));
    EXPECT_THAT(include(folder.path("in/parts/network.yaml")), HasSubstr("outside of the folder"));
    EXPECT_THAT(include("/etc/passwd"), HasSubstr("outside of the folder"));
    std::filesystem::create_symlink("../outside.yaml", folder.path("in/link.yaml"));
    EXPECT_THAT(include("link.yaml"), HasSubstr("outside of the folder"));
    EXPECT_THAT(include("none.yaml"),
                AllOf(HasSubstr("main.yaml:1:4"), HasSubstr("none.yaml"), HasSubstr("no such file")));
    EXPECT_THAT(include("broken.yaml"), HasSubstr("broken.yaml:"));
    EXPECT_THAT(include("main.yaml"), HasSubstr("includes itself"));
    EXPECT_THAT(include("self.yaml"), HasSubstr("includes itself"));
    folder.write("in/ping.yaml", "a: !include pong.yaml\n");
    folder.write("in/pong.yaml", "a: !include ping.yaml\n");
    EXPECT_THAT(include("ping.yaml"), AllOf(HasSubstr("pong.yaml:1:4"), HasSubstr("includes itself")));
}

TEST(YamlTree, MissingFileAndFolderAreNamed) {
    TemporaryFolder folder;
    EXPECT_THAT(config_error([&] { read_yaml(folder.path("none.yaml")); }),
                AllOf(HasSubstr("none.yaml"), HasSubstr("no such file")));
    EXPECT_THAT(config_error([&] { read_yaml(folder.path("")); }), HasSubstr("not a file"));
}

TEST(YamlTree, ScalarsAreQuotedWhereTheyMustBe) {
    for (const std::string text : {"",    "a",  "null", "~",    "a b",      "a: b", "# x", "- x", "-",  "/a/b", "1e-4",
                                   "-3",  "\"", "\\",   "a\nb", "a\tb\x01", "'x'",  "ü",   "*a",  "&a", "!t",   "[",
                                   "{a}", "%",  "@",    "`",    "true",     ".",    "..",  "---", "?",  "<<"}) {
        const YamlNode root = parse_yaml("k: " + yaml_scalar(text) + "\n", "a.yaml");
        ASSERT_EQ(root.entries.size(), 1u) << text;
        EXPECT_EQ(root.entries[0].value.kind, YamlNode::Kind::kScalar) << text;
        EXPECT_EQ(root.entries[0].value.text, text);
    }
}

}  // namespace
}  // namespace f8net
