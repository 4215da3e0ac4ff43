// SPDX-License-Identifier: Apache-2.0
// `*.f8n`: safetensors with one metadata entry "f8n" that holds graph and formats as JSON.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/network/integer_network.h"
#include "core/tensorfile/safetensors.h"

namespace f8net {
namespace {

using nlohmann::json;

/// 1: as it was first; 2: with shifted streams, which a reader of 1 would silently leave out.
constexpr int kFirstVersion = 1, kVersion = 2;

json to_json(const FixedPointFormat& format) {
    return {{"word_length", format.word_length},
            {"fractional_length", format.fractional_length},
            {"is_signed", format.is_signed}};
}

FixedPointFormat format_from(const json& value) {
    return {value.at("word_length").get<int>(), value.at("fractional_length").get<int>(),
            value.at("is_signed").get<bool>()};
}

json to_json(const IntegerNode& node) {
    json value = {{"name", node.name},
                  {"kind", to_string(node.kind)},
                  {"inputs", node.inputs},
                  {"output", {node.output.channels, node.output.height, node.output.width}},
                  {"fractional_length", node.fractional_length}};
    if (node.has_weights()) {
        value["in_channels"] = node.in_channels;
        value["out_channels"] = node.out_channels;
        value["groups"] = node.groups;
        value["weight_format"] = to_json(node.weight_format);
    }
    if (node.has_weights() || node.kind == NodeKind::kInput || node.kind == NodeKind::kAveragePool) {
        value["input_format"] = to_json(node.input_format);
    }
    if (!(node.window == Window{})) value["window"] = {node.window.kernel, node.window.stride, node.window.padding};
    if (node.kind == NodeKind::kSumPool) value["sum_pool_shift"] = node.sum_pool_shift;
    if (node.stream_shift != 0) value["stream_shift"] = node.stream_shift;
    return value;
}

NodeKind kind_from(const std::string& name) {
    for (int i = 0; i <= static_cast<int>(NodeKind::kAveragePool); ++i) {
        if (to_string(static_cast<NodeKind>(i)) == name) return static_cast<NodeKind>(i);
    }
    throw DataError("no kind of node is called '" + name + "'");
}

IntegerNode node_from(const json& value) {
    IntegerNode node;
    node.name = value.at("name").get<std::string>();
    node.kind = kind_from(value.at("kind").get<std::string>());
    node.inputs = value.at("inputs").get<std::vector<int>>();
    const auto output = value.at("output").get<std::array<int64_t, 3>>();
    node.output = {output[0], output[1], output[2]};
    node.fractional_length = value.at("fractional_length").get<int>();
    if (node.has_weights()) {
        node.in_channels = value.at("in_channels").get<int>();
        node.out_channels = value.at("out_channels").get<int>();
        node.groups = value.at("groups").get<int>();
        if (node.groups < 1 || node.in_channels < 1 || node.out_channels < 1)
            throw DataError("node '" + node.name + "': no channels");
        node.weight_format = format_from(value.at("weight_format"));
    }
    if (value.contains("input_format")) node.input_format = format_from(value.at("input_format"));
    if (value.contains("window")) {
        const auto window = value.at("window").get<std::array<int, 3>>();
        node.window = {window[0], window[1], window[2]};
    }
    if (node.kind == NodeKind::kAdd) node.stream_shift = value.value("stream_shift", 0);
    if (value.contains("sum_pool_shift")) node.sum_pool_shift = value.at("sum_pool_shift").get<int>();
    return node;
}

template <typename T>
void put(TensorMap& map, const std::string& name, const std::vector<int64_t>& shape, const std::vector<T>& values) {
    if (!values.empty()) map.set(name, HostTensor::from<T>(shape, values));
}

template <typename T>
std::vector<T> get(const TensorMap& map, const std::string& name) {
    const auto values = map.values<T>(name);
    return {values.begin(), values.end()};
}

}  // namespace

void save_integer_network(const std::string& path, const IntegerNetwork& network) {
    check(network);
    TensorMap map;
    const bool shifts_streams = std::any_of(network.nodes.begin(), network.nodes.end(),
                                            [](const IntegerNode& node) { return node.stream_shift != 0; });
    json description = {{"version", shifts_streams ? kVersion : kFirstVersion},
                        {"architecture", network.architecture},
                        {"class_names", network.class_names},
                        {"logit_scale", network.logit_scale},
                        {"metadata", network.metadata},
                        {"nodes", json::array()}};
    if (!network.normalization.empty()) {
        description["normalization"] = {{"mean", network.normalization.mean}, {"std", network.normalization.std}};
    }
    for (const IntegerNode& node : network.nodes) {
        description["nodes"].push_back(to_json(node));
        if (!node.has_weights()) continue;
        const std::vector<int64_t> shape = {node.out_channels, node.window.kernel, node.window.kernel,
                                            node.in_channels / node.groups};
        put(map, node.name + ".weight", shape, node.weight_s8);
        put(map, node.name + ".bias", {node.out_channels}, node.bias_s32);
        put(map, node.name + ".effective_weight", shape, node.effective_weight);
        put(map, node.name + ".effective_bias", {node.out_channels}, node.effective_bias);
    }
    map.metadata["f8n"] = description.dump();
    write_safetensors(path, map);
}

IntegerNetwork load_integer_network(const std::string& path) {
    const TensorMap map = read_safetensors(path);
    const auto entry = map.metadata.find("f8n");
    if (entry == map.metadata.end())
        throw DataError(path + ": no integer network (its metadata has no 'f8n'); 'f8net lower' makes one");
    IntegerNetwork network;
    try {
        const json description = json::parse(entry->second);
        const int version = description.at("version").get<int>();
        if (version < kFirstVersion || version > kVersion) {
            throw DataError("version " + std::to_string(version) + ", this program reads " +
                            std::to_string(kFirstVersion) + " to " + std::to_string(kVersion));
        }
        network.architecture = description.at("architecture").get<std::string>();
        network.class_names = description.at("class_names").get<std::vector<std::string>>();
        network.logit_scale = description.value("logit_scale", 1.0);
        network.metadata = description.at("metadata").get<std::map<std::string, std::string>>();
        if (description.contains("normalization")) {
            network.normalization.mean = description.at("normalization").at("mean").get<std::vector<float>>();
            network.normalization.std = description.at("normalization").at("std").get<std::vector<float>>();
        }
        for (const json& value : description.at("nodes")) {
            IntegerNode node = node_from(value);
            if (node.has_weights()) {
                node.weight_s8 = get<int8_t>(map, node.name + ".weight");
                node.bias_s32 = get<int32_t>(map, node.name + ".bias");
                if (map.contains(node.name + ".effective_weight"))
                    node.effective_weight = get<float>(map, node.name + ".effective_weight");
                if (map.contains(node.name + ".effective_bias"))
                    node.effective_bias = get<float>(map, node.name + ".effective_bias");
            }
            network.nodes.push_back(std::move(node));
        }
        check(network);
    } catch (const json::exception& error) {
        throw DataError(path + ": the network's description is damaged: " + error.what());
    } catch (const DataError& error) {
        const std::string message = error.what();
        throw DataError(message.starts_with(path) ? message : path + ": " + message);
    }
    return network;
}

}  // namespace f8net
