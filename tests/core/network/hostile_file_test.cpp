// SPDX-License-Identifier: Apache-2.0
// `*.f8n` files that somebody made by hand: each is a DataError that names the file, the node and the value.
#include <gmock/gmock.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/network/network_file.h"
#include "core/tensorfile/safetensors.h"
#include "tests/core/network/test_networks.h"

namespace f8net {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// The tensors and the description that a file of a small network has.
class HostileFile : public ::testing::Test {
protected:
    HostileFile() {
        const std::string path = ::testing::TempDir() + "f8net-hostile-" + std::to_string(::getpid()) + ".f8n";
        save_integer_network(path, tiny_network("resnet18", 4, {.keep_effective_weights = true}));
        whole_ = read_safetensors(path);
        std::remove(path.c_str());
        whole_.source = "net.f8n";
        description_ = json::parse(whole_.metadata.at("f8n"));
    }

    static std::string error_of(const TensorMap& map) {
        try {
            integer_network_from(map);
        } catch (const DataError& error) {
            return error.what();
        }
        return "no error";
    }
    std::string error_with(const std::function<void(json&)>& change) const {
        json changed = description_;
        change(changed);
        TensorMap map = whole_;
        map.metadata["f8n"] = changed.dump();
        return error_of(map);
    }
    std::string error_with_tensors(const std::function<void(TensorMap&)>& change) const {
        TensorMap map = whole_;
        change(map);
        return error_of(map);
    }
    static auto names(const std::string& node, const std::string& value) {
        return AllOf(StartsWith("net.f8n: "), HasSubstr(node), HasSubstr(value));
    }

    TensorMap whole_;
    json description_;
};

TEST_F(HostileFile, IsAFileThatLoadsBeforeItIsChanged) {
    EXPECT_EQ(error_of(whole_), "no error");
    EXPECT_EQ(error_with([](json&) {}), "no error");
}

TEST_F(HostileFile, DescriptionsThatAreNone) {
    const auto error_of_text = [&](const std::string& text) {
        return error_with_tensors([&](TensorMap& map) { map.metadata["f8n"] = text; });
    };
    EXPECT_THAT(error_of_text("{"), names("description", "not valid JSON"));
    EXPECT_THAT(error_of_text("[]"), names("description", "damaged"));
    EXPECT_THAT(error_of_text(std::string(100'000, '[')), names("description", "nested too deeply"));
    EXPECT_THAT(error_of_text("{\"version\":1,\"version\":1}"), names("description", "'version' is there twice"));
    // Small in the file, large as a tree.
    std::string many = "{\"nodes\":[";
    for (int i = 0; i < 3'000'000; ++i) many += "1,";
    EXPECT_THAT(error_of_text(many + "1]}"), names("description", ""));
    EXPECT_THAT(error_with_tensors([](TensorMap& map) { map.metadata.clear(); }), names("", "no integer network"));
    EXPECT_THAT(error_with([](json& d) { d.erase("nodes"); }), names("description", "nodes"));
    EXPECT_THAT(error_with([](json& d) { d["nodes"] = json::object(); }), names("nodes", "no list"));
    EXPECT_THAT(error_with([](json& d) { d["nodes"] = json::array(); }), names("", "it has no nodes"));
    EXPECT_THAT(error_with([](json& d) { d["version"] = 3; }), names("version 3", "reads 1 to 2"));
    EXPECT_THAT(error_with([](json& d) { d["logit_scale"] = 0; }), names("logit scale", "is 0"));
}

TEST_F(HostileFile, NumbersThatAreNone) {
    EXPECT_THAT(error_with([](json& d) { d["nodes"][1]["out_channels"] = 4.5; }), names("node 1 (\"head.0\")", "4.5"));
    EXPECT_THAT(error_with([](json& d) { d["nodes"][1]["out_channels"] = true; }), names("head.0", "true"));
    EXPECT_THAT(error_with([](json& d) { d["nodes"][1]["out_channels"] = 4294967297; }),
                names("head.0", "4294967297, expected an integer of 32 bits"));
    EXPECT_THAT(error_with([](json& d) { d["nodes"][1]["groups"] = 0; }), names("head.0", "0 groups"));
    EXPECT_THAT(error_with([](json& d) { d["nodes"][1]["output"] = {1, 2}; }), names("head.0", "expected 3 integers"));
    EXPECT_THAT(error_with([](json& d) { d["nodes"][1]["output"] = json::parse("[[[1]],[2],3]"); }),
                names("head.0", "a JSON array"));
    EXPECT_THAT(error_with([](json& d) { d["nodes"][1]["window"] = {3, 0, 1}; }), names("head.0", "window"));
    EXPECT_THAT(error_with([](json& d) { d["nodes"][1].erase("input_format"); }), names("head.0", "input_format"));
    EXPECT_THAT(error_with([](json& d) { d["nodes"][1]["kind"] = "conv4d"; }), names("head.0", "conv4d"));
}

TEST_F(HostileFile, GraphsThatAreNone) {
    EXPECT_THAT(error_with([](json& d) { d["nodes"][3]["inputs"] = {5}; }), names("'", "input 5 is no earlier node"));
    EXPECT_THAT(error_with([](json& d) { d["nodes"][3]["inputs"] = {3}; }), names("'", "input 3 is no earlier node"));
    EXPECT_THAT(error_with([](json& d) { d["nodes"][3]["inputs"] = {-1}; }), names("'", "input -1"));
    EXPECT_THAT(error_with([](json& d) { d["nodes"][3]["inputs"] = json::array(); }), names("'", "0 inputs"));
    EXPECT_THAT(error_with([](json& d) { d["nodes"][1]["name"] = "../../x"; }), names("node 1", "../../x"));
    EXPECT_THAT(error_with([](json& d) { d["nodes"].erase(d["nodes"].size() - 1); }), names("'", "linear classifier"));
}

TEST_F(HostileFile, NamesThatAreNoNames) {
    for (const std::string bad : {"", "../x", ".hidden", "a b", "a/b", "a\nb", "*/", "gr\xc3\xbcn"}) {
        EXPECT_THAT(error_with([&](json& d) { d["nodes"][2]["name"] = bad; }), names("node 2", "")) << bad;
    }
    EXPECT_THAT(error_with([](json& d) { d["nodes"][2]["name"] = "a\nb"; }), names("node 2", "'a?b' is not made of"));
    EXPECT_THAT(error_with([](json& d) { d["nodes"][2]["name"] = std::string(201, 'a'); }),
                names("node 2", "is not made of letters"));
    EXPECT_THAT(error_with([](json& d) { d["architecture"] = "*/"; }), names("architecture '*/'", "letters"));
    json words = {"a", "b", "c", "d", "e", "f", "gr\xc3\xbcn, as words may be"};
    EXPECT_EQ(error_with([&](json& d) { d["class_names"] = words; }), "no error");
    words[3] = "*/\nint main";
    EXPECT_THAT(error_with([&](json& d) { d["class_names"] = words; }), names("class 3", "*/?int main"));
    IntegerNetwork network = tiny_network("resnet18");
    network.nodes[2].name = "a/b";
    EXPECT_THROW(save_integer_network(::testing::TempDir() + "f8net-never.f8n", network), DataError);
}

TEST_F(HostileFile, FormatsOutOfRange) {
    const auto with_format = [&](const char* which, const char* key, int64_t value) {
        return error_with([&](json& d) { d["nodes"][1][which][key] = value; });
    };
    for (const int64_t bits : {-1, 0, 1, 9, 64, 1 << 30}) {
        EXPECT_THAT(with_format("input_format", "word_length", bits), names("head.0", std::to_string(bits)));
        EXPECT_THAT(with_format("weight_format", "word_length", bits), names("head.0", std::to_string(bits)));
    }
    for (const int64_t length : {-1, 9, -(1 << 30)}) {
        EXPECT_THAT(with_format("weight_format", "fractional_length", length), names("head.0", std::to_string(length)));
    }
    EXPECT_THAT(error_with([](json& d) { d["nodes"][1]["weight_format"]["is_signed"] = false; }),
                names("head.0", "weights are signed"));
}

TEST_F(HostileFile, HugeShapesTakeNoMemory) {
    // Refused by what the file holds, before anything of that size is made.
    EXPECT_THAT(error_with([](json& d) {
                    d["nodes"][0]["output"] = {1048576, 1048576, 1048576};
                }),
                names("'input'", "1048576"));
    EXPECT_THAT(error_with([](json& d) { d["nodes"][1]["out_channels"] = 2147483647; }),
                names("head.0.weight", "expected [2147483647,"));
    EXPECT_THAT(error_with([](json& d) {
                    d["nodes"][1]["window"] = {2147483647, 1, 0};
                }),
                names("head.0.weight", "expected ["));
}

TEST_F(HostileFile, TensorsThatDoNotFit) {
    EXPECT_THAT(error_with_tensors([](TensorMap& map) { map.tensors.erase("head.0.weight"); }),
                names("node 1 (\"head.0\")", "no tensor 'head.0.weight'"));
    EXPECT_THAT(error_with_tensors([](TensorMap& map) { map.tensors.erase("classifier.0.bias"); }),
                names("classifier.0", "no tensor 'classifier.0.bias'"));
    EXPECT_THAT(error_with_tensors([](TensorMap& map) {
                    auto& shape = map.tensors.at("head.0.weight").shape;
                    std::swap(shape.front(), shape.back());  // as many values in another order
                }),
                names("head.0", "tensor 'head.0.weight' is I8 ["));
    EXPECT_THAT(error_with_tensors([](TensorMap& map) {
                    map.set("head.0.bias",
                            HostTensor::from<float>(map.at("head.0.bias").shape, std::vector<float>(8, 1.0f)));
                }),
                names("head.0", "tensor 'head.0.bias' is F32"));
    EXPECT_THAT(error_with_tensors([](TensorMap& map) {
                    auto& bytes = map.tensors.at("head.0.effective_weight").bytes;
                    const float odd = std::numeric_limits<float>::quiet_NaN();
                    std::memcpy(bytes.data() + 8, &odd, sizeof odd);
                }),
                names("head.0", "tensor 'head.0.effective_weight' holds nan at 2"));
    EXPECT_THAT(
        error_with_tensors([](TensorMap& map) { map.tensors.at("head.0.weight").bytes.front() = std::byte{0x80}; }),
        names("head.0", "weight code -128"));
}

}  // namespace
}  // namespace f8net
