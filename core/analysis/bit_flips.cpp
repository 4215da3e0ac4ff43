// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/bit_flips.h"

#include <algorithm>
#include <set>

#include "core/base/error.h"
#include "core/base/parallel.h"

namespace f8net {
namespace {

/// Images and what they are, held once for all flips.
struct Images {
    std::vector<std::vector<uint8_t>> batches;
    std::vector<int64_t> labels;
    int64_t pixels_each = 0;
};

Images load(const EvaluationSet& set, int64_t pixels_each) {
    constexpr int64_t kBatch = 64;
    Images images;
    images.pixels_each = pixels_each;
    for_each_batch(set, kBatch, [&](const Batch& batch, int64_t) {
        images.batches.push_back(batch.pixels);
        images.labels.insert(images.labels.end(), batch.labels.begin(), batch.labels.end());
    });
    return images;
}

/// The class given to each image; of equal logits the first.
std::vector<int64_t> classify(ModeEvaluator& evaluator, const Images& images) {
    std::vector<int64_t> classes;
    classes.reserve(images.labels.size());
    for (const std::vector<uint8_t>& batch : images.batches) {
        const Logits logits = evaluator.run(batch, static_cast<int64_t>(batch.size()) / images.pixels_each, nullptr);
        for (auto row = logits.integers.begin(); row != logits.integers.end(); row += logits.classes) {
            classes.push_back(std::max_element(row, row + logits.classes) - row);
        }
    }
    return classes;
}

int64_t count_right(const std::vector<int64_t>& classes, const Images& images) {
    int64_t right = 0;
    for (size_t i = 0; i < classes.size(); ++i) right += classes[i] == images.labels[i];
    return right;
}

/// In the order of execution.
std::vector<int> chosen_nodes(const IntegerNetwork& network, const BitFlipOptions& options) {
    std::set<int> nodes;
    for (const std::string& layer : options.layers) nodes.insert(weighted_node(network, layer));
    for (size_t i = 0; i < network.nodes.size() && options.layers.empty(); ++i) {
        if (network.nodes[i].has_weights()) nodes.insert(static_cast<int>(i));
    }
    return {nodes.begin(), nodes.end()};
}

std::vector<BitFlip> draw(const IntegerNetwork& network, int node, const BitFlipOptions& options) {
    const std::string& layer = network.nodes[static_cast<size_t>(node)].name;
    std::mt19937_64 generator(options.seed * 1'000'003 + static_cast<uint64_t>(node));
    std::vector<BitFlip> flips;
    for (int bit = 0; bit < network.nodes[static_cast<size_t>(node)].weight_format.word_length; ++bit) {
        try {
            for (int i = 0; i < options.flips_per_bit; ++i) {
                flips.push_back({draw_weight_fault(network, {layer, {}, bit}, generator)});
            }
        } catch (const NumericError&) {
            // No weight of the layer may have this bit flipped.
        }
    }
    return flips;
}

std::vector<BitFlipSummary> by_bit(const std::vector<BitFlip>& flips) {
    std::vector<std::vector<BitFlip>> parts;
    for (const BitFlip& flip : flips) {
        parts.resize(std::max(parts.size(), static_cast<size_t>(flip.fault.bit) + 1));
        parts[static_cast<size_t>(flip.fault.bit)].push_back(flip);
    }
    std::vector<BitFlipSummary> bits;
    for (const std::vector<BitFlip>& part : parts) bits.push_back(summarize(part));
    return bits;
}

}  // namespace

BitFlipSummary summarize(const std::vector<BitFlip>& flips) {
    BitFlipSummary summary;
    summary.flips = static_cast<int64_t>(flips.size());
    if (flips.empty()) return summary;
    summary.worst_top1_lost = flips.front().top1_lost;
    for (const BitFlip& flip : flips) {
        summary.silent += flip.changed_share == 0;
        summary.changed_share += flip.changed_share;
        summary.top1_lost += flip.top1_lost;
        summary.worst_changed_share = std::max(summary.worst_changed_share, flip.changed_share);
        summary.worst_top1_lost = std::max(summary.worst_top1_lost, flip.top1_lost);
    }
    summary.changed_share /= static_cast<double>(flips.size());
    summary.top1_lost /= static_cast<double>(flips.size());
    return summary;
}

BitFlipStudy analyze_bit_flips(const IntegerNetwork& network, const EvaluationSet& set, const EvaluatorFactory& make,
                               const BitFlipOptions& options) {
    const Images images = load(set, network.input().output.size());
    const auto count = static_cast<double>(std::max<size_t>(images.labels.size(), 1));
    // Each thread's own, with a weight changed and changed back; real weights are not needed.
    IntegerNetwork plain = network;
    for (IntegerNode& node : plain.nodes) node.effective_weight = node.effective_bias = {};

    const std::vector<int64_t> classes = classify(*make(plain), images);
    const int64_t right = count_right(classes, images);

    BitFlipStudy study;
    study.images = static_cast<int64_t>(images.labels.size());
    study.top1 = static_cast<double>(right) / count;
    std::vector<BitFlip> flips;
    std::vector<size_t> ends;  // of each layer's flips
    const std::vector<int> nodes = chosen_nodes(network, options);
    for (const int node : nodes) {
        const std::vector<BitFlip> drawn = draw(network, node, options);
        flips.insert(flips.end(), drawn.begin(), drawn.end());
        ends.push_back(flips.size());
    }

    const auto total = static_cast<int64_t>(flips.size());
    std::vector<IntegerNetwork> copies(static_cast<size_t>(std::max(options.threads, 1)), plain);
    const int64_t at_once = int64_t{4} * static_cast<int64_t>(copies.size());
    for (int64_t first = 0; first < total; first += at_once) {
        const int64_t last = std::min(first + at_once, total);
        parallel_for(static_cast<int>(copies.size()), last - first, [&](int64_t begin, int64_t end, int thread) {
            IntegerNetwork& copy = copies[static_cast<size_t>(thread)];
            for (int64_t i = first + begin; i < first + end; ++i) {
                BitFlip& flip = flips[static_cast<size_t>(i)];
                int8_t& weight =
                    copy.nodes[static_cast<size_t>(flip.fault.node)].weight_s8[static_cast<size_t>(flip.fault.element)];
                weight = flip.fault.after;
                const std::vector<int64_t> now = classify(*make(copy), images);
                weight = flip.fault.before;
                int64_t changed = 0;
                for (size_t image = 0; image < now.size(); ++image) changed += now[image] != classes[image];
                flip.changed_share = static_cast<double>(changed) / count;
                flip.top1_lost = static_cast<double>(right - count_right(now, images)) / count;
            }
        });
        if (options.on_progress) options.on_progress(last, total);
    }

    size_t begin = 0;
    for (size_t i = 0; i < nodes.size(); ++i) {
        LayerBitFlips layer;
        layer.layer = network.nodes[static_cast<size_t>(nodes[i])].name;
        layer.flips.assign(flips.begin() + static_cast<std::ptrdiff_t>(begin),
                           flips.begin() + static_cast<std::ptrdiff_t>(ends[i]));
        begin = ends[i];
        layer.all = summarize(layer.flips);
        layer.bits = by_bit(layer.flips);
        study.layers.push_back(std::move(layer));
    }
    study.bits = by_bit(flips);
    return study;
}

}  // namespace f8net
