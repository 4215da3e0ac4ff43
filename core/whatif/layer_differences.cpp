// SPDX-License-Identifier: Apache-2.0
#include "core/whatif/layer_differences.h"

#include <cmath>
#include <limits>

#include "core/analysis/recorded_trace.h"
#include "core/base/parallel.h"

namespace f8net {

/// Listens to the changed network while the other's integers of the same image lie there.
class LayerDifferences::Comparison final : public LayerTrace {
public:
    Comparison(const IntegerNetwork& before, const IntegerNetwork& after, const RecordedTrace& recorded,
               std::vector<Sums>& sums)
        : before_(before), after_(after), recorded_(recorded), sums_(sums) {}

    void on_codes(const std::string& layer, const Shape&, std::span<const int32_t> codes) override {
        const auto index = static_cast<size_t>(before_.index_of(layer));
        const std::vector<int32_t>& expected = recorded_.find(layer, TraceTensor::kCodes)->values;
        // In steps of the unchanged format.
        const double step = std::ldexp(1.0, before_.nodes[index].input_format.fractional_length -
                                                after_.nodes[index].input_format.fractional_length);
        double error = 0;
        for (size_t i = 0; i < codes.size(); ++i) {
            const double difference = codes[i] * step - expected[i];
            error += difference * difference;
        }
        sums_[index].code_error = error;
        sums_[index].codes = static_cast<int64_t>(codes.size());
    }

    void on_accumulators(const std::string& layer, const Shape&, std::span<const int32_t> values) override {
        const auto index = static_cast<size_t>(before_.index_of(layer));
        const std::vector<int32_t>& expected = recorded_.find(layer, TraceTensor::kAccumulators)->values;
        const double unit = std::ldexp(1.0, -before_.nodes[index].fractional_length),
                     changed_unit = std::ldexp(1.0, -after_.nodes[index].fractional_length);
        double signal = 0, error = 0;
        for (size_t i = 0; i < values.size(); ++i) {
            const double real = expected[i] * unit, difference = values[i] * changed_unit - real;
            signal += real * real;
            error += difference * difference;
        }
        sums_[index].signal = signal;
        sums_[index].error = error;
    }

private:
    const IntegerNetwork &before_, &after_;
    const RecordedTrace& recorded_;
    std::vector<Sums>& sums_;
};

LayerDifferences::LayerDifferences(const IntegerNetwork& before, const IntegerNetwork& after, int cut,
                                   const EngineOptions& engine)
    : before_(before), after_(after), cut_(cut), sums_(before.nodes.size()) {
    const NodeRange range{cut, static_cast<int>(before.nodes.size()) - 1};
    for (int i = 0; i < std::max(engine.threads, 1); ++i) {
        lanes_.push_back(
            {make_range_executor(before, range, engine.path, 1), make_range_executor(after, range, engine.path, 1)});
    }
}

void LayerDifferences::add(const BaselineCache& cache, int64_t begin, int64_t count) {
    std::vector<std::vector<Sums>> each(static_cast<size_t>(count), std::vector<Sums>(sums_.size()));
    parallel_for(static_cast<int>(lanes_.size()), count, [&](int64_t from, int64_t to, int thread) {
        const Lane& lane = lanes_[static_cast<size_t>(thread)];
        std::vector<int32_t> logits(static_cast<size_t>(before_.num_classes()));
        RecordedTrace recorded;
        for (int64_t i = from; i < to; ++i) {
            const ImageSource source = cache.source(cut_, begin + i);
            recorded.clear();
            lane.before->run_range(source, 1, logits, &recorded);
            Comparison comparison(before_, after_, recorded, each[static_cast<size_t>(i)]);
            lane.after->run_range(source, 1, logits, &comparison);
        }
    });
    // In the order of the images, so that sums are the same for every number of threads.
    for (const std::vector<Sums>& image : each) {
        for (size_t node = 0; node < sums_.size(); ++node) {
            sums_[node].signal += image[node].signal;
            sums_[node].error += image[node].error;
            sums_[node].code_error += image[node].code_error;
            sums_[node].codes += image[node].codes;
        }
    }
    images_ += count;
}

std::vector<LayerDifference> LayerDifferences::differences() const {
    std::vector<LayerDifference> result;
    for (size_t i = 0; i < before_.nodes.size(); ++i) {
        const IntegerNode& node = before_.nodes[i];
        if (node.kind == NodeKind::kInput || node.kind == NodeKind::kRelu) continue;
        const Sums& sums = sums_[i];
        LayerDifference difference{node.name, std::numeric_limits<double>::infinity(), {}};
        if (sums.error > 0) difference.sqnr_db = 10 * std::log10(std::max(sums.signal, 1e-300) / sums.error);
        if (node.has_weights()) {
            difference.input_lsb = sums.codes > 0 ? std::sqrt(sums.code_error / static_cast<double>(sums.codes)) : 0.0;
        }
        result.push_back(std::move(difference));
    }
    return result;
}

}  // namespace f8net
