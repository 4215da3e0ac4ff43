// SPDX-License-Identifier: Apache-2.0
/// One stage of a run at work: network, optimizer, data and the steps made of them. Knows nothing of checkpoint files
/// and reports. Threads  one at a time.
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
#include "core/run/run_observer.h"
#include "core/tensorfile/tensor.h"
#include "core/training/run_position.h"
#include "core/training/schedule.h"
#include "core/training/sgd.h"
#include "core/training/training_data.h"

namespace f8net {

struct StepResult {
    double loss_sum = 0;  ///< of the images' losses
    int64_t correct = 0;
    int64_t images = 0;
    double loss() const { return loss_sum / static_cast<double>(images); }
};

struct EvaluationResult {
    double top1 = 0, top5 = 0, loss = 0;  ///< shares; mean cross entropy
    int64_t images = 0;
};

class StageAtWork {
public:
    /// A fresh network (initialized from training.seed) and optimizer.
    StageAtWork(const Experiment& experiment, torch::Device device);

    int64_t steps_per_epoch() const { return steps_per_epoch_; }
    int64_t num_steps() const;  ///< of the whole stage
    double learning_rate(int64_t stage_step) const { return schedule_.rate(stage_step); }

    /// Puts the loader at an epoch (counted over all stages, from 0) and a step within it.
    void start_epoch(int64_t epoch, int64_t first_step);
    /// One optimizer step: forward and backward of each micro batch, then SGD. The gradients are averages over the
    /// step's images. NumericError (layer and statistic) where a format cannot be chosen because values are not finite.
    StepResult step(double learning_rate);
    /// Accuracy on the evaluation split in the stage's mode; empty where `keep_going` said no on the way.
    std::optional<EvaluationResult> evaluate(const std::function<bool()>& keep_going);
    /// Formats and histograms of every layer on the probe set.
    void probe(EpochReport& report);
    /// Name of the first layer whose input is not finite on the probe set; empty where all are.
    std::string first_layer_not_finite();

    /// Tensors of model, optimizer and generator, and what else a checkpoint holds.
    TensorMap state(const RunPosition& position, const std::map<std::string, std::string>& metadata) const;
    /// All of it back. ShapeError, DataError where the checkpoint is of another network.
    void load_state(const TensorMap& checkpoint);
    /// Weights (and formats where it has them) alone, to start from; what was not there, and what nobody knows.
    /// DataError where not strict and nothing of it is of this network.
    StateReport load_model(const TensorMap& checkpoint, bool is_strict);

    const LayerGraph& graph() const { return graph_; }
    TrainingData& data() { return data_; }
    Network& network() { return *network_; }
    std::vector<LayerDescription> describe_layers() const;

private:
    Experiment experiment_;
    torch::Device device_;
    torch::Dtype dtype_;
    LayerGraph graph_;
    TrainingData data_;
    std::shared_ptr<Network> network_;
    Sgd optimizer_;
    int64_t steps_per_epoch_;
    LearningRateSchedule schedule_;
};

}  // namespace f8net
