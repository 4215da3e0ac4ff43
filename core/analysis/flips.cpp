// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/flips.h"

#include <algorithm>
#include <cmath>

#include "core/analysis/real_network.h"
#include "core/analysis/recorded_trace.h"
#include "core/base/parallel.h"

namespace f8net {
namespace {

/// Node by node, for one image; a node that is not traced (input, ReLU) has the error of what it reads.
using Errors = std::vector<double>;

double relative_error(const std::vector<float>& real, const int32_t* integers, double step) {
    double signal = 0, difference = 0;
    for (size_t i = 0; i < real.size(); ++i) {
        const double off = integers[i] * step - real[i];
        signal += double{real[i]} * real[i];
        difference += off * off;
    }
    return signal > 0 ? std::sqrt(difference / signal) : difference > 0 ? 1 : 0;
}

Errors errors_of(const IntegerNetwork& network, const RealNetwork::Outputs& real, const RecordedTrace& trace,
                 int64_t image) {
    Errors errors(network.nodes.size());
    for (size_t i = 1; i < network.nodes.size(); ++i) {
        const IntegerNode& node = network.nodes[i];
        const RecordedTensor* recorded = trace.find(node.name, TraceTensor::kAccumulators);
        if (recorded == nullptr) {
            errors[i] = errors[static_cast<size_t>(node.inputs[0])];
            continue;
        }
        errors[i] = relative_error(real[i], recorded->values.data() + image * recorded->shape.size(),
                                   std::ldexp(1.0, -node.fractional_length));
    }
    return errors;
}

double error_read(const IntegerNode& node, const Errors& errors) {
    double largest = 0;
    for (const int input : node.inputs) largest = std::max(largest, errors[static_cast<size_t>(input)]);
    return largest;
}

void name_growth(const IntegerNetwork& network, const Errors& errors, FlippedImage& flipped) {
    double largest = -1;
    for (size_t i = 1; i < network.nodes.size(); ++i) {
        const double before = error_read(network.nodes[i], errors), growth = errors[i] - before;
        if (growth <= largest) continue;
        largest = growth;
        flipped.grew_at = network.nodes[i].name;
        flipped.error_before = before;
        flipped.error_after = errors[i];
    }
}

/// What one network says of an image.
struct Answer {
    int64_t label = 0;
    double margin = 0;
    std::vector<double> logits;  ///< in training's scale
};

template <typename T>
Answer answer(const T* logits, int64_t classes, double scale) {
    Answer result;
    result.label = std::max_element(logits, logits + classes) - logits;
    for (int64_t c = 0; c < classes; ++c) result.logits.push_back(static_cast<double>(logits[c]) * scale);
    double other = -INFINITY;
    for (int64_t c = 0; c < classes; ++c) {
        if (c != result.label) other = std::max(other, result.logits[static_cast<size_t>(c)]);
    }
    result.margin = result.logits[static_cast<size_t>(result.label)] - other;
    return result;
}

std::vector<double> softmax(const Answer& answer) {
    const double largest = *std::max_element(answer.logits.begin(), answer.logits.end());
    std::vector<double> probabilities;
    double sum = 0;
    for (const double logit : answer.logits) sum += probabilities.emplace_back(std::exp(logit - largest));
    for (double& probability : probabilities) probability /= sum;
    return probabilities;
}

std::vector<RankedClass> best_classes(const Answer& answer, const std::vector<double>& probabilities) {
    std::vector<RankedClass> all;
    for (size_t c = 0; c < answer.logits.size(); ++c) {
        all.push_back({static_cast<int64_t>(c), answer.logits[c], probabilities[c]});
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const RankedClass& a, const RankedClass& b) { return a.logit > b.logit; });
    all.resize(std::min(all.size(), FlippedImage::kRanked));
    return all;
}

FlippedImage compare_answers(const Answer& real, const Answer& integer) {
    FlippedImage flipped;
    flipped.real_class = real.label;
    flipped.integer_class = integer.label;
    flipped.real_margin = real.margin;
    flipped.integer_margin = integer.margin;
    const std::vector<double> in_reals = softmax(real), in_integers = softmax(integer);
    const auto given = static_cast<size_t>(real.label);
    flipped.confidence_lost = in_reals[given] - in_integers[given];
    flipped.real_top = best_classes(real, in_reals);
    flipped.integer_top = best_classes(integer, in_integers);
    return flipped;
}

}  // namespace

Flips find_flips(const IntegerNetwork& network, ModeEvaluator& integers, const EvaluationSet& set, int threads,
                 const std::function<void(int64_t)>& on_progress) {
    const RealNetwork real(network);
    const auto unrounded = real.all_layers(false);
    const int64_t pixels_each = network.input().output.size(), classes = network.num_classes();
    Errors sums(network.nodes.size()), sums_of_flipped(network.nodes.size());
    Flips result;
    int64_t real_right = 0, integer_right = 0;
    std::vector<bool> is_traced(network.nodes.size());
    for_each_batch(set, traced_batch_size(network), [&](const Batch& batch, int64_t first_image) {
        RecordedTrace trace;
        const Logits logits = integers.run(batch.pixels, batch.size, &trace);
        std::vector<Errors> errors(static_cast<size_t>(batch.size));
        std::vector<Answer> answers(static_cast<size_t>(batch.size));
        parallel_for(threads, batch.size, [&](int64_t begin, int64_t end, int) {
            RealNetwork::Outputs outputs;
            for (int64_t i = begin; i < end; ++i) {
                real.run(batch.pixels.data() + i * pixels_each, unrounded, outputs);
                errors[static_cast<size_t>(i)] = errors_of(network, outputs, trace, i);
                answers[static_cast<size_t>(i)] = answer(outputs.back().data(), classes, network.logit_scale);
            }
        });
        for (size_t node = 0; node < network.nodes.size(); ++node) {
            is_traced[node] = trace.find(network.nodes[node].name, TraceTensor::kAccumulators) != nullptr;
        }
        for (size_t i = 0; i < errors.size(); ++i) {
            const Answer integer =
                answer(logits.integers.data() + static_cast<int64_t>(i) * classes, classes, logits.scale);
            const int64_t label = batch.labels[i];
            real_right += answers[i].label == label;
            integer_right += integer.label == label;
            const bool is_flipped = answers[i].label != integer.label;
            for (size_t node = 0; node < sums.size(); ++node) {
                sums[node] += errors[i][node];
                if (is_flipped) sums_of_flipped[node] += errors[i][node];
            }
            if (!is_flipped) continue;
            FlippedImage flipped = compare_answers(answers[i], integer);
            flipped.image = first_image + static_cast<int64_t>(i);
            flipped.label = label;
            name_growth(network, errors[i], flipped);
            for (size_t node = 0; node < errors[i].size(); ++node) {
                if (is_traced[node]) flipped.errors.push_back(errors[i][node]);
            }
            result.flipped.push_back(std::move(flipped));
        }
        if (on_progress) on_progress(first_image + batch.size);
    });
    result.images = set.count();
    const auto count = static_cast<double>(std::max<int64_t>(result.images, 1));
    result.real_top1 = static_cast<double>(real_right) / count;
    result.integer_top1 = static_cast<double>(integer_right) / count;
    const auto flips = static_cast<double>(std::max<size_t>(result.flipped.size(), 1));
    for (size_t node = 0; node < sums.size(); ++node) {
        if (is_traced[node]) {
            result.layers.push_back({network.nodes[node].name, sums[node] / count, sums_of_flipped[node] / flips});
        }
    }
    return result;
}

}  // namespace f8net
