// SPDX-License-Identifier: Apache-2.0
/// One stage of a run at work: network, optimizer, data and the steps made of them. Knows nothing of checkpoint files
/// and reports.
/// Ranks    each has its share of every batch, and batch statistics and running lengths of its own; gradients are
///          averaged over the images of all, so that weights and optimizer stay equal (method.md 6). Functions marked
///          "all ranks" are called by all of them in the same order.
/// Threads  one at a time.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "core/architecture/layer_graph.h"
#include "core/config/experiment.h"
#include "core/modules/network.h"
#include "core/modules/network_state.h"
#include "core/modules/tf32.h"
#include "core/run/run_observer.h"
#include "core/tensorfile/tensor.h"
#include "core/training/batch_feeder.h"
#include "core/training/gradient_average.h"
#include "core/training/graphed_step.h"
#include "core/training/ranks.h"
#include "core/training/run_position.h"
#include "core/training/schedule.h"
#include "core/training/sgd.h"
#include "core/training/step_options.h"
#include "core/training/step_results.h"
#include "core/training/training_data.h"

namespace f8net {

struct EvaluationResult {
    double top1 = 0, top5 = 0, loss = 0;  ///< shares; mean cross entropy
    std::map<int64_t, double> topk;       ///< further ones of evaluation.topk, by k
    int64_t images = 0;
};

class StageAtWork {
public:
    /// A fresh network (initialized from training.seed) and optimizer (all ranks). `ranks` must outlive it.
    StageAtWork(const Experiment& experiment, torch::Device device, Ranks& ranks, const StepOptions& options = {});

    int64_t steps_per_epoch() const { return steps_per_epoch_; }
    int64_t num_steps() const;  ///< of the whole stage
    double learning_rate(int64_t stage_step) const { return schedule_.rate(stage_step); }

    /// Puts the loader at an epoch (counted over all stages, from 0) and a step within it.
    void start_epoch(int64_t epoch, int64_t first_step);
    /// One optimizer step: forward and backward of each micro batch, then SGD (all ranks). The gradients are averages
    /// over the step's images. What came out stays on the device until it is read; weights do not change any more from
    /// the first step on whose loss is not finite. NumericError (layer and statistic) on all ranks where a format
    /// cannot be chosen because values are not finite.
    void step(double learning_rate);
    /// Whether steps are replayed as a graph, or why they are queued one operation after the other; nothing where that
    /// is not known yet, and on a CPU.
    struct HowStepsRun {
        EventLevel level = EventLevel::kInfo;
        std::string words;
    };
    HowStepsRun how_steps_run() const;
    /// Whether no further step can be taken before read_results().
    bool results_are_due() const { return results_.is_full(); }
    /// Of the steps since the last call, in their order, over the images of all ranks. A GPU is waited for.
    std::vector<StepResult> read_results() { return results_.read(); }
    /// Where formats are chosen on a device: the layer's tensor for which none could be since this was asked last, in
    /// words; empty where all went well. A GPU is waited for.
    std::string tensor_not_finite();
    /// Batch-norm statistics anew over evaluation.recalibrate_batch_norm batches of the epoch's order; nothing where
    /// that is 0. False where `keep_going` said no on the way. start_epoch() has to come before the next step.
    bool recalibrate_batch_norm(int64_t epoch, const std::function<bool()>& keep_going);
    /// Accuracy of the network with rank 0's statistics on the evaluation split in the stage's mode (all ranks), the
    /// same bits for any number of them; empty where `keep_going` said no to one of them on the way.
    std::optional<EvaluationResult> evaluate(const std::function<bool()>& keep_going);
    /// Formats and histograms of every layer on the probe set.
    void probe(EpochReport& report);
    /// Name of the first layer whose input is not finite on the probe set; empty where all are.
    std::string first_layer_not_finite();

    /// What is not equal on all ranks, in their order: running statistics and lengths, generators (all ranks).
    std::vector<TensorMap> gather_rank_states();
    /// Tensors of model, optimizer and generators: all that a checkpoint holds. Rank 0's running statistics are the
    /// network's; those of rank r are kept as rank.<r>.<name>.
    TensorMap state(const std::vector<TensorMap>& rank_states,
                    const std::map<std::string, std::string>& metadata) const;
    /// All of it back. A rank that the checkpoint does not know starts from rank 0's statistics and a fresh generator.
    /// ShapeError, DataError where the checkpoint is of another network.
    void load_state(const TensorMap& checkpoint);
    /// Weights (and formats where it has them) alone, to start from; what was not there, and what nobody knows.
    /// DataError where not strict and nothing of it is of this network.
    StateReport load_model(const TensorMap& checkpoint, bool is_strict);

    const LayerGraph& graph() const { return graph_; }
    TrainingData& data() { return data_; }
    Network& network() { return *network_; }
    std::vector<LayerDescription> describe_layers() const;

private:
    void prepare_graph(const GraphMaker& make_graph);
    std::vector<DeviceBatch> next_batches();
    /// A whole step of one process on one batch, for a device to do by itself.
    void step_alone(const torch::Tensor& pixels, const torch::Tensor& labels);
    /// Any other; gives the images of all ranks.
    int64_t step_in_parts(const std::vector<DeviceBatch>& batches);
    /// Loss of a micro batch as a share of the step's, counted into the results.
    torch::Tensor forward(const torch::Tensor& pixels, const torch::Tensor& labels, int64_t images_of_step);
    /// The same; among several ranks undefined, with `failure` filled, where values are not finite.
    torch::Tensor try_forward(const DeviceBatch& batch, int64_t images_of_step, std::string& failure);
    /// Zero, with a gradient of zero for every parameter: of a rank that has nothing to add to what the others average.
    torch::Tensor no_loss() const;
    StepResult sum_over_ranks(const StepResult& mine, const std::string& failure);
    TensorMap rank_state() const;
    /// From pixels of any device.
    torch::Tensor input_of(const torch::Tensor& pixels) const;

    Experiment experiment_;
    Ranks& ranks_;
    torch::Device device_;
    Tf32Scope arithmetic_;
    torch::Dtype dtype_;
    LayerGraph graph_;
    TrainingData data_;
    BatchFeeder feeder_;
    PixelsToInput to_input_;
    std::shared_ptr<Network> network_;
    Sgd optimizer_;
    std::unique_ptr<GradientAverage> average_;  // of several ranks
    int64_t steps_per_epoch_;
    LearningRateSchedule schedule_;
    StepResults results_;
    std::unique_ptr<GraphedStep> graphed_;  // where steps can be captured
    std::string queued_because_;            // on a GPU, where they cannot
};

}  // namespace f8net
