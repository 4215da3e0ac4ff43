// SPDX-License-Identifier: Apache-2.0
#include "app/cli/layer_measurement.h"

#include <fmt/format.h>
#include <algorithm>

#include "app/cli/evaluation_data.h"
#include "app/cli/evaluators.h"
#include "core/analysis/recorded_trace.h"
#include "core/base/error.h"

namespace f8net {

std::map<std::string, double> clip_levels(Subject& subject) {
    std::map<std::string, double> levels;
    if (!subject.has_checkpoint() || !subject.experiment().quantization.clipping) return levels;
    const LayerGraph graph = subject.graph();
    const TensorMap& tensors = subject.checkpoint();
    for (const int index : graph.weighted_layers()) {
        const Layer& layer = graph.layers[static_cast<size_t>(index)];
        if (layer.reads_pixels || layer.clip_owner < 0) continue;
        const std::string owner = graph.layers[static_cast<size_t>(layer.clip_owner)].name;
        for (const std::string& name : {owner + ".alpha", "module." + owner + ".alpha"}) {
            if (tensors.contains(name)) levels[layer.name] = std::abs(tensors.at(name).item());
        }
    }
    return levels;
}

std::optional<LayerStatistics> measure_layers(Context& context, Subject& subject, const MeasurementOptions& options) {
    try {
        const EvaluationSet set =
            open_evaluation_data(subject, {options.data, Split::kTest, options.images, 0, context.threads()});
        const IntegerNetwork& network = subject.integer_network();
        const auto evaluator = make_evaluator(subject, NumericMode::kIntegerOnly, "cpu", context.threads());
        LayerStatistics statistics(network);
        for_each_batch(set, traced_batch_size(network), [&](const Batch& batch, int64_t first) {
            evaluator->run(batch.pixels, batch.size, &statistics);
            context.console.transient(fmt::format("measuring {}/{} images", first + batch.size, set.count()));
        });
        return statistics;
    } catch (const Error& error) {
        if (!options.data.empty()) throw;
        context.console.note(std::string("without statistics of inputs: ") + error.what());
        return std::nullopt;
    }
}

std::map<std::string, OutputError> measure_errors(Context& context, Subject& subject,
                                                  const MeasurementOptions& options) {
    constexpr int64_t kMostImages = 64;
    const IntegerNetwork& network = subject.integer_network();
    const bool has_real_weights = std::all_of(network.nodes.begin(), network.nodes.end(), [](const IntegerNode& node) {
        return node.effective_weight.size() == node.weight_s8.size() &&
               node.effective_bias.size() == node.bias_s32.size();
    });
    if (!has_real_weights) {
        context.console.note(subject.text() + " keeps no real weights: without errors of outputs");
        return {};
    }
    const int64_t images = std::min(options.images, kMostImages);
    const EvaluationSet set = open_evaluation_data(subject, {options.data, Split::kTest, images, 0, context.threads()});
    const auto evaluator = make_evaluator(subject, NumericMode::kIntegerOnly, "cpu", context.threads());
    return measure_output_errors(network, *evaluator, set, context.threads(), [&](int64_t done) {
        context.console.transient(fmt::format("comparing with real numbers: {}/{} images", done, set.count()));
    });
}

}  // namespace f8net
