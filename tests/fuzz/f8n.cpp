// SPDX-License-Identifier: Apache-2.0
// Integer networks from strangers: a DataError that names the file, or a network that every path computes alike.
// Input: a whole file; or, where it begins with '{', the description as JSON, a zero byte, and bytes that the tensors
// it asks for are filled with, in the shapes it gives them: so that what is changed in the one does not have to fit the
// other.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "core/analysis/real_network.h"
#include "core/base/error.h"
#include "core/inference/executor.h"
#include "core/network/bounds.h"
#include "core/network/network_file.h"
#include "core/tensorfile/bounded_json.h"
#include "core/tensorfile/safetensors.h"

namespace {

using namespace f8net;

const std::string kFile = "input.f8n";

void need(bool holds, const std::string& what) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what.c_str());
    std::abort();
}

/// Cyclic, so that a few bytes fill any tensor; -127 to 127.
template <typename T>
std::vector<T> values_from(const std::string& pool, int64_t count, size_t start, int factor) {
    std::vector<T> values(static_cast<size_t>(count));
    for (size_t i = 0; i < values.size(); ++i) {
        const int byte = pool.empty() ? 0 : static_cast<signed char>(pool[(start + i) % pool.size()]);
        values[i] = static_cast<T>(std::max(byte, -127) * factor);
    }
    return values;
}

/// Codes of words of so many bits.
std::vector<int8_t> codes_from(const std::string& pool, int64_t count, size_t start, int64_t word_length) {
    std::vector<int8_t> codes = values_from<int8_t>(pool, count, start, 1);
    for (int8_t& code : codes) code = static_cast<int8_t>(code / (1 << std::clamp<int64_t>(8 - word_length, 0, 7)));
    return codes;
}

int64_t number(const nlohmann::json& node, const char* key) {
    const auto found = node.find(key);
    return found != node.end() && found->is_number_unsigned() ? static_cast<int64_t>(found->get<uint64_t>()) : 0;
}

void add_tensors(TensorMap& map, const nlohmann::json& node, const std::string& pool, size_t start) {
    constexpr int64_t kMostWeights = 1 << 14;
    if (!node.is_object() || !node.contains("name") || !node["name"].is_string()) return;
    const std::string name = node["name"];
    const int64_t out = number(node, "out_channels"), in = number(node, "in_channels"), groups = number(node, "groups");
    int64_t kernel = 1;
    if (const auto window = node.find("window");
        window != node.end() && window->is_array() && !window->empty() && (*window)[0].is_number_unsigned()) {
        kernel = static_cast<int64_t>((*window)[0].get<uint64_t>());
    }
    if (groups < 1 || std::max({out, in, kernel}) > kMostWeights || out * in > kMostWeights) return;
    const auto format = node.find("weight_format");
    const int64_t bits = format != node.end() && format->is_object() ? number(*format, "word_length") : 8;
    const std::vector<int64_t> shape = {out, kernel, kernel, in / groups};
    const int64_t count = out * kernel * kernel * (in / groups);
    if (count > kMostWeights) return;
    map.set(name + ".weight", HostTensor::from<int8_t>(shape, codes_from(pool, count, start, bits)));
    map.set(name + ".bias", HostTensor::from<int32_t>({out}, values_from<int32_t>(pool, out, start + 1, 97)));
    if (start % 2 == 0) return;  // some networks keep their real weights, too
    map.set(name + ".effective_weight", HostTensor::from<float>(shape, values_from<float>(pool, count, start, 1)));
    map.set(name + ".effective_bias", HostTensor::from<float>({out}, values_from<float>(pool, out, start + 1, 97)));
}

TensorMap described(const std::string& input) {
    const size_t end = std::min(input.find('\0'), input.size());
    const std::string pool = end < input.size() ? input.substr(end + 1) : std::string();
    TensorMap map;
    map.source = kFile;
    map.metadata["f8n"] = input.substr(0, end);
    const nlohmann::json tree = parse_bounded_json(map.metadata["f8n"], static_cast<int64_t>(end), 6, kFile, "f8n");
    if (!tree.is_object() || !tree.contains("nodes") || !tree["nodes"].is_array()) return map;
    for (const nlohmann::json& node : tree["nodes"]) add_tensors(map, node, pool, pool.size());
    return map;
}

void run(const IntegerNetwork& network) {
    constexpr int64_t kMostWork = 1 << 20;
    int64_t work = network.macs();
    bool has_real_weights = true;
    for (const IntegerNode& node : network.nodes) {
        work += node.output.size();
        if (node.kind == NodeKind::kMaxPool) work += node.output.size() * node.window.kernel * node.window.kernel;
        has_real_weights = has_real_weights && node.effective_weight.size() == node.weight_s8.size() &&
                           node.effective_bias.size() == node.bias_s32.size();
        if (work > kMostWork) return;
    }
    std::vector<uint8_t> pixels(static_cast<size_t>(network.input().output.size()));
    for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<uint8_t>(i * 167);
    const std::vector<int64_t> bounds = output_bounds(network);
    const auto logits = make_executor(network, "scalar", 1)->run(pixels, 1, nullptr).integers;
    for (const int32_t logit : logits) need(std::abs(int64_t{logit}) <= bounds.back(), "logits inside their bound");
    for (const std::string& path : executor_paths()) {
        need(make_executor(network, path, 1)->run(pixels, 1, nullptr).integers == logits, path + " equals the law");
    }
    if (!has_real_weights) return;
    RealNetwork::Outputs outputs;
    const RealNetwork real(network);
    for (const bool rounded : {false, true}) real.run(pixels.data(), real.all_layers(rounded), outputs);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    IntegerNetwork network;
    try {
        const std::string input(reinterpret_cast<const char*>(data), size);
        network =
            integer_network_from(input.starts_with('{') ? described(input) : parse_safetensors(data, size, kFile));
    } catch (const DataError& error) {
        need(std::string(error.what()).starts_with(kFile), std::string("names the file: ") + error.what());
        return 0;
    }
    run(network);
    return 0;
}
