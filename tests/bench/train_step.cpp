// SPDX-License-Identifier: Apache-2.0
// Step time of training the F8Net network over that of a plain float network of the same LayerGraph, both
// channels_last, interleaved; and where the rest goes, by part.   Usage: train_step [steps] [threads] [batch]
// [architecture] [width]
#include <malloc.h>
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "core/modules/channel_moments.h"
#include "core/modules/network.h"
#include "core/modules/plain_network.h"
#include "core/quantization/fake_quantize.h"
#include "core/quantization/tensor_format.h"

namespace {

using namespace f8net;
using torch::Tensor;

double milliseconds(const std::function<void()>& body) {
    const auto start = std::chrono::steady_clock::now();
    body();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

struct Times {
    std::vector<double> all;
    double median() const {
        std::vector<double> sorted = all;
        std::sort(sorted.begin(), sorted.end());
        return sorted[sorted.size() / 2];
    }
    double minimum() const { return *std::min_element(all.begin(), all.end()); }
};

Tensor loss_of(const Tensor& logits, const Tensor& labels) {
    return torch::nn::functional::cross_entropy(logits, labels);
}

/// One part of a step, measured alone on tensors of each layer's shape, forward and backward.
void print_parts(const LayerGraph& graph, int64_t batch) {
    double statistic = 0, quantize = 0, moments = 0, convolution = 0, weights = 0;
    const QuantizationConfig settings;
    Network network(graph, settings);
    network.initialize(1);
    constexpr int kRepeats = 5;
    const auto best = [](const std::function<void()>& body) {
        double least = 1e30;
        for (int i = 0; i < kRepeats; ++i) least = std::min(least, milliseconds(body));
        return least;
    };
    for (const int index : graph.weighted_layers()) {
        ConvBatchNorm* conv = network.conv(index);
        if (conv == nullptr) continue;
        const Layer& layer = conv->layer();
        const Shape in = graph.layers[static_cast<size_t>(layer.inputs[0])].output;
        const Tensor x = torch::rand({batch, in.channels, in.height, in.width})
                             .contiguous(at::MemoryFormat::ChannelsLast)
                             .requires_grad_(!layer.reads_pixels);
        const Window& window = layer.window;
        const auto convolve = [&](const Tensor& input) {
            return torch::conv2d(input, conv->weight, {}, window.stride, window.padding, 1, layer.groups);
        };
        if (!layer.reads_pixels) statistic += best([&] { tensor_statistic(x, Statistic::kStd); });
        const Tensor gradient_in = torch::ones_like(x.detach());
        quantize += best([&] {
            const Tensor q = fake_quantize(x, {8, false}, {6});
            if (q.requires_grad()) q.backward(gradient_in);
        });
        const Tensor y = convolve(x).detach().requires_grad_();
        moments += best([&] {
            const auto [mean, variance] = batch_moments(y);
            (mean + variance).sum().backward();
        });
        const Tensor gradient_out = torch::ones_like(y.detach());
        convolution += best([&] { convolve(x).backward(gradient_out); });
        weights += best([&] {
            const auto folded = conv->fold(NumericMode::kFakeQuant);
            const auto quantized = conv->quantization().quantize_weight(folded.weight, NumericMode::kFakeQuant);
            (quantized.values.sum() + folded.bias.sum()).backward();
        });
    }
    std::printf(
        "parts, forward and backward, ms: convolutions %.1f (twice in F8Net), input statistic %.1f, input quantization "
        "%.1f,\n"
        "  batch moments %.1f, effective weights with their formats and small tensors %.1f\n",
        convolution, statistic, quantize, moments, weights);
}

}  // namespace

int main(int argc, char** argv) {
    const int steps = argc > 1 ? std::atoi(argv[1]) : 30;
    const int threads = argc > 2 ? std::atoi(argv[2]) : 2;
    const int64_t batch = argc > 3 ? std::atoi(argv[3]) : 64;
    ArchitectureOptions options;
    options.architecture = argc > 4 ? argv[4] : "resnet18";
    options.width_multiplier = argc > 5 ? std::atof(argv[5]) : 0.25;
    options.stem = Stem::kSmall;
    options.image_size = 28;
    options.input_channels = 1;
    options.num_classes = 10;
    at::set_num_threads(threads);
    // As the trainer does: freed activations are kept for the next step instead of being given back page by page.
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    torch::manual_seed(1995);

    const LayerGraph graph = make_layer_graph(options);
    Network network(graph, QuantizationConfig());
    network.initialize(1995);
    PlainNetwork plain(graph, 1995);
    const Tensor x = ((torch::rand({batch, 1, 28, 28}) * 255).round() / 255).contiguous(at::MemoryFormat::ChannelsLast);
    const Tensor labels = torch::randint(10, {batch});

    Times plain_times, float_times, fixed_times;
    for (int step = -3; step < steps; ++step) {
        const double a = milliseconds([&] {
            plain.zero_grad();
            loss_of(plain.forward(x), labels).backward();
        });
        const double b = milliseconds([&] {
            network.zero_grad();
            loss_of(network.forward(x, NumericMode::kFakeQuant), labels).backward();
        });
        const double c = milliseconds([&] {
            network.zero_grad();
            loss_of(network.forward(x, NumericMode::kFloat), labels).backward();
        });
        if (step < 0) continue;  // warming up
        plain_times.all.push_back(a);
        fixed_times.all.push_back(b);
        float_times.all.push_back(c);
    }
    std::printf("%s x %g, batch %lld, %d threads, %d steps; ms: median (min)\n", options.architecture.c_str(),
                options.width_multiplier, static_cast<long long>(batch), threads, steps);
    std::printf("plain float       %7.1f (%.1f)\n", plain_times.median(), plain_times.minimum());
    std::printf("F8Net fixed point %7.1f (%.1f)\n", fixed_times.median(), fixed_times.minimum());
    std::printf("F8Net float stage %7.1f (%.1f)\n", float_times.median(), float_times.minimum());
    std::printf("ratio fixed point / plain: median %.2f, min %.2f; float stage / plain: median %.2f\n",
                fixed_times.median() / plain_times.median(), fixed_times.minimum() / plain_times.minimum(),
                float_times.median() / plain_times.median());
    print_parts(graph, batch);
    return 0;
}
