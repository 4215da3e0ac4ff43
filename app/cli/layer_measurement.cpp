// SPDX-License-Identifier: Apache-2.0
#include "app/cli/layer_measurement.h"

#include <fmt/format.h>

#include "app/cli/evaluation_data.h"
#include "app/cli/evaluators.h"
#include "core/analysis/recorded_trace.h"
#include "core/base/error.h"

namespace f8net {

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

}  // namespace f8net
