// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>

#include "app/cli/command.h"
#include "app/cli/commands/commands.h"
#include "app/cli/commands/evaluate.h"
#include "app/cli/configured_exports.h"
#include "app/cli/evaluation_data.h"
#include "app/cli/evaluation_report.h"
#include "app/cli/evaluators.h"
#include "app/cli/logits_file.h"
#include "app/cli/number_check.h"
#include "app/cli/predictions_file.h"
#include "app/cli/reference/completion.h"
#include "app/cli/text_table.h"
#include "core/analysis/trace_file.h"
#include "core/run/torch_backend.h"
#include "core/tensorfile/safetensors.h"

namespace f8net {

namespace {

/// The integers of the first images, through the law.
void write_trace(Context& context, const EvaluateOptions& options, Subject& subject, const EvaluationSet& set) {
    const int64_t images = std::min(options.trace_images, set.count());
    const auto evaluator = make_evaluator(subject, NumericMode::kIntegerOnly, context.device(), context.threads());
    TraceFile file(options.trace, subject.integer_network(), images,
                   {{"subject", subject.text()}, {"checkpoint", subject.checkpoint_name()}});
    constexpr int64_t kBatch = 16;
    for (int64_t begin = 0; begin < images; begin += kBatch) {
        std::vector<int64_t> indexes;
        for (int64_t i = begin; i < std::min(begin + kBatch, images); ++i) indexes.push_back(i);
        const Batch batch = load_batch(*set.dataset, set.transform, indexes, set.loader_threads);
        RecordedTrace trace;
        evaluator->run(batch.pixels, batch.size, &trace);
        file.write(trace, begin, batch.size);
        file.write_labels(batch.labels, begin);
        context.console.transient("tracing " + std::to_string(begin + batch.size) + "/" + std::to_string(images));
    }
    file.commit();
    context.console.note("wrote " + options.trace + " (" + std::to_string(images) + " images)");
}

/// evaluation.recalibrate_batch_norm: the subject goes on with statistics estimated anew, kept beside its checkpoint.
void recalibrate_batch_norm(Context& context, Subject& subject, const std::string& device) {
    const int batches = subject.experiment().evaluation.recalibrate_batch_norm;
    if (batches == 0) return;
    TensorMap state =
        torch_backend().recalibrate_batch_norm(subject.checkpoint(), subject.experiment(), device, context.threads());
    state.metadata["experiment"] = to_yaml(subject.experiment(), YamlDetail::kEverything);
    const std::filesystem::path tested(subject.checkpoint_path());
    const std::string path = (tested.parent_path() / (tested.stem().string() + ".recalibrated.safetensors")).string();
    write_safetensors(path, state);
    subject.use_checkpoint(path);
    context.console.note("batch-norm statistics over " + std::to_string(batches) + " batches of the training data, " +
                         path);
}

}  // namespace

ExitCode evaluate_subject(Context& context, const EvaluateOptions& options) {
    std::vector<Setting> settings = data_settings(context, options.data);
    settings.insert(settings.end(), options.settings.begin(), options.settings.end());
    Subject subject = Subject::open(context, options.subject, options.config, settings);
    const ModeList list = options.modes.empty() ? default_modes(subject) : parse_modes(options.modes);
    const std::vector<ConfiguredExport> wanted =
        options.write_exports ? configured_exports(subject.experiment()) : std::vector<ConfiguredExport>();
    prepare_exports(wanted);
    const Split split = parse_split(options.split);
    const EvaluationSet set =
        open_evaluation_data(subject, {options.data, split, options.limit, options.batch, context.threads()});

    const std::string device = options.device.empty() ? context.device() : options.device;
    if (options.recalibrates) recalibrate_batch_norm(context, subject, device);
    std::vector<std::unique_ptr<ModeEvaluator>> evaluators;
    std::vector<EvaluatedMode> modes;
    std::vector<NumericMode> left_out;
    for (const NumericMode mode : list.modes) {
        const std::string reason = list.is_all ? why_not(subject, mode) : std::string();
        if (!reason.empty()) {
            context.console.note(reason + "; left out");
            left_out.push_back(mode);
            continue;
        }
        evaluators.push_back(make_evaluator(subject, mode, device, context.threads()));
        modes.push_back({evaluators.back().get()});
    }
    EvaluationOptions evaluation_options;
    evaluation_options.on_progress = progress_on(context.console);
    if (subject.has_experiment()) evaluation_options.topk = subject.experiment().evaluation.topk;
    std::optional<LogitsFile> logits;
    if (!options.logits.empty()) logits.emplace(set.count());
    PredictionRecorder predictions(set.dataset->fingerprint(), options.split, set.count());
    evaluation_options.on_logits = [&](const ModeEvaluator& evaluator, int64_t first, const Logits& values,
                                       const std::vector<int64_t>& labels) {
        if (logits) logits->add(evaluator.mode(), first, values, labels);
        predictions.add(evaluator.mode(), subject.checkpoint_name(), first, values, labels);
    };
    const Evaluation evaluation = evaluate(set, modes, evaluation_options);
    if (logits) {
        logits->write(options.logits, *set.dataset);
        context.console.note("wrote " + options.logits);
    }
    if (!options.trace.empty()) write_trace(context, options, subject, set);
    if (subject.run()) {
        keep_predictions(context, *subject.run(), predictions.take());
        store_evaluation(context, *subject.run(), subject.checkpoint_name(), split, evaluation);
    }

    const Json written = write_exports(context, subject, wanted);

    if (context.options.json) {
        Json results = Json::object();
        for (const ModeResult& result : evaluation.modes) results[to_string(result.mode)] = to_json(result);
        for (const NumericMode mode : left_out) results[to_string(mode)] = nullptr;
        Json document = {
            {"subject", options.subject},
            {"run", subject.run() ? Json(subject.run()->text()) : Json(nullptr)},
            {"checkpoint", or_null(subject.checkpoint_name())},
            {"dataset", set.dataset->description()},
            {"dataset_fingerprint", set.dataset->fingerprint()},
            {"images", set.count()},
            {"modes", results},
            {"integer_modes_agree", or_null(evaluation.integer_modes_agree)},
            {"agreement_images", evaluation.agreement_images},
            {"first_difference", evaluation.first_difference ? to_json(*evaluation.first_difference) : Json(nullptr)}};
        if (options.write_exports) document["exports"] = written;
        print_json(context.console, document);
    } else {
        context.console.print(set.dataset->description() + ", checkpoint " + subject.checkpoint_name() + "\n" +
                              evaluation_table(evaluation));
        if (options.tells_confusions || context.console.is_verbose()) {
            context.console.print(confusion_text(evaluation, set.dataset->class_names()));
        }
        const std::string agreement = agreement_text(evaluation);
        if (!agreement.empty()) context.console.print(agreement + "\n");
    }
    for (const ModeResult& result : evaluation.modes) {
        if (result.top1 >= options.required_top1) continue;
        context.console.error(to_string(result.mode) + " has top-1 " + format_percent(result.top1) + ", required are " +
                              format_percent(options.required_top1));
        return ExitCode::kAnswerIsNo;
    }
    return ExitCode::kOk;
}

void add_evaluate_command(CommandRegistry& registry) {
    const auto options = std::make_shared<EvaluateOptions>();
    CLI::App& app = registry.add("evaluate", "Accuracy in each mode, and whether the integer modes agree in every code",
                                 "f8net evaluate quickstart\n"
                                 "f8net evaluate quickstart:last --mode all --json\n"
                                 "f8net evaluate net.f8n --data pictures/ --require-top1 0.88",
                                 [options](Context& context) { return evaluate_subject(context, *options); });
    app.add_option("SUBJECT", options->subject, "Run, checkpoint or integer network")->required();
    app.add_option(
           "--mode", options->modes,
           "float, float-unclipped, fake-quant, simulated-integer, integer-float, integer-only (with commas), or all")
        ->option_text("MODE,...")
        ->check(suggest(mode_names()));
    app.add_option("--require-top1", options->required_top1, "Exit 1 where a mode does not reach this share (0 to 1)")
        ->check(CLI::Range(0.0, 1.0));
    app.add_option("--data", options->data, "Folder of the data")->option_text("DIR");
    app.add_option("--split", options->split, "train, validation or test; default: test")
        ->option_text("SPLIT")
        ->check(suggest({"train", "validation", "test"}));
    app.add_option("--limit", options->limit, "Only the first so many images; default: evaluation.limit")
        ->check(count_from_one());
    app.add_option("--batch", options->batch, "Images at a time")->check(count_from_one());
    app.add_flag("--confusions", options->tells_confusions,
                 "Also the classes recognised worst and the confusions that happen most (as -v; --json has all)");
    app.add_option("--logits", options->logits, "Write logits/MODE and labels")->option_text("FILE.safetensors");
    app.add_option("--trace", options->trace, "Write acc/LAYER and code/LAYER")->option_text("FILE.safetensors");
    app.add_option("--trace-images", options->trace_images, "Of the first so many images; default: 16")
        ->check(count_from_one());
    app.add_option("--config", options->config,
                   "Experiment of a checkpoint that does not name it, or in place of the one it names")
        ->option_text("FILE.yaml");
}

}  // namespace f8net
