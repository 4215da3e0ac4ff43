// SPDX-License-Identifier: Apache-2.0
// Training that replays its steps, against the same training queued operation by operation: the same bits. The graph
// plays its part on the host: a replay is the captured work, without what only the host would count.
#include "core/training/graphed_step.h"

#include <gmock/gmock.h>

#include "core/base/error.h"
#include "core/run/experiment_mapping.h"
#include "core/tensorfile/safetensors.h"
#include "tests/core/training/synthetic_training.h"

namespace f8net {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using torch::Tensor;

void count_batches(Network& network, int64_t more) {
    for (const int index : network.graph().weighted_layers()) {
        if (ConvBatchNorm* conv = network.conv(index)) conv->num_batches_tracked += more;
    }
}

struct GraphLog {
    std::string calls;  // w: as it is, c: captured, r: replayed, d: destroyed
    std::function<void()> on_capture = [] {};
    std::function<void()> on_warm_up = [] {};
};

class HostGraph final : public GpuGraph {
public:
    HostGraph(Network& network, GraphLog& log) : network_(network), log_(log) {}
    ~HostGraph() override { log_.calls += 'd'; }
    void warm_up(const std::function<void()>& work) override {
        log_.calls += 'w';
        log_.on_warm_up();
        work();
    }
    void capture(const std::function<void()>& work) override {
        log_.calls += 'c';
        count_batches(network_, 1);  // what the host does by the way
        log_.on_capture();
        work_ = work;
    }
    void replay() override {
        log_.calls += 'r';
        work_();
        count_batches(network_, -1);
    }

private:
    Network& network_;
    GraphLog& log_;
    std::function<void()> work_;
};

LayerGraph small_graph() {
    ArchitectureOptions options;
    options.architecture = "resnet18";
    options.width_multiplier = 0.125;
    options.stem = Stem::kSmall;
    options.image_size = 16;
    options.num_classes = 10;
    return make_layer_graph(options);
}

TEST(GraphedStep, BringsEachWholeBatchToWhereTheGraphReadsIt) {
    Network network(small_graph(), QuantizationConfig());
    GraphLog log;
    std::vector<const void*> places;
    std::vector<int64_t> sums;
    GraphedStep step(std::make_unique<HostGraph>(network, log), network, 4,
                     [&](const Tensor& pixels, const Tensor& labels) {
                         places.push_back(pixels.const_data_ptr());
                         sums.push_back(pixels.sum().item<int64_t>() + labels.sum().item<int64_t>());
                     });
    const auto take = [&](int value, int64_t images) {
        step.run(torch::full({images, 2, 2, 1}, value, torch::kByte), torch::full({images}, value, torch::kLong));
    };
    take(9, 3);  // an epoch's last batch, after a resume
    for (int value = 1; value <= 5; ++value) take(value, 4);
    EXPECT_TRUE(step.is_captured());
    take(7, 2);
    take(6, 4);
    EXPECT_EQ(log.calls, "wwwcrrr");
    EXPECT_THAT(sums, ElementsAre(9 * 15, 20, 40, 60, 80, 100, 7 * 10, 120));
    for (const size_t whole : {2, 3, 4, 5, 7}) EXPECT_EQ(places[whole], places[1]) << whole;
    for (const size_t part : {0, 6}) EXPECT_NE(places[part], places[1]) << part;
}

TEST(GraphedStep, AFailedWarmUpIsTheStepsOwnFailure) {
    Network network(small_graph(), QuantizationConfig());
    GraphLog log;
    GraphedStep step(std::make_unique<HostGraph>(network, log), network, 1,
                     [&](const Tensor&, const Tensor&) { TORCH_CHECK_WITH(OutOfMemoryError, false, "out of memory"); });
    EXPECT_THROW(step.run(torch::zeros({1, 1, 1, 1}), torch::zeros({1})), c10::OutOfMemoryError);
    EXPECT_EQ(step.failure(), "");
}

TEST(GraphedStep, SaysWhyAStepCannotBeCaptured) {
    Experiment experiment;
    EXPECT_EQ(why_not_captured(experiment), "");
    EXPECT_THAT(why_not_captured(experiment, 2), HasSubstr("ranks"));
    experiment.training.micro_batch = experiment.training.batch_size / 2;
    EXPECT_THAT(why_not_captured(experiment), HasSubstr("training.micro_batch"));
    experiment.training.micro_batch = experiment.training.batch_size;
    EXPECT_EQ(why_not_captured(experiment), "");
    experiment.training.cuda_graph = false;
    EXPECT_THAT(why_not_captured(experiment), HasSubstr("training.cuda_graph"));
    const auto reason = [](const auto& change) {
        Experiment changed;
        change(changed.quantization);
        return why_not_captured(changed);
    };
    EXPECT_THAT(reason([](auto& settings) { settings.mode = NumericMode::kFloat; }), HasSubstr("mode float"));
    EXPECT_THAT(reason([](auto& settings) { settings.granularity = Granularity::kPerChannel; }), HasSubstr("channel"));
    EXPECT_THAT(reason([](auto& settings) { settings.compensate_streams = true; }), HasSubstr("compensate_streams"));
    EXPECT_THAT(reason([](auto& settings) { settings.input_format.word_length = 9; }), HasSubstr("8 bits"));
    EXPECT_THAT(reason([](auto& settings) { settings.weight_format.word_length = 9; }), HasSubstr("8 bits"));
    EXPECT_EQ(reason([](auto& settings) {
                  settings.mode = NumericMode::kFloatUnclipped;
                  settings.granularity = Granularity::kPerChannel;
              }),
              "");
}

class TrainingAsGraph : public testing::Test {
protected:
    /// Six steps an epoch, the last of 8 images; two of the three epochs in fixed point.
    TrainRequest request(const std::string& run, const std::vector<Setting>& more = {}) const {
        std::vector<Setting> settings = {{"training.images_per_epoch", "88"}, {"training.drop_last", "false"}};
        settings.insert(settings.end(), more.begin(), more.end());
        return training_.request(run, settings);
    }
    StepOptions as_graph() {
        return {.make_graph = [this](Network& network) { return std::make_unique<HostGraph>(network, log_); }};
    }
    struct Trained {
        std::string hash;
        std::map<int64_t, double> losses;
        std::vector<std::string> graph_events;
    };
    Trained trained(const TrainRequest& request, const StepOptions& options) {
        testing_support::LossRecorder recorder;
        StopToken stop;
        const TrainSummary summary = train(request, recorder, stop, options);
        return {state_hash(read_safetensors(summary.last_checkpoint)), recorder.losses, recorder.graph_events};
    }
    void expect_the_same(const Trained& actual, const Trained& expected) {
        EXPECT_EQ(actual.losses, expected.losses);
        EXPECT_EQ(actual.hash, expected.hash);
    }

    GraphLog log_;
    testing_support::SyntheticTraining training_{"graphed"};
};

TEST_F(TrainingAsGraph, HasTheBitsOfQueuedSteps) {
    const Trained queued = trained(request("queued"), {});
    EXPECT_THAT(queued.graph_events, ElementsAre());
    const Trained replayed = trained(request("replayed"), as_graph());
    expect_the_same(replayed, queued);
    ASSERT_EQ(replayed.losses.size(), 18U);
    EXPECT_EQ(log_.calls, "wwwcrrrrrrrd") << "ten whole batches; an epoch's last is queued";
    EXPECT_THAT(replayed.graph_events,
                ElementsAre(testing::AllOf(HasSubstr("from step 1 on"), HasSubstr("queued"), HasSubstr("mode float")),
                            "info: from step 10 on, steps are replayed as a CUDA graph"));
}

TEST_F(TrainingAsGraph, StandsEvaluationCheckpointsAndOtherSettings) {
    for (const std::vector<Setting>& settings :
         std::vector<std::vector<Setting>>{{{"evaluation.recalibrate_batch_norm", "3"}},
                                           {{"training.checkpoint_every_steps", "2"}},
                                           {{"quantization.format_policy", "grid-search"}},
                                           {{"stages.float.quantization.mode", "float-unclipped"}}}) {
        SCOPED_TRACE(settings.front().key);
        log_.calls.clear();
        expect_the_same(trained(request("replayed", settings), as_graph()), trained(request("queued", settings), {}));
        EXPECT_THAT(log_.calls, HasSubstr("crrrrrrrd"));
    }
}

TEST_F(TrainingAsGraph, GoesOnBitIdenticallyAfterAStop) {
    const Trained whole = trained(request("whole"), {});
    for (const int64_t at : {8, 11, 12, 15}) {
        SCOPED_TRACE("stopped after step " + std::to_string(at));
        StopToken stop;
        testing_support::LossRecorder first(&stop, at);
        TrainRequest made = request("stopped-" + std::to_string(at));
        const TrainSummary stopped = train(made, first, stop, as_graph());
        ASSERT_TRUE(stopped.stopped);
        made.resume_checkpoint = stopped.last_checkpoint;
        log_.calls.clear();
        Trained rest = trained(made, as_graph());
        EXPECT_EQ(log_.calls.substr(0, 1), "w") << "a fresh graph";
        rest.losses.merge(first.losses);
        expect_the_same(rest, whole);
    }
}

TEST_F(TrainingAsGraph, IsQueuedWhereTheCaptureFails) {
    const Trained queued = trained(request("queued"), {});
    log_.on_capture = [] {
        TORCH_CHECK_WITH(OutOfMemoryError, false, "CUDA out of memory. Tried to allocate 1.00 GiB.");
    };
    const Trained failed = trained(request("failed"), as_graph());
    expect_the_same(failed, queued);
    EXPECT_EQ(log_.calls, "wwwcd") << "its memory has gone back";
    ASSERT_EQ(failed.graph_events.size(), 2U);
    EXPECT_THAT(failed.graph_events[1],
                testing::AllOf(HasSubstr("warning: from step 10 on"), HasSubstr("queued operation by operation"),
                               HasSubstr("CUDA out of memory. Tried to allocate 1.00 GiB.")));
}

TEST_F(TrainingAsGraph, IsQueuedWhereItIsNotWantedOrTheModuleIsMissing) {
    const Trained queued = trained(request("queued"), {});
    const Trained unwanted = trained(request("unwanted", {{"training.cuda_graph", "false"}}), as_graph());
    expect_the_same(unwanted, queued);
    EXPECT_EQ(log_.calls, "");
    EXPECT_THAT(unwanted.graph_events, testing::Each(HasSubstr("training.cuda_graph is false")));
    const Trained missing = trained(request("missing"), {.make_graph = [](Network&) -> std::unique_ptr<GpuGraph> {
                                        throw MissingError("libf8net_cuda_graph.so is not there");
                                    }});
    expect_the_same(missing, queued);
    EXPECT_THAT(missing.graph_events.at(1), HasSubstr("libf8net_cuda_graph.so is not there"));
    // Parts of a batch: nothing is captured either.
    const std::vector<Setting> parts = {{"training.micro_batch", "8"}};
    expect_the_same(trained(request("parts", parts), as_graph()), trained(request("parts-queued", parts), {}));
    EXPECT_EQ(log_.calls, "");
}

}  // namespace
}  // namespace f8net
