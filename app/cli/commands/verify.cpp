// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <algorithm>
#include <memory>
#include <sstream>

#include "app/cli/command.h"
#include "app/cli/commands/commands.h"
#include "app/cli/evaluation_data.h"
#include "app/cli/evaluation_report.h"
#include "app/cli/evaluators.h"
#include "app/cli/text_table.h"
#include "core/analysis/verification.h"
#include "core/inference/executor.h"

namespace f8net {

namespace {

struct Options {
    std::string subject, config, data, against;
    int64_t images = 100;
};

constexpr int kBatch = 20;
constexpr uint64_t kRandomSeed = 1995;

/// A way of computing that can be checked against the law.
struct Path {
    const char* name;
    /// Why it cannot be checked here; empty where it can.
    std::string (*why_not)(Subject&);
    std::unique_ptr<ModeEvaluator> (*make)(Subject&, const Context&);
};

std::string not_in_this_version(Subject&) {
    return "not in this version";
}

template <NumericMode mode>
std::string why_not_mode(Subject& subject) {
    return why_not(subject, mode);
}

template <NumericMode mode>
std::unique_ptr<ModeEvaluator> make_mode(Subject& subject, const Context& context) {
    return make_evaluator(subject, mode, context.device(), context.threads());
}

std::string why_not_executor(const std::string& name) {
    const std::vector<std::string> paths = executor_paths();
    const bool there = std::find(paths.begin(), paths.end(), name) != paths.end();
    return there ? std::string() : "not on this processor";
}

std::unique_ptr<ModeEvaluator> make_avx2(Subject& subject, const Context& context) {
    return make_executor(subject.integer_network(), "avx2", context.threads());
}
std::unique_ptr<ModeEvaluator> make_avx512vnni(Subject& subject, const Context& context) {
    return make_executor(subject.integer_network(), "avx512vnni", context.threads());
}

/// The law itself on another number of threads: how work is split must not matter.
std::unique_ptr<ModeEvaluator> make_scalar_again(Subject& subject, const Context& context) {
    return make_executor(subject.integer_network(), "scalar", context.threads() + 1);
}

constexpr Path kPaths[] = {
    {"scalar", [](Subject&) { return std::string(); }, make_scalar_again},
    {"avx2", [](Subject&) { return why_not_executor("avx2"); }, make_avx2},
    {"avx512vnni", [](Subject&) { return why_not_executor("avx512vnni"); }, make_avx512vnni},
    {"simulated-integer", why_not_mode<NumericMode::kSimulatedInteger>, make_mode<NumericMode::kSimulatedInteger>},
    {"integer-float", why_not_mode<NumericMode::kIntegerFloat>, make_mode<NumericMode::kIntegerFloat>},
    {"onnx", not_in_this_version, nullptr},
    {"c", not_in_this_version, nullptr},
};

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
        std::vector<std::string> names;
        for (const Path& path : kPaths) {
            names.emplace_back(path.name);
            if (word == path.name) found = &path;
        }
        if (!found) {
            const std::string nearest = nearest_name(word, names);
            throw ConfigError("--against: unknown path '" + word + "'" +
                              (nearest.empty() ? "" : ", did you mean '" + nearest + "'?"));
        }
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

/// Images of the data set, or random ones where the subject names no data.
PixelSource pixel_source(Context& context, Subject& subject, const Options& options, int64_t& images) {
    if (!subject.has_experiment() && options.data.empty()) {
        context.console.note("no data named: random images");
        return random_pixels(subject.integer_network().input().output, kRandomSeed);
    }
    const auto set = std::make_shared<EvaluationSet>(
        open_evaluation_data(subject, {options.data, Split::kTest, options.images, kBatch, context.threads()}));
    images = set->count();
    return [set](int64_t first, int64_t count) {
        std::vector<int64_t> indexes;
        for (int64_t i = first; i < first + count; ++i) indexes.push_back(i);
        return load_batch(*set->dataset, set->transform, indexes, set->loader_threads).pixels;
    };
}

ExitCode verify_subject(Context& context, const Options& options) {
    const std::vector<const Path*> paths = choose_paths(options.against);
    Subject subject = Subject::open(context, options.subject, options.config, data_settings(context, options.data));
    int64_t images = options.images;
    const auto law = make_executor(subject.integer_network(), "scalar", context.threads());
    const PixelSource pixels = pixel_source(context, subject, options, images);

    std::vector<Checked> all;
    bool equal = true, checked_besides_law = false;
    for (const Path* path : paths) {
        Checked checked;
        checked.path = path->name;
        checked.skipped = path->why_not(subject);
        if (!checked.skipped.empty() && !options.against.empty()) {
            throw MissingError("cannot check path " + checked.path + ": " + checked.skipped);
        }
        if (checked.skipped.empty()) {
            context.console.transient("checking " + checked.path);
            const auto other = path->make(subject, context);
            checked.comparison = compare_paths(*law, *other, pixels, images, kBatch);
            equal = equal && checked.comparison->equal();
            checked_besides_law = checked_besides_law || checked.path != "scalar";
        }
        all.push_back(std::move(checked));
    }
    if (!checked_besides_law) {
        throw MissingError(
            "nothing but the scalar path could be checked: this processor has no AVX2, and LibTorch's module is not "
            "installed (./quickstart builds it)");
    }
    if (context.options.json) {
        Json list = Json::array();
        for (const Checked& checked : all) list.push_back(to_json(checked));
        print_json(context.console, {{"equal", equal}, {"checked", list}});
    } else {
        TextTable table{"path", "result", ">images"};
        for (const Checked& checked : all) {
            const std::string result = !checked.comparison ? "skipped: " + checked.skipped
                                       : checked.comparison->equal()
                                           ? "equal"
                                           : "differs: " + checked.comparison->first_difference->description();
            table.add_row({checked.path, result, checked.comparison ? std::to_string(checked.comparison->images) : ""});
        }
        context.console.print(table.text());
    }
    return equal ? ExitCode::kOk : ExitCode::kAnswerIsNo;
}

}  // namespace

void add_verify_command(CommandRegistry& registry) {
    const auto options = std::make_shared<Options>();
    CLI::App& app = registry.add("verify", "Do all ways of computing give the same codes, element for element?",
                                 "f8net verify quickstart --images 1000\n"
                                 "f8net verify net.f8n --against integer-float",
                                 [options](Context& context) { return verify_subject(context, *options); });
    app.add_option("SUBJECT", options->subject, "Run, checkpoint or integer network")->required();
    app.add_option("--images", options->images, "How many; default: 100")->check(CLI::PositiveNumber);
    app.add_option("--against", options->against,
                   "scalar, avx2, avx512vnni, simulated-integer, integer-float, onnx, c (with commas); default: all "
                   "that are there")
        ->option_text("PATH,...");
    app.add_option("--data", options->data, "Folder of the data")->option_text("DIR");
    app.add_option("--config", options->config, "Experiment of a checkpoint that does not name it")
        ->option_text("FILE.yaml");
}

}  // namespace f8net
