// SPDX-License-Identifier: Apache-2.0
#include "core/training/trainer.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <tuple>

#include "core/base/error.h"
#include "core/base/hash.h"
#include "core/config/experiment_document.h"
#include "core/tensorfile/safetensors.h"
#include "core/training/schedule.h"
#include "tests/core/training/synthetic_training.h"

namespace f8net {
namespace {

namespace fs = std::filesystem;

/// Remembers everything, and asks for a stop after a given step.
class Recorder final : public testing_support::LossRecorder {
public:
    using LossRecorder::LossRecorder;
    void on_stage_start(const std::string& stage, const std::vector<LayerDescription>& layers, Step total,
                        Epoch) override {
        stages.push_back(stage);
        num_layers = layers.size();
        total_steps = total.value;
    }
    void on_step(const StepReport& report) override {
        steps.push_back(report);
        LossRecorder::on_step(report);
    }
    void on_epoch(const EpochReport& report) override { epochs.push_back(report); }
    void on_checkpoint(const CheckpointReport& report) override { checkpoints.push_back(report); }
    void on_event(const EventReport& report) override { events.push_back(report); }

    std::vector<std::string> stages;
    size_t num_layers = 0;
    int64_t total_steps = 0;
    std::vector<StepReport> steps;
    std::vector<EpochReport> epochs;
    std::vector<CheckpointReport> checkpoints;
    std::vector<EventReport> events;
};

class TrainerTest : public testing::Test {
protected:
    TrainRequest request(const std::string& run, const std::vector<Setting>& settings = {}) const {
        return training_.request(run, settings);
    }
    static StepOptions read_every(int steps) {
        StepOptions options;
        options.steps_between_reads = steps;
        return options;
    }
    static std::string final_hash(const TrainSummary& summary) {
        return state_hash(read_safetensors(summary.last_checkpoint));
    }
    /// A run that is stopped after a step and goes on ends in the bits of one that was not.
    void expect_same_bits_after_stops(const std::vector<Setting>& settings, const std::vector<int64_t>& stops) const {
        Recorder whole;
        StopToken never;
        const std::string expected = final_hash(train(request("whole", settings), whole, never));
        for (const int64_t at : stops) {
            SCOPED_TRACE("stopped after step " + std::to_string(at));
            const std::string run = "stopped-" + std::to_string(at);
            StopToken stop;
            Recorder first(&stop, at);
            TrainRequest made = request(run, settings);
            const TrainSummary stopped = train(made, first, stop);
            ASSERT_TRUE(stopped.stopped);
            EXPECT_EQ(first.checkpoints.back().step.value, at);
            made.resume_checkpoint = stopped.last_checkpoint;
            StopToken again;
            Recorder second;
            EXPECT_EQ(final_hash(train(made, second, again)), expected);
            // Together both saw each step once, with the same losses as the uninterrupted run.
            std::map<int64_t, double> together = first.losses;
            for (const auto& [step, loss] : second.losses) EXPECT_TRUE(together.emplace(step, loss).second) << step;
            EXPECT_EQ(together, whole.losses);
        }
    }

    testing_support::SyntheticTraining training_{"trainer"};
    const fs::path& folder_ = training_.folder();
};

TEST_F(TrainerTest, TrainsBothStagesAndReportsFormatsOnlyOfTheSecond) {
    Recorder recorder;
    StopToken stop;
    const TrainSummary summary = train(request("run"), recorder, stop);
    EXPECT_FALSE(summary.stopped);
    EXPECT_EQ(summary.epochs, 3);
    EXPECT_THAT(recorder.stages, testing::ElementsAre("float", "fixed-point"));
    EXPECT_EQ(recorder.total_steps, 12);
    ASSERT_EQ(recorder.losses.size(), 12U);
    EXPECT_LT(recorder.losses[12], recorder.losses[1]);
    ASSERT_EQ(recorder.epochs.size(), 3U);
    EXPECT_TRUE(recorder.epochs[0].formats.empty());
    EXPECT_EQ(recorder.epochs[2].formats.size(), 21U);  // 20 convolutions and the classifier
    std::map<std::string, int> tensors;
    for (const HistogramReport& histogram : recorder.epochs[2].histograms) {
        ++tensors[histogram.tensor];
        EXPECT_GT(std::accumulate(histogram.counts.begin(), histogram.counts.end(), int64_t{0}), 0) << histogram.layer;
    }
    // Of each layer with weights, and what the eight sums and the pool give.
    EXPECT_EQ(tensors,
              (std::map<std::string, int>{
                  {"input", 21}, {"weight", 21}, {"effective_weight", 21}, {"accumulator", 21}, {"output", 9}}));
    for (const LayerFormatReport& format : recorder.epochs[2].formats) {
        // The weights' statistic and the format chosen from it agree.
        const int expected = std::clamp(static_cast<int>(std::floor(format.weight_unrounded)), 0, 7);
        EXPECT_EQ(format.weight_format.fractional_length, expected) << format.layer;
    }
    EXPECT_TRUE(fs::exists(summary.best_checkpoint));
    EXPECT_TRUE(fs::exists(folder_ / "run/checkpoints/stage-float.safetensors"));
}

TEST_F(TrainerTest, TakesTheScheduledRateOfEachStepOfItsStage) {
    TrainRequest made = request("rates");
    std::vector<double> scheduled;
    for (ResolvedStage& stage : made.stages) {
        Experiment& experiment = stage.experiment;
        experiment.schedule.kind = ScheduleKind::kCosAnnealingIter;
        constexpr int64_t kStepsPerEpoch = 4;
        const LearningRateSchedule schedule(experiment.schedule, experiment.optimizer, experiment.training.batch_size,
                                            experiment.training.epochs, kStepsPerEpoch);
        for (int64_t step = 0; step < kStepsPerEpoch * experiment.training.epochs; ++step)
            scheduled.push_back(schedule.rate(step));
    }
    Recorder recorder;
    StopToken stop;
    train(made, recorder, stop);
    std::vector<double> taken;
    for (const StepReport& report : recorder.steps) {
        for (const MetricValue& metric : report.metrics) {
            if (metric.name == "train/learning_rate") taken.push_back(metric.value);
        }
    }
    EXPECT_EQ(taken, scheduled);
}

TEST_F(TrainerTest, ReportsNoRuleWhereNoStatisticChoseTheFormats) {
    for (const std::string policy : {"grid-search", "fixed"}) {
        Recorder recorder;
        StopToken stop;
        train(request(policy, {{"stages.fixed-point.quantization.format_policy", policy},
                               {"stages.fixed-point.training.epochs", "1"},
                               {"training.images_per_epoch", "16"}}),
              recorder, stop);
        ASSERT_FALSE(recorder.epochs.back().formats.empty());
        for (const LayerFormatReport& format : recorder.epochs.back().formats) {
            EXPECT_EQ(format.statistic, policy.substr(0, policy.find('-')));
            EXPECT_TRUE(std::isnan(format.input_unrounded)) << format.layer;
            EXPECT_TRUE(std::isnan(format.weight_unrounded)) << format.layer;
            EXPECT_GT(format.weight_statistic, 0);
        }
    }
}

TEST_F(TrainerTest, SameConfigurationGivesTheSameBits) {
    Recorder recorder;
    StopToken stop;
    EXPECT_EQ(final_hash(train(request("a"), recorder, stop)), final_hash(train(request("b"), recorder, stop)));
    EXPECT_NE(final_hash(train(request("c", {{"training.seed", "6"}}), recorder, stop)),
              final_hash(train(request("d"), recorder, stop)));
}

TEST_F(TrainerTest, GoesOnBitIdenticallyFromAnyStep) {
    // In the first epoch, at an epoch's last step, at the end of the first stage, in the middle of the second.
    expect_same_bits_after_stops({}, {1, 3, 4, 6, 8, 11});
}

TEST_F(TrainerTest, GoesOnBitIdenticallyFromAStopWhileStatisticsAreEstimatedAnew) {
    // At the last steps of epochs: the stop comes after the first of the three batches.
    expect_same_bits_after_stops({{"evaluation.recalibrate_batch_norm", "3"}}, {4, 8});
}

TEST_F(TrainerTest, GoesOnBitIdenticallyBetweenAccumulatedBatches) {
    expect_same_bits_after_stops({{"training.micro_batch", "4"}}, {2, 10});
}

TEST_F(TrainerTest, AccumulatedMicroBatchesSeeTheSameImagesAndKeepTheirSteps) {
    // The second: epochs of one step, which is short, half of a batch.
    const std::vector<Setting> whole_steps,
        short_steps{
            {"training.images_per_epoch", "8"}, {"training.drop_last", "false"}, {"stages.float.training.epochs", "4"}};
    for (const std::vector<Setting>& settings : {whole_steps, short_steps}) {
        const std::string name = settings.empty() ? "whole" : "short";
        std::vector<Setting> in_parts = settings;
        in_parts.push_back({"training.micro_batch", "4"});
        Recorder accumulated, at_once;
        StopToken stop;
        TrainRequest made = request(name + "-in-parts", in_parts), compared = request(name, settings);
        for (TrainRequest* each : {&made, &compared}) each->stages.resize(1);
        train(made, accumulated, stop);
        train(compared, at_once, stop);
        EXPECT_EQ(accumulated.losses.size(), at_once.losses.size());
        // Batch statistics are of fewer images: the losses differ a little, and only in the first steps so little.
        for (int64_t step = 1; step <= (settings.empty() ? 4 : 2); ++step)
            EXPECT_NEAR(accumulated.losses[step], at_once.losses[step], 0.05 * at_once.losses[step]) << name << step;
    }
}

TEST_F(TrainerTest, SaysWhereItDiverged) {
    Recorder recorder;
    StopToken stop;
    try {
        // A step multiplies the weights by about 1 - lr * decay: they leave float32 within the stage.
        train(
            request("diverged",
                    {{"optimizer.lr", "1000"}, {"optimizer.weight_decay", "1"}, {"stages.float.training.epochs", "5"}}),
            recorder, stop);
        FAIL() << "weights that grow a thousandfold in each step went well";
    } catch (const DivergedError& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("step "));
        EXPECT_THAT(error.what(), testing::HasSubstr("first layer with values that are not finite: "));
        EXPECT_THAT(error.what(), testing::HasSubstr("optimizer.lr"));
    }
    EXPECT_EQ(recorder.events.back().kind, "diverged");
}

/// What is logged, but for the speed.
std::vector<std::tuple<int64_t, std::string, double>> logged(const Recorder& recorder) {
    std::vector<std::tuple<int64_t, std::string, double>> rows;
    const auto add = [&](int64_t step, const std::vector<MetricValue>& metrics) {
        for (const MetricValue& metric : metrics) {
            if (metric.name != "train/images_per_second") rows.emplace_back(step, metric.name, metric.value);
        }
    };
    for (const StepReport& report : recorder.steps) add(report.step.value, report.metrics);
    for (const EpochReport& report : recorder.epochs) add(report.step.value, report.metrics);
    return rows;
}

TEST_F(TrainerTest, ReadingResultsLaterChangesNoNumber) {
    for (const char* log_every : {"1", "3", "1000"}) {
        const std::vector<Setting> settings{{"training.log_every_steps", log_every},
                                            {"training.images_per_epoch", "112"}};
        Recorder at_once, later;
        StopToken stop;
        TrainRequest made = request("at-once", settings);
        const std::string expected = final_hash(train(made, at_once, stop));
        made.folder = (folder_ / "later").string();
        EXPECT_EQ(final_hash(train(made, later, stop, read_every(5))), expected);  // an epoch has 7
        EXPECT_EQ(logged(later), logged(at_once));
        EXPECT_GT(logged(later).size(), 20U);
    }
}

TEST_F(TrainerTest, AStopBetweenTwoReadsLosesNothing) {
    const std::vector<Setting> settings{{"training.log_every_steps", "2"}};
    StopToken never;
    Recorder whole, first, second;
    const std::string expected = final_hash(train(request("whole", settings), whole, never));
    TrainRequest made = request("stopped", settings);
    StopToken stop;
    stop.request_stop();  // after the first step
    const TrainSummary stopped = train(made, first, stop, read_every(100));
    ASSERT_TRUE(stopped.stopped);
    EXPECT_EQ(first.checkpoints.back().step.value, 1);
    made.resume_checkpoint = stopped.last_checkpoint;
    EXPECT_EQ(final_hash(train(made, second, never)), expected);
    EXPECT_EQ(logged(second), logged(whole));  // the epoch's means hold the step before the stop
}

TEST_F(TrainerTest, DivergenceThatIsReadLaterNamesTheSameStepAndChangesNoWeightAfterIt) {
    // Float weights that grow a thousandfold a step, in the first stage, which chooses no formats.
    const std::vector<Setting> settings = {{"optimizer.lr", "1000"},
                                           {"optimizer.weight_decay", "1"},
                                           {"schedule.kind", "constant"},
                                           {"training.log_every_steps", "1000"},
                                           {"training.images_per_epoch", "192"},
                                           {"stages.float.training.epochs", "5"}};
    const auto words_of = [&](int steps_between_reads) {
        TrainRequest made = request("diverged-" + std::to_string(steps_between_reads), settings);
        Recorder recorder;
        StopToken stop;
        try {
            train(made, recorder, stop, read_every(steps_between_reads));
        } catch (const DivergedError& error) {
            std::string words = error.what();
            if (const size_t at = words.find(made.folder); at != std::string::npos) words.erase(at, made.folder.size());
            return words;
        }
        return std::string("went well");
    };
    const std::string expected = words_of(1);
    EXPECT_THAT(expected, testing::ContainsRegex("diverged at step [0-9]+ .*loss is -?(nan|inf)"));
    for (const int between : {4, 1000}) EXPECT_EQ(words_of(between), expected);
}

TEST_F(TrainerTest, StartsFromAnotherRunsCheckpoint) {
    Recorder recorder;
    StopToken stop;
    const TrainSummary first = train(request("first"), recorder, stop);
    TrainRequest second = request("second");
    second.stages.erase(second.stages.begin());
    second.initial_checkpoint = first.best_checkpoint;
    Recorder continued;
    const TrainSummary summary = train(second, continued, stop);
    EXPECT_EQ(summary.epochs, 2);
    EXPECT_LT(continued.losses[1], recorder.losses[1]);
}

TEST_F(TrainerTest, TheStagesEndIsTheBestCheckpointAndSaysSoAlsoAfterAResume) {
    const auto end_of = [](const Recorder& recorder, const std::string& stage) {
        const auto found =
            std::find_if(recorder.checkpoints.begin(), recorder.checkpoints.end(),
                         [&](const CheckpointReport& report) { return report.role == "stage:" + stage; });
        return found == recorder.checkpoints.end() ? CheckpointReport{} : *found;
    };
    // A rate this small changes no prediction: the first epoch stays the best, the last one is another file.
    const std::vector<Setting> still = {{"stages.float.training.epochs", "3"}, {"stages.float.optimizer.lr", "1e-12"}};
    Recorder whole;
    StopToken never;
    train(request("whole", still), whole, never);
    const CheckpointReport end = end_of(whole, "float");
    EXPECT_EQ(end.step.value, 4);
    EXPECT_EQ(end.epoch.value, 1);
    EXPECT_EQ(end.stage, "float");
    EXPECT_EQ(end.hash, hash_file_hex(end.path));
    EXPECT_EQ(end.size_bytes, static_cast<int64_t>(fs::file_size(end.path)));
    EXPECT_TRUE(end.top1.has_value());

    // Killed right after the stage's last checkpoint: the resumed run closes the stage.
    TrainRequest only_float = request("only", still);
    only_float.stages.pop_back();
    Recorder first;
    const TrainSummary ended = train(only_float, first, never);
    TrainRequest again = request("only", still);
    again.resume_checkpoint = ended.last_checkpoint;
    Recorder second;
    train(again, second, never);
    const CheckpointReport closed = end_of(second, "float");
    EXPECT_EQ(closed.step.value, 4);
    EXPECT_EQ(closed.stage, "float");
    EXPECT_EQ(closed.hash, hash_file_hex(closed.path));
}

TEST_F(TrainerTest, StartingWeightsOfAnotherNetworkAreRefusedAndLooseOnesReported) {
    Recorder recorder;
    StopToken stop;
    const TrainSummary first = train(request("first"), recorder, stop);
    TensorMap saved = read_safetensors(first.best_checkpoint);
    const std::string lacking = (folder_ / "lacking.safetensors").string();
    saved.tensors.erase("classifier.0.bias");
    write_safetensors(lacking, saved);
    TrainRequest made = request("strict");
    made.stages.resize(1);
    made.initial_checkpoint = lacking;
    EXPECT_THROW(train(made, recorder, stop), DataError);

    made.folder = (folder_ / "tolerant").string();
    made.initial_is_strict = false;
    Recorder tolerant;
    train(made, tolerant, stop);
    ASSERT_FALSE(tolerant.events.empty());
    EXPECT_EQ(tolerant.events.front().kind, "start");
    EXPECT_THAT(tolerant.events.front().message, testing::HasSubstr("classifier.0.bias"));

    TensorMap foreign;
    foreign.set("layer1.0.weight", HostTensor::from<float>({1}, std::vector<float>{1}));
    write_safetensors((folder_ / "foreign.safetensors").string(), foreign);
    made.folder = (folder_ / "foreign").string();
    made.initial_checkpoint = (folder_ / "foreign.safetensors").string();
    EXPECT_THROW(train(made, recorder, stop), DataError) << "trained from scratch without a word";
}

TEST_F(TrainerTest, AStageOfNoEpochsEndsAsItStarted) {
    Recorder recorder;
    StopToken stop;
    TrainRequest made = request("none", {{"stages.float.training.epochs", "0"}});
    EXPECT_EQ(train(made, recorder, stop).epochs, 2);
    EXPECT_TRUE(fs::exists(folder_ / "none/checkpoints/stage-float.safetensors"));
}

TEST_F(TrainerTest, RefusesACheckpointOfAnotherNetwork) {
    Recorder recorder;
    StopToken stop;
    const TrainSummary wide = train(request("wide", {{"network.width_multiplier", "0.25"}}), recorder, stop);
    TrainRequest made = request("narrow");
    made.resume_checkpoint = wide.last_checkpoint;
    EXPECT_THROW(train(made, recorder, stop), DataError);
}

}  // namespace
}  // namespace f8net
