// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/output_error.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/analysis/real_network.h"
#include "core/analysis/recorded_trace.h"
#include "core/base/parallel.h"

namespace f8net {
namespace {

struct Sums {
    int64_t count = 0;
    double real = 0, integer = 0, product = 0, error = 0;  // sums of squares, and of products
    double absolute = 0, largest = 0;                      // of the error

    void add(const std::vector<float>& reals, const int32_t* integers, double step) {
        count += static_cast<int64_t>(reals.size());
        for (size_t i = 0; i < reals.size(); ++i) {
            const double x = reals[i], y = integers[i] * step, off = std::abs(y - x);
            real += x * x;
            integer += y * y;
            product += x * y;
            error += off * off;
            absolute += off;
            largest = std::max(largest, off);
        }
    }
    void add(const Sums& other) {
        count += other.count;
        real += other.real;
        integer += other.integer;
        product += other.product;
        error += other.error;
        absolute += other.absolute;
        largest = std::max(largest, other.largest);
    }
    OutputError result(const std::optional<double>& lsb) const {
        OutputError result;
        result.sqnr_db =
            error > 0 ? 10 * std::log10(std::max(real, 1e-300) / error) : std::numeric_limits<double>::infinity();
        const double norms = std::sqrt(real) * std::sqrt(integer);
        result.cosine = norms > 0 ? product / norms : real == integer ? 1 : 0;
        if (lsb) {
            result.mean_lsb = absolute / static_cast<double>(std::max<int64_t>(count, 1)) / *lsb;
            result.max_lsb = largest / *lsb;
        }
        return result;
    }
};

}  // namespace

std::optional<double> reader_step(const IntegerNetwork& network, size_t node) {
    std::optional<double> step;
    std::vector<bool> carries(network.nodes.size());  // the node's values, perhaps summed or pooled
    carries[node] = true;
    for (size_t i = node + 1; i < network.nodes.size(); ++i) {
        const IntegerNode& reader = network.nodes[i];
        const bool reads = std::any_of(reader.inputs.begin(), reader.inputs.end(),
                                       [&](int input) { return carries[static_cast<size_t>(input)]; });
        if (!reads) continue;
        if (reader.has_weights() || reader.kind == NodeKind::kAveragePool) {
            step = std::min(step.value_or(reader.input_format.scale()), reader.input_format.scale());
        } else {
            carries[i] = true;
        }
    }
    return step;
}

std::map<std::string, OutputError> measure_output_errors(const IntegerNetwork& network, ModeEvaluator& integers,
                                                         const EvaluationSet& set, int threads,
                                                         const std::function<void(int64_t)>& on_progress) {
    const RealNetwork real(network);
    const auto unrounded = real.all_layers(false);
    const int64_t pixels_each = network.input().output.size();
    std::vector<Sums> sums(network.nodes.size());
    for_each_batch(set, traced_batch_size(network), [&](const Batch& batch, int64_t first_image) {
        RecordedTrace trace;
        integers.run(batch.pixels, batch.size, &trace);
        std::vector<const RecordedTensor*> recorded;
        for (const IntegerNode& node : network.nodes) {
            recorded.push_back(trace.find(node.name, TraceTensor::kAccumulators));
        }
        std::vector<std::vector<Sums>> images(static_cast<size_t>(batch.size));
        parallel_for(threads, batch.size, [&](int64_t begin, int64_t end, int) {
            RealNetwork::Outputs outputs;
            for (int64_t i = begin; i < end; ++i) {
                real.run(batch.pixels.data() + i * pixels_each, unrounded, outputs);
                std::vector<Sums>& image = images[static_cast<size_t>(i)];
                image.resize(network.nodes.size());
                for (size_t n = 0; n < network.nodes.size(); ++n) {
                    if (recorded[n] == nullptr) continue;
                    image[n].add(outputs[n], recorded[n]->values.data() + i * recorded[n]->shape.size(),
                                 std::ldexp(1.0, -network.nodes[n].fractional_length));
                }
            }
        });
        for (const std::vector<Sums>& image : images) {
            for (size_t n = 0; n < sums.size(); ++n) sums[n].add(image[n]);
        }
        if (on_progress) on_progress(first_image + batch.size);
    });
    std::map<std::string, OutputError> errors;
    for (size_t n = 0; n < sums.size(); ++n) {
        if (sums[n].count > 0) errors.emplace(network.nodes[n].name, sums[n].result(reader_step(network, n)));
    }
    return errors;
}

}  // namespace f8net
