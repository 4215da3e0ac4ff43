// SPDX-License-Identifier: Apache-2.0
#include "core/whatif/format_change.h"

#include <charconv>
#include <vector>

#include "core/base/error.h"
#include "core/network/rounding.h"
#include "core/network/skeleton.h"

namespace f8net {
namespace {

const char* name_of(ChangedTensor tensor) {
    return tensor == ChangedTensor::kWeight ? "weight" : "input";
}

IntegerNode& layer_of(IntegerNetwork& network, const std::string& name) {
    const int index = network.index_of(name);
    if (index >= 0 && network.nodes[static_cast<size_t>(index)].has_weights())
        return network.nodes[static_cast<size_t>(index)];
    std::vector<std::string> layers;
    for (const IntegerNode& node : network.nodes) {
        if (node.has_weights()) layers.push_back(node.name);
    }
    const std::string near = nearest_name(name, layers);
    throw ConfigError("no layer with formats is called '" + name + "'" +
                      (near.empty() ? "; 'f8net inspect' lists them" : "; did you mean '" + near + "'?"));
}

void need_possible(const FormatChange& change) {
    const FixedPointFormat& format = change.format;
    const auto refuse = [&](const std::string& why) { throw ConfigError(change.to_string() + ": " + why); };
    if (format.word_length < 2 || format.word_length > 8) refuse("codes have 2 to 8 bits");
    if (format.fractional_length < 0 || format.fractional_length > format.max_fractional_length()) {
        refuse("the fractional length is 0 to " + std::to_string(format.max_fractional_length()) +
               " where codes have " + std::to_string(format.word_length) + " bits" +
               (format.is_signed ? ", one of them the sign" : ""));
    }
    if (change.tensor == ChangedTensor::kWeight && !format.is_signed) refuse("weights are signed");
}

void apply(const FormatChange& change, IntegerNetwork& network) {
    IntegerNode& node = layer_of(network, change.layer);
    need_possible(change);
    FixedPointFormat& format = change.tensor == ChangedTensor::kWeight ? node.weight_format : node.input_format;
    if (format == change.format) return;
    if (node.effective_weight.size() != node.weight_s8.size() || node.effective_bias.size() != node.bias_s32.size()) {
        throw DataError(node.name + " keeps no real weights to round to " + change.format.to_string() +
                        "; lower the network again from its checkpoint, or name the run");
    }
    format = change.format;
    if (change.tensor == ChangedTensor::kWeight) round_weight(node);
    round_bias(node);
}

}  // namespace

std::string FormatChange::to_string() const {
    return layer + "." + name_of(tensor) + "=" + format.to_string();
}

FixedPointFormat parse_format(const std::string& text, const std::string& what) {
    FixedPointFormat format;
    const auto fail = [&] {
        throw ConfigError(what + ": '" + text +
                          "' is no format, expected one such as u8.6 (unsigned) or s8.4 (signed)");
    };
    if (text.size() < 4 || (text[0] != 'u' && text[0] != 's')) fail();
    format.is_signed = text[0] == 's';
    const char *begin = text.data() + 1, *const end = text.data() + text.size();
    const auto word = std::from_chars(begin, end, format.word_length);
    if (word.ec != std::errc() || word.ptr == end || *word.ptr != '.') fail();
    const auto fraction = std::from_chars(word.ptr + 1, end, format.fractional_length);
    if (fraction.ec != std::errc() || fraction.ptr != end) fail();
    return format;
}

FormatChange parse_format_change(const std::string& text) {
    const size_t equals = text.find('='), dot = text.rfind('.', equals);
    const std::string tensor =
        equals == std::string::npos || dot == std::string::npos ? "" : text.substr(dot + 1, equals - dot - 1);
    if (dot == 0 || (tensor != "weight" && tensor != "input")) {
        throw ConfigError("'" + text + "' is no change of a format, expected LAYER.weight=s8.6 or LAYER.input=u8.5");
    }
    return {text.substr(0, dot), tensor == "weight" ? ChangedTensor::kWeight : ChangedTensor::kInput,
            parse_format(text.substr(equals + 1), text.substr(0, equals))};
}

IntegerNetwork with_changes(const IntegerNetwork& network, std::span<const FormatChange> changes) {
    IntegerNetwork changed = network;
    for (const FormatChange& change : changes) apply(change, changed);
    if (!changes.empty()) propagate_formats(changed);
    check(changed);
    return changed;
}

size_t first_difference(const IntegerNetwork& a, const IntegerNetwork& b) {
    const auto is_same = [](const IntegerNode& x, const IntegerNode& y) {
        const bool has_input_format = x.has_weights() || x.kind == NodeKind::kInput || x.kind == NodeKind::kAveragePool;
        return x.fractional_length == y.fractional_length && x.stream_shift == y.stream_shift &&
               (!has_input_format || x.input_format == y.input_format) &&
               (!x.has_weights() || x.weight_format == y.weight_format) && x.bias_s32 == y.bias_s32 &&
               x.weight_s8 == y.weight_s8;
    };
    size_t index = 0;
    while (index < a.nodes.size() && is_same(a.nodes[index], b.nodes[index])) ++index;
    return index;
}

}  // namespace f8net
