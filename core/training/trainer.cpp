// SPDX-License-Identifier: Apache-2.0
#include "core/training/trainer.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/config/experiment_document.h"
#include "core/cuda/driver.h"
#include "core/run/experiment_mapping.h"
#include "core/run/rank_error.h"
#include "core/tensorfile/checkpoint_file.h"
#include "core/tensorfile/safetensors.h"
#include "core/training/checkpoint_keeper.h"
#include "core/training/device.h"
#include "core/training/ranks.h"
#include "core/training/run_reports.h"
#include "core/training/saved_position.h"
#include "core/training/shared_request.h"
#include "core/training/stage.h"
#include "core/training/torch_errors.h"

namespace f8net {

namespace {

torch::Device open_device_of(const Experiment& experiment, const Ranks& ranks) {
    const std::string& name = experiment.training.device;
    // The driver is asked only where it matters: that starts it.
    const bool counts = !ranks.is_alone() && name == "auto";
    const int gpus = counts ? static_cast<int>(read_driver_facts().gpus.size()) : 0;
    return open_device(device_of_rank(name, ranks.place(), gpus));
}

class Trainer {
public:
    Trainer(const TrainRequest& request, RunObserver& observer, StopToken& stop, Ranks& ranks,
            const StepOptions& options)
        : step_options_(options),
          request_(request),
          observer_(observer),
          stop_(stop),
          ranks_(ranks),
          reports_(observer, position_),
          keeper_(request.folder, request.stages.front().experiment.training.keep_checkpoints) {
        for (const ResolvedStage& stage : request.stages) total_epochs_ += stage.experiment.training.epochs;
    }

    TrainSummary run() {
        TensorMap resumed;
        if (!request_.resume_checkpoint.empty()) {
            resumed = read_safetensors(request_.resume_checkpoint);
            position_ = position_in(resumed);
            if (position_.stage >= static_cast<int>(request_.stages.size())) {
                throw DataError(request_.resume_checkpoint + ": is at stage " + std::to_string(position_.stage + 1) +
                                ", the run has " + std::to_string(request_.stages.size()));
            }
            last_checkpoint_.path = request_.resume_checkpoint;
            last_checkpoint_.step = Step{position_.step};
            if (ranks_.is_first()) keeper_.forget_after(Step{position_.step}, Epoch{position_.epoch});
            reports_.event(
                EventLevel::kInfo, "resume",
                "goes on from step " + std::to_string(position_.step) + ", epoch " + std::to_string(position_.epoch));
            if (const int before = ranks_in(resumed); before != ranks_.world()) {
                reports_.event(
                    EventLevel::kWarning, "resume",
                    "the checkpoint is of " + std::to_string(before) + " ranks, now there are " +
                        std::to_string(ranks_.world()) +
                        ": every step has the same images, but batch statistics are of other shares of them, so the "
                        "result will not be the same to the last bit");
            }
        }
        const int first_stage = position_.stage;
        for (int stage = first_stage; stage < static_cast<int>(request_.stages.size()); ++stage) {
            const bool resumes_here = stage == first_stage && !request_.resume_checkpoint.empty();
            with_torch_errors_translated([&] { run_stage(stage, resumes_here ? &resumed : nullptr); },
                                         batch_at_work(request_.stages[static_cast<size_t>(stage)].experiment));
            if (summary_.stopped) break;
        }
        summary_.epochs = position_.epoch;
        summary_.best_top1 = std::max(position_.best_top1, 0.0);
        summary_.best_epoch = position_.best_epoch;
        summary_.last_checkpoint = last_checkpoint_.path;
        const std::string best = keeper_.path_of("best");
        summary_.best_checkpoint = position_.best_epoch > 0 ? best : last_checkpoint_.path;
        return summary_;
    }

private:
    BatchAtWork batch_at_work(const Experiment& experiment) const {
        const int share = experiment.training.batch_size / ranks_.world();
        return {share, experiment.training.micro_batch > 0 ? experiment.training.micro_batch : share};
    }

    void run_stage(int index, const TensorMap* resumed) {
        const ResolvedStage& resolved_stage = request_.stages[static_cast<size_t>(index)];
        const Experiment& experiment = resolved_stage.experiment;
        set_compute_threads(experiment.training.threads, ranks_.local_world());
        StageAtWork stage(experiment, open_device_of(experiment, ranks_), ranks_, step_options_);
        if (resumed) {
            stage.load_state(*resumed);
        } else {
            RunPosition fresh;
            fresh.stage = index;
            fresh.step = position_.step;
            fresh.epoch = position_.epoch;
            fresh.stage_name = resolved_stage.name;
            if (index > 0) {
                stage.load_model(read_safetensors(keeper_.path_of("stage:" + position_.stage_name)), true);
            }
            position_ = fresh;
            if (index == 0 && !request_.initial_checkpoint.empty()) load_starting_weights(stage, experiment);
        }
        experiment_yaml_ = to_yaml(experiment, YamlDetail::kEverything);
        dataset_fingerprint_ = stage.data().train().fingerprint();
        observer_.on_stage_start(position_.stage_name, stage.describe_layers(), Step{total_steps(index, stage)},
                                 Epoch{total_epochs_});
        if (!resumed)
            reports_.event(EventLevel::kInfo, "stage",
                           "stage " + position_.stage_name + " starts on " + experiment.training.device);
        reports_.restart_clock();

        how_steps_run_.clear();
        const int64_t num_steps = stage.num_steps();
        while (position_.stage_epoch < experiment.training.epochs &&
               (position_.stage_step < num_steps || position_.epoch_step > 0)) {
            if (!run_epoch(stage, experiment, num_steps)) return;
        }
        // The next stage, and whoever asks for RUN:stage:NAME, start from the best of this one.
        if (position_.stage_step == 0) save(stage);  // a stage of no epochs ends as it started
        if (ranks_.is_first()) {
            const CheckpointReport best =
                describe_checkpoint(position_.best_epoch > 0 ? keeper_.path_of("best") : last_checkpoint_.path);
            const CheckpointReport end = keeper_.keep_as(best, "stage:" + position_.stage_name);
            observer_.on_checkpoint(end);
        }
        ranks_.meet();  // the others read that file
        reports_.event(EventLevel::kInfo, "stage", "stage " + position_.stage_name + " has ended");
    }

    void load_starting_weights(StageAtWork& stage, const Experiment& experiment) {
        const std::string& path = request_.initial_checkpoint;
        PretrainedOptions options = pretrained_options(experiment, path);
        options.is_strict = request_.initial_is_strict;
        const PretrainedWeights weights = translate_pretrained(load_checkpoint_file(path), stage.graph(), options);
        const StateReport report = stage.load_model(weights.state, options.is_strict);
        std::string message = weights.recognised;
        if (!report.missing.empty()) {
            message += "; " + std::to_string(report.missing.size()) +
                       " tensors are missing and keep their initial values (" + report.missing.front() + ", ...)";
        }
        if (!weights.unknown.empty()) {
            message += "; " + std::to_string(weights.unknown.size()) + " are unknown and left out (" +
                       weights.unknown.front() + ", ...)";
        }
        const bool is_whole = report.missing.empty() && weights.unknown.empty();
        reports_.event(is_whole ? EventLevel::kInfo : EventLevel::kWarning, "start", message);
    }

    /// False: stopped on request, state saved.
    bool run_epoch(StageAtWork& stage, const Experiment& experiment, int64_t num_steps) {
        const int64_t steps_per_epoch = stage.steps_per_epoch();
        stage.start_epoch(position_.epoch, position_.epoch_step);
        while (position_.epoch_step < steps_per_epoch && position_.stage_step < num_steps) {
            take_step(stage, experiment,
                      std::min(steps_per_epoch, num_steps - position_.stage_step + position_.epoch_step));
            const int64_t every = experiment.training.checkpoint_every_steps;
            const bool is_due = every > 0 && position_.step % every == 0;
            if (ranks_.stop_requested()) return stop_here(stage);
            if (ranks_.take_checkpoint_request() || is_due) save(stage);
        }
        return end_epoch(stage, experiment, num_steps);
    }

    void take_step(StageAtWork& stage, const Experiment& experiment, int64_t last_step_of_epoch) {
        const double rate = stage.learning_rate(position_.stage_step);
        try {
            stage.step(rate);
        } catch (const NumericError& error) {
            take_results(stage);
            diverged(stage, position_.step, error.what());
        }
        tell_how_steps_run(stage);
        ++position_.step;
        ++position_.stage_step;
        ++position_.epoch_step;
        const bool is_logged =
            position_.step % experiment.training.log_every_steps == 0 || position_.epoch_step == last_step_of_epoch;
        if (!is_logged && !stage.results_are_due()) return;
        const StepResult result = take_results(stage);
        if (is_logged) reports_.step(result, rate, stage.steps_per_epoch());
    }

    /// Where that has changed.
    void tell_how_steps_run(const StageAtWork& stage) {
        const StageAtWork::HowStepsRun how = stage.how_steps_run();
        if (how.words == how_steps_run_) return;
        how_steps_run_ = how.words;
        reports_.event(how.level, "graph", "from step " + std::to_string(position_.step + 1) + " on, " + how.words);
    }

    /// Brings the epoch's sums up to the last step, whose own result it gives. Everything that shows or saves the
    /// position needs that first.
    StepResult take_results(StageAtWork& stage) {
        StepResult last;
        const std::vector<StepResult> results = stage.read_results();
        const std::string tensor = results.empty() ? std::string() : stage.tensor_not_finite();
        for (size_t i = 0; i < results.size(); ++i) {
            last = results[i];
            const auto step = position_.step - static_cast<int64_t>(results.size() - 1 - i);
            if (!std::isfinite(last.loss_sum)) {
                // A step without a format counts as not taken, as where forward throws.
                if (!tensor.empty()) diverged(stage, step - 1, tensor);
                diverged(stage, step, "loss is " + std::to_string(last.loss()));
            }
            position_.loss_sum += last.loss_sum;
            position_.correct += last.correct;
            position_.images += last.images;
            reports_.count(last);
        }
        if (!tensor.empty()) diverged(stage, position_.step - 1, tensor);
        return last;
    }

    bool end_epoch(StageAtWork& stage, const Experiment& experiment, int64_t num_steps) {
        const int every = experiment.evaluation.every_epochs;
        const bool is_last =
            position_.stage_epoch + 1 >= experiment.training.epochs || position_.stage_step >= num_steps;
        std::optional<EvaluationResult> evaluation;
        if (is_last || (every > 0 && (position_.stage_epoch + 1) % every == 0)) {
            const auto keep_going = [this] { return !stop_.stop_requested(); };
            if (!stage.recalibrate_batch_norm(position_.epoch, keep_going)) return stop_here(stage);
            evaluation = stage.evaluate(keep_going);
            // Stopped in the middle: the epoch's end is made up for after the resume, from the state before it.
            if (!evaluation) return stop_here(stage);
        }
        EpochReport report = epoch_report(position_, evaluation, stage.data().evaluation_name());
        position_.epoch_step = 0;
        position_.loss_sum = 0;
        position_.correct = 0;
        position_.images = 0;
        ++position_.epoch;
        ++position_.stage_epoch;
        const bool is_best = evaluation && evaluation->top1 > position_.best_top1;
        if (is_best) {
            position_.best_top1 = evaluation->top1;
            position_.best_epoch = position_.epoch;
        }
        if (ranks_.is_first()) stage.probe(report);
        summary_.last.clear();
        for (const MetricValue& metric : report.metrics) summary_.last[metric.name] = metric.value;

        CheckpointReport saved = write(stage);
        if (ranks_.is_first()) {
            if (evaluation) saved.top1 = evaluation->top1;
            observer_.on_epoch(report);
            observer_.on_checkpoint(saved);
            if (is_best) observer_.on_checkpoint(keeper_.keep_as(saved, "best"));
            keeper_.remove_old();
        }
        reports_.warn_of_memory(experiment.training.memory_warn_mb);
        reports_.restart_clock();  // images per second are those of training alone
        if (ranks_.stop_requested() && !is_last) {
            ranks_.meet();
            summary_.stopped = true;
            return false;
        }
        return true;
    }

    /// Only rank 0 writes what all ranks bring together; the others get an empty report.
    CheckpointReport write(StageAtWork& stage) {
        take_results(stage);
        const std::vector<TensorMap> rank_states = stage.gather_rank_states();
        if (!ranks_.is_first()) return {};
        std::map<std::string, std::string> metadata = request_.metadata;
        save_position(position_, ranks_.world(), metadata);
        metadata["experiment"] = experiment_yaml_;
        metadata["stage"] = position_.stage_name;
        metadata["dataset_fingerprint"] = dataset_fingerprint_;
        last_checkpoint_ = keeper_.save_last(stage.state(rank_states, metadata), Step{position_.step},
                                             Epoch{position_.epoch}, position_.stage_name);
        return last_checkpoint_;
    }

    void save(StageAtWork& stage) {
        const CheckpointReport saved = write(stage);
        if (!ranks_.is_first()) return;
        observer_.on_checkpoint(saved);
        keeper_.remove_old();
    }

    bool stop_here(StageAtWork& stage) {
        save(stage);
        ranks_.meet();  // no rank says "saved" before it is
        reports_.event(EventLevel::kInfo, "stop", "stopped on request at step " + std::to_string(position_.step));
        summary_.stopped = true;
        return false;
    }

    [[noreturn]] void diverged(StageAtWork& stage, int64_t step, const std::string& what) {
        const std::string layer = stage.first_layer_not_finite();
        std::string message = "training diverged at step " + std::to_string(step) + " (epoch " +
                              std::to_string(position_.epoch + 1) + "): " + what;
        if (!layer.empty()) message += "; first layer with values that are not finite: " + layer;
        message += last_checkpoint_.path.empty() ? "; no checkpoint was saved before"
                                                 : "; last good checkpoint: " + last_checkpoint_.path + " (step " +
                                                       std::to_string(last_checkpoint_.step.value) + ")";
        message += "; try a smaller optimizer.lr";
        reports_.event(EventLevel::kError, "diverged", message);
        throw DivergedError(message);
    }

    int64_t total_steps(int index, StageAtWork& stage) const {
        // Later stages: by their own options, on the same data.
        int64_t total = position_.step - position_.stage_step + stage.num_steps();
        for (size_t i = static_cast<size_t>(index) + 1; i < request_.stages.size(); ++i) {
            const TrainingConfig& training = request_.stages[i].experiment.training;
            const int64_t images =
                training.images_per_epoch > 0 ? training.images_per_epoch : stage.data().train().size();
            const int64_t batch = training.batch_size;
            int64_t steps = (training.drop_last ? images / batch : (images + batch - 1) / batch) * training.epochs;
            if (training.max_steps > 0) steps = std::min(steps, training.max_steps);
            total += steps;
        }
        return total;
    }

    StepOptions step_options_;
    const TrainRequest& request_;
    RunObserver& observer_;
    StopToken& stop_;  // what this rank was asked; what all ranks do about it says ranks_
    Ranks& ranks_;
    RunPosition position_;
    RunReports reports_;
    CheckpointKeeper keeper_;
    TrainSummary summary_;
    CheckpointReport last_checkpoint_;
    std::string experiment_yaml_, dataset_fingerprint_, how_steps_run_;
    int total_epochs_ = 0;
};

}  // namespace

namespace {

/// The same request for all ranks, each with its own place.
TrainRequest agree_on_request(const TrainRequest& request, Ranks& ranks) {
    TrainRequest agreed = from_shared_text(ranks.share(ranks.is_first() ? to_shared_text(request) : std::string()));
    agreed.place = request.place;
    for (const ResolvedStage& stage : agreed.stages) check_for_ranks(stage.experiment, ranks.world());
    return agreed;
}

TrainSummary train_in_ranks(const TrainRequest& request, RunObserver& observer, StopToken& stop, Ranks& ranks,
                            const StepOptions& options) {
    const TrainRequest agreed = agree_on_request(request, ranks);
    const TrainingConfig& training = agreed.stages.front().experiment.training;
    ranks.connect(open_device_of(agreed.stages.front().experiment, ranks), training.rank_timeout_s);
    RunObserver silent;
    return Trainer(agreed, ranks.is_first() ? observer : silent, stop, ranks, options).run();
}

}  // namespace

TrainSummary train(const TrainRequest& request, RunObserver& observer, StopToken& stop, const StepOptions& options) {
    Ranks ranks(request.place, stop);
    if (ranks.is_first() && request.stages.empty()) throw ConfigError("the run has no stage to train");
    if (ranks.is_alone()) {
        return with_torch_errors_translated([&] { return Trainer(request, observer, stop, ranks, options).run(); });
    }
    if (!ranks.join()) {
        TrainSummary stopped;
        stopped.stopped = true;
        return stopped;
    }
    return ranks.telling_others([&] {
        return with_torch_errors_translated([&] { return train_in_ranks(request, observer, stop, ranks, options); });
    });
}

}  // namespace f8net
