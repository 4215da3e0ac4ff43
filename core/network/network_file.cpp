// SPDX-License-Identifier: Apache-2.0
// `*.f8n`: safetensors with one metadata entry "f8n" that holds graph and formats as JSON.
#include "core/network/network_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/tensorfile/bounded_json.h"
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

/// For messages; lists and objects, which may be deep, only by their kind.
std::string text_of(const json& value) {
    constexpr size_t kLongest = 100;
    if (value.is_structured()) return std::string("a JSON ") + value.type_name();
    return value.dump(-1, ' ', true, json::error_handler_t::replace).substr(0, kLongest);
}

/// JSON's own conversion takes 1.5, true and 10^30, too.
int integer_from(const json& value) {
    const auto out_of_range = [&](auto number) {
        return number > std::numeric_limits<int>::max() || number < std::numeric_limits<int>::min();
    };
    if (!value.is_number_integer() ||
        (value.is_number_unsigned() ? value.get<uint64_t>() > std::numeric_limits<int>::max()
                                    : out_of_range(value.get<int64_t>()))) {
        throw DataError("there is " + text_of(value) + ", expected an integer of 32 bits");
    }
    return static_cast<int>(value.get<int64_t>());
}

template <size_t count>
std::array<int, count> integers_from(const json& value) {
    if (!value.is_array() || value.size() != count) {
        throw DataError("there is " + text_of(value) + ", expected " + std::to_string(count) + " integers");
    }
    std::array<int, count> integers{};
    for (size_t i = 0; i < count; ++i) integers[i] = integer_from(value[i]);
    return integers;
}

FixedPointFormat format_from(const json& value) {
    return {integer_from(value.at("word_length")), integer_from(value.at("fractional_length")),
            value.at("is_signed").get<bool>()};
}

bool has_input_format(const IntegerNode& node) {
    return node.has_weights() || node.kind == NodeKind::kInput || node.kind == NodeKind::kAveragePool;
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
    if (has_input_format(node)) {
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
    for (const json& input : value.at("inputs")) node.inputs.push_back(integer_from(input));
    const std::array<int, 3> output = integers_from<3>(value.at("output"));
    node.output = {output[0], output[1], output[2]};
    node.fractional_length = integer_from(value.at("fractional_length"));
    if (node.has_weights()) {
        node.in_channels = integer_from(value.at("in_channels"));
        node.out_channels = integer_from(value.at("out_channels"));
        node.groups = integer_from(value.at("groups"));
        if (node.groups < 1 || node.in_channels < 1 || node.out_channels < 1) {
            throw DataError(fmt::format("{} to {} channels in {} groups, expected at least 1", node.in_channels,
                                        node.out_channels, node.groups));
        }
        node.weight_format = format_from(value.at("weight_format"));
    }
    if (has_input_format(node)) node.input_format = format_from(value.at("input_format"));
    if (value.contains("window")) {
        const std::array<int, 3> window = integers_from<3>(value.at("window"));
        node.window = {window[0], window[1], window[2]};
    }
    if (node.kind == NodeKind::kAdd && value.contains("stream_shift")) {
        node.stream_shift = integer_from(value.at("stream_shift"));
    }
    if (node.kind == NodeKind::kSumPool) node.sum_pool_shift = integer_from(value.at("sum_pool_shift"));
    return node;
}

template <typename T>
void put(TensorMap& map, const std::string& name, const std::vector<int64_t>& shape, const std::vector<T>& values) {
    if (!values.empty()) map.set(name, HostTensor::from<T>(shape, values));
}

std::vector<int64_t> weight_shape(const IntegerNode& node) {
    return {node.out_channels, node.window.kernel, node.window.kernel, node.in_channels / node.groups};
}

template <typename T>
std::vector<T> get(const TensorMap& map, const std::string& name, const std::vector<int64_t>& shape) {
    const auto values = map.values<T>(name);
    if (map.at(name).shape != shape) {
        throw DataError(
            fmt::format("tensor '{}' is {}, expected [{}]", name, map.at(name).description(), fmt::join(shape, ", ")));
    }
    if constexpr (std::is_floating_point_v<T>) {
        const auto odd = std::find_if(values.begin(), values.end(), [](T value) { return !std::isfinite(value); });
        if (odd != values.end()) {
            throw DataError(fmt::format("tensor '{}' holds {} at {}", name, *odd, odd - values.begin()));
        }
    }
    return {values.begin(), values.end()};
}

void get_weights(const TensorMap& map, IntegerNode& node) {
    const std::vector<int64_t> biases = {node.out_channels};
    node.weight_s8 = get<int8_t>(map, node.name + ".weight", weight_shape(node));
    node.bias_s32 = get<int32_t>(map, node.name + ".bias", biases);
    const std::string weight = node.name + ".effective_weight", bias = node.name + ".effective_bias";
    if (map.contains(weight)) node.effective_weight = get<float>(map, weight, weight_shape(node));
    if (map.contains(bias)) node.effective_bias = get<float>(map, bias, biases);
}

/// Errors name the node: by its place, its name may be what is wrong.
IntegerNode node_at(const json& nodes, size_t index, const TensorMap& map) {
    const auto fail = [&](const std::string& message) {
        const std::string source = map.source + ": ";
        std::string name;
        if (nodes[index].is_object()) {
            const auto found = nodes[index].find("name");
            if (found != nodes[index].end()) name = " (" + text_of(*found) + ")";
        }
        throw DataError(fmt::format("node {}{}: {}", index, name,
                                    message.starts_with(source) ? message.substr(source.size()) : message));
    };
    IntegerNode node;
    try {
        node = node_from(nodes[index]);
        if (node.has_weights()) get_weights(map, node);
    } catch (const json::exception& error) {
        fail(error.what());
    } catch (const DataError& error) {
        fail(error.what());
    }
    return node;
}

/// The beginning, with '?' for control characters.
std::string printable(const std::string& text) {
    constexpr size_t kLongest = 1000;
    std::string result = text.substr(0, kLongest);
    for (char& c : result) {
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
    }
    return result;
}

bool is_name(const std::string& text) {
    constexpr size_t kLongest = 200;
    return !text.empty() && text.size() <= kLongest && text.front() != '.' &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                      c == '.' || c == '-';
           });
}

/// In files names are what can stand in file names, identifiers and messages as it is.
void check_names(const IntegerNetwork& network) {
    const std::string rule = "' is not made of letters, digits, '_', '-' and '.'";
    for (size_t i = 0; i < network.nodes.size(); ++i) {
        if (is_name(network.nodes[i].name)) continue;
        throw DataError(fmt::format("node {}: its name '{}{}", i, printable(network.nodes[i].name), rule));
    }
    if (!network.architecture.empty() && !is_name(network.architecture)) {
        throw DataError(fmt::format("its architecture '{}{}", printable(network.architecture), rule));
    }
    for (size_t i = 0; i < network.class_names.size(); ++i) {
        const std::string& name = network.class_names[i];
        if (printable(name) == name) continue;
        throw DataError(fmt::format("the name of class {}, '{}', has control characters or is longer than other names",
                                    i, printable(name)));
    }
}

}  // namespace

void save_integer_network(const std::string& path, const IntegerNetwork& network) {
    check(network);
    check_names(network);
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
        const std::vector<int64_t> shape = weight_shape(node);
        put(map, node.name + ".weight", shape, node.weight_s8);
        put(map, node.name + ".bias", {node.out_channels}, node.bias_s32);
        put(map, node.name + ".effective_weight", shape, node.effective_weight);
        put(map, node.name + ".effective_bias", {node.out_channels}, node.effective_bias);
    }
    map.metadata["f8n"] = description.dump();
    write_safetensors(path, map);
}

IntegerNetwork load_integer_network(const std::string& path) {
    return integer_network_from(read_safetensors(path));
}

IntegerNetwork integer_network_from(const TensorMap& map) {
    const std::string& path = map.source;
    const auto entry = map.metadata.find("f8n");
    if (entry == map.metadata.end())
        throw DataError(path + ": no integer network (its metadata has no 'f8n'); 'f8net lower' makes one");
    IntegerNetwork network;
    try {
        constexpr int kDepth = 6;
        auto bytes = static_cast<int64_t>(entry->second.size());
        for (const auto& [name, tensor] : map.tensors) bytes += static_cast<int64_t>(tensor.bytes.size());
        const json description = parse_bounded_json(entry->second, bytes, kDepth, path, "the network's description");
        const int version = integer_from(description.at("version"));
        if (version < kFirstVersion || version > kVersion) {
            throw DataError("version " + std::to_string(version) + ", this program reads " +
                            std::to_string(kFirstVersion) + " to " + std::to_string(kVersion));
        }
        network.architecture = description.at("architecture").get<std::string>();
        network.class_names = description.at("class_names").get<std::vector<std::string>>();
        network.logit_scale = description.value("logit_scale", 1.0);
        if (!(network.logit_scale > 0)) {
            throw DataError(fmt::format("its logit scale is {}, expected a number above 0", network.logit_scale));
        }
        network.metadata = description.at("metadata").get<std::map<std::string, std::string>>();
        if (description.contains("normalization")) {
            network.normalization.mean = description.at("normalization").at("mean").get<std::vector<float>>();
            network.normalization.std = description.at("normalization").at("std").get<std::vector<float>>();
        }
        const json& nodes = description.at("nodes");
        if (!nodes.is_array()) throw DataError("the network's description is damaged: its nodes are no list");
        for (size_t i = 0; i < nodes.size(); ++i) network.nodes.push_back(node_at(nodes, i, map));
        check_names(network);
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
