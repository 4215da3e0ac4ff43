// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <CLI/App.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <limits>
#include <memory>

#include "app/cli/command.h"
#include "app/cli/commands/commands.h"
#include "app/cli/evaluators.h"
#include "app/cli/json.h"
#include "app/cli/text_table.h"
#include "core/analysis/verification.h"
#include "core/inference/engine/peak.h"
#include "core/inference/executor.h"
#include "core/network/random_network.h"

namespace f8net {

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
    std::string subject, config, path = fastest_path();
    int batch = 0, rounds = 20;
};

constexpr uint64_t kSeed = 1995;

/// "resnet18@224": a network of that architecture with random weights.
std::optional<IntegerNetwork> random_network_named(const std::string& text) {
    const size_t at = text.find('@');
    const std::string name = text.substr(0, at);
    const auto& known = known_architectures();
    if (std::find(known.begin(), known.end(), name) == known.end()) return std::nullopt;
    ArchitectureOptions options;
    options.architecture = name;
    if (at != std::string::npos) {
        const std::string size = text.substr(at + 1);
        if (size.empty() || size.size() > 4 || size.find_first_not_of("0123456789") != std::string::npos) {
            throw ConfigError(text + ": expected ARCH@SIZE with a picture size in pixels, for example resnet18@224");
        }
        options.image_size = std::stoi(size);
    }
    constexpr int kSmallImage = 64;
    options.stem = options.image_size <= kSmallImage ? Stem::kSmall : Stem::kImageNet;
    return make_random_network(make_layer_graph(options), kSeed);
}

ExitCode bench(Context& context, const Options& options) {
    const std::vector<std::string> paths = executor_paths();
    if (std::find(paths.begin(), paths.end(), options.path) == paths.end()) {
        std::string known;
        for (const std::string& path : paths) known += (known.empty() ? "" : ", ") + path;
        throw MissingError("--path " + options.path +
                           " is not in this version or not on this processor; there is: " + known);
    }
    std::optional<Subject> subject;
    std::optional<IntegerNetwork> random = random_network_named(options.subject);
    if (!random) subject = Subject::open(context, options.subject, options.config, context.settings());
    const IntegerNetwork& network = random ? *random : subject->integer_network();
    const int threads = context.threads();
    // The law's threads work on images: fewer images than threads would leave some idle.
    const int batch = options.batch > 0 ? options.batch : options.path == "scalar" ? threads : 1;
    const std::vector<uint8_t> pixels = random_pixels(network.input().output, kSeed)(0, batch);

    const auto executor = make_executor(network, options.path, threads);
    std::vector<double> ms, layer_ms(network.nodes.size(), std::numeric_limits<double>::infinity());
    for (int round = 0; round <= options.rounds; ++round) {  // the first one warms caches and does not count
        const auto start = Clock::now();
        (void)executor->run(pixels, batch, nullptr);
        const double elapsed = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
        const std::vector<double> node_ms = executor->take_node_ms();
        if (round > 0) {
            ms.push_back(elapsed / batch);
            for (size_t n = 0; n < layer_ms.size(); ++n) layer_ms[n] = std::min(layer_ms[n], node_ms[n] / batch);
        }
        context.console.transient(fmt::format("round {}/{}", round, options.rounds));
    }
    std::sort(ms.begin(), ms.end());
    const double gmacs = static_cast<double>(network.macs()) / 1e9 / (ms.front() / 1e3);

    // Shares of what one thread can do, measured here and now; the law has no such limit.
    const double peak = measure_peak_gmacs(options.path);
    const auto share_of = [&](double layer_gmacs, int on_threads) {
        return peak > 0 ? Json(layer_gmacs / peak / on_threads) : Json(nullptr);
    };
    const auto share_text = [&](double layer_gmacs, int on_threads) {
        return peak > 0 ? fmt::format("{:.0f} %", 100 * layer_gmacs / peak / on_threads) : std::string("-");
    };
    // Thread time of an image, the least of all rounds: what the layer would take on one thread.
    Json layers = Json::array();
    TextTable table{"layer", "kind", ">MACs", ">ms", ">GMAC/s", ">peak"};
    for (size_t n = 0; n < network.nodes.size(); ++n) {
        const IntegerNode& node = network.nodes[n];
        const double layer_gmacs = layer_ms[n] > 0 ? static_cast<double>(node.macs()) / 1e6 / layer_ms[n] : 0;
        const bool multiplies = node.macs() > 0;
        layers.push_back({{"name", node.name},
                          {"kind", to_string(node.kind)},
                          {"macs", node.macs()},
                          {"ms", layer_ms[n]},
                          {"gmacs", multiplies ? Json(layer_gmacs) : Json(nullptr)},
                          {"peak_share", multiplies ? share_of(layer_gmacs, 1) : Json(nullptr)}});
        if (layer_ms[n] == 0) continue;  // computed with the layer before it
        table.add_row({node.name, to_string(node.kind), std::to_string(node.macs()), format_number(layer_ms[n], 3),
                       multiplies ? format_number(layer_gmacs, 3) : "-",
                       multiplies ? share_text(layer_gmacs, 1) : "-"});
    }
    if (context.options.json) {
        print_json(context.console, {{"network", network.architecture},
                                     {"batch", batch},
                                     {"threads", threads},
                                     {"path", options.path},
                                     {"images", batch * options.rounds},
                                     {"ms", {{"min", ms.front()}, {"median", ms[ms.size() / 2]}}},
                                     {"gmacs", gmacs},
                                     {"peak_gmacs", peak > 0 ? Json(peak) : Json(nullptr)},
                                     {"peak_share", share_of(gmacs, threads)},
                                     {"layers", layers}});
    } else {
        context.console.print(fmt::format(
            "{}, path {}, {} threads, batch {}: {:.3f} ms an image (median {:.3f}), {:.2f} GMAC/s, {} of the peak\n"
            "layers, thread time of one image:\n{}",
            network.architecture, options.path, threads, batch, ms.front(), ms[ms.size() / 2], gmacs,
            share_text(gmacs, threads), table.text()));
    }
    return ExitCode::kOk;
}

}  // namespace

void add_bench_command(CommandRegistry& registry) {
    const auto options = std::make_shared<Options>();
    CLI::App& app = registry.add("bench", "How fast the integers are computed",
                                 "f8net bench quickstart\nf8net bench resnet18@224 --threads 1 --path avx2",
                                 [options](Context& context) { return bench(context, *options); });
    app.add_option("SUBJECT", options->subject,
                   "Run, checkpoint, integer network, or an architecture such as resnet18@224")
        ->required();
    app.add_option("--batch", options->batch, "Images at a time; default: 1, and one per thread for the scalar path")
        ->check(CLI::PositiveNumber);
    app.add_option("--rounds", options->rounds, "Measurements; default: 20")->check(CLI::PositiveNumber);
    app.add_option("--path", options->path,
                   "Way of computing: scalar, avx2, avx512vnni; default: the fastest one here");
    app.add_option("--config", options->config, "Experiment of a checkpoint that does not name it")
        ->option_text("FILE.yaml");
}

}  // namespace f8net
