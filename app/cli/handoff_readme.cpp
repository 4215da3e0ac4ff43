// SPDX-License-Identifier: Apache-2.0
#include "app/cli/handoff_readme.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>

#include "core/base/number_text.h"

namespace f8net {

namespace {

std::string what_it_is(const IntegerNetwork& network) {
    const Shape& input = network.input().output;
    return fmt::format(
        "An 8-bit fixed-point network ({}): {} layers with weights, {} parameters, {} multiplications for an image of "
        "{} x {} pixels with {} channel{}, {} classes. Every multiplication is 8 bit x 8 bit, every rescaling a shift; "
        "all files here compute the same integers.\n\n",
        network.architecture, std::ranges::count_if(network.nodes, &IntegerNode::has_weights), network.parameters(),
        network.macs(), input.width, input.height, input.channels, input.channels == 1 ? "" : "s",
        network.num_classes());
}

/// Of what is handed off, and of the end of a stage (in float), to compare: of each mode and split the one on most
/// images, in the order of the newest.
std::vector<EvaluationRecord> telling_evaluations(const HandoffFacts& facts) {
    std::vector<EvaluationRecord> telling;
    for (const EvaluationRecord& evaluation : facts.evaluations) {
        if (evaluation.checkpoint != facts.checkpoint && !evaluation.checkpoint.starts_with("stage:")) continue;
        const auto same = std::ranges::find_if(telling, [&](const EvaluationRecord& other) {
            return other.mode == evaluation.mode && other.split == evaluation.split &&
                   other.checkpoint == evaluation.checkpoint;
        });
        if (same == telling.end()) {
            telling.push_back(evaluation);
        } else if (evaluation.images > same->images) {
            *same = evaluation;
        }
    }
    return telling;
}

std::string accuracies(const HandoffFacts& facts) {
    const std::vector<EvaluationRecord> telling = telling_evaluations(facts);
    if (telling.empty()) return {};
    std::string rows = "| numbers | top-1 | images | of | checkpoint |\n| --- | --- | --- | --- | --- |\n";
    for (const EvaluationRecord& evaluation : telling) {
        rows += fmt::format("| {} | {} | {} | {} | {} |\n", evaluation.mode, format_percent(evaluation.top1),
                            evaluation.images, evaluation.split, evaluation.checkpoint);
    }
    return rows + "\n";
}

std::string files_text(const std::vector<HandoffFile>& files) {
    std::string text = "## Files\n\n| file | what |\n| --- | --- |\n";
    for (const HandoffFile& file : files) text += fmt::format("| `{}` | {} |\n", file.name, file.what);
    return text + "| `SHA256SUMS` | `sha256sum -c SHA256SUMS` says whether the files arrived whole |\n\n";
}

std::string input_text(const IntegerNetwork& network) {
    const IntegerNode& input = network.input();
    const Shape& shape = input.output;
    std::string text = fmt::format("In: {} x {} x {} bytes of a picture (height, width, channels{}). ", shape.height,
                                   shape.width, shape.channels, shape.channels == 3 ? ": red, green, blue" : "");
    if (network.normalization.empty()) {
        return text + fmt::format("They are the codes as they are, {}: 255 stands for 255 / 2^{}.\n\n",
                                  input.input_format.to_string(), input.input_format.fractional_length);
    }
    return text +
           fmt::format(
               "A byte becomes the code round(((byte / 255 - mean) / std) * 2^{}) in float32, half to even, saturated "
               "to {}; mean {}, std {} per channel. `c` and `network.f8n` take bytes, `network.onnx` the codes + 128, "
               "`vectors` has both.\n\n",
               input.input_format.fractional_length, input.input_format.to_string(),
               fmt::join(network.normalization.mean, ", "), fmt::join(network.normalization.std, ", "));
}

std::string output_text(const IntegerNetwork& network) {
    std::string text = fmt::format(
        "Out: {} logits of 32 bits, {} of them right of the binary point (and a positive factor that all have in "
        "common). The largest is the class{}\n\n",
        network.num_classes(), network.output().fractional_length, network.class_names.empty() ? "." : ":");
    constexpr size_t kMostNames = 100;
    if (network.class_names.empty()) return text;
    if (network.class_names.size() > kMostNames) return text + "their names are in `vectors/vectors.json`.\n\n";
    for (size_t i = 0; i < network.class_names.size(); ++i) {
        text += fmt::format("{}{} {}", i == 0 ? "" : ", ", i, network.class_names[i]);
    }
    return text + ".\n\n";
}

bool contains(const IntegerNetwork& network, NodeKind kind) {
    return std::ranges::find(network.nodes, kind, &IntegerNode::kind) != network.nodes.end();
}

/// The rules of the nodes that this network has (core/fixedpoint/requantize.h, core/inference).
std::string arithmetic_text(const IntegerNetwork& network) {
    std::string text =
        "## The arithmetic\n\n"
        "A format such as u8.6 is an unsigned word of 8 bits, 6 of them right of the binary point; s8.7 is signed. A "
        "code stands for code / 2^FL, FL being that number of bits: no zero points, no scales but powers of two.\n\n"
        "- **Convolution, linear layer**: sum = bias + codes x weights, 8 bit x 8 bit into 32 bits, at FL of codes + "
        "FL of weights. No sum leaves 32 bits for any picture, in whatever order it is made. Padding is the code 0.\n"
        "- **Rounding** to the codes that a layer reads: shift right by FL of the sum - FL of the codes (left where "
        "that is negative), half to even, then saturate: unsigned codes to 0 .. 255, signed ones to -127 .. 127 (never "
        "-128).\n";
    if (contains(network, NodeKind::kRelu)) {
        text += "- **ReLU**: max(sum, 0), on sums. Rounding to an unsigned format does the same.\n";
    }
    if (contains(network, NodeKind::kAdd)) {
        text +=
            "- **Residual sum**: each operand is shifted left to the FL of the sum (`operand_shifts` in "
            "`vectors/vectors.json`), then added exactly and clamped once to -(2^31 - 1) .. 2^31 - 1.\n";
    }
    if (contains(network, NodeKind::kMaxPool)) {
        text += "- **Max pool**: the largest sum of each window; padding is 0.\n";
    }
    if (contains(network, NodeKind::kSumPool)) {
        text +=
            "- **Sum pool**: the sum over the plane, clamped like residual sums, at an FL that is larger by "
            "round(log2(pixels)): nearly the mean, without a division.\n";
    }
    if (contains(network, NodeKind::kAveragePool)) {
        text +=
            "- **Average pool**: the sum over the plane, divided by the pixels and rounded half to even to the codes "
            "of "
            "the next layer, once, as an exact fraction; the only division.\n";
    }
    return text +
           "\nElements lie row-major. In `c` and `vectors` activations are height, width, channels and weights out, "
           "height, width, in / groups; in `network.onnx` channels come before height and width in both. Formats of "
           "each layer: `layers.csv`; shifts, windows, strides and padding, too: `vectors/vectors.json`; memory: "
           "`c/README.md`.\n\n";
}

std::string verified_text(const std::vector<HandoffFile>& files) {
    std::string text =
        "## Verified\n\nThese were run as they are here and compared with the scalar reference executor, which the "
        "golden vectors were written by:\n\n";
    for (const HandoffFile& file : files) {
        if (!file.verified.empty()) text += fmt::format("- `{}`: {}\n", file.name, file.verified);
    }
    return text;
}

}  // namespace

std::string handoff_readme(const IntegerNetwork& network, const HandoffFacts& facts) {
    std::string text = fmt::format("# {}\n\n", facts.title) + what_it_is(network);
    if (!facts.origin.empty()) text += facts.origin;
    const auto hash = network.metadata.find("checkpoint_hash");
    if (hash != network.metadata.end()) {
        text += fmt::format("{}hash of its checkpoint's file {}", facts.origin.empty() ? "" : ", ", hash->second);
    }
    if (!facts.origin.empty() || hash != network.metadata.end()) text += ".\n\n";
    text += accuracies(facts) + files_text(facts.files);
    text += "## In and out\n\n" + input_text(network) + output_text(network) + arithmetic_text(network) +
            verified_text(facts.files);
    return text + "\nMade by f8net " F8NET_VERSION ".\n";
}

}  // namespace f8net
