// SPDX-License-Identifier: Apache-2.0
#include "core/training/stage.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/run/experiment_mapping.h"
#include "core/training/optimizer.h"
#include "core/training/probe.h"

namespace f8net {

namespace {

constexpr const char* kMomentumPrefix = "optimizer.momentum.";
constexpr const char* kGeneratorKey = "generator.cpu";

torch::Dtype dtype_of(Precision precision) {
    return precision == Precision::kFloat64 ? torch::kFloat64 : torch::kFloat32;
}

int64_t correct_among_top(const torch::Tensor& logits, const torch::Tensor& labels, int64_t k) {
    if (k == 1) return (logits.argmax(1) == labels).sum().item<int64_t>();
    const torch::Tensor best = std::get<1>(logits.topk(std::min(k, logits.size(1)), 1));
    return (best == labels.unsqueeze(1)).sum().item<int64_t>();
}

std::shared_ptr<Network> make_network(const Experiment& experiment, const LayerGraph& graph, torch::Device device) {
    // LibTorch's own generator starts from a random seed; nothing draws from it today, and it is part of the state all
    // the same.
    torch::manual_seed(static_cast<uint64_t>(experiment.training.seed));
    auto network = std::make_shared<Network>(graph, experiment.quantization);
    network->initialize(static_cast<uint64_t>(experiment.training.seed));
    network->to(device, dtype_of(experiment.training.precision));
    return network;
}

int64_t steps_of_epoch(const Experiment& experiment, const Sampler& sampler) {
    const int64_t micro_batches = sampler.num_batches();
    const int64_t accumulate = experiment.training.accumulate_steps();
    return experiment.training.drop_last ? micro_batches / accumulate : (micro_batches + accumulate - 1) / accumulate;
}

}  // namespace

StageAtWork::StageAtWork(const Experiment& experiment, torch::Device device)
    : experiment_(experiment),
      device_(device),
      dtype_(dtype_of(experiment.training.precision)),
      graph_(layer_graph_of(experiment)),
      data_(experiment),
      network_(make_network(experiment, graph_, device)),
      optimizer_(make_optimizer(*network_, experiment.optimizer, experiment.quantization.mode)),
      steps_per_epoch_(steps_of_epoch(experiment, data_.loader().sampler())),
      schedule_(experiment.schedule, experiment.optimizer, experiment.training.batch_size, experiment.training.epochs,
                steps_per_epoch_) {}

int64_t StageAtWork::num_steps() const {
    const int64_t all = steps_per_epoch_ * experiment_.training.epochs;
    return experiment_.training.max_steps > 0 ? std::min(all, experiment_.training.max_steps) : all;
}

void StageAtWork::start_epoch(int64_t epoch, int64_t first_step) {
    data_.loader().start(epoch, first_step * experiment_.training.accumulate_steps());
}

StepResult StageAtWork::step(double learning_rate) {
    network_->train(true);
    optimizer_.zero_grad();
    const int accumulate = experiment_.training.accumulate_steps();
    // Known before the last micro batch has come: the sampler says how many images a step has; only a last one may be
    // short.
    std::vector<Batch> batches;
    StepResult result;
    for (int i = 0; i < accumulate; ++i) {
        std::optional<Batch> batch = data_.loader().next();
        if (!batch) break;
        result.images += batch->size;
        batches.push_back(std::move(*batch));
    }
    if (batches.empty()) throw DataError("the loader ended before the epoch's last step");
    for (const Batch& batch : batches) {
        const torch::Tensor input = to_input(batch, data_.normalization(), device_, dtype_);
        const torch::Tensor labels =
            torch::from_blob(const_cast<int64_t*>(batch.labels.data()), {batch.size}, torch::kInt64).to(device_);
        const torch::Tensor logits = network_->forward(input, experiment_.quantization.mode);
        torch::Tensor loss = torch::nn::functional::cross_entropy(logits, labels);
        const double batch_loss = loss.item<double>();
        result.loss_sum += batch_loss * static_cast<double>(batch.size);
        if (batch.size != result.images) {
            loss = loss * (static_cast<double>(batch.size) / static_cast<double>(result.images));
        }
        loss.backward();
        result.correct += correct_among_top(logits.detach(), labels, 1);
    }
    // A step that is thrown away anyway must not spoil the weights that say where it went wrong.
    if (std::isfinite(result.loss_sum)) optimizer_.step(learning_rate);
    return result;
}

std::optional<EvaluationResult> StageAtWork::evaluate(const std::function<bool()>& keep_going) {
    const torch::NoGradGuard no_grad;
    network_->train(false);
    int64_t top1 = 0, top5 = 0, images = 0;
    double loss_sum = 0;
    bool is_complete = true;
    const EvaluationConfig& options = experiment_.evaluation;
    const NumericMode mode = experiment_.quantization.mode;
    // The loss of training's logits, so that training and evaluation can be compared.
    const double logit_scale = network_->logit_scale(mode);
    data_.for_each_evaluation_batch(options.batch_size, options.limit, [&](const Batch& batch) {
        is_complete = keep_going();
        if (!is_complete) return false;
        const torch::Tensor labels =
            torch::from_blob(const_cast<int64_t*>(batch.labels.data()), {batch.size}, torch::kInt64).to(device_);
        const torch::Tensor logits =
            network_->forward(to_input(batch, data_.normalization(), device_, dtype_), mode) * logit_scale;
        loss_sum += torch::nn::functional::cross_entropy(
                        logits, labels, torch::nn::functional::CrossEntropyFuncOptions().reduction(torch::kSum))
                        .item<double>();
        top1 += correct_among_top(logits, labels, 1);
        top5 += correct_among_top(logits, labels, 5);
        images += batch.size;
        return true;
    });
    network_->train(true);
    if (!is_complete) return std::nullopt;
    EvaluationResult result;
    result.images = images;
    if (images > 0) {
        const double count = static_cast<double>(images);
        result.top1 = static_cast<double>(top1) / count;
        result.top5 = static_cast<double>(top5) / count;
        result.loss = loss_sum / count;
    }
    return result;
}

void StageAtWork::probe(EpochReport& report) {
    for (const int index : graph_.weighted_layers()) {
        const Layer& layer = graph_.layers[static_cast<size_t>(index)];
        if (layer.clip_owner == index && !layer.reads_pixels && experiment_.quantization.clipping) {
            report.metrics.push_back({"clip/" + layer.name, network_->stored_clip_level(index).alpha.item<double>()});
        }
    }
    if (data_.probe().size == 0) return;
    probe_network(*network_, experiment_.quantization, data_.probe(), data_.normalization(), report);
}

std::string StageAtWork::first_layer_not_finite() {
    return f8net::first_layer_not_finite(*network_, data_.probe(), data_.normalization());
}

TensorMap StageAtWork::state(const RunPosition&, const std::map<std::string, std::string>& metadata) const {
    TensorMap state = export_state(*network_);
    for (const auto& [name, buffer] : optimizer_.momentum_buffers()) state.set(kMomentumPrefix + name, to_host(buffer));
    state.set(kGeneratorKey, to_host(at::detail::getDefaultCPUGenerator().get_state()));
    state.metadata = metadata;
    state.metadata["state_hash"] = state_hash(state);
    return state;
}

void StageAtWork::load_state(const TensorMap& checkpoint) {
    import_state(*network_, checkpoint, StatePolicy::kStrict, {"optimizer.", "generator."});
    std::map<std::string, torch::Tensor> momentum;
    for (const auto& [name, tensor] : checkpoint.tensors) {
        if (name.starts_with(kMomentumPrefix)) {
            momentum[name.substr(std::string_view(kMomentumPrefix).size())] = from_host(tensor);
        }
    }
    optimizer_.load_momentum_buffers(momentum);
    at::Generator generator = at::detail::getDefaultCPUGenerator();
    generator.set_state(from_host(checkpoint.at(kGeneratorKey)));
}

StateReport StageAtWork::load_model(const TensorMap& checkpoint, bool is_strict) {
    StateReport report = import_state(*network_, checkpoint, is_strict ? StatePolicy::kStrict : StatePolicy::kTolerant,
                                      {"optimizer.", "generator."});
    if (!checkpoint.tensors.empty() && report.unknown.size() == checkpoint.tensors.size()) {
        throw DataError(checkpoint.source + ": none of its " + std::to_string(report.unknown.size()) +
                        " tensors belongs to " + graph_.architecture + " (the first is '" + report.unknown.front() +
                        "')");
    }
    return report;
}

std::vector<LayerDescription> StageAtWork::describe_layers() const {
    std::vector<LayerDescription> descriptions;
    for (size_t i = 0; i < graph_.layers.size(); ++i) {
        const Layer& layer = graph_.layers[i];
        LayerDescription description;
        description.name = layer.name;
        description.kind = to_string(layer.kind);
        description.depth = static_cast<int>(i);
        if (layer.clip_owner >= 0) description.clip_owner = graph_.layers[static_cast<size_t>(layer.clip_owner)].name;
        description.output_shape = {layer.output.channels, layer.output.height, layer.output.width};
        description.weight_shape = layer.weight_shape();
        if (layer.has_weights()) {
            int64_t weights = 1;
            for (const int64_t size : description.weight_shape) weights *= size;
            // A convolution's batch norm has gamma and beta, the classifier a bias.
            description.parameters = weights + (layer.kind == LayerKind::kConv ? 2 : 1) * layer.out_channels;
        }
        description.macs = layer.macs();
        descriptions.push_back(std::move(description));
    }
    return descriptions;
}

}  // namespace f8net
