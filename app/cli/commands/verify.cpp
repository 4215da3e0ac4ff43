// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <CLI/App.hpp>
#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <sstream>

#include "app/cli/command.h"
#include "app/cli/commands/commands.h"
#include "app/cli/evaluation_data.h"
#include "app/cli/evaluation_report.h"
#include "app/cli/evaluators.h"
#include "app/cli/number_check.h"
#include "app/cli/reference/completion.h"
#include "app/cli/sample_images.h"
#include "app/cli/signals.h"
#include "app/cli/text_table.h"
#include "app/cli/usage_error.h"
#include "core/analysis/verification.h"
#include "core/analysis/weight_fault.h"
#include "core/deploy/c/c_evaluator.h"
#include "core/deploy/onnx_evaluator.h"
#include "core/deploy/onnx_export.h"
#include "core/inference/executor.h"
#include "core/run/torch_backend.h"
#include "core/store/run_store.h"

namespace f8net {

namespace {

struct Options {
    std::string subject, config, data, against;
    int64_t images = 100;
    bool injects = false;
    WeightFaultRequest fault;
    std::optional<uint64_t> seed;  ///< of what is drawn of the fault
};

constexpr int kBatch = 20;

/// What a way of computing is made with.
struct Making {
    const Context& context;
    std::function<void()> need_going_on;
    int threads() const { return context.threads(); }
    std::string device() const { return context.device(); }
};

/// A way of computing that can be checked against the law.
struct Path {
    const char* name;
    /// Why it cannot be checked here; empty where it can.
    std::string (*why_not)(Subject&);
    /// Compute `network`: the subject's, or the same with an injected fault. One after the other is checked.
    std::vector<std::unique_ptr<ModeEvaluator>> (*make)(Subject&, const IntegerNetwork& network, const Making&);
    /// Made from the checkpoint: `network` is not what it computes, so no fault can be injected.
    bool reads_checkpoint = false;
    TraceCoverage coverage = TraceCoverage::kEveryLayer;
};

using Evaluators = std::vector<std::unique_ptr<ModeEvaluator>>;
Evaluators only(std::unique_ptr<ModeEvaluator> evaluator) {
    Evaluators evaluators;
    evaluators.push_back(std::move(evaluator));
    return evaluators;
}

template <NumericMode mode>
std::string why_not_mode(Subject& subject) {
    return why_not(subject, mode);
}

Evaluators make_simulated(Subject& subject, const IntegerNetwork&, const Making& making) {
    return only(make_evaluator(subject, NumericMode::kSimulatedInteger, making.device(), making.threads()));
}
Evaluators make_integer_float(Subject&, const IntegerNetwork& network, const Making& making) {
    return only(torch_backend().make_integer_float_evaluator(network, making.device(), making.threads()));
}

std::string why_not_executor(const std::string& name) {
    const std::vector<std::string> paths = executor_paths();
    const bool there = std::find(paths.begin(), paths.end(), name) != paths.end();
    return there ? std::string() : "not on this processor";
}

Evaluators make_avx2(Subject&, const IntegerNetwork& network, const Making& making) {
    return only(make_executor(network, "avx2", making.threads()));
}
Evaluators make_avx512vnni(Subject&, const IntegerNetwork& network, const Making& making) {
    return only(make_executor(network, "avx512vnni", making.threads()));
}

/// The law itself on another number of threads: how work is split must not matter.
Evaluators make_scalar_again(Subject&, const IntegerNetwork& network, const Making& making) {
    return only(make_executor(network, "scalar", making.threads() + 1));
}

Evaluators make_c_source(Subject&, const IntegerNetwork& network, const Making& making) {
    CSourceRunOptions options;
    options.need_going_on = making.need_going_on;
    return only(make_c_source_evaluator(network, options));
}

std::string why_not_onnx(Subject&) {
    return OnnxRuntime::why_not();
}

template <OnnxFlavour flavour>
Evaluators make_onnx(Subject&, const IntegerNetwork& network, const Making& making) {
    return make_onnx_evaluators(network, to_onnx(network, {.flavour = flavour}), making.threads());
}

constexpr TraceCoverage kWhatItShows = TraceCoverage::kWhatItShows;

constexpr Path kPaths[] = {
    {"scalar", [](Subject&) { return std::string(); }, make_scalar_again},
    {"avx2", [](Subject&) { return why_not_executor("avx2"); }, make_avx2},
    {"avx512vnni", [](Subject&) { return why_not_executor("avx512vnni"); }, make_avx512vnni},
    {"simulated-integer", why_not_mode<NumericMode::kSimulatedInteger>, make_simulated, true},
    {"integer-float", why_not_mode<NumericMode::kIntegerFloat>, make_integer_float},
    {"onnx", why_not_onnx, make_onnx<OnnxFlavour::kQLinear>, false, kWhatItShows},
    {"onnx-qdq", why_not_onnx, make_onnx<OnnxFlavour::kQdq>, false, kWhatItShows},
    {"onnx-integer", why_not_onnx, make_onnx<OnnxFlavour::kInteger>, false, kWhatItShows},
    {"c", [](Subject&) { return why_no_c_source(); }, make_c_source},
};

std::vector<std::string> path_names() {
    std::vector<std::string> names;
    for (const Path& path : kPaths) names.emplace_back(path.name);
    return names;
}

std::vector<const Path*> choose_paths(const std::string& against) {
    std::vector<const Path*> chosen;
    if (against.empty()) {
        for (const Path& path : kPaths) chosen.push_back(&path);
        return chosen;
    }
    std::istringstream words(against);
    std::string word;
    while (std::getline(words, word, ',')) {
        const Path* found = nullptr;
        for (const Path& path : kPaths) {
            if (word == path.name) found = &path;
        }
        if (!found) throw ConfigError(unknown_name("--against", "path", word, path_names()));
        chosen.push_back(found);
    }
    return chosen;
}

struct Checked {
    std::string path, skipped;
    std::optional<PathComparison> comparison;
};

Json to_json(const Checked& checked) {
    const bool done = checked.comparison.has_value();
    const bool differs = done && checked.comparison->first_difference;
    return {{"path", checked.path},
            {"equal", done ? Json(checked.comparison->equal()) : Json(nullptr)},
            {"skipped", or_null(checked.skipped)},
            {"images", done ? checked.comparison->images : 0},
            {"first_difference", differs ? to_json(*checked.comparison->first_difference) : Json(nullptr)}};
}

/// A fault in the network that the checked paths get. The law keeps the network as it is.
struct Injection {
    WeightFault fault;
    std::optional<uint64_t> seed;  ///< empty where all was named
    IntegerNetwork network;

    std::string description() const {
        const IntegerNode& node = network.nodes[static_cast<size_t>(fault.node)];
        const auto position = weight_position(node, fault.element);
        return fmt::format("bit {} of weight {} [{}, {}, {}, {}] of {}: {} instead of {}", fault.bit, fault.element,
                           position[0], position[1], position[2], position[3], node.name, fault.after, fault.before) +
               (seed ? fmt::format(" (--seed {})", *seed) : "");
    }
};

std::optional<Injection> injection(const Options& options, const IntegerNetwork& network) {
    const WeightFaultRequest& request = options.fault;
    const bool names_all = !request.layer.empty() && request.element && request.bit;
    if (!options.injects && request.layer.empty() && !request.element && !request.bit) return std::nullopt;
    const uint64_t seed = options.seed ? *options.seed : std::random_device()();
    std::mt19937_64 generator(seed);
    Injection result;
    result.fault = draw_weight_fault(network, request, generator);
    if (!names_all) result.seed = seed;
    result.network = with_fault(network, result.fault);
    return result;
}

Json to_json(const Injection& injection, bool noticed) {
    const WeightFault& fault = injection.fault;
    const IntegerNode& node = injection.network.nodes[static_cast<size_t>(fault.node)];
    return {{"layer", node.name},
            {"element", fault.element},
            {"position", weight_position(node, fault.element)},
            {"bit", fault.bit},
            {"before", fault.before},
            {"after", fault.after},
            {"seed", or_null(injection.seed)},
            {"noticed", noticed}};
}

std::string result_table(const std::vector<Checked>& all, bool is_injected) {
    TextTable table{"path", "result", ">images"};
    const std::string equal = is_injected ? "equal: the injected fault changes nothing on these images" : "equal";
    const std::string differs = is_injected ? "found the injected fault: " : "differs: ";
    for (const Checked& checked : all) {
        const std::string result = !checked.comparison ? "skipped: " + checked.skipped
                                   : checked.comparison->equal()
                                       ? equal
                                       : differs + checked.comparison->first_difference->description();
        table.add_row({checked.path, result, checked.comparison ? std::to_string(checked.comparison->images) : ""});
    }
    return table.text();
}

/// Puts what was found into the run's log. A store that cannot be written is a warning: it stands on the screen.
void store_verification(Context& context, const RunId& run, const std::vector<Checked>& all) {
    std::string equal, rest;
    int64_t images = 0;
    EventReport event{EventLevel::kInfo, "verify", {}, {}, {}};
    for (const Checked& checked : all) {
        if (!checked.comparison) {
            rest += "; " + checked.path + " skipped: " + checked.skipped;
        } else if (checked.comparison->equal()) {
            equal += (equal.empty() ? "" : ", ") + checked.path;
            images = checked.comparison->images;
        } else {
            rest += "; " + checked.path + " differs: " + checked.comparison->first_difference->description();
            event.level = EventLevel::kError;
        }
    }
    event.message = equal.empty()
                        ? rest.substr(2)
                        : fmt::format("the same codes as the scalar engine on {} images: {}{}", images, equal, rest);
    try {
        RunStore(context.options.store, RunStore::Mode::kReadWrite).add_event(run, event);
    } catch (const Error& error) {
        context.console.warning(std::string("the result is not kept in the store: ") + error.what());
    }
}

std::string injection_verdict(const Injection& injection, const std::vector<Checked>& all) {
    int64_t checked = 0, found = 0;
    for (const Checked& each : all) {
        checked += each.comparison.has_value();
        found += each.comparison && !each.comparison->equal();
    }
    const std::string fault = "the injected fault (" + injection.description() + ") ";
    if (found == 0) return fault + "was not noticed: on these images no compared value depends on that weight\n";
    return fault + fmt::format("was found in {} of {} paths\n", found, checked);
}

ExitCode verify_subject(Context& context, const Options& options) {
    const std::vector<const Path*> paths = choose_paths(options.against);
    Subject subject = Subject::open(context, options.subject, options.config, data_settings(context, options.data));
    const auto law = make_executor(subject.integer_network(), "scalar", context.threads());
    const SampleImages sample = sample_images(context, subject, options.data, options.images);

    const std::optional<Injection> injected = injection(options, subject.integer_network());
    if (injected) context.console.note("injected into what is checked: " + injected->description());

    const Interruptible steps("stopped; not all was checked");
    const Making making{context, [&steps] { steps.need_going_on(); }};
    const PixelSource pixels = [&](int64_t first, int64_t count) {
        steps.need_going_on();
        return sample.pixels(first, count);
    };

    std::vector<Checked> all;
    bool equal = true, checked_besides_law = false;
    for (const Path* path : paths) {
        Checked checked;
        checked.path = path->name;
        checked.skipped = path->why_not(subject);
        if (checked.skipped.empty() && injected && path->reads_checkpoint) {
            checked.skipped = "computes from the checkpoint, where no fault is injected";
        }
        if (!checked.skipped.empty() && !options.against.empty()) {
            throw MissingError("cannot check path " + checked.path + ": " + checked.skipped);
        }
        if (checked.skipped.empty()) {
            context.console.transient("checking " + checked.path);
            const IntegerNetwork& network = injected ? injected->network : subject.integer_network();
            for (const auto& other : path->make(subject, network, making)) {
                checked.comparison = compare_paths(*law, *other, pixels, sample.count, kBatch, path->coverage);
                if (!checked.comparison->equal()) break;
            }
            equal = equal && checked.comparison->equal();
            checked_besides_law = checked_besides_law || checked.path != "scalar";
        }
        all.push_back(std::move(checked));
    }
    // A fault that is found in the law's own path proves as much as one found elsewhere.
    if (!checked_besides_law && !injected) {
        throw MissingError(
            "nothing but the scalar path could be checked: this processor has no AVX2, and neither LibTorch's module "
            "(./quickstart builds it) nor ONNX Runtime (pip install onnxruntime) is installed");
    }
    if (subject.run() && !injected) store_verification(context, *subject.run(), all);
    if (context.options.json) {
        Json list = Json::array();
        for (const Checked& checked : all) list.push_back(to_json(checked));
        print_json(
            context.console,
            {{"equal", equal}, {"checked", list}, {"injected", injected ? to_json(*injected, !equal) : Json(nullptr)}});
    } else {
        context.console.print(result_table(all, injected.has_value()));
        if (injected) context.console.print(injection_verdict(*injected, all));
    }
    return equal ? ExitCode::kOk : ExitCode::kAnswerIsNo;
}

}  // namespace

void add_verify_command(CommandRegistry& registry) {
    const auto options = std::make_shared<Options>();
    CLI::App& app = registry.add("verify", "Do all ways of computing give the same codes, element for element?",
                                 "f8net verify quickstart --images 1000\n"
                                 "f8net verify net.f8n --against integer-float\n"
                                 "f8net verify quickstart --inject",
                                 [options](Context& context) { return verify_subject(context, *options); });
    app.add_option("SUBJECT", options->subject, "Run, checkpoint or integer network")->required();
    app.add_option("--images", options->images, "How many; default: 100")->check(count_from_one());
    app.add_option("--against", options->against,
                   "scalar, avx2, avx512vnni, simulated-integer, integer-float, onnx, onnx-qdq, onnx-integer, c (with "
                   "commas); default: all that are there")
        ->option_text("PATH,...")
        ->check(suggest(path_names()));
    app.add_flag("--inject", options->injects,
                 "Flip a bit of a weight in what is checked, to see that it would be noticed (exit 1: it was)");
    app.add_option("--inject-layer", options->fault.layer, "Its layer; default: drawn")->option_text("NAME");
    app.add_option("--inject-element", options->fault.element, "Its place in [out, y, x, in]; default: drawn")
        ->option_text("N");
    app.add_option("--inject-bit", options->fault.bit, "0 is the lowest; default: drawn")->option_text("N");
    app.add_option("--seed", options->seed, "Of what is drawn; default: another one each time, printed")
        ->option_text("N");
    app.add_option("--data", options->data, "Folder of the data")->option_text("DIR");
    app.add_option("--config", options->config, "Experiment of a checkpoint that does not name it")
        ->option_text("FILE.yaml");
}

}  // namespace f8net
