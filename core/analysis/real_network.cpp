// SPDX-License-Identifier: Apache-2.0
// Compiled with -O3: the loops over channels become vector code.
#include "core/analysis/real_network.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/fixedpoint/quantize.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
// Twice as fast with wide vectors; the sums are the same, each output channel has a lane of its own.
#define F8NET_WIDE_VECTORS __attribute__((target_clones("avx2", "default")))
#else
#define F8NET_WIDE_VECTORS
#endif

namespace f8net {
namespace {

constexpr int kTile = 4;  // pixels that share a load of the weights

/// sums[p][c] += x[p] * weight[c]
F8NET_WIDE_VECTORS void add_products(const float* __restrict x0, const float* __restrict x1, const float* __restrict x2,
                                     const float* __restrict x3, int64_t in, const float* __restrict weight,
                                     int64_t out, float* __restrict sums) {
    float* __restrict s0 = sums;
    float* __restrict s1 = s0 + out;
    float* __restrict s2 = s1 + out;
    float* __restrict s3 = s2 + out;
    for (int64_t i = 0; i < in; ++i, weight += out) {
        const float a = x0[i], b = x1[i], c = x2[i], d = x3[i];
        for (int64_t o = 0; o < out; ++o) {
            const float w = weight[o];
            s0[o] += a * w;
            s1[o] += b * w;
            s2[o] += c * w;
            s3[o] += d * w;
        }
    }
}

/// Dense convolution or linear layer. `input` is padded by nobody: positions outside read zeros.
void convolve(const std::vector<float>& input, const Shape& in, const Shape& out, const Window& window,
              const std::vector<float>& weight, const std::vector<float>& bias, std::vector<float>& output) {
    const int64_t inputs = in.channels, outputs = out.channels, pixels = out.height * out.width;
    const std::vector<float> zeros(static_cast<size_t>(inputs));
    std::vector<float> sums(static_cast<size_t>(kTile * outputs));
    for (int64_t first = 0; first < pixels; first += kTile) {
        for (int64_t p = 0; p < kTile; ++p) std::copy(bias.begin(), bias.end(), sums.begin() + p * outputs);
        const float* tap = weight.data();
        for (int dy = 0; dy < window.kernel; ++dy) {
            for (int dx = 0; dx < window.kernel; ++dx, tap += inputs * outputs) {
                const float* from[kTile];
                bool any = false;
                for (int64_t p = 0; p < kTile; ++p) {
                    const int64_t pixel = std::min(first + p, pixels - 1);
                    const int64_t y = pixel / out.width * window.stride + dy - window.padding;
                    const int64_t x = pixel % out.width * window.stride + dx - window.padding;
                    const bool inside = y >= 0 && y < in.height && x >= 0 && x < in.width;
                    from[p] = inside ? input.data() + (y * in.width + x) * inputs : zeros.data();
                    any |= inside;
                }
                if (any) add_products(from[0], from[1], from[2], from[3], inputs, tap, outputs, sums.data());
            }
        }
        const int64_t count = std::min<int64_t>(kTile, pixels - first);
        std::copy_n(sums.begin(), count * outputs, output.begin() + first * outputs);
    }
}

void convolve_depthwise(const std::vector<float>& input, const Shape& in, const Shape& out, const Window& window,
                        const std::vector<float>& weight, const std::vector<float>& bias, std::vector<float>& output) {
    const int64_t channels = in.channels;
    for (int64_t y = 0; y < out.height; ++y) {
        for (int64_t x = 0; x < out.width; ++x) {
            float* const to = output.data() + (y * out.width + x) * channels;
            std::copy(bias.begin(), bias.end(), to);
            for (int dy = 0; dy < window.kernel; ++dy) {
                for (int dx = 0; dx < window.kernel; ++dx) {
                    const int64_t from_y = y * window.stride + dy - window.padding;
                    const int64_t from_x = x * window.stride + dx - window.padding;
                    if (from_y < 0 || from_y >= in.height || from_x < 0 || from_x >= in.width) continue;
                    const float* const from = input.data() + (from_y * in.width + from_x) * channels;
                    const float* const tap = weight.data() + (dy * window.kernel + dx) * channels;
                    for (int64_t c = 0; c < channels; ++c) to[c] += from[c] * tap[c];
                }
            }
        }
    }
}

/// As on non-negative accumulators: zeros around the plane take part.
void max_pool(const std::vector<float>& input, const Shape& in, const Shape& out, const Window& window,
              std::vector<float>& output) {
    for (int64_t y = 0; y < out.height; ++y) {
        for (int64_t x = 0; x < out.width; ++x) {
            for (int64_t c = 0; c < in.channels; ++c) {
                float largest = window.padding > 0 ? 0.0f : -INFINITY;
                for (int64_t from_y = std::max<int64_t>(y * window.stride - window.padding, 0);
                     from_y < std::min(y * window.stride - window.padding + window.kernel, in.height); ++from_y) {
                    for (int64_t from_x = std::max<int64_t>(x * window.stride - window.padding, 0);
                         from_x < std::min(x * window.stride - window.padding + window.kernel, in.width); ++from_x) {
                        largest = std::max(largest,
                                           input[static_cast<size_t>((from_y * in.width + from_x) * in.channels + c)]);
                    }
                }
                output[static_cast<size_t>((y * out.width + x) * in.channels + c)] = largest;
            }
        }
    }
}

/// Sum over the plane times `factor`, in float64 (an average has to round once).
std::vector<double> plane_sums(const std::vector<float>& input, const Shape& in, double factor) {
    std::vector<double> sums(static_cast<size_t>(in.channels));
    for (size_t i = 0; i < input.size(); ++i) sums[i % sums.size()] += input[i];
    for (double& sum : sums) sum *= factor;
    return sums;
}

/// [out, kh, kw, in / groups] to [kh, kw, in / groups, out], times `scale`.
template <typename T>
std::vector<float> output_channel_last(const std::vector<T>& values, int out, double scale) {
    std::vector<float> result(values.size());
    const size_t outputs = static_cast<size_t>(out), each = values.size() / outputs;
    for (size_t o = 0; o < outputs; ++o) {
        for (size_t i = 0; i < each; ++i) {
            result[i * outputs + o] = static_cast<float>(static_cast<double>(values[o * each + i]) * scale);
        }
    }
    return result;
}

}  // namespace

RealNetwork::RealNetwork(const IntegerNetwork& network) : network_(network), weights_(network.nodes.size()) {
    check(network);
    consumer_.assign(network.nodes.size(), -1);
    for (size_t index = 0; index < network.nodes.size(); ++index) {
        const IntegerNode& node = network.nodes[index];
        for (const int input : node.inputs) consumer_[static_cast<size_t>(input)] = static_cast<int>(index);
        if (!node.has_weights()) continue;
        if (node.effective_weight.size() != node.weight_s8.size() ||
            node.effective_bias.size() != node.bias_s32.size()) {
            throw DataError(node.name +
                            " keeps no real weights to compare its integers with; lower the network again from its "
                            "checkpoint, or name the run");
        }
        Weights& weights = weights_[index];
        weights.real = output_channel_last(node.effective_weight, node.out_channels, 1);
        weights.rounded = output_channel_last(node.weight_s8, node.out_channels, node.weight_format.scale());
        weights.real_bias = node.effective_bias;
        const double step = std::ldexp(1.0, -node.fractional_length);
        for (const int32_t bias : node.bias_s32) weights.rounded_bias.push_back(static_cast<float>(bias * step));
    }
}

size_t RealNetwork::first_affected(size_t layer) const {
    const auto input = static_cast<size_t>(network_.nodes[layer].inputs.at(0));
    return network_.nodes[input].kind == NodeKind::kAveragePool ? input : layer;
}

void RealNetwork::run(const uint8_t* pixels, const RoundedLayers& rounded, Outputs& outputs) const {
    outputs.resize(network_.nodes.size());
    const IntegerNode& input = network_.input();
    const auto size = static_cast<size_t>(input.output.size());
    outputs[0].resize(size);
    if (network_.normalization.empty()) {
        const auto step = static_cast<float>(input.input_format.scale());
        for (size_t i = 0; i < size; ++i) outputs[0][i] = static_cast<float>(pixels[i]) * step;
    } else {
        // As input_codes() before it rounds.
        const auto& [mean, std] = network_.normalization;
        for (size_t i = 0; i < size; ++i) {
            const size_t channel = i % mean.size();
            outputs[0][i] = (static_cast<float>(pixels[i]) / 255.0f - mean[channel]) / std[channel];
        }
    }
    run_from(1, outputs, rounded, outputs);
}

void RealNetwork::run_from(size_t first, const Outputs& before, const RoundedLayers& rounded, Outputs& outputs) const {
    outputs.resize(network_.nodes.size());
    for (size_t index = first; index < network_.nodes.size(); ++index) {
        const IntegerNode& node = network_.nodes[index];
        const auto output_of = [&](int input) -> const std::vector<float>& {
            const auto i = static_cast<size_t>(input);
            return i < first ? before[i] : outputs[i];
        };
        outputs[index].resize(static_cast<size_t>(node.output.size()));
        // A pool's codes are its consumer's input: they are rounded where that layer is.
        const bool is_of_consumer = node.kind == NodeKind::kAveragePool && consumer_[index] >= 0;
        const size_t layer = is_of_consumer ? static_cast<size_t>(consumer_[index]) : index;
        run_node(index, output_of(node.inputs[0]), node.inputs.size() > 1 ? &output_of(node.inputs[1]) : nullptr,
                 rounded[layer], outputs[index]);
    }
}

void RealNetwork::run_node(size_t index, const std::vector<float>& input, const std::vector<float>* second,
                           bool is_rounded, std::vector<float>& output) const {
    const IntegerNode& node = network_.nodes[index];
    const Shape& in = network_.nodes[static_cast<size_t>(node.inputs[0])].output;
    switch (node.kind) {
        case NodeKind::kInput:
            break;
        case NodeKind::kConv:
        case NodeKind::kLinear: {
            const Quantizer<float> quantizer(node.input_format);
            std::vector<float> read(input.size());
            for (size_t i = 0; i < input.size(); ++i) {
                read[i] = is_rounded ? quantizer.real(input[i]) : quantizer.clip(input[i]);
            }
            const Weights& weights = weights_[index];
            const auto& weight = is_rounded ? weights.rounded : weights.real;
            const auto& bias = is_rounded ? weights.rounded_bias : weights.real_bias;
            if (node.groups > 1) {
                convolve_depthwise(read, in, node.output, node.window, weight, bias, output);
            } else if (node.kind == NodeKind::kConv) {
                convolve(read, in, node.output, node.window, weight, bias, output);
            } else {
                convolve(read, {in.size(), 1, 1}, node.output, Window{}, weight, bias, output);
            }
            break;
        }
        case NodeKind::kRelu:
            for (size_t i = 0; i < input.size(); ++i) output[i] = std::max(input[i], 0.0f);
            break;
        case NodeKind::kAdd:
            for (size_t i = 0; i < input.size(); ++i) output[i] = input[i] + (*second)[i];
            break;
        case NodeKind::kMaxPool:
            max_pool(input, in, node.output, node.window, output);
            break;
        case NodeKind::kSumPool: {
            const std::vector<double> sums = plane_sums(input, in, std::ldexp(1.0, -node.sum_pool_shift));
            std::copy(sums.begin(), sums.end(), output.begin());
            break;
        }
        case NodeKind::kAveragePool: {
            const Quantizer<double> quantizer(node.input_format);
            const std::vector<double> means = plane_sums(input, in, 1);
            for (size_t c = 0; c < means.size(); ++c) {
                const double mean = means[c] / static_cast<double>(in.height * in.width);
                output[c] = static_cast<float>(is_rounded ? quantizer.real(mean) : mean);
            }
            break;
        }
    }
}

}  // namespace f8net
