// SPDX-License-Identifier: Apache-2.0
#include "core/health/run_health.h"

#include "tests/core/store/store_fixture.h"

namespace f8net {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Health : public StoreTest {
protected:
    /// One layer of an epoch; the others of the report are as the fixture has them.
    static LayerFormatReport layer(const std::string& name, int input_length, double clipped) {
        LayerFormatReport report = epoch_report(1, 1).formats[0];
        report.layer = name;
        report.input_format.fractional_length = input_length;
        report.weight_format.fractional_length = 4;
        report.input_clipped_share = clipped;
        return report;
    }
    /// Float steps from 2.3 down, then fixed-point ones that begin higher; ten epochs with formats.
    RunId train(RunState end = RunState::kFinished, double last_loss = 0.5) {
        const RunId run = create("a");
        RunWriter writer(path, run, nullptr);
        const std::vector<LayerDescription> layers = describe({"head.0", "stage_0_layer_0.body.0", "classifier.0"});
        int64_t step = 0;
        const auto log = [&](int epoch, double from, double to) {
            for (int i = 0; i < kStepsPerEpoch; ++i) {
                StepReport report;
                report.step = Step{++step};
                report.epoch = Epoch{epoch};
                const double ripple = 0.01 * (i % 2 == 0 ? 1 : -1);
                report.metrics = {{"train/loss", from + (to - from) * i / kStepsPerEpoch + ripple}};
                writer.on_step(report);
            }
        };
        writer.on_stage_start("float", layers, Step{11 * kStepsPerEpoch}, Epoch{11});
        log(1, 2.3, 0.4);
        EpochReport first;
        first.epoch = Epoch{1};
        first.step = Step{step};
        first.stage = "float";
        writer.on_epoch(first);
        writer.on_stage_start("fixed-point", layers, Step{11 * kStepsPerEpoch}, Epoch{11});
        for (int epoch = 2; epoch <= 11; ++epoch) {
            const double from = 0.9 - 0.04 * (epoch - 2), to = epoch == 11 ? last_loss : from - 0.04;
            log(epoch, from, to);
            EpochReport report;
            report.epoch = Epoch{epoch};
            report.step = Step{step};
            report.stage = "fixed-point";
            report.formats = {layer("head.0", epoch < 4 ? 7 : 8, 0.0),
                              layer("stage_0_layer_0.body.0", epoch < 10 ? 5 : 4, 0.002),
                              layer("classifier.0", 6, 0.061)};
            writer.on_epoch(report);
        }
        if (end != RunState::kRunning) writer.finish(end, 0);
        return run;
    }
    void evaluate(const RunId& run, const std::string& mode, bool agrees) {
        EvaluationRecord evaluation;
        evaluation.checkpoint = "best";
        evaluation.mode = mode;
        evaluation.split = "test";
        evaluation.images = 100;
        evaluation.top1 = 0.9;
        evaluation.integer_modes_agree = agrees;
        open().set_evaluation(run, evaluation);
    }
    RunHealth read(const RunId& run) {
        const RunStore store = open(RunStore::Mode::kReadOnly);
        return read_health(RunReader(store), run);
    }

    static std::vector<LayerDescription> describe(const std::vector<std::string>& names) {
        std::vector<LayerDescription> layers;
        for (const std::string& name : names) {
            LayerDescription layer;
            layer.name = name;
            layer.kind = "conv";
            layer.depth = static_cast<int>(layers.size());
            layers.push_back(layer);
        }
        return layers;
    }

private:
    static constexpr int kStepsPerEpoch = 40;
};

TEST_F(Health, ReadsWhatTheStoreKnows) {
    const RunId run = train();
    evaluate(run, "integer-only", true);
    const RunHealth health = read(run);
    EXPECT_EQ(health.learning, Learning::kLearning);
    EXPECT_TRUE(health.has_ended);
    EXPECT_THAT(health.moving_layers, ElementsAre("stage_0_layer_0.body.0"));
    EXPECT_EQ(health.clipping_layer, "classifier.0");
    EXPECT_DOUBLE_EQ(health.clipped_share, 0.061);
    EXPECT_TRUE(health.clips_much());
    EXPECT_EQ(to_text(health),
              "learned, top-1 90.00 %; stage_0_layer_0.body.0 still moving; classifier.0 clips 6.10 %; integer modes "
              "agree");
}

TEST_F(Health, OneModeThatDiffersIsSaid) {
    const RunId run = train();
    EXPECT_THAT(to_text(read(run)), testing::EndsWith("integer modes not compared yet"));
    evaluate(run, "integer-only", true);
    evaluate(run, "simulated-integer", false);
    EXPECT_EQ(read(run).integer_modes_agree, false);
    EXPECT_THAT(to_text(read(run)), testing::EndsWith("integer modes differ"));
}

TEST_F(Health, AStageIsComparedWithItself) {
    // The float stage ended lower than the fixed-point one begins; that is no rise.
    EXPECT_EQ(read(train()).learning, Learning::kLearning);
    EXPECT_EQ(read(train(RunState::kFinished, 1.4)).learning, Learning::kRising);
}

TEST_F(Health, ARunWithoutAStepHasNotStarted) {
    const RunHealth health = read(create("new"));
    EXPECT_EQ(health.learning, Learning::kNotStarted);
    EXPECT_FALSE(health.has_ended);
    EXPECT_FALSE(health.has_formats());
    EXPECT_THAT(health.moving_layers, IsEmpty());
    EXPECT_EQ(to_text(health), "not started");
}

TEST_F(Health, AFloatRunHasNoFormatsYet) {
    const RunId run = create("float");
    RunWriter writer(path, run, nullptr);
    writer.on_stage_start("float", {}, Step{100}, Epoch{1});
    for (int64_t step = 1; step <= 100; ++step) writer.on_step(step_report(step, 100));
    writer.flush();
    const RunHealth health = read(run);
    EXPECT_FALSE(health.has_ended);
    EXPECT_EQ(to_text(health), "learning; no formats yet");
}

/// A run of few points: `epochs` in fixed point, each of `points` losses that fall by `fall`, and an accuracy.
class ShortRun : public Health {
protected:
    RunId train(int epochs, int points, double fall, RunState end = RunState::kFinished,
                const std::function<void(RunWriter&)>& go_on = {}) {
        const RunId run = create("short");
        RunWriter writer(path, run, nullptr);
        LayerDescription head;
        head.name = "head.0";
        head.kind = "conv";
        writer.on_stage_start("fixed-point", {head}, Step{10 * epochs * points}, Epoch{epochs});
        double loss = 2.3;
        for (int i = 0; i < epochs * points; ++i, loss -= fall) {
            StepReport report;
            report.step = Step{10 * i + 1};  // every tenth step is logged, as in the example
            report.metrics = {{"train/loss", loss}};
            writer.on_step(report);
            if ((i + 1) % points > 0) continue;
            EpochReport ended = epoch_report((i + 1) / points, 10 * (i + 1));
            ended.formats = {layer("head.0", 6, 0)};
            ended.histograms.clear();
            writer.on_epoch(ended);
        }
        if (go_on) go_on(writer);
        if (end != RunState::kRunning) writer.finish(end, 0);
        return run;
    }
    std::string text(int epochs, int points, double fall, RunState end = RunState::kFinished) {
        return to_text(read(train(epochs, points, fall, end)));
    }
};

TEST_F(ShortRun, IsJudgedByWhatItHas) {
    EXPECT_EQ(text(5, 6, 0.05),
              "learned, top-1 55.00 %; all formats settled; no layer clips; integer modes not compared yet");
    EXPECT_EQ(text(2, 3, 0.3),
              "learned, top-1 52.00 %; no format changed in 2 epochs; no layer clips; integer modes not compared yet");
    EXPECT_EQ(read(train(5, 6, 0.05, RunState::kRunning)).learning, Learning::kLearning);
    EXPECT_EQ(read(train(2, 3, 0.3, RunState::kRunning)).learning, Learning::kFallen);
}

TEST_F(ShortRun, HoldsBackOnlyWhatNeedsMorePoints) {
    EXPECT_EQ(text(1, 3, 0.25),
              "loss 2.3 to 1.8 in few points, top-1 51.00 %; formats of one epoch; no layer clips; integer "
              "modes not compared yet");
    EXPECT_EQ(text(1, 1, 0),
              "too few points of the loss to tell whether it learned, top-1 51.00 %; formats of one epoch; "
              "no layer clips; integer modes not compared yet");
    EXPECT_EQ(read(train(5, 6, 0)).learning, Learning::kNotLearning);
    EXPECT_EQ(read(train(2, 3, 0)).learning, Learning::kTooEarly);
}

TEST_F(ShortRun, TheFirstPointsOfAStageAreComparedWithTheBeginningOfTheRun) {
    const auto second_stage = [](RunWriter& writer) {
        writer.on_stage_start("second", {}, Step{1000}, Epoch{20});
        for (int i = 1; i <= 4; ++i) {
            StepReport report;
            report.step = Step{300 + 10 * i};
            report.metrics = {{"train/loss", 1.2 - 0.01 * i}};
            writer.on_step(report);
        }
    };
    // The first stage went down to 0.85.
    EXPECT_EQ(read(train(5, 6, 0.05, RunState::kStopped, second_stage)).learning, Learning::kFallen);
}

TEST_F(Health, WeightsMoveTooAndAnyLayerMayClipMost) {
    const RunId run = create("weights");
    {
        RunWriter writer(path, run, nullptr);
        writer.on_stage_start("fixed-point", describe({"head.0", "stage_0_layer_0.body.0", "classifier.0"}), Step{40},
                              Epoch{4});
        for (int epoch = 1; epoch <= 4; ++epoch) {
            EpochReport report = epoch_report(epoch, 10 * epoch);
            report.formats = {layer("head.0", 6, 0.01), layer("stage_0_layer_0.body.0", 6, 0.03),
                              layer("classifier.0", 6, 0.02)};
            report.formats[2].weight_format.fractional_length = epoch < 4 ? 4 : 5;
            writer.on_epoch(report);
        }
        writer.finish(RunState::kFinished, 0);
    }
    const RunHealth health = read(run);
    EXPECT_THAT(health.moving_layers, ElementsAre("classifier.0"));
    EXPECT_EQ(health.clipping_layer, "stage_0_layer_0.body.0");
    EXPECT_DOUBLE_EQ(health.clipped_share, 0.03);
}

TEST_F(Health, ANetworkKeptFromAWhatIfHasNoTrainingOfItsOwn) {
    const RunId run = create("coarser");
    {
        RunWriter writer(path, run, nullptr);
        writer.on_stage_start("fixed-point", {}, Step{400}, Epoch{10});
        EpochReport report = epoch_report(10, 400);
        report.metrics.clear();
        writer.on_epoch(report);
        writer.finish(RunState::kFinished, 0);
    }
    EvaluationRecord evaluation;
    evaluation.mode = "integer-only";
    evaluation.split = "test";
    evaluation.images = 100;
    evaluation.top1 = 0.911;
    open().set_evaluation(run, evaluation);
    EXPECT_EQ(to_text(read(run)), "no training of its own, top-1 91.10 %");
}

TEST_F(Health, ARunThatFailedBeforeItsFirstStepSaysSo) {
    const RunId run = create("failed");
    {
        RunWriter writer(path, run, nullptr);
        writer.finish(RunState::kFailed, 2);
    }
    EXPECT_EQ(to_text(read(run)), "no step was taken");
}

TEST_F(Health, ALossThatIsNotANumberHasDiverged) {
    const RunId run = create("diverged");
    RunWriter writer(path, run, nullptr);
    writer.on_stage_start("float", {}, Step{100}, Epoch{1});
    for (int64_t step = 1; step <= 50; ++step) writer.on_step(step_report(step, 100));
    StepReport last = step_report(51, 100);
    last.metrics[0].value = NAN;
    writer.on_step(last);
    writer.finish(RunState::kFailed, 76);
    EXPECT_EQ(read(run).learning, Learning::kDiverged);
}

}  // namespace
}  // namespace f8net
