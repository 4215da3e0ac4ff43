// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <CLI/App.hpp>
#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>

#include "app/cli/bench_measurement.h"
#include "app/cli/command.h"
#include "app/cli/commands/bench_train.h"
#include "app/cli/commands/commands.h"
#include "app/cli/environment_record.h"
#include "app/cli/evaluators.h"
#include "app/cli/json.h"
#include "app/cli/number_check.h"
#include "app/cli/text_table.h"
#include "core/analysis/verification.h"
#include "core/inference/engine/peak.h"
#include "core/inference/executor.h"
#include "core/network/random_network.h"
#include "core/store/run_store.h"

namespace f8net {

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
    std::string subject, config, path, compare;
    int batch = 0, rounds = 0;  // 0: as the measurement that is compared with, else what --help says
};

/// What is measured.
struct Setup {
    std::string subject, path;
    int threads = 0, batch = 0, rounds = 0;
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

void need_path(const std::string& path) {
    const std::vector<std::string> paths = executor_paths();
    if (std::find(paths.begin(), paths.end(), path) != paths.end()) return;
    std::string known;
    for (const std::string& each : paths) known += (known.empty() ? "" : ", ") + each;
    throw MissingError("--path " + path + " is not in this version or not on this processor; there is: " + known);
}

/// What is not asked for is as it was in `before`, so that both compare.
Setup setup_of(const Context& context, const Options& options, const std::optional<BenchMeasurement>& before) {
    constexpr int kRounds = 20;
    Setup setup;
    setup.subject = !options.subject.empty() ? options.subject : before ? before->subject : std::string();
    setup.path = !options.path.empty() ? options.path : before ? before->path : fastest_path();
    setup.threads = context.options.threads == 0 && before ? before->threads : context.threads();
    // The law's threads work on images: fewer images than threads would leave some idle.
    setup.batch = options.batch > 0        ? options.batch
                  : before                 ? before->batch
                  : setup.path == "scalar" ? setup.threads
                                           : 1;
    setup.rounds = options.rounds > 0 ? options.rounds : before ? before->rounds : kRounds;
    if (setup.subject.empty()) throw ConfigError("bench: name a SUBJECT, or with --compare a measurement to repeat");
    need_path(setup.path);
    return setup;
}

/// The rounds of everything: [round], [node][round], ms of an image.
struct Rounds {
    std::vector<double> total;
    std::vector<std::vector<double>> nodes;
};

Rounds run_rounds(Context& context, const IntegerNetwork& network, const Setup& setup) {
    const std::vector<uint8_t> pixels = random_pixels(network.input().output, kSeed)(0, setup.batch);
    const auto executor = make_executor(network, setup.path, setup.threads);
    Rounds rounds;
    rounds.nodes.resize(network.nodes.size());
    for (int round = 0; round <= setup.rounds; ++round) {  // the first one warms caches and does not count
        const auto start = Clock::now();
        (void)executor->run(pixels, setup.batch, nullptr);
        const double elapsed = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
        const std::vector<double> node_ms = executor->take_node_ms();
        if (round > 0) {
            rounds.total.push_back(elapsed / setup.batch);
            for (size_t n = 0; n < node_ms.size(); ++n) rounds.nodes[n].push_back(node_ms[n] / setup.batch);
        }
        context.console.transient(fmt::format("round {}/{}", round, setup.rounds));
    }
    return rounds;
}

Json measure(Context& context, const Options& options, const Setup& setup) {
    std::optional<Subject> subject;
    std::optional<IntegerNetwork> random = random_network_named(setup.subject);
    if (!random) subject = Subject::open(context, setup.subject, options.config, context.settings());
    const IntegerNetwork& network = random ? *random : subject->integer_network();
    const Rounds rounds = run_rounds(context, network, setup);
    // Shares of what one thread can do, measured here and now; the law has no such limit.
    const double peak = measure_peak_gmacs(setup.path);
    const auto share_of = [&](double gmacs, int on_threads) {
        return peak > 0 ? Json(gmacs / peak / on_threads) : Json(nullptr);
    };
    const auto gmacs_of = [](int64_t macs, double ms) { return ms > 0 ? static_cast<double>(macs) / 1e6 / ms : 0; };

    Json layers = Json::array();
    for (size_t n = 0; n < network.nodes.size(); ++n) {
        const IntegerNode& node = network.nodes[n];
        const Timing ms = timing_of(rounds.nodes[n]);
        const bool multiplies = node.macs() > 0;
        const double gmacs = gmacs_of(node.macs(), ms.least);
        layers.push_back({{"name", node.name},
                          {"kind", to_string(node.kind)},
                          {"macs", node.macs()},
                          {"ms", ms.least},
                          {"median_ms", ms.median},
                          {"noise", ms.noise()},
                          {"gmacs", multiplies ? Json(gmacs) : Json(nullptr)},
                          {"peak_share", multiplies ? share_of(gmacs, 1) : Json(nullptr)}});
    }
    const Timing ms = timing_of(rounds.total);
    const double gmacs = gmacs_of(network.macs(), ms.least);
    const Shape& input = network.input().output;
    return {{"subject", setup.subject},
            {"network", network.architecture},
            {"input", {input.channels, input.height, input.width}},
            {"macs", network.macs()},
            {"batch", setup.batch},
            {"threads", setup.threads},
            {"path", setup.path},
            {"rounds", setup.rounds},
            {"images", setup.batch * setup.rounds},
            {"ms", {{"min", ms.least}, {"median", ms.median}}},
            {"noise", ms.noise()},
            {"gmacs", gmacs},
            {"peak_gmacs", peak > 0 ? Json(peak) : Json(nullptr)},
            {"peak_share", share_of(gmacs, setup.threads)},
            {"layers", layers},
            {"machine", machine_record()},
            {"versions", library_versions(false)},
            {"measured_at", static_cast<int64_t>(now_seconds())}};
}

std::string measurement_text(const Json& measured) {
    const auto share_text = [](const Json& share) {
        return share.is_null() ? std::string("-") : fmt::format("{:.0f} %", 100 * share.get<double>());
    };
    TextTable table{"layer", "kind", ">MACs", ">ms", ">GMAC/s", ">peak"};
    for (const Json& layer : measured["layers"]) {
        if (layer["ms"] == 0) continue;  // computed with the layer before it
        table.add_row({layer["name"].get<std::string>(), layer["kind"].get<std::string>(), layer["macs"].dump(),
                       format_number(layer["ms"].get<double>(), 3),
                       layer["gmacs"].is_null() ? "-" : format_number(layer["gmacs"].get<double>(), 3),
                       share_text(layer["peak_share"])});
    }
    return fmt::format(
        "{}, path {}, {} threads, batch {}: {:.3f} ms an image (median {:.3f}), {:.2f} GMAC/s, {} of the peak\n"
        "layers, thread time of one image:\n{}",
        measured["network"].get<std::string>(), measured["path"].get<std::string>(), measured["threads"].get<int>(),
        measured["batch"].get<int>(), measured["ms"]["min"].get<double>(), measured["ms"]["median"].get<double>(),
        measured["gmacs"].get<double>(), share_text(measured["peak_share"]), table.text());
}

ExitCode bench(Context& context, const Options& options) {
    Json document;
    std::optional<BenchMeasurement> before;
    Json before_document;
    if (!options.compare.empty()) {
        before_document = read_bench_document(options.compare);
        before = bench_measurement(before_document, options.compare);
    }
    if (options.subject.ends_with(".json")) {
        if (!before)
            throw ConfigError(options.subject + " is a measurement: name with --compare what it is compared with");
        document = read_bench_document(options.subject);
    } else {
        document = measure(context, options, setup_of(context, options, before));
    }
    if (!before) {
        if (context.options.json) {
            print_json(context.console, document);
        } else {
            context.console.print(measurement_text(document));
        }
        return ExitCode::kOk;
    }
    const BenchComparison comparison = compare_measurements(*before, bench_measurement(document, options.subject));
    if (context.options.json) {
        Json compared = to_json(comparison);
        compared["before"] = before_document;
        compared["after"] = document;
        print_json(context.console, compared);
    } else {
        context.console.print(comparison_text(comparison));
    }
    return ExitCode::kOk;
}

}  // namespace

void add_bench_command(CommandRegistry& registry) {
    const auto options = std::make_shared<Options>();
    CLI::App& app = registry.add("bench", "How fast the integers are computed",
                                 "f8net bench quickstart\nf8net bench resnet18@224 --threads 1 --path avx2\n"
                                 "f8net bench resnet18@224 --json > old.json\n"
                                 "f8net bench --compare old.json                         the same, measured again\n"
                                 "f8net bench train configs/fashion-mnist/quickstart.yaml",
                                 [options](Context& context) { return bench(context, *options); });
    app.add_option("SUBJECT", options->subject,
                   "Run, checkpoint, integer network, or an architecture such as resnet18@224; with --compare also a "
                   "measurement (*.json), or nothing: what was measured then");
    app.add_option("--compare", options->compare,
                   "Times against those of --json of an earlier time; path, threads, batch and rounds are then those, "
                   "where not given")
        ->option_text("OLD.json");
    app.add_option("--batch", options->batch, "Images at a time; default: 1, and one per thread for the scalar path")
        ->check(count_from_one());
    app.add_option("--rounds", options->rounds, "Measurements; default: 20")->check(count_from_one());
    app.add_option("--path", options->path,
                   "Way of computing: scalar, avx2, avx512vnni; default: the fastest one here");
    app.add_option("--config", options->config, "Experiment of a checkpoint that does not name it")
        ->option_text("FILE.yaml");
    add_bench_train(registry, app);
}

}  // namespace f8net
