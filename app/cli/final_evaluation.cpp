// SPDX-License-Identifier: Apache-2.0
#include "app/cli/final_evaluation.h"

#include <fmt/format.h>
#include <algorithm>
#include <optional>

#include "app/cli/configured_exports.h"
#include "app/cli/evaluation_data.h"
#include "app/cli/evaluation_report.h"
#include "app/cli/evaluators.h"
#include "app/cli/predictions_file.h"
#include "app/cli/text_table.h"
#include "core/run/experiment_mapping.h"

namespace f8net {

namespace {

/// Thrown out of evaluate() when somebody wants the end.
struct Interrupted {};

bool contains(const std::vector<NumericMode>& modes, NumericMode mode) {
    return std::find(modes.begin(), modes.end(), mode) != modes.end();
}

/// The last stage that trained in float, where a later one did not: its accuracy is what 8 bits are compared with.
std::optional<ResolvedStage> float_stage(const Experiment& experiment) {
    std::optional<ResolvedStage> found;
    const auto stages = experiment.resolved_stages();
    for (const ResolvedStage& stage : stages) {
        const NumericMode mode = stage.experiment.quantization.mode;
        if (mode == NumericMode::kFloat || mode == NumericMode::kFloatUnclipped) found = stage;
    }
    return found && found->name == stages.back().name ? std::nullopt : found;
}

class CheckpointEvaluation {
public:
    CheckpointEvaluation(Context& context, const RunId& run, const Experiment& experiment, const StopToken& stop)
        : context_(context), run_(run), experiment_(experiment), stop_(stop) {}

    Evaluation evaluate(const std::string& subject_name, const std::vector<NumericMode>& modes) {
        Subject subject = Subject::open(context_, subject_name);
        const int threads = experiment_.training.threads > 0 ? experiment_.training.threads : context_.threads();
        const EvaluationSet set =
            open_evaluation_data(subject, {{}, Split::kTest, experiment_.evaluation.limit, 0, threads});
        std::vector<std::unique_ptr<ModeEvaluator>> evaluators;
        std::vector<EvaluatedMode> evaluated;
        const int64_t agreement = experiment_.evaluation.agreement_images;
        for (const NumericMode mode : modes) {
            evaluators.push_back(make_evaluator(subject, mode, experiment_.training.device, threads));
            const bool only_compared = is_integer_mode(mode) && mode != NumericMode::kIntegerOnly;
            evaluated.push_back({evaluators.back().get(), only_compared ? agreement : 0});
        }
        EvaluationOptions options;
        options.agreement_images = agreement > 0 ? agreement : -1;
        options.topk = experiment_.evaluation.topk;
        options.on_progress = [&, show = progress_on(context_.console)](const ModeEvaluator& evaluator, int64_t done,
                                                                        int64_t images) {
            if (stop_.stop_requested()) throw Interrupted{};
            show(evaluator, done, images);
        };
        PredictionRecorder recorder(set.dataset->fingerprint(), "test", set.count());
        options.on_logits = [&](const ModeEvaluator& evaluator, int64_t first, const Logits& logits,
                                const std::vector<int64_t>& labels) {
            recorder.add(evaluator.mode(), subject.checkpoint_name(), first, logits, labels);
        };
        const Evaluation evaluation = f8net::evaluate(set, evaluated, options);
        keep_predictions(context_, run_, recorder.take());
        store_evaluation(context_, run_, subject.checkpoint_name(), Split::kTest, evaluation);
        return evaluation;
    }

private:
    Context& context_;
    const RunId& run_;
    const Experiment& experiment_;
    const StopToken& stop_;
};

std::string formats_table(const IntegerNetwork& network) {
    TextTable table{"layer", ">input FL", ">weight FL", ">output FL", "input", "weight"};
    for (const IntegerNode& node : network.nodes) {
        if (!node.has_weights()) continue;
        table.add_row({node.name, std::to_string(node.input_format.fractional_length),
                       std::to_string(node.weight_format.fractional_length), std::to_string(node.fractional_length),
                       node.input_format.to_string(), node.weight_format.to_string()});
    }
    return table.text();
}

Json formats_json(const IntegerNetwork& network) {
    Json layers = Json::array();
    for (const IntegerNode& node : network.nodes) {
        if (!node.has_weights()) continue;
        layers.push_back({{"name", node.name},
                          {"input_format", node.input_format.to_string()},
                          {"weight_format", node.weight_format.to_string()},
                          {"output_fractional_length", node.fractional_length}});
    }
    return layers;
}

}  // namespace

FinalEvaluation evaluate_finished_run(Context& context, const RunId& run, const Experiment& experiment,
                                      const StopToken& stop) {
    std::vector<NumericMode> modes = experiment.evaluation.modes;
    const std::optional<ResolvedStage> in_float = float_stage(experiment);
    CheckpointEvaluation of_checkpoint(context, run, experiment, stop);
    Json document = Json::object();
    Json results = Json::object();
    std::string text;
    try {
        TextTable table{"mode", ">top-1", ">loss", ">images", ">images/s", "checkpoint"};
        const auto add = [&](const Evaluation& evaluation, const std::string& checkpoint) {
            for (const ModeResult& result : evaluation.modes) {
                results[to_string(result.mode)] = to_json(result);
                table.add_row({to_string(result.mode), format_percent(result.top1), format_number(result.loss),
                               std::to_string(result.images), fmt::format("{:.0f}", result.images_per_second),
                               checkpoint});
            }
        };
        if (in_float && contains(modes, in_float->experiment.quantization.mode)) {
            const NumericMode mode = in_float->experiment.quantization.mode;
            std::erase(modes, mode);
            add(of_checkpoint.evaluate(run.text() + ":stage:" + in_float->name, {mode}),
                "end of stage " + in_float->name);
        }
        const bool ends_in_fixed_point =
            experiment.resolved_stages().back().experiment.quantization.mode == NumericMode::kFakeQuant;
        if (!ends_in_fixed_point) {
            // Formats were never trained: only the float modes say something.
            std::erase_if(modes, [](NumericMode mode) {
                return mode != NumericMode::kFloat && mode != NumericMode::kFloatUnclipped;
            });
        }
        const std::string no_integers =
            why_no_integer_form(experiment.resolved_stages().back().experiment.quantization);
        if (ends_in_fixed_point && !no_integers.empty()) {
            context.console.note(no_integers + "; the integer modes are left out");
            std::erase_if(modes, is_integer_mode);
        }
        if (!modes.empty()) {
            const Evaluation evaluation = of_checkpoint.evaluate(run.text(), modes);
            add(evaluation, "best");
            document["integer_modes_agree"] = or_null(evaluation.integer_modes_agree);
            document["agreement_images"] = evaluation.agreement_images;
            if (!agreement_text(evaluation).empty()) text += agreement_text(evaluation) + "\n";
        }
        if (ends_in_fixed_point && no_integers.empty()) {
            Subject subject = Subject::open(context, run.text());
            document["layers"] = formats_json(subject.integer_network());
            text +=
                "\nFractional lengths (bits right of the binary point)\n" + formats_table(subject.integer_network());
            const std::vector<ConfiguredExport> wanted = configured_exports(subject.experiment());
            if (!wanted.empty()) document["exports"] = write_exports(context, subject, wanted);
        }
        document["modes"] = results;
        return {document, "\n" + table.text() + text};
    } catch (const Interrupted&) {
        context.console.note("evaluation was interrupted; f8net evaluate " + run.text() + " does it again");
        return {};
    }
}

}  // namespace f8net
