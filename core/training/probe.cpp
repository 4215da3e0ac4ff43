// SPDX-License-Identifier: Apache-2.0
#include "core/training/probe.h"

#include <cmath>
#include <limits>

#include "core/base/error.h"
#include "core/modules/layer_observer.h"
#include "core/quantization/tensor_format.h"
#include "core/run/tensor_summary.h"
#include "core/training/training_data.h"

namespace f8net {

namespace {

/// Elements in memory order (their order does not matter to a summary), as float32 on the host.
torch::Tensor plain_values(const torch::Tensor& x) {
    const torch::Tensor host = x.detach().to(torch::kCPU, torch::kFloat32);
    return host.is_non_overlapping_and_dense() ? host : host.contiguous();
}

std::span<const float> span_of(const torch::Tensor& values) {
    return {values.const_data_ptr<float>(), static_cast<size_t>(values.numel())};
}

class ProbeObserver final : public LayerObserver {
public:
    ProbeObserver(Network& network, const QuantizationConfig& quantization, EpochReport& report)
        : network_(network), quantization_(quantization), report_(report), threads_(at::get_num_threads()) {}

    void on_layer(const LayerView& view) override {
        const Layer& layer = view.layer;
        // Per channel formats have one entry per channel; the middle of the report is the first channel's.
        const FixedPointFormat input_format{quantization_.input_format.word_length, view.input_lengths.front(),
                                            layer.input_is_signed};
        const FixedPointFormat weight_format{quantization_.weight_format.word_length, view.weight_lengths.front(),
                                             true};
        const torch::Tensor input = plain_values(view.input);
        const torch::Tensor weight = plain_values(view.effective_weight);
        const torch::Tensor raw = plain_values(view.raw_weight);
        const TensorSummary input_summary = summarize(span_of(input), input_format, threads_);
        const TensorSummary weight_summary = summarize(span_of(weight), weight_format, threads_);
        add_histogram(layer.name, "input", input, input_summary);
        add_histogram(layer.name, "effective_weight", weight, weight_summary);
        add_histogram(layer.name, "weight", raw, summarize(span_of(raw), weight_format, threads_));
        if (quantization_.mode != NumericMode::kFakeQuant) return;

        LayerFormatReport format;
        format.layer = layer.name;
        format.input_format = input_format;
        format.weight_format = weight_format;
        const int index = network_.graph().index_of(layer.name);
        format.input_running_fractional_length =
            network_.quantization(index).input().running_lengths().values().front();
        if (layer.reads_pixels) format.input_running_fractional_length = input_format.fractional_length;
        if (quantization_.format_policy == FormatPolicy::kStatistics) {
            const Statistic statistic = quantization_.statistic;
            format.statistic = to_string(statistic);
            format.input_statistic = tensor_statistic(view.input, statistic);
            format.weight_statistic = tensor_statistic(view.effective_weight, statistic);
            format.input_unrounded =
                unrounded(statistic_constant(statistic, layer.input_is_signed), format.input_statistic);
            format.weight_unrounded = unrounded(statistic_constant(statistic, true), format.weight_statistic);
        } else {
            format.statistic = quantization_.format_policy == FormatPolicy::kGridSearch ? "grid" : "fixed";
            format.input_statistic = input_summary.standard_deviation;
            format.weight_statistic = weight_summary.standard_deviation;
            format.input_unrounded = format.weight_unrounded = kNoNumber;
        }
        if (quantization_.clipping && !layer.reads_pixels) {
            const int owner = layer.clip_owner >= 0 ? layer.clip_owner : index;
            format.clip_level = std::abs(network_.stored_clip_level(owner).alpha.item<double>());
        }
        format.clip_scale = view.clip_scale;
        format.input_clipped_share = input_summary.clipped_share;
        format.input_negative_share = input_summary.negative_share;
        format.input_zero_share = input_summary.zero_share;
        format.input_sqnr_db = input_summary.sqnr_db;
        format.weight_clipped_share = weight_summary.clipped_share;
        format.weight_zero_share = weight_summary.zero_share;
        format.weight_sqnr_db = weight_summary.sqnr_db;
        report_.formats.push_back(std::move(format));
    }

    void on_output(const Layer& layer, const torch::Tensor& output) override {
        const torch::Tensor values = plain_values(output);
        add_histogram(layer.name, layer.has_weights() ? "accumulator" : "output", values,
                      summarize(span_of(values), kAccumulatorFormat, threads_));
    }

private:
    /// Where no statistic chose the format: the store keeps it as NULL.
    static constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();
    /// Sums have 32 bits; of the summary only what does not depend on the format is used.
    static constexpr FixedPointFormat kAccumulatorFormat{32, 0, true};

    static double unrounded(double constant, double statistic) {
        return statistic > 0 ? std::log2(constant / statistic) : kNoNumber;
    }

    void add_histogram(const std::string& layer, const std::string& tensor, const torch::Tensor& values,
                       const TensorSummary& summary) {
        HistogramReport histogram = make_histogram(span_of(values), summary, threads_);
        histogram.layer = layer;
        histogram.tensor = tensor;
        report_.histograms.push_back(std::move(histogram));
    }

    Network& network_;
    const QuantizationConfig& quantization_;
    EpochReport& report_;
    int threads_;
};

class FiniteObserver final : public LayerObserver {
public:
    void on_layer(const LayerView& view) override {
        if (!first.empty()) return;
        if (!view.input.isfinite().all().item<bool>() || !view.effective_weight.isfinite().all().item<bool>()) {
            first = view.layer.name;
        }
    }
    std::string first;
};

void forward_probe(Network& network, NumericMode mode, const Batch& probe, const Normalization& normalization,
                   LayerObserver& observer) {
    const torch::NoGradGuard no_grad;
    const bool was_training = network.is_training();
    network.train(false);
    const PixelsToInput to_input(normalization, network.device(), network.precision());
    network.forward(to_input(pixels_of(probe)), mode, &observer);
    network.train(was_training);
}

}  // namespace

void probe_network(Network& network, const QuantizationConfig& quantization, const Batch& probe,
                   const Normalization& normalization, EpochReport& report) {
    ProbeObserver observer(network, quantization, report);
    forward_probe(network, quantization.mode, probe, normalization, observer);
}

std::string first_layer_not_finite(Network& network, const Batch& probe, const Normalization& normalization) {
    if (probe.size == 0) return {};
    FiniteObserver observer;
    try {
        // In floats: no format has to be chosen there, so the pass goes through to the end.
        forward_probe(network, NumericMode::kFloat, probe, normalization, observer);
    } catch (const Error&) {
        // What was seen until then is the answer.
    }
    return observer.first;
}

}  // namespace f8net
