// SPDX-License-Identifier: Apache-2.0
#include "core/pretrained/naming_scheme.h"

#include <cctype>
#include <map>
#include <optional>
#include <utility>

namespace f8net {

namespace {

std::string number(int value) {
    return std::to_string(value);
}

ModulePair torchvision_body(int part, int) {
    return {"conv" + number(part + 1), "bn" + number(part + 1)};
}

/// Expansion and depthwise are sequences of convolution, batch norm and ReLU of their own; the projection is not.
ModulePair torchvision_inverted_body(int part, int num_parts) {
    if (part + 1 < num_parts) return {number(part) + ".0", number(part) + ".1"};
    return {number(part), number(part + 1)};
}

ModulePair torchvision_inverted_tail(int num_blocks) {
    const std::string place = "features." + number(num_blocks + 1);
    return {place + ".0", place + ".1"};
}

/// Two parts: depthwise, pointwise; three: pointwise, depthwise, and the pointwise that is linear.
ModulePair timm_body(int part, int num_parts) {
    static constexpr const char* kThree[] = {"conv_pw", "conv_dw", "conv_pwl"};
    static constexpr const char* kTwo[] = {"conv_dw", "conv_pw"};
    return {num_parts == 3 ? kThree[part] : kTwo[part], "bn" + number(part + 1)};
}

ModulePair timm_tail(int) {
    return {"conv_head", "bn2"};
}

ModulePair pair_below(const std::string& module) {
    return {module + ".conv", module + ".bn"};
}

ModulePair pytorchcv_body(int part, int) {
    return pair_below("body.conv" + number(part + 1));
}

ModulePair pytorchcv_depthwise_body(int part, int) {
    return pair_below(part == 0 ? "dw_conv" : "pw_conv");
}

/// conv1 is the expansion, which the first block does not have.
ModulePair pytorchcv_inverted_body(int part, int num_parts) {
    return pair_below("conv" + number(part + 4 - num_parts));
}

ModulePair pytorchcv_tail(int) {
    return pair_below("features.final_block");
}

ModulePair hawq_body(int part, int) {
    return pair_below("quant_convbn" + number(part + 1));
}

ModulePair f8net_body(int part, int) {
    return pair_below("body." + number(part));
}

ModulePair f8net_tail(int) {
    return pair_below("tail.0");
}

/// Length of `text`'s beginning that matches `pattern` and goes on with a dot, and the numbers that '#' stood for.
std::optional<std::pair<size_t, std::vector<int>>> match(const std::string& pattern, const std::string& text) {
    constexpr size_t kDigits = 4;
    std::vector<int> numbers;
    size_t at = 0;
    for (const char c : pattern) {
        if (c != '#') {
            if (at >= text.size() || text[at++] != c) return std::nullopt;
            continue;
        }
        const size_t begin = at;
        int value = 0;
        while (at < text.size() && at - begin < kDigits && std::isdigit(static_cast<unsigned char>(text[at])))
            value = 10 * value + (text[at++] - '0');
        if (at == begin) return std::nullopt;
        numbers.push_back(value);
    }
    if (at >= text.size() || text[at] != '.') return std::nullopt;
    return std::pair{at, numbers};
}

}  // namespace

const std::vector<NamingScheme>& naming_schemes() {
    static const std::vector<std::string> kRanges = {".x_min",          ".x_max",        "_scaling_factor",
                                                     ".weight_integer", ".bias_integer", "output.conv.weight"};
    static const ModulePair kDownsample = {"downsample.0", "downsample.1"};
    static const std::vector<NamingScheme> kSchemes = {
        {{"f8net"},
         "",
         pair_below("head.0"),
         "stage_#_layer_#",
         f8net_body,
         pair_below("shortcut.0"),
         f8net_tail,
         "classifier.0",
         {}},
        // NVIDIA's published files (20.06) still have these names; its newer program has the next ones.
        {{"torchvision", "timm", "nvidia"},
         "resnet",
         {"conv1", "bn1"},
         "layer#.#",
         torchvision_body,
         kDownsample,
         nullptr,
         "fc",
         {}},
        {{"nvidia"}, "resnet", {"conv1", "bn1"}, "layers.#.#", torchvision_body, kDownsample, nullptr, "fc", {}},
        {{"torchvision"},
         "mobilenet_v2",
         {"features.0.0", "features.0.1"},
         "features.#.conv",
         torchvision_inverted_body,
         {},
         torchvision_inverted_tail,
         "classifier.1",
         {}},
        {{"timm"}, "mobilenet_v1", {"conv_stem", "bn1"}, "blocks.#.#", timm_body, {}, nullptr, "classifier", {}},
        {{"timm"}, "mobilenet_v2", {"conv_stem", "bn1"}, "blocks.#.#", timm_body, {}, timm_tail, "classifier", {}},
        {{"pytorchcv"},
         "resnet",
         pair_below("features.init_block.conv"),
         "features.stage#.unit#",
         pytorchcv_body,
         pair_below("identity_conv"),
         nullptr,
         "output",
         {}},
        {{"pytorchcv"},
         "mobilenet_v1",
         pair_below("features.init_block"),
         "features.stage#.unit#",
         pytorchcv_depthwise_body,
         {},
         nullptr,
         "output",
         {}},
        {{"pytorchcv"},
         "mobilenet_v2",
         pair_below("features.init_block"),
         "features.stage#.unit#",
         pytorchcv_inverted_body,
         {},
         pytorchcv_tail,
         "output",
         {}},
        // ResNet18 and the deeper ones differ in the stem's name.
        {{"hawq"},
         "resnet",
         pair_below("quant_init_block_convbn"),
         "stage#.unit#",
         hawq_body,
         pair_below("quant_identity_convbn"),
         nullptr,
         "quant_output",
         kRanges},
        {{"hawq"},
         "resnet",
         pair_below("quant_init_convbn"),
         "stage#.unit#",
         hawq_body,
         pair_below("quant_identity_convbn"),
         nullptr,
         "quant_output",
         kRanges},
        {{"hawq"},
         "mobilenet_v2",
         pair_below("init_block"),
         "features.stage#.unit#",
         pytorchcv_inverted_body,
         {},
         pytorchcv_tail,
         "output",
         kRanges},
    };
    return kSchemes;
}

std::string family_of(const std::string& architecture) {
    return architecture.starts_with("resnet") ? "resnet" : architecture;
}

std::vector<std::string> find_blocks(const NamingScheme& scheme, const std::set<std::string>& keys) {
    std::map<std::vector<int>, std::string> found;
    for (const std::string& key : keys) {
        const auto matched = match(scheme.block, key);
        if (matched) found.emplace(matched->second, key.substr(0, matched->first));
    }
    std::vector<std::string> blocks;
    for (auto& [numbers, name] : found) blocks.push_back(std::move(name));
    return blocks;
}

int count_blocks(const LayerGraph& graph) {
    std::set<std::pair<int, int>> blocks;
    for (const Layer& layer : graph.layers) {
        if (layer.block >= 0) blocks.emplace(layer.stage, layer.block);
    }
    return static_cast<int>(blocks.size());
}

std::vector<ModulePair> modules_of(const NamingScheme& scheme, const LayerGraph& graph,
                                   const std::vector<std::string>& blocks) {
    const auto is_shortcut = [](const Layer& layer) { return layer.name.find(".shortcut.") != std::string::npos; };
    std::map<std::pair<int, int>, int> num_parts;
    for (const Layer& layer : graph.layers) {
        if (layer.block >= 0 && layer.has_weights() && !is_shortcut(layer)) ++num_parts[{layer.stage, layer.block}];
    }
    std::vector<ModulePair> modules;
    int block = -1, part = 0;
    std::pair<int, int> place{-1, -1};
    for (const int index : graph.weighted_layers()) {
        const Layer& layer = graph.layers[static_cast<size_t>(index)];
        if (layer.kind == LayerKind::kLinear) {
            modules.push_back({scheme.classifier, {}});
        } else if (layer.block < 0) {
            const bool is_tail = block >= 0;
            modules.push_back(!is_tail      ? scheme.stem
                              : scheme.tail ? scheme.tail(static_cast<int>(blocks.size()))
                                            : ModulePair{});
        } else {
            if (std::pair{layer.stage, layer.block} != place) {
                place = {layer.stage, layer.block};
                ++block;
                part = 0;
            }
            ModulePair below = is_shortcut(layer) ? scheme.shortcut : scheme.body(part, num_parts[place]);
            if (!is_shortcut(layer)) ++part;
            if (block >= static_cast<int>(blocks.size()) || below.conv.empty()) {
                modules.emplace_back();
                continue;
            }
            const std::string prefix = blocks[static_cast<size_t>(block)] + ".";
            modules.push_back({prefix + below.conv, prefix + below.batch_norm});
        }
    }
    return modules;
}

}  // namespace f8net
