// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/sensitivity.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/analysis/real_network.h"
#include "core/base/parallel.h"

namespace f8net {
namespace {

/// One image in one choice of rounded layers.
struct Outcome {
    bool is_right = false, agrees = false;
    double signal = 0, difference = 0;
};

size_t class_of(const std::vector<float>& logits) {
    return static_cast<size_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

std::vector<double> without_mean(const std::vector<float>& logits) {
    const double mean = std::accumulate(logits.begin(), logits.end(), 0.0) / static_cast<double>(logits.size());
    std::vector<double> result(logits.begin(), logits.end());
    for (double& value : result) value -= mean;
    return result;
}

Outcome outcome_of(const std::vector<float>& logits, const std::vector<float>& unrounded, int64_t label) {
    Outcome outcome;
    outcome.is_right = class_of(logits) == static_cast<size_t>(label);
    outcome.agrees = class_of(logits) == class_of(unrounded);
    const std::vector<double> got = without_mean(logits), expected = without_mean(unrounded);
    for (size_t c = 0; c < got.size(); ++c) {
        outcome.signal += expected[c] * expected[c];
        outcome.difference += (got[c] - expected[c]) * (got[c] - expected[c]);
    }
    return outcome;
}

/// Images in order, so that sums are the same for every number of threads.
class EffectSum {
public:
    void add(const Outcome& outcome) {
        ++images_;
        right_ += outcome.is_right;
        agrees_ += outcome.agrees;
        signal_ += outcome.signal;
        difference_ += outcome.difference;
    }
    RoundingEffect effect() const {
        const auto count = static_cast<double>(std::max<int64_t>(images_, 1));
        return {static_cast<double>(right_) / count, static_cast<double>(agrees_) / count,
                difference_ > 0 ? 10 * std::log10(std::max(signal_, 1e-300) / difference_)
                                : std::numeric_limits<double>::infinity()};
    }

private:
    int64_t images_ = 0, right_ = 0, agrees_ = 0;
    double signal_ = 0, difference_ = 0;
};

/// All choices for one image: none rounded, all, then for each layer alone and without.
void try_image(const RealNetwork& network, const std::vector<size_t>& layers, const uint8_t* pixels, int64_t label,
               std::vector<Outcome>& outcomes) {
    RealNetwork::Outputs unrounded, rounded, changed;
    auto none = network.all_layers(false), all = network.all_layers(true);
    network.run(pixels, none, unrounded);
    network.run(pixels, all, rounded);
    outcomes.clear();
    outcomes.push_back(outcome_of(unrounded.back(), unrounded.back(), label));
    outcomes.push_back(outcome_of(rounded.back(), unrounded.back(), label));
    for (const size_t layer : layers) {
        const size_t first = network.first_affected(layer);
        none[layer] = true;
        network.run_from(first, unrounded, none, changed);
        outcomes.push_back(outcome_of(changed.back(), unrounded.back(), label));
        none[layer] = false;
        all[layer] = false;
        network.run_from(first, rounded, all, changed);
        outcomes.push_back(outcome_of(changed.back(), unrounded.back(), label));
        all[layer] = true;
    }
}

}  // namespace

Sensitivity analyze_sensitivity(const IntegerNetwork& network, const EvaluationSet& set, int threads,
                                const std::function<void(int64_t)>& on_progress) {
    const RealNetwork real(network);
    std::vector<size_t> layers;
    for (size_t i = 0; i < network.nodes.size(); ++i) {
        if (network.nodes[i].has_weights()) layers.push_back(i);
    }
    std::vector<EffectSum> sums(2 + 2 * layers.size());
    const int64_t pixels_each = network.input().output.size();
    for_each_batch(set, int64_t{4} * threads, [&](const Batch& batch, int64_t first_image) {
        std::vector<std::vector<Outcome>> outcomes(static_cast<size_t>(batch.size));
        parallel_for(threads, batch.size, [&](int64_t begin, int64_t end, int) {
            for (int64_t i = begin; i < end; ++i) {
                try_image(real, layers, batch.pixels.data() + i * pixels_each, batch.labels[static_cast<size_t>(i)],
                          outcomes[static_cast<size_t>(i)]);
            }
        });
        for (const auto& image : outcomes) {
            for (size_t choice = 0; choice < sums.size(); ++choice) sums[choice].add(image[choice]);
        }
        if (on_progress) on_progress(first_image + batch.size);
    });
    Sensitivity result;
    result.images = set.count();
    result.unrounded_top1 = sums[0].effect().top1;
    result.all = sums[1].effect();
    for (size_t i = 0; i < layers.size(); ++i) {
        result.layers.push_back({network.nodes[layers[i]].name, sums[2 + 2 * i].effect(), sums[3 + 2 * i].effect()});
    }
    return result;
}

}  // namespace f8net
