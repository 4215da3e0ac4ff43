// SPDX-License-Identifier: Apache-2.0
#include "core/training/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "core/base/error.h"
#include "core/base/hash.h"
#include "core/config/experiment_document.h"
#include "core/run/experiment_mapping.h"
#include "core/run/rank_error.h"
#include "core/tensorfile/checkpoint_file.h"
#include "core/tensorfile/safetensors.h"
#include "core/training/checkpoint_keeper.h"
#include "core/training/device.h"
#include "core/training/ranks.h"
#include "core/training/shared_request.h"
#include "core/training/stage.h"
#include "core/training/torch_errors.h"

namespace f8net {

namespace {

constexpr const char* kPositionKey = "training.position";
constexpr const char* kWorldKey = "training.ranks";

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Resident memory of this process; 0 where that cannot be told.
int64_t resident_megabytes() {
    int64_t total = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> total >> resident;
    return resident * 4096 / 1'000'000;
}

RunPosition position_in(const TensorMap& checkpoint) {
    const auto position = checkpoint.metadata.find(kPositionKey);
    if (position == checkpoint.metadata.end()) {
        throw DataError(checkpoint.source + ": not a checkpoint that a run can go on from (no " + kPositionKey + ")");
    }
    return RunPosition::from_json(position->second);
}

/// How many ranks trained to that state.
int ranks_of(const TensorMap& checkpoint) {
    const auto ranks = checkpoint.metadata.find(kWorldKey);
    return ranks == checkpoint.metadata.end() ? 1 : std::atoi(ranks->second.c_str());
}

class Trainer {
public:
    Trainer(const TrainRequest& request, RunObserver& observer, StopToken& stop, Ranks& ranks)
        : request_(request),
          observer_(observer),
          stop_(stop),
          ranks_(ranks),
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
            event(EventLevel::kInfo, "resume",
                  "goes on from step " + std::to_string(position_.step) + ", epoch " + std::to_string(position_.epoch));
            if (const int before = ranks_of(resumed); before != ranks_.world()) {
                event(EventLevel::kWarning, "resume",
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
        StageAtWork stage(experiment, open_device(experiment.training.device), ranks_);
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
            event(EventLevel::kInfo, "stage",
                  "stage " + position_.stage_name + " starts on " + experiment.training.device);
        last_report_ = Clock::now();
        images_since_report_ = 0;

        const int64_t num_steps = stage.num_steps();
        while (position_.stage_epoch < experiment.training.epochs &&
               (position_.stage_step < num_steps || position_.epoch_step > 0)) {
            if (!run_epoch(stage, experiment, num_steps)) return;
        }
        // The next stage, and whoever asks for RUN:stage:NAME, start from the best of this one.
        if (position_.stage_step == 0) save(stage);  // a stage of no epochs ends as it started
        if (ranks_.is_first()) {
            const CheckpointReport best =
                describe(position_.best_epoch > 0 ? keeper_.path_of("best") : last_checkpoint_.path);
            const CheckpointReport end = keeper_.keep_as(best, "stage:" + position_.stage_name);
            observer_.on_checkpoint(end);
        }
        ranks_.meet();  // the others read that file
        event(EventLevel::kInfo, "stage", "stage " + position_.stage_name + " has ended");
    }

    /// What the file itself says: the best one is not the last, and a resumed run has written neither.
    CheckpointReport describe(const std::string& path) const {
        const TensorMap saved = read_safetensors(path);
        const RunPosition position = position_in(saved);
        CheckpointReport report;
        report.path = path;
        report.step = Step{position.step};
        report.epoch = Epoch{position.epoch};
        report.stage = position.stage_name;
        report.size_bytes = static_cast<int64_t>(std::filesystem::file_size(path));
        report.hash = hash_file_hex(path);
        if (position.epoch == position.best_epoch && position.epoch_step == 0) report.top1 = position.best_top1;
        return report;
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
        event(is_whole ? EventLevel::kInfo : EventLevel::kWarning, "start", message);
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
        StepResult result;
        try {
            result = stage.step(rate);
        } catch (const NumericError& error) {
            diverged(stage, error.what());
        }
        ++position_.step;
        ++position_.stage_step;
        ++position_.epoch_step;
        if (!std::isfinite(result.loss_sum)) diverged(stage, "loss is " + std::to_string(result.loss()));
        position_.loss_sum += result.loss_sum;
        position_.correct += result.correct;
        position_.images += result.images;
        images_since_report_ += result.images;
        if (position_.step % experiment.training.log_every_steps == 0 || position_.epoch_step == last_step_of_epoch) {
            report_step(stage, result, rate);
        }
    }

    void report_step(StageAtWork& stage, const StepResult& result, double rate) {
        StepReport report;
        report.step = Step{position_.step};
        report.epoch = Epoch{position_.epoch + 1};
        report.epoch_share = static_cast<double>(position_.epoch_step) / static_cast<double>(stage.steps_per_epoch());
        const double seconds = seconds_since(last_report_);
        report.metrics = {
            {"train/loss", result.loss()},
            {"train/learning_rate", rate},
            {"train/batch_top1", static_cast<double>(result.correct) / static_cast<double>(result.images)}};
        if (seconds > 0) {
            report.metrics.push_back({"train/images_per_second", static_cast<double>(images_since_report_) / seconds});
        }
        observer_.on_step(report);
        last_report_ = Clock::now();
        images_since_report_ = 0;
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
        EpochReport report;
        report.stage = position_.stage_name;
        if (position_.images > 0) {
            const double images = static_cast<double>(position_.images);
            report.metrics.push_back({"train/epoch_loss", position_.loss_sum / images});
            report.metrics.push_back({"train/top1", static_cast<double>(position_.correct) / images});
        }
        position_.epoch_step = 0;
        position_.loss_sum = 0;
        position_.correct = 0;
        position_.images = 0;
        ++position_.epoch;
        ++position_.stage_epoch;
        report.epoch = Epoch{position_.epoch};
        report.step = Step{position_.step};

        bool is_best = false;
        if (evaluation) {
            const std::string split = stage.data().evaluation_name();
            report.metrics.push_back({split + "/top1", evaluation->top1});
            report.metrics.push_back({split + "/top5", evaluation->top5});
            for (const auto& [k, share] : evaluation->topk)
                report.metrics.push_back({split + "/top" + std::to_string(k), share});
            report.metrics.push_back({split + "/loss", evaluation->loss});
            is_best = evaluation->top1 > position_.best_top1;
            if (is_best) {
                position_.best_top1 = evaluation->top1;
                position_.best_epoch = position_.epoch;
            }
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
        warn_of_memory(experiment);
        last_report_ = Clock::now();  // images per second are those of training alone
        if (ranks_.stop_requested() && !is_last) {
            ranks_.meet();
            summary_.stopped = true;
            return false;
        }
        return true;
    }

    /// Only rank 0 writes what all ranks bring together; the others get an empty report.
    CheckpointReport write(StageAtWork& stage) {
        const std::vector<TensorMap> rank_states = stage.gather_rank_states();
        if (!ranks_.is_first()) return {};
        std::map<std::string, std::string> metadata = request_.metadata;
        metadata[kPositionKey] = position_.to_json();
        metadata[kWorldKey] = std::to_string(ranks_.world());
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
        event(EventLevel::kInfo, "stop", "stopped on request at step " + std::to_string(position_.step));
        summary_.stopped = true;
        return false;
    }

    [[noreturn]] void diverged(StageAtWork& stage, const std::string& what) {
        const std::string layer = stage.first_layer_not_finite();
        std::string message = "training diverged at step " + std::to_string(position_.step) + " (epoch " +
                              std::to_string(position_.epoch + 1) + "): " + what;
        if (!layer.empty()) message += "; first layer with values that are not finite: " + layer;
        message += last_checkpoint_.path.empty() ? "; no checkpoint was saved before"
                                                 : "; last good checkpoint: " + last_checkpoint_.path + " (step " +
                                                       std::to_string(last_checkpoint_.step.value) + ")";
        message += "; try a smaller optimizer.lr";
        event(EventLevel::kError, "diverged", message);
        throw DivergedError(message);
    }

    void warn_of_memory(const Experiment& experiment) {
        const int64_t limit = experiment.training.memory_warn_mb;
        if (limit == 0 || has_warned_of_memory_) return;
        const int64_t used = resident_megabytes();
        if (used <= limit) return;
        has_warned_of_memory_ = true;
        event(EventLevel::kWarning, "memory",
              "resident memory is " + std::to_string(used) +
                  " MB, above training.memory_warn_mb = " + std::to_string(limit));
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

    void event(EventLevel level, const std::string& kind, const std::string& message) {
        observer_.on_event({level, kind, message, Step{position_.step}, Epoch{position_.epoch}});
    }

    const TrainRequest& request_;
    RunObserver& observer_;
    StopToken& stop_;  // what this rank was asked; what all ranks do about it says ranks_
    Ranks& ranks_;
    CheckpointKeeper keeper_;
    RunPosition position_;
    TrainSummary summary_;
    CheckpointReport last_checkpoint_;
    std::string experiment_yaml_, dataset_fingerprint_;
    int total_epochs_ = 0;
    int64_t images_since_report_ = 0;
    Clock::time_point last_report_;
    bool has_warned_of_memory_ = false;
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

TrainSummary train_in_ranks(const TrainRequest& request, RunObserver& observer, StopToken& stop, Ranks& ranks) {
    const TrainRequest agreed = agree_on_request(request, ranks);
    const TrainingConfig& training = agreed.stages.front().experiment.training;
    ranks.connect(open_device(training.device), training.rank_timeout_s);
    RunObserver silent;
    return Trainer(agreed, ranks.is_first() ? observer : silent, stop, ranks).run();
}

}  // namespace

TrainSummary train(const TrainRequest& request, RunObserver& observer, StopToken& stop) {
    Ranks ranks(request.place, stop);
    if (ranks.is_first() && request.stages.empty()) throw ConfigError("the run has no stage to train");
    if (ranks.is_alone()) {
        return with_torch_errors_translated([&] { return Trainer(request, observer, stop, ranks).run(); });
    }
    if (!ranks.join()) {
        TrainSummary stopped;
        stopped.stopped = true;
        return stopped;
    }
    return ranks.telling_others(
        [&] { return with_torch_errors_translated([&] { return train_in_ranks(request, observer, stop, ranks); }); });
}

}  // namespace f8net
