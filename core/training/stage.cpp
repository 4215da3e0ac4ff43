// SPDX-License-Identifier: Apache-2.0
#include "core/training/stage.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/run/experiment_mapping.h"
#include "core/training/device.h"
#include "core/training/optimizer.h"

namespace f8net {

namespace {

torch::Dtype dtype_of(Precision precision) {
    return precision == Precision::kFloat64 ? torch::kFloat64 : torch::kFloat32;
}

std::shared_ptr<Network> make_network(const Experiment& experiment, const LayerGraph& graph, torch::Device device,
                                      int rank) {
    // LibTorch's own generator starts from a random seed; nothing draws from it today, and it is part of the state all
    // the same. Initial weights are those of the seed itself, on every rank.
    const int own = experiment.training.seed_per_rank ? rank : 0;
    torch::manual_seed(static_cast<uint64_t>(experiment.training.seed + own));
    auto network = std::make_shared<Network>(graph, experiment.quantization);
    network->initialize(static_cast<uint64_t>(experiment.training.seed),
                        experiment.network.reset_parameters ? Initialization::kMethod : Initialization::kFanIn);
    network->set_channels_last(experiment.training.channels_last);
    network->to(device, dtype_of(experiment.training.precision));
    return network;
}

int64_t steps_of_epoch(const Experiment& experiment, const Sampler& sampler) {
    const int64_t micro_batches = sampler.num_batches();
    const int64_t accumulate = experiment.training.accumulate_steps(sampler.options().world);
    return experiment.training.drop_last ? micro_batches / accumulate : (micro_batches + accumulate - 1) / accumulate;
}

}  // namespace

StageAtWork::StageAtWork(const Experiment& experiment, torch::Device device, Ranks& ranks, const StepOptions& options)
    : experiment_(experiment),
      ranks_(ranks),
      device_(device),
      arithmetic_(device, experiment.training.float32_matmul == Float32Matmul::kTf32),
      dtype_(dtype_of(experiment.training.precision)),
      graph_(layer_graph_of(experiment)),
      data_(experiment, ranks.rank(), ranks.world()),
      feeder_(data_.loader(), device),
      to_input_(data_.normalization(), device, dtype_),
      network_(make_network(experiment, graph_, device, ranks.rank())),
      optimizer_(make_optimizer(*network_, experiment.optimizer, experiment.quantization.mode)),
      steps_per_epoch_(steps_of_epoch(experiment, data_.loader().sampler())),
      schedule_(experiment.schedule, experiment.optimizer, experiment.training.batch_size, experiment.training.epochs,
                steps_per_epoch_),
      results_(device, options.steps_between_reads > 0 ? options.steps_between_reads : steps_between_reads(device)) {
    prepare_graph(options.make_graph);
    if (ranks.is_alone()) return;
    std::vector<torch::Tensor> parameters;
    for (const NamedParameter& parameter : network_->parameters(experiment.quantization.mode)) {
        parameters.push_back(parameter.tensor);
    }
    average_ = std::make_unique<GradientAverage>(parameters, ranks);
}

int64_t StageAtWork::num_steps() const {
    const int64_t all = steps_per_epoch_ * experiment_.training.epochs;
    return experiment_.training.max_steps > 0 ? std::min(all, experiment_.training.max_steps) : all;
}

void StageAtWork::start_epoch(int64_t epoch, int64_t first_step) {
    feeder_.start(epoch, first_step * experiment_.training.accumulate_steps(ranks_.world()));
}

void StageAtWork::prepare_graph(const GraphMaker& make_graph) {
    if (device_.is_cpu() && !make_graph) return;
    queued_because_ = why_not_captured(experiment_, ranks_.world());
    if (!queued_because_.empty()) return;
    try {
        graphed_ = std::make_unique<GraphedStep>(
            make_graph ? make_graph(*network_) : open_gpu_graph(device_), *network_, experiment_.training.batch_size,
            [this](const torch::Tensor& pixels, const torch::Tensor& labels) { step_alone(pixels, labels); });
    } catch (const MissingError& error) {
        queued_because_ = error.what();
    }
}

StageAtWork::HowStepsRun StageAtWork::how_steps_run() const {
    if (graphed_ && graphed_->is_captured()) return {EventLevel::kInfo, "steps are replayed as a CUDA graph"};
    const std::string queued = "steps are queued operation by operation, not replayed as a CUDA graph: ";
    if (graphed_ && !graphed_->failure().empty()) return {EventLevel::kWarning, queued + graphed_->failure()};
    return {EventLevel::kInfo, queued_because_.empty() ? "" : queued + queued_because_};
}

void StageAtWork::step(double learning_rate) {
    network_->train(true);
    optimizer_.set_learning_rate(learning_rate);
    const std::vector<DeviceBatch> batches = next_batches();
    int64_t images = batches.front().size();
    if (graphed_) {
        graphed_->run(batches.front().pixels, batches.front().labels);
    } else {
        images = step_in_parts(batches);
    }
    results_.keep(images);
    // While a GPU works the host has time for the next batch; on a CPU it would only wait earlier.
    if (!device_.is_cpu()) feeder_.fetch_ahead();
}

std::vector<DeviceBatch> StageAtWork::next_batches() {
    const auto accumulate = static_cast<size_t>(experiment_.training.accumulate_steps(ranks_.world()));
    std::vector<DeviceBatch> batches;
    while (batches.size() < accumulate) {
        std::optional<DeviceBatch> batch = feeder_.next();
        if (!batch) break;
        batches.push_back(std::move(*batch));
    }
    if (batches.empty()) throw DataError("the loader ended before the epoch's last step");
    return batches;
}

void StageAtWork::step_alone(const torch::Tensor& pixels, const torch::Tensor& labels) {
    optimizer_.zero_grad();
    results_.begin_step();
    optimizer_.add_gradients_of(forward(pixels, labels, labels.size(0)));
    // A step that is thrown away anyway must not spoil the weights that say where it went wrong.
    optimizer_.step(results_.skip());
}

int64_t StageAtWork::step_in_parts(const std::vector<DeviceBatch>& batches) {
    optimizer_.zero_grad();
    // The sampler says how many images all ranks together have in this step; only an epoch's last one may be short.
    const Sampler& sampler = data_.loader().sampler();
    const int accumulate = experiment_.training.accumulate_steps(ranks_.world());
    const int64_t batch_of_all = sampler.options().batch_size * sampler.options().world;
    const int64_t images_of_step =
        std::min(accumulate * batch_of_all, sampler.images_per_epoch() - batches.front().number() * batch_of_all);
    std::string failure;
    int64_t images = 0;
    results_.begin_step();
    for (const DeviceBatch& batch : batches) {
        images += batch.size();
        torch::Tensor loss;
        // A short step can leave a rank without images, and one that failed has to keep up until all have heard of it.
        if (batch.size() > 0 && failure.empty()) loss = try_forward(batch, images_of_step, failure);
        if (!loss.defined()) loss = no_loss();
        if (average_ && &batch == &batches.back()) {
            average_->backward(loss);
        } else {
            optimizer_.add_gradients_of(loss);
        }
    }
    if (!ranks_.is_alone()) {
        const StepResult sum = sum_over_ranks(results_.at_hand(images), failure);
        results_.replace(sum);
        images = sum.images;
    }
    optimizer_.step(results_.skip());
    return images;
}

torch::Tensor StageAtWork::try_forward(const DeviceBatch& batch, int64_t images_of_step, std::string& failure) {
    // Alone, what is not finite is asked for with the results.
    if (ranks_.is_alone()) return forward(batch.pixels, batch.labels, images_of_step);
    try {
        const torch::Tensor loss = forward(batch.pixels, batch.labels, images_of_step);
        network_->check_finite();
        return loss;
    } catch (const NumericError& error) {
        failure = error.what();
        return {};
    }
}

torch::Tensor StageAtWork::forward(const torch::Tensor& pixels, const torch::Tensor& labels, int64_t images_of_step) {
    const torch::Tensor logits = network_->forward(input_of(pixels), experiment_.quantization.mode);
    const torch::Tensor loss = torch::nn::functional::cross_entropy(logits, labels);
    results_.add(loss, logits, labels);
    // The average over the ranks divides by their number once more.
    const int64_t images_with_ranks = labels.size(0) * ranks_.world();
    if (images_with_ranks == images_of_step) return loss;
    return loss * (static_cast<double>(images_with_ranks) / static_cast<double>(images_of_step));
}

std::string StageAtWork::tensor_not_finite() {
    try {
        network_->check_finite();
    } catch (const NumericError& error) {
        return error.what();
    }
    return {};
}

torch::Tensor StageAtWork::no_loss() const {
    torch::Tensor loss = torch::zeros({}, torch::TensorOptions(dtype_).device(device_));
    for (const NamedParameter& parameter : network_->parameters(experiment_.quantization.mode)) {
        loss = loss + (parameter.tensor * 0).sum();
    }
    return loss;
}

StepResult StageAtWork::sum_over_ranks(const StepResult& mine, const std::string& failure) {
    const auto all = ranks_.gather({mine.loss_sum, static_cast<double>(mine.correct), static_cast<double>(mine.images),
                                    failure.empty() ? 0.0 : 1.0});
    StepResult sum;
    for (size_t rank = 0; rank < all.size(); ++rank) {
        const std::vector<double>& part = all[rank];
        if (part[3] != 0) {
            const std::string words = ranks_.share(failure, static_cast<int>(rank));
            throw NumericError("rank " + std::to_string(rank) + ": " + words);
        }
        sum.loss_sum += part[0];
        sum.correct += static_cast<int64_t>(part[1]);
        sum.images += static_cast<int64_t>(part[2]);
    }
    return sum;
}

torch::Tensor StageAtWork::input_of(const torch::Tensor& pixels) const {
    const torch::Tensor input = to_input_(pixels);
    return experiment_.training.channels_last ? input : input.contiguous();
}

}  // namespace f8net
