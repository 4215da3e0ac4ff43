// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <CLI/App.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>

#include "app/cli/command.h"
#include "app/cli/commands/commands.h"
#include "app/cli/evaluators.h"
#include "app/cli/json.h"
#include "app/cli/text_table.h"
#include "core/analysis/verification.h"
#include "core/inference/executor.h"
#include "core/network/random_network.h"

namespace f8net {

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
    std::string subject, config, path = "scalar";
    int batch = 0, rounds = 5;
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
    // Threads work on images: fewer images than threads would leave some idle.
    const int batch = options.batch > 0 ? options.batch : threads;
    const std::vector<uint8_t> pixels = random_pixels(network.input().output, kSeed)(0, batch);

    const auto executor = make_executor(network, options.path, threads);
    std::vector<double> ms;
    for (int round = 0; round <= options.rounds; ++round) {  // the first one warms caches and does not count
        const auto start = Clock::now();
        (void)executor->run(pixels, batch, nullptr);
        const double elapsed = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
        if (round == 0) {
            (void)executor->take_node_ms();
        } else {
            ms.push_back(elapsed / batch);
        }
        context.console.transient(fmt::format("round {}/{}", round, options.rounds));
    }
    std::sort(ms.begin(), ms.end());
    const double gmacs = static_cast<double>(network.macs()) / 1e9 / (ms.front() / 1e3);

    // Thread time of an image: what the layer would take on one thread.
    const std::vector<double> node_ms = executor->take_node_ms();
    const double images = static_cast<double>(batch) * options.rounds;
    Json layers = Json::array();
    TextTable table{"layer", "kind", ">MACs", ">ms", ">GMAC/s"};
    for (size_t n = 0; n < network.nodes.size(); ++n) {
        const IntegerNode& node = network.nodes[n];
        const double layer_ms = node_ms.at(n) / images;
        const double layer_gmacs = layer_ms > 0 ? static_cast<double>(node.macs()) / 1e6 / layer_ms : 0;
        layers.push_back({{"name", node.name},
                          {"kind", to_string(node.kind)},
                          {"macs", node.macs()},
                          {"ms", layer_ms},
                          {"gmacs", node.macs() > 0 ? Json(layer_gmacs) : Json(nullptr)}});
        table.add_row({node.name, to_string(node.kind), std::to_string(node.macs()), format_number(layer_ms, 3),
                       node.macs() > 0 ? format_number(layer_gmacs, 3) : "-"});
    }
    if (context.options.json) {
        print_json(context.console, {{"network", network.architecture},
                                     {"batch", batch},
                                     {"threads", threads},
                                     {"path", options.path},
                                     {"images", batch * options.rounds},
                                     {"ms", {{"min", ms.front()}, {"median", ms[ms.size() / 2]}}},
                                     {"gmacs", gmacs},
                                     {"peak_share", nullptr},
                                     {"layers", layers}});
    } else {
        context.console.print(fmt::format(
            "{}, path {}, {} threads, batch {}: {:.3f} ms an image (median {:.3f}), {:.2f} GMAC/s\n"
            "layers, thread time of one image:\n{}",
            network.architecture, options.path, threads, batch, ms.front(), ms[ms.size() / 2], gmacs, table.text()));
    }
    return ExitCode::kOk;
}

}  // namespace

void add_bench_command(CommandRegistry& registry) {
    const auto options = std::make_shared<Options>();
    CLI::App& app = registry.add("bench", "How fast the integers are computed",
                                 "f8net bench quickstart\nf8net bench resnet18@224 --threads 2 --rounds 3",
                                 [options](Context& context) { return bench(context, *options); });
    app.add_option("SUBJECT", options->subject,
                   "Run, checkpoint, integer network, or an architecture such as resnet18@224")
        ->required();
    app.add_option("--batch", options->batch, "Images at a time; default: one per thread")->check(CLI::PositiveNumber);
    app.add_option("--rounds", options->rounds, "Measurements; default: 5")->check(CLI::PositiveNumber);
    app.add_option("--path", options->path, "Way of computing; default: scalar");
    app.add_option("--config", options->config, "Experiment of a checkpoint that does not name it")
        ->option_text("FILE.yaml");
}

}  // namespace f8net
