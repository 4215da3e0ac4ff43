// SPDX-License-Identifier: Apache-2.0
// Step time (forward, loss, backward) of training the F8Net network, with formats from a statistic and by grid search,
// over that of a plain float network of the same LayerGraph; all channels_last, interleaved in one process, so that
// what else the machine does hits all of them. The minimum of the rounds is the figure that other work on the machine
// disturbs least; processor time of one thread (--threads 1) is disturbed less still.
// Usage: train_step [--case quickstart|resnet18|mobilenet_v2|...]... [--rounds N] [--threads N] [--batch N]
// [--operators] Without a case: all three. ARCHITECTURE alone means 224 pixels, 1000 classes, batch 8; quickstart its
// own network.
#include <malloc.h>
#include <torch/torch.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include "core/modules/channel_moments.h"
#include "core/modules/network.h"
#include "core/modules/plain_network.h"
#include "core/quantization/fake_quantize.h"
#include "core/quantization/tensor_format.h"
#include "tests/bench/operator_times.h"

namespace {

using namespace f8net;
using torch::Tensor;

double milliseconds(const std::function<void()>& body) {
    const auto start = std::chrono::steady_clock::now();
    body();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

/// Processor time of the whole process. With one thread it is what the wall time would be on a machine of its own.
double processor_milliseconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

double minimum_of(const std::vector<double>& times) {
    return *std::min_element(times.begin(), times.end());
}
double median_of(std::vector<double> times) {
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    return *middle;
}

struct Case {
    std::string name;
    ArchitectureOptions options;
    int64_t batch = 8;
};

Case case_named(const std::string& name) {
    Case chosen{name, {}, 8};
    chosen.options.architecture = name;
    if (name == "quickstart") {
        chosen.options = {"resnet18", 0.25, Stem::kSmall, 28, 1, 10, false};
        chosen.batch = 64;
    }
    return chosen;
}

/// One kind of step, with the times of its rounds.
struct Contestant {
    std::string name;
    std::function<void()> step;
    std::vector<double> wall, processor;
};

/// Ratio of the minima, and the quartiles of the ratios of the single rounds: their spread.
void print_ratio(const Contestant& a, const Contestant& b) {
    std::printf("  %-9s / %-9s", a.name.c_str(), b.name.c_str());
    for (const auto& [what, times] :
         {std::pair{"wall", &Contestant::wall}, std::pair{"processor", &Contestant::processor}}) {
        std::vector<double> ratios;
        for (size_t i = 0; i < (a.*times).size(); ++i) ratios.push_back((a.*times)[i] / (b.*times)[i]);
        std::sort(ratios.begin(), ratios.end());
        const size_t n = ratios.size();
        std::printf("  %s %.2f (medians %.2f, rounds %.2f to %.2f)", what, minimum_of(a.*times) / minimum_of(b.*times),
                    median_of(a.*times) / median_of(b.*times), ratios[n / 4], ratios[n - 1 - n / 4]);
    }
    std::printf("\n");
}

/// Where the time of one step goes: operators without their callees; "between" is the project's own kernels.
void print_operators(const Contestant& contestant) {
    constexpr size_t kShown = 14;
    double wall = 0, in_operators = 0;
    std::vector<std::pair<double, std::string>> lines;
    {
        OperatorTimes operators;
        wall = milliseconds(contestant.step);
        int64_t calls = 0;
        for (const auto& [name, entry] : operators.entries()) {
            in_operators += entry.milliseconds;
            calls += entry.calls;
            char line[160];
            std::snprintf(line, sizeof(line), "    %8.1f ms %6lld x %s", entry.milliseconds,
                          static_cast<long long>(entry.calls), name.c_str());
            lines.emplace_back(entry.milliseconds, line);
        }
        std::printf("  %s: %.1f ms, %lld operators; %.1f ms between them\n", contestant.name.c_str(), wall,
                    static_cast<long long>(calls), wall - in_operators);
    }
    std::sort(lines.rbegin(), lines.rend());
    for (size_t i = 0; i < std::min(kShown, lines.size()); ++i) std::printf("%s\n", lines[i].second.c_str());
}

/// What each of the project's parts costs, alone on tensors of each layer's shape, forward and backward.
void print_parts(const LayerGraph& graph, int64_t batch) {
    double statistic = 0, grid = 0, quantize = 0, moments = 0, convolution = 0, weights = 0;
    Network network(graph, QuantizationConfig());
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
        const Tensor x = torch::randn({batch, in.channels, in.height, in.width})
                             .contiguous(at::MemoryFormat::ChannelsLast)
                             .requires_grad_(!layer.reads_pixels);
        const Window& window = layer.window;
        const auto convolve = [&](const Tensor& input) {
            return torch::conv2d(input, conv->weight, {}, window.stride, window.padding, 1, layer.groups);
        };
        const CodeRange range{8, layer.input_is_signed};
        if (!layer.reads_pixels) {
            statistic += best([&] { tensor_statistic(x, Statistic::kStd); });
            grid += best([&] { grid_errors(x, range); });
        }
        const Tensor gradient_in = torch::ones_like(x.detach());
        quantize += best([&] {
            const Tensor q = fake_quantize(x, range, {6});
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
        "  parts alone, all layers, forward and backward, ms: convolutions %.1f, input statistic %.1f, input grid "
        "search %.1f,\n    input quantization %.1f, batch moments %.1f, effective weights with their formats %.1f\n",
        convolution, statistic, grid, quantize, moments, weights);
}

void run_case(const Case& chosen, int rounds, bool by_operator) {
    const LayerGraph graph = make_layer_graph(chosen.options);
    const auto make = [&](FormatPolicy policy) {
        QuantizationConfig settings;
        settings.format_policy = policy;
        auto network = std::make_unique<Network>(graph, settings);
        network->initialize(1995);
        return network;
    };
    PlainNetwork plain(graph, 1995);
    const auto by_statistic = make(FormatPolicy::kStatistics), by_grid = make(FormatPolicy::kGridSearch);
    const ArchitectureOptions& options = chosen.options;
    const Tensor x =
        ((torch::rand({chosen.batch, options.input_channels, options.image_size, options.image_size}) * 255).round() /
         255)
            .contiguous(at::MemoryFormat::ChannelsLast);
    const Tensor labels = torch::randint(options.num_classes, {chosen.batch});
    const auto step = [&](auto& network, const auto&... mode) {
        network.zero_grad();
        torch::nn::functional::cross_entropy(network.forward(x, mode...), labels).backward();
    };
    std::vector<Contestant> contestants = {
        {"plain", [&] { step(plain); }, {}, {}},
        {"statistic", [&] { step(*by_statistic, NumericMode::kFakeQuant); }, {}, {}},
        {"grid", [&] { step(*by_grid, NumericMode::kFakeQuant); }, {}, {}},
        {"float", [&] { step(*by_statistic, NumericMode::kFloat); }, {}, {}},
    };
    constexpr int kWarmUp = 2;
    for (int round = -kWarmUp; round < rounds; ++round) {
        for (Contestant& contestant : contestants) {
            const double before = processor_milliseconds();
            const double wall = milliseconds(contestant.step);
            if (round < 0) continue;
            contestant.wall.push_back(wall);
            contestant.processor.push_back(processor_milliseconds() - before);
        }
    }
    std::printf("%s: %s x %g, %d pixels, batch %lld, %d threads, %d rounds\n", chosen.name.c_str(),
                options.architecture.c_str(), options.width_multiplier, options.image_size,
                static_cast<long long>(chosen.batch), at::get_num_threads(), rounds);
    for (const Contestant& contestant : contestants)
        std::printf("  %-9s  wall min %8.1f median %8.1f  processor min %8.1f median %8.1f ms\n",
                    contestant.name.c_str(), minimum_of(contestant.wall), median_of(contestant.wall),
                    minimum_of(contestant.processor), median_of(contestant.processor));
    print_ratio(contestants[1], contestants[0]);
    print_ratio(contestants[2], contestants[1]);
    print_ratio(contestants[3], contestants[0]);
    print_parts(graph, chosen.batch);
    if (!by_operator) return;
    for (const Contestant& contestant : contestants) print_operators(contestant);
}

/// As the trainer has it: threads that wait sleep after a moment instead of taking a core from those they wait for. The
/// OpenMP library reads its environment before main, so the program starts once more.
void set_spin_count(char** argv) {
    if (std::getenv("GOMP_SPINCOUNT") != nullptr) return;
    ::setenv("GOMP_SPINCOUNT", "1000", 0);
    ::execv("/proc/self/exe", argv);
}

}  // namespace

int main(int argc, char** argv) {
    set_spin_count(argv);
    std::vector<Case> cases;
    int rounds = 15, threads = 2;
    int64_t batch = 0;
    bool by_operator = false;
    for (int i = 1; i < argc; ++i) {
        const std::string option = argv[i];
        const auto value = [&] { return i + 1 < argc ? argv[++i] : "0"; };
        if (option == "--case") {
            cases.push_back(case_named(value()));
        } else if (option == "--rounds") {
            rounds = std::max(1, std::atoi(value()));
        } else if (option == "--threads") {
            threads = std::max(1, std::atoi(value()));
        } else if (option == "--batch") {
            batch = std::atoi(value());
        } else if (option == "--operators") {
            by_operator = true;
        } else {
            std::fprintf(stderr, "train_step: unknown option %s; see the head of tests/bench/train_step.cpp\n",
                         argv[i]);
            return 2;
        }
    }
    if (cases.empty()) cases = {case_named("quickstart"), case_named("resnet18"), case_named("mobilenet_v2")};
    at::set_num_threads(threads);
    // As the trainer does: freed activations are kept for the next step instead of being given back page by page.
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    torch::manual_seed(1995);
    for (Case& chosen : cases) {
        if (batch > 0) chosen.batch = batch;
        run_case(chosen, rounds, by_operator);
    }
    return 0;
}
