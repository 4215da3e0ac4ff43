// SPDX-License-Identifier: Apache-2.0
// What the contract says of bad input: the documented exit code, one line that names the thing, no run left behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "core/network/random_network.h"
#include "core/tensorfile/safetensors.h"
#include "tests/app/cli/program_runner.h"

namespace f8net {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

class BadInput : public testing::Test {
protected:
    void expect(int exit_code, const std::string& named, std::vector<std::string> arguments) {
        const Outcome outcome = workplace.run_in_store(std::move(arguments));
        EXPECT_EQ(outcome.exit_code, exit_code) << outcome.messages;
        EXPECT_THAT(outcome.messages, ContainsRegex(named));
        EXPECT_LE(outcome.message_lines().size(), 4u) << outcome.messages;
        EXPECT_THAT(outcome.messages, testing::Not(HasSubstr("terminate called")));
        EXPECT_EQ(workplace.run_in_store({"runs", "list", "--json"}).json()["runs"].size(), 0u);
    }
    std::string random_bytes(size_t count) {
        std::mt19937 generator(1995);
        std::string bytes;
        for (size_t i = 0; i < count; ++i) bytes.push_back(static_cast<char>(generator()));
        return bytes;
    }
    std::string file(const std::string& name, const std::string& content) {
        workplace.write(name, content);
        return workplace.path(name);
    }

    Workplace workplace;
    std::string quickstart = project_file("configs/fashion-mnist/quickstart.yaml");
    std::string place = "\\.yaml:[0-9]+:[0-9]+";
};

TEST_F(BadInput, UnknownKey) {
    expect(2, "optimiser", {"train", quickstart, "--set", "optimiser.lr=1", "--dry-run"});
}
TEST_F(BadInput, WrongType) {
    expect(2, "many", {"train", quickstart, "--batch-size", "many", "--dry-run"});
}
TEST_F(BadInput, OutOfRange) {
    expect(2, "width_multiplier.*-1", {"train", quickstart, "--set", "network.width_multiplier=-1", "--dry-run"});
}
TEST_F(BadInput, BrokenYaml) {
    expect(2, place, {"config", "check", file("a.yaml", "a: [1, 2\nb: }")});
}
TEST_F(BadInput, DeepYaml) {
    expect(2, "b.yaml", {"config", "check", file("b.yaml", std::string(100'000, '['))});
}
TEST_F(BadInput, BinaryYaml) {
    expect(2, "c.yaml", {"config", "check", file("c.yaml", random_bytes(5000))});
}
TEST_F(BadInput, DuplicateKey) {
    expect(2, place, {"config", "check", file("d.yaml", "name: a\ntraining: {epochs: 1}\nname: b\n")});
}
TEST_F(BadInput, YamlBomb) {
    std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n";
    for (int i = 1; i <= 9; ++i) {
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
        for (int j = 0; j < 9; ++j) bomb += (j == 0 ? "*a" : ",*a") + std::to_string(i - 1);
        bomb += "]\n";
    }
    expect(2, place + ": more than 50000 values", {"config", "check", file("e.yaml", bomb)});
}
TEST_F(BadInput, IncludeOutsideOfTheFolder) {
    expect(2, place + ": !include '../../etc/passwd' leads outside",
           {"config", "show", file("f.yaml", "network: !include ../../etc/passwd\n")});
}
TEST_F(BadInput, NumbersInFiles) {
    expect(2, place + ": training.epochs is 010.*leading zeros",
           {"config", "check", file("g.yaml", "training: {epochs: 010}\n")});
    expect(2, place + ": training.seed is 9{20}",
           {"config", "check", file("h.yaml", "training: {seed: 99999999999999999999}\n")});
    expect(2, place + ": lr is '1e999'", {"config", "check", file("i.yaml", "model: models.fix_resnet\nlr: 1e999\n")});
}
TEST_F(BadInput, TabsAndOtherEncodingsInYaml) {
    expect(2, place, {"config", "check", file("j.yaml", "training:\n\tepochs: 1\n")});
    expect(2, place + ": byte 0xfc is not text", {"config", "check", file("k.yaml", "name: gr\xfcn\n")});
}
TEST_F(BadInput, MissingConfiguration) {
    expect(2, "none.yaml", {"train", workplace.path("none.yaml")});
}
TEST_F(BadInput, NoConfiguration) {
    expect(2, "CONFIG", {"train"});
}
TEST_F(BadInput, MissingDataFolder) {
    expect(65, "nodata", {"train", quickstart, "--data", workplace.path("nodata")});
}
TEST_F(BadInput, TruncatedIdx) {
    workplace.write("t10k-images-idx3-ubyte", std::string("\0\0\x08\x03\0\0\0\x05\0\0\0\x1c\0\0\0\x1c", 16) + "short");
    workplace.write("t10k-labels-idx1-ubyte", std::string("\0\0\x08\x01\0\0\0\x05\0\1\2\3\4", 13));
    workplace.write("train-images-idx3-ubyte", std::string("\0\0\x08\x03\0\0\0\x05\0\0\0\x1c\0\0\0\x1c", 16) + "short");
    workplace.write("train-labels-idx1-ubyte", std::string("\0\0\x08\x01\0\0\0\x05\0\1\2\3\4", 13));
    expect(65, "images-idx3-ubyte", {"train", quickstart, "--data", workplace.path("")});
}
TEST_F(BadInput, RandomNetworkFile) {
    expect(65, "n.f8n", {"inspect", file("n.f8n", random_bytes(4096))});
}
TEST_F(BadInput, EmptyCheckpoint) {
    expect(65, "e.safetensors", {"evaluate", file("e.safetensors", "")});
}
TEST_F(BadInput, RandomPth) {
    expect(65, "f.pth", {"evaluate", file("f.pth", random_bytes(4096)), "--config", quickstart});
}
TEST_F(BadInput, FlippedByteInANetworkFile) {
    ArchitectureOptions options;
    options.width_multiplier = 0.125;
    options.stem = Stem::kSmall;
    options.image_size = 8;
    options.num_classes = 4;
    save_integer_network(workplace.path("net.f8n"), make_random_network(make_layer_graph(options), 1));
    ASSERT_EQ(workplace.run({"inspect", workplace.path("net.f8n")}).exit_code, 0);
    std::string bytes = workplace.read("net.f8n");
    bytes[bytes.size() - 100] = static_cast<char>(bytes[bytes.size() - 100] ^ 1);
    expect(65, "net.f8n", {"inspect", file("net.f8n", bytes)});
}
TEST_F(BadInput, HostileNetworkFilesInEveryCommandThatReadsThem) {
    save_integer_network(workplace.path("net.f8n"), make_random_network(make_layer_graph({}), 1));
    TensorMap map = read_safetensors(workplace.path("net.f8n"));
    const std::string description = map.metadata["f8n"];
    const auto with = [&](const std::string& from, const std::string& to) {
        map.metadata["f8n"] = description;
        const size_t at = description.find(from);
        if (at == std::string::npos) throw std::logic_error("the description has no " + from);
        map.metadata["f8n"].replace(at, from.size(), to);
        write_safetensors(workplace.path("bad.f8n"), map);  // its hashes are right
        return workplace.path("bad.f8n");
    };
    const auto expect_everywhere = [&](const std::string& named, const std::string& file) {
        expect(65, named, {"inspect", file});
        expect(65, named, {"evaluate", file, "--data", workplace.path("")});
        expect(65, named, {"verify", file, "--images", "1"});
        expect(65, named, {"export", file, "--to", "onnx", "-o", workplace.path("out.onnx")});
        expect(65, named, {"bench", file});
    };
    expect_everywhere("bad.f8n: node '.*: input 4000 is no earlier node", with("\"inputs\":[3]", "\"inputs\":[4000]"));
    expect_everywhere("bad.f8n: node '.*: its output is .*1073741824",
                      with("\"output\":[3,224,224]", "\"output\":[3,224,1073741824]"));
    expect_everywhere("bad.f8n: node .*/etc", with("\"name\":\"head.0\"", "\"name\":\"../../etc\""));
    map.tensors.erase("head.0.bias");
    expect_everywhere("bad.f8n: node .*head.0.*no tensor 'head.0.bias'", with("1", "1"));
}
TEST_F(BadInput, UnknownCommandNamesTheNearest) {
    const Outcome outcome = workplace.run({"trian"});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.messages, HasSubstr("unknown command 'trian', did you mean 'train'?"));
}
TEST_F(BadInput, UnknownOptionNamesTheNearest) {
    expect(2, "unknown option '--epohcs', did you mean '--epochs'", {"train", quickstart, "--epohcs", "1"});
}
TEST_F(BadInput, CountsNameTheirRange) {
    for (const char* value : {"0", "-1", "nan", "1e3", "2.5", "99999999999999999999"}) {
        expect(2, "--epochs: '" + std::string(value) + "' is not a whole number, 1 to 1000000000 .see f8net train",
               {"train", quickstart, "--epochs", value});
    }
}
TEST_F(BadInput, NumbersFromZeroNameTheirRange) {
    expect(2, "--days: '-1' is not a number from 0 on", {"runs", "gc", "--days", "-1"});
    expect(2, "--days: 'inf' is not a number from 0 on", {"runs", "gc", "--days", "inf"});
    expect(2, "--limit: '-1' is not a whole number, 0 to 1000000000", {"runs", "list", "--limit", "-1"});
    EXPECT_EQ(workplace.run_in_store({"runs", "gc", "--days", "0.5"}).exit_code, 0);
    EXPECT_EQ(workplace.run_in_store({"runs", "list", "--limit", "0"}).exit_code, 0);
}
TEST_F(BadInput, OptionWithoutItsValueIsNotTheDefault) {
    expect(2, "--name is empty", {"train", quickstart, "--name", ""});
    expect(2, "--store is empty", {"runs", "delete", "x", "--store", ""});
    expect(2, "--resume is empty", {"train", quickstart, "--resume", ""});
}
TEST_F(BadInput, NothingIsAnOptionBehindTwoDashes) {
    expect(2, "unexpected argument '--json': behind -- nothing is an option", {"runs", "show", "--", "-x", "--json"});
}
TEST_F(BadInput, BatchThatNoEpochFills) {
    if (!has_fashion_mnist()) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
    for (const char* more : {"--threads=1", "--dry-run"}) {
        expect(2, "training.batch_size is 100001, more than the 10000 images of an epoch .in stage float.",
               {"train", quickstart, "--batch-size", "100001", more});
    }
    expect(2, "training.batch_size", {"queue", "add", quickstart, "--batch-size", "100001"});
}
TEST_F(BadInput, DryRunFindsWhatARunWouldEndBy) {
    if (!has_fashion_mnist()) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
    expect(2, "there is no such file", {"train", quickstart, "--from", "none.safetensors", "--dry-run"});
    expect(71, "cuda:77", {"train", quickstart, "--device", "cuda:77", "--dry-run"});
}
TEST_F(BadInput, NamesThatAreNotOneLineOfText) {
    if (!has_torch_module()) GTEST_SKIP() << "built without LibTorch";
    if (!has_fashion_mnist()) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
    expect(2, "one line of UTF-8 text", {"train", quickstart, "--name", "two\nlines"});
    expect(2, "one line of UTF-8 text", {"queue", "add", quickstart, "--name", "\xff"});
    expect(2, "one word", {"queue", "add", quickstart, "--tag", "two words"});
}
TEST_F(BadInput, FileNamesThatAreNotText) {
    if (!has_fashion_mnist()) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
    const std::string config = file("\xff.yaml", "name: odd\n");
    const Outcome added = workplace.run_in_store({"queue", "add", config});
    EXPECT_EQ(added.exit_code, 0) << added.messages;
    const Outcome shown = workplace.run_in_store({"runs", "show", "odd", "--json"});
    ASSERT_EQ(shown.exit_code, 0) << shown.messages;
    EXPECT_THAT(shown.json()["runs"][0]["environment"].dump(), HasSubstr("\xef\xbf\xbd.yaml"));
}
TEST_F(BadInput, UnknownRun) {
    expect(2, "nobody", {"runs", "show", "nobody"});
}
TEST_F(BadInput, UnknownMode) {
    save_integer_network(workplace.path("net.f8n"), make_random_network(make_layer_graph({}), 1));
    expect(2, "integer-olny.*did you mean 'integer-only'",
           {"evaluate", workplace.path("net.f8n"), "--mode", "integer-olny", "--data", "/usr"});
}
TEST_F(BadInput, UnknownWordsOfAListSayWhatIsKnown) {
    const std::string net = workplace.path("net.f8n");
    save_integer_network(net, make_random_network(make_layer_graph({}), 1));
    expect(2, "--against: unknown path 'nope' .known: scalar, avx2, .*, c.", {"verify", net, "--against", "nope"});
    expect(2, "--files: unknown kind 'hxe', did you mean 'hex'. .known: safetensors, npy, hex, mem.",
           {"export", net, "--to", "vectors", "-o", workplace.path("v"), "--files", "hxe"});
    expect(2, "--to: unknown format 'cvs', did you mean 'csv'. .known: csv, json, tensorboard.",
           {"runs", "export", "run", "--to", "cvs", "-o", workplace.path("v")});
}
TEST_F(BadInput, UnknownExportFormat) {
    expect(2, "onxx.*did you mean 'onnx'", {"export", "run", "--to", "onxx", "-o", workplace.path("x")});
}
TEST_F(BadInput, SettingWithoutValue) {
    expect(2, "optimizer.lr", {"config", "show", quickstart, "--set", "optimizer.lr"});
}
TEST_F(BadInput, StoreThatIsNoStore) {
    workplace.write("runs.db", random_bytes(4096));
    const Outcome outcome = workplace.run_in_store({"runs", "list"});
    EXPECT_EQ(outcome.exit_code, 73) << outcome.messages;
    EXPECT_THAT(outcome.messages, HasSubstr("runs.db"));
}
TEST_F(BadInput, OutputThatCannotBeWritten) {
    save_integer_network(workplace.path("net.f8n"), make_random_network(make_layer_graph({}), 1));
    expect(74, "nowhere", {"lower", workplace.path("net.f8n"), "-o", workplace.path("nowhere/out.f8n")});
}

}  // namespace
}  // namespace f8net
