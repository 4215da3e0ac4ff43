// SPDX-License-Identifier: Apache-2.0
#include "app/cli/layer_measurement.h"

#include <fmt/format.h>

#include "app/cli/evaluation_data.h"
#include "app/cli/evaluators.h"
#include "core/base/error.h"

namespace f8net {

void measure_inputs(Context& context, Subject& subject, const MeasurementOptions& options,
                    std::vector<LayerReport>& reports) {
    try {
        const EvaluationSet set =
            open_evaluation_data(subject, {options.data, Split::kTest, options.images, 0, context.threads()});
        const IntegerNetwork& network = subject.integer_network();
        const auto evaluator = make_evaluator(subject, NumericMode::kIntegerOnly, "cpu", context.threads());
        LayerStatistics statistics(network);
        // A batch holds all its accumulators: as many images as fit into 64 MB.
        int64_t bytes_per_image = 0;
        for (const IntegerNode& node : network.nodes) bytes_per_image += node.output.size() * 4;
        const int64_t batch_size = std::clamp<int64_t>(64'000'000 / std::max<int64_t>(bytes_per_image, 1), 1, 64);
        for (int64_t begin = 0; begin < set.count(); begin += batch_size) {
            std::vector<int64_t> indexes;
            for (int64_t i = begin; i < std::min(begin + batch_size, set.count()); ++i) indexes.push_back(i);
            const Batch batch = load_batch(*set.dataset, set.transform, indexes, set.loader_threads);
            evaluator->run(batch.pixels, batch.size, &statistics);
            context.console.transient(fmt::format("measuring {}/{} images", begin + batch.size, set.count()));
        }
        add_statistics(reports, statistics);
    } catch (const Error& error) {
        if (!options.data.empty()) throw;
        context.console.note(std::string("without statistics of inputs: ") + error.what());
    }
}

}  // namespace f8net
