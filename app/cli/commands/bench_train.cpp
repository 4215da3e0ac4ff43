// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <CLI/App.hpp>
#include <memory>

#include "app/cli/command.h"
#include "app/cli/commands/bench_train.h"
#include "app/cli/environment_record.h"
#include "app/cli/json.h"
#include "app/cli/number_check.h"
#include "app/cli/text_table.h"
#include "app/cli/training_run.h"
#include "core/base/error.h"
#include "core/run/torch_backend.h"
#include "core/run/train_benchmark.h"
#include "core/store/run_store.h"

namespace f8net {

namespace {

struct Options {
    std::string config, data;
    std::vector<std::string> against;
    int batch = 0, rounds = 10, operators = 10;
    bool random_pixels = false;
};

/// The first stage that trains in fixed point, else the first.
Experiment stage_to_measure(const Experiment& experiment) {
    const std::vector<ResolvedStage> stages = experiment.resolved_stages();
    for (const ResolvedStage& stage : stages) {
        if (stage.experiment.quantization.mode == NumericMode::kFakeQuant) return stage.experiment;
    }
    return stages.front().experiment;
}

Experiment experiment_of(Context& context, const Options& options, const std::vector<std::string>& more) {
    TrainOptions training;
    training.config = options.config;
    training.data = options.data;
    training.batch_size = options.batch;
    Context changed = context;
    if (options.batch > 0) changed.options.settings.push_back("training.micro_batch=0");
    for (const std::string& setting : more) changed.options.settings.push_back(setting);
    if (options.random_pixels) {
        std::vector<Setting> settings = train_settings(changed, training);
        return stage_to_measure(load_experiment(options.config, settings).experiment);
    }
    return stage_to_measure(load_checked_experiment(changed, training).experiment);
}

Json time_json(const StepTime& time) {
    return {{"min", time.least_ms}, {"median", time.median_ms}};
}

Json counts_json(const StepCounts& counts) {
    return {{"operators", counts.operators},     {"outer_operators", counts.outer_operators},
            {"launches", counts.launches},       {"host_reads", counts.host_reads},
            {"saved_bytes", counts.saved_bytes}, {"peak_bytes", counts.peak_bytes}};
}

Json document_of(const TrainBenchmark& measured, const Options& options) {
    Json parts = Json::array(), operators = Json::array();
    for (const TrainBenchmark::Part& part : measured.parts) parts.push_back({{"name", part.name}, {"ms", part.ms}});
    for (const TrainBenchmark::Operator& each : measured.operators)
        operators.push_back({{"name", each.name}, {"calls", each.calls}, {"ms", each.ms}});
    const auto straightforward = measured.straightforward_saved_bytes;
    Json document = {
        {"config", options.config},
        {"network", measured.network},
        {"image_size", measured.image_size},
        {"batch", measured.batch},
        {"threads", measured.threads},
        {"device", measured.device},
        {"rounds", measured.rounds},
        {"step_ms", time_json(measured.step)},
        {"queued_ms", measured.queued ? time_json(*measured.queued) : Json(nullptr)},
        {"queued_because", measured.queued_because.empty() ? Json(nullptr) : Json(measured.queued_because)},
        {"plain_ms", time_json(measured.plain)},
        {"ratio", measured.ratio()},
        {"against", nullptr},
        {"images_per_second", measured.images_per_second()},
        {"parts", parts},
        {"counts", counts_json(measured.counts)},
        {"plain_counts", counts_json(measured.plain_counts)},
        {"straightforward_saved_bytes", straightforward > 0 ? Json(straightforward) : Json(nullptr)},
        {"loader_images_per_second", or_null(measured.loader_images_per_second)},
        {"loader_is_the_limit", or_null(measured.loader_is_the_limit())},
        {"operators", operators},
        {"machine", machine_record()},
        {"versions", library_versions(true)},
        {"measured_at", static_cast<int64_t>(now_seconds())}};
    if (measured.against) {
        document["against"] = {{"settings", options.against},
                               {"ms", time_json(*measured.against)},
                               {"ratio", measured.against->least_ms / measured.step.least_ms}};
    }
    return document;
}

std::string megabytes(int64_t bytes) {
    return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

/// Both speeds side by side, and what to do where training waits for its pictures.
std::string loader_text(const TrainBenchmark& measured, const DataConfig& data) {
    TextTable table{"images/s", ">loader alone", ">training"};
    table.add_row({"", fmt::format("{:.0f}", *measured.loader_images_per_second),
                   fmt::format("{:.0f}", measured.images_per_second())});
    std::string text = "\n" + table.text();
    if (*measured.loader_is_the_limit()) {
        text +=
            fmt::format("the loader is the limit, or nearly: raise data.loader_threads ({}) where there are processors",
                        data.loader_threads);
        if (data.dataset == "image-folder" && data.cache == DataCache::kNone)
            text += ", keep decoded pictures with data.cache=memory or data.cache=disk";
        text += "\n";
    }
    return text;
}

/// How a GPU takes the step; nothing on a CPU.
std::string graph_text(const TrainBenchmark& measured) {
    if (measured.queued) {
        return fmt::format(
            "replayed as a CUDA graph, as training does: {:.1f} ms; queued operation by operation, as the plain step: "
            "{:.1f} ms (median {:.1f}), {:.2f} times\n",
            measured.step.least_ms, measured.queued->least_ms, measured.queued->median_ms,
            measured.queued->least_ms / measured.plain.least_ms);
    }
    return measured.queued_because.empty()
               ? ""
               : fmt::format("queued operation by operation, as training does: {}\n", measured.queued_because);
}

std::string text_of(const TrainBenchmark& measured, const Options& options, const DataConfig& data) {
    std::string text = fmt::format(
        "{}, {} pixels, batch {}, {}, {} threads, {} rounds\n"
        "step {:.1f} ms (median {:.1f}), {:.0f} images/s; plain float step {:.1f} ms (median {:.1f}): {:.2f} times\n",
        measured.network, measured.image_size, measured.batch, measured.device, measured.threads, measured.rounds,
        measured.step.least_ms, measured.step.median_ms, measured.images_per_second(), measured.plain.least_ms,
        measured.plain.median_ms, measured.ratio());
    text += graph_text(measured);
    if (measured.against) {
        text += fmt::format("with {}: {:.1f} ms, {:.2f} times the step\n", fmt::join(options.against, ", "),
                            measured.against->least_ms, measured.against->least_ms / measured.step.least_ms);
    }
    if (measured.loader_images_per_second) text += loader_text(measured, data);
    TextTable parts{"part", ">ms", ">share"};
    double all = 0;
    for (const TrainBenchmark::Part& part : measured.parts) all += part.ms;
    for (const TrainBenchmark::Part& part : measured.parts)
        parts.add_row({part.name, fmt::format("{:.1f}", part.ms), fmt::format("{:.0f} %", 100 * part.ms / all)});
    const auto row = [](const std::string& name, const StepCounts& counts) {
        return std::vector<std::string>{name,
                                        std::to_string(counts.operators),
                                        std::to_string(counts.outer_operators),
                                        std::to_string(counts.launches),
                                        std::to_string(counts.host_reads),
                                        megabytes(counts.saved_bytes),
                                        megabytes(counts.peak_bytes)};
    };
    TextTable counts{"one step", ">operators", ">outer", ">launches", ">host reads", ">kept for backward", ">peak"};
    counts.add_row(row("this", measured.counts));
    counts.add_row(row("plain float", measured.plain_counts));
    text += "\n" + parts.text() + "\n" + counts.text();
    if (measured.straightforward_saved_bytes > 0) {
        text += fmt::format("kept for backward by the straightforward step: {}; this keeps {:.2f} of it\n",
                            megabytes(measured.straightforward_saved_bytes),
                            static_cast<double>(measured.counts.saved_bytes) /
                                static_cast<double>(measured.straightforward_saved_bytes));
    }
    if (options.operators > 0) {
        TextTable operators{"operator", ">calls", ">ms"};
        for (size_t i = 0; i < measured.operators.size() && i < static_cast<size_t>(options.operators); ++i) {
            const TrainBenchmark::Operator& each = measured.operators[i];
            operators.add_row({each.name, std::to_string(each.calls), fmt::format("{:.1f}", each.ms)});
        }
        text += "\n" + operators.text();
    }
    return text;
}

ExitCode bench_train(Context& context, const Options& options) {
    require_torch_module();
    const Experiment experiment = experiment_of(context, options, {});
    TrainBenchmarkOptions request;
    request.rounds = options.rounds;
    request.random_pixels = options.random_pixels;
    if (!options.against.empty()) request.against = experiment_of(context, options, options.against);
    request.on_round = [&](int done, int all) { context.console.transient(fmt::format("round {}/{}", done, all)); };
    const TrainBenchmark measured = torch_backend().measure_training(experiment, request);
    if (context.options.json) {
        print_json(context.console, document_of(measured, options));
    } else {
        context.console.print(text_of(measured, options, experiment.data));
    }
    return ExitCode::kOk;
}

}  // namespace

void add_bench_train(CommandRegistry& registry, CLI::App& group) {
    const auto options = std::make_shared<Options>();
    CLI::App& app = registry.add_below(
        group, "train", "What a training step costs, by part, beside a plain float step of the same network",
        "f8net bench train configs/fashion-mnist/quickstart.yaml\n"
        "f8net bench train configs/imagenet/resnet18.yaml --random-pixels --batch 8\n"
        "f8net bench train configs/imagenet/resnet18.yaml --data DIR --device cuda\n"
        "f8net bench train configs/fashion-mnist/quickstart.yaml --against quantization.format_policy=grid-search",
        [options, &group](Context& context) {
            // What follows CONFIG would be taken for the subject of `f8net bench` itself.
            if (const CLI::Option* subject = group.get_option_no_throw("SUBJECT"); subject && subject->count() > 0)
                throw ConfigError("bench train takes one CONFIG, '" + subject->as<std::string>() + "' is one too many");
            return bench_train(context, *options);
        });
    app.add_option("CONFIG", options->config, "Experiment; its first stage in fixed point is measured")
        ->required()
        ->option_text("CONFIG.yaml");
    app.add_option("--data", options->data, "Folder of the data set (data.folder)")->option_text("DIR");
    app.add_flag("--random-pixels", options->random_pixels, "Measure on random pixels, without data set and loader");
    app.add_option("--batch", options->batch, "Images per step (training.batch_size)")->check(count_from_one());
    app.add_option("--rounds", options->rounds, "Measurements after two that warm up; default: 10")
        ->check(count_from_one());
    app.add_option("--against", options->against,
                   "Also measure the same with this setting, in the same rounds; may be repeated")
        ->option_text("KEY=VALUE");
    app.add_option("--operators", options->operators, "Show the N operators that take longest; default: 10")
        ->option_text("N")
        ->check(count_from_zero());
}

}  // namespace f8net
