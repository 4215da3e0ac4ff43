// SPDX-License-Identifier: Apache-2.0
// How fast the executors are: ms an image, GMAC/s and share of the peak that the same process measures, per network and
// per layer. One line of JSON per network with --json (engines.py reads it).
// Usage: engines [--path P] [--threads N] [--batch N] [--rounds N] [--layers] [--json] [NETWORK...]
// NETWORK: resnet18, resnet50, mobilenet_v1, mobilenet_v2 (224 pixels; default: these), quickstart, ...
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "core/inference/engine/peak.h"
#include "core/inference/executor.h"
#include "core/network/random_network.h"

namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point begin) {
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

struct Settings {
    std::string path = f8net::fastest_path();
    int threads = 1, batch = 0, rounds = 20;
    bool has_layers = false, has_json = false;
    std::vector<std::string> networks;
};

f8net::ArchitectureOptions options_of(const std::string& network) {
    f8net::ArchitectureOptions options;
    options.architecture = network;
    if (network == "quickstart") {
        options.architecture = "resnet18";
        options.width_multiplier = 0.25;
        options.stem = f8net::Stem::kSmall;
        options.image_size = 28;
        options.input_channels = 1;
        options.num_classes = 10;
    }
    return options;
}

void measure(const std::string& name, const Settings& settings) {
    const f8net::IntegerNetwork network = f8net::make_random_network(f8net::make_layer_graph(options_of(name)), 1);
    const auto load_begin = Clock::now();
    const auto executor = f8net::make_executor(network, settings.path, settings.threads);
    const double load_ms = ms_since(load_begin);
    const int64_t images = settings.batch > 0 ? settings.batch : settings.path == "scalar" ? settings.threads : 1;
    std::vector<uint8_t> pixels(static_cast<size_t>(images * network.input().output.size()));
    for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<uint8_t>(i * 2654435761u >> 13);
    executor->run(pixels, images, nullptr);
    executor->take_node_ms();
    double best = 1e30;
    std::vector<double> layer_ms(network.nodes.size(), 1e30);
    for (int round = 0; round < settings.rounds; ++round) {
        const auto begin = Clock::now();
        executor->run(pixels, images, nullptr);
        best = std::min(best, ms_since(begin) / static_cast<double>(images));
        const auto ms = executor->take_node_ms();
        for (size_t i = 0; i < ms.size(); ++i) layer_ms[i] = std::min(layer_ms[i], ms[i] / static_cast<double>(images));
    }
    const double peak = f8net::measure_peak_gmacs(settings.path);
    const double gmacs = static_cast<double>(network.macs()) * 1e-6 / best;
    const double share = peak > 0 ? gmacs / peak / settings.threads : 0;
    if (settings.has_json) {
        std::printf(
            "{\"network\": \"%s\", \"path\": \"%s\", \"threads\": %d, \"batch\": %d, \"ms\": %.4f, \"load_ms\": %.1f, "
            "\"gmacs\": %.2f, \"peak_gmacs\": %.2f}\n",
            name.c_str(), settings.path.c_str(), settings.threads, static_cast<int>(images), best, load_ms, gmacs,
            peak);
        return;
    }
    std::printf(
        "%-14s %-10s %d threads, batch %d: %8.3f ms an image, %7.2f GMAC/s, %5.1f %% of the peak (%.0f), load %.0f "
        "ms\n",
        name.c_str(), settings.path.c_str(), settings.threads, static_cast<int>(images), best, gmacs, 100 * share, peak,
        load_ms);
    if (!settings.has_layers) return;
    for (size_t i = 0; i < layer_ms.size(); ++i) {
        const f8net::IntegerNode& node = network.nodes[i];
        if (layer_ms[i] == 0) continue;
        const double layer_gmacs = static_cast<double>(node.macs()) * 1e-6 / layer_ms[i];
        std::printf("  %-28s %-9s %4d x %3d x %3d  k%d s%d g%-4d %8.4f ms %7.1f GMAC/s %5.1f %%\n", node.name.c_str(),
                    to_string(node.kind).c_str(), static_cast<int>(node.output.channels),
                    static_cast<int>(node.output.height), static_cast<int>(node.output.width), node.window.kernel,
                    node.window.stride, node.groups, layer_ms[i], layer_gmacs,
                    peak > 0 ? 100 * layer_gmacs / peak / settings.threads : 0);
    }
}

}  // namespace

int main(int argc, char** argv) {
    Settings settings;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        const auto value = [&] { return i + 1 < argc ? argv[++i] : ""; };
        if (word == "--path")
            settings.path = value();
        else if (word == "--threads")
            settings.threads = std::max(1, std::atoi(value()));
        else if (word == "--batch")
            settings.batch = std::max(1, std::atoi(value()));
        else if (word == "--rounds")
            settings.rounds = std::max(1, std::atoi(value()));
        else if (word == "--layers")
            settings.has_layers = true;
        else if (word == "--json")
            settings.has_json = true;
        else
            settings.networks.push_back(word);
    }
    if (settings.networks.empty()) settings.networks = {"resnet18", "resnet50", "mobilenet_v1", "mobilenet_v2"};
    for (const std::string& network : settings.networks) measure(network, settings);
}
