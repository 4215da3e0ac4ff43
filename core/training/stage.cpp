// SPDX-License-Identifier: Apache-2.0
#include "core/training/stage.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "core/base/error.h"
#include "core/run/experiment_mapping.h"
#include "core/tensorfile/checkpoint_file.h"
#include "core/training/optimizer.h"
#include "core/training/probe.h"
#include "core/training/recalibration.h"

namespace f8net {

namespace {

constexpr const char* kMomentumPrefix = "optimizer.momentum.";
constexpr const char* kGeneratorKey = "generator.cpu";

/// Where a checkpoint keeps what is rank r's own; empty for rank 0, whose statistics are the network's.
std::string prefix_of_rank(int rank) {
    return rank == 0 ? "" : "rank." + std::to_string(rank) + ".";
}

torch::Dtype dtype_of(Precision precision) {
    return precision == Precision::kFloat64 ? torch::kFloat64 : torch::kFloat32;
}

int64_t correct_among_top(const torch::Tensor& logits, const torch::Tensor& labels, int64_t k) {
    if (k == 1) return (logits.argmax(1) == labels).sum().item<int64_t>();
    const torch::Tensor best = std::get<1>(logits.topk(std::min(k, logits.size(1)), 1));
    return (best == labels.unsqueeze(1)).sum().item<int64_t>();
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

/// What batches leave behind in a network beside its gradients.
bool is_statistic(const std::string& name) {
    for (const char* suffix : {".running_mean", ".running_var", ".num_batches_tracked", ".input_fraclen"}) {
        if (name.ends_with(suffix)) return true;
    }
    return false;
}

torch::Tensor as_bytes(const TensorMap& state) {
    std::vector<uint8_t> bytes;
    for (const auto& [name, tensor] : state.tensors) {
        const auto* data = reinterpret_cast<const uint8_t*>(tensor.bytes.data());
        bytes.insert(bytes.end(), data, data + tensor.bytes.size());
    }
    return torch::tensor(bytes, torch::kUInt8);
}

/// Tensors of the names and shapes of `like`.
TensorMap from_bytes(const torch::Tensor& bytes, const TensorMap& like) {
    TensorMap state = like;
    const uint8_t* data = bytes.const_data_ptr<uint8_t>();
    for (auto& [name, tensor] : state.tensors) {
        std::memcpy(tensor.bytes.data(), data, tensor.bytes.size());
        data += tensor.bytes.size();
    }
    return state;
}

}  // namespace

StageAtWork::StageAtWork(const Experiment& experiment, torch::Device device, Ranks& ranks)
    : experiment_(experiment),
      ranks_(ranks),
      device_(device),
      dtype_(dtype_of(experiment.training.precision)),
      graph_(layer_graph_of(experiment)),
      data_(experiment, ranks.rank(), ranks.world()),
      network_(make_network(experiment, graph_, device, ranks.rank())),
      optimizer_(make_optimizer(*network_, experiment.optimizer, experiment.quantization.mode)),
      steps_per_epoch_(steps_of_epoch(experiment, data_.loader().sampler())),
      schedule_(experiment.schedule, experiment.optimizer, experiment.training.batch_size, experiment.training.epochs,
                steps_per_epoch_) {
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
    data_.loader().start(epoch, first_step * experiment_.training.accumulate_steps(ranks_.world()));
}

StepResult StageAtWork::step(double learning_rate) {
    network_->train(true);
    optimizer_.zero_grad();
    const Sampler& sampler = data_.loader().sampler();
    const int accumulate = experiment_.training.accumulate_steps(ranks_.world());
    std::vector<Batch> batches;
    while (static_cast<int>(batches.size()) < accumulate) {
        std::optional<Batch> batch = data_.loader().next();
        if (!batch) break;
        batches.push_back(std::move(*batch));
    }
    if (batches.empty()) throw DataError("the loader ended before the epoch's last step");
    // The sampler says how many images all ranks together have in this step; only an epoch's last one may be short.
    const int64_t batch_of_all = sampler.options().batch_size * sampler.options().world;
    const int64_t images_of_step =
        std::min(accumulate * batch_of_all, sampler.images_per_epoch() - batches.front().number * batch_of_all);
    StepResult mine;
    std::string failure;
    for (const Batch& batch : batches) {
        torch::Tensor loss;
        // A short step can leave a rank without images, and one that failed has to keep up until all have heard of it.
        if (batch.size > 0 && failure.empty()) loss = forward(batch, images_of_step, mine, failure);
        if (!loss.defined()) loss = no_loss();
        if (average_ && &batch == &batches.back()) {
            average_->backward(loss);
        } else {
            optimizer_.add_gradients_of(loss);
        }
    }
    const StepResult result = sum_over_ranks(mine, failure);
    // A step that is thrown away anyway must not spoil the weights that say where it went wrong.
    if (std::isfinite(result.loss_sum)) optimizer_.step(learning_rate);
    return result;
}

torch::Tensor StageAtWork::forward(const Batch& batch, int64_t images_of_step, StepResult& result,
                                   std::string& failure) {
    const torch::Tensor input = input_of(batch);
    const torch::Tensor labels =
        torch::from_blob(const_cast<int64_t*>(batch.labels.data()), {batch.size}, torch::kInt64).to(device_);
    torch::Tensor logits;
    try {
        logits = network_->forward(input, experiment_.quantization.mode);
        network_->check_finite();
    } catch (const NumericError& error) {
        failure = error.what();
        return {};
    }
    const torch::Tensor loss = torch::nn::functional::cross_entropy(logits, labels);
    result.loss_sum += loss.item<double>() * static_cast<double>(batch.size);
    result.correct += correct_among_top(logits.detach(), labels, 1);
    result.images += batch.size;
    // The average over the ranks divides by their number once more.
    const int64_t images_with_ranks = batch.size * ranks_.world();
    if (images_with_ranks == images_of_step) return loss;
    return loss * (static_cast<double>(images_with_ranks) / static_cast<double>(images_of_step));
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
            throw NumericError(ranks_.is_alone() ? words : "rank " + std::to_string(rank) + ": " + words);
        }
        sum.loss_sum += part[0];
        sum.correct += static_cast<int64_t>(part[1]);
        sum.images += static_cast<int64_t>(part[2]);
    }
    return sum;
}

torch::Tensor StageAtWork::input_of(const Batch& batch) const {
    const torch::Tensor input = to_input(batch, data_.normalization(), device_, dtype_);
    return experiment_.training.channels_last ? input : input.contiguous();
}

bool StageAtWork::recalibrate_batch_norm(int64_t epoch, const std::function<bool()>& keep_going) {
    const int batches = experiment_.evaluation.recalibrate_batch_norm;
    if (batches == 0) return true;
    const bool is_complete = f8net::recalibrate_batch_norm(
        *network_, experiment_.quantization.mode, data_.loader(), epoch, batches,
        [this](const Batch& batch) { return input_of(batch); }, keep_going);
    // Where one rank ends early, all do.
    const auto all = ranks_.gather({is_complete ? 1.0 : 0.0});
    return std::all_of(all.begin(), all.end(), [](const std::vector<double>& part) { return part.at(0) != 0; });
}

std::optional<EvaluationResult> StageAtWork::evaluate(const std::function<bool()>& keep_going) {
    const torch::NoGradGuard no_grad;
    network_->train(false);
    // What is evaluated is what is saved: the network with rank 0's statistics.
    const std::vector<TensorMap> rank_states = gather_rank_states();
    import_state(*network_, rank_states.front(), StatePolicy::kTolerant, training_prefixes());
    const EvaluationConfig& options = experiment_.evaluation;
    std::vector<int64_t> tops = {1, 5};
    for (const int64_t k : options.topk) {
        if (k != 1 && k != 5) tops.push_back(k);
    }
    const NumericMode mode = experiment_.quantization.mode;
    // The loss of training's logits, so that training and evaluation can be compared.
    const double logit_scale = network_->logit_scale(mode);
    const size_t num_counts = 2 + tops.size();  // loss, images, correct among the best k
    const int64_t num_batches = data_.num_evaluation_batches(options.batch_size, options.limit);
    // Batch by batch, each rank as many as the one with most, and whether it went to its end.
    const auto most = static_cast<size_t>((num_batches + ranks_.world() - 1) / ranks_.world());
    std::vector<double> mine;
    bool is_complete = true;
    data_.for_each_evaluation_batch(options.batch_size, options.limit, [&](const Batch& batch) {
        is_complete = keep_going();
        if (!is_complete) return false;
        const torch::Tensor labels =
            torch::from_blob(const_cast<int64_t*>(batch.labels.data()), {batch.size}, torch::kInt64).to(device_);
        const torch::Tensor logits = network_->forward(input_of(batch), mode) * logit_scale;
        mine.push_back(torch::nn::functional::cross_entropy(
                           logits, labels, torch::nn::functional::CrossEntropyFuncOptions().reduction(torch::kSum))
                           .item<double>());
        mine.push_back(static_cast<double>(batch.size));
        for (const int64_t k : tops) mine.push_back(static_cast<double>(correct_among_top(logits, labels, k)));
        return true;
    });
    import_state(*network_, rank_states[static_cast<size_t>(ranks_.rank())], StatePolicy::kTolerant,
                 training_prefixes());
    network_->train(true);
    mine.resize(most * num_counts);
    mine.push_back(is_complete ? 1 : 0);
    const std::vector<std::vector<double>> all = ranks_.gather(mine);
    for (const std::vector<double>& part : all) {
        if (part.back() == 0) return std::nullopt;
    }
    std::vector<double> sums(num_counts);
    for (int64_t batch = 0; batch < num_batches; ++batch) {
        const std::vector<double>& part = all[static_cast<size_t>(batch % ranks_.world())];
        const size_t begin = static_cast<size_t>(batch / ranks_.world()) * num_counts;
        for (size_t i = 0; i < num_counts; ++i) sums[i] += part[begin + i];
    }
    const double images = sums[1];
    EvaluationResult result;
    result.images = static_cast<int64_t>(images);
    if (images > 0) {
        result.loss = sums[0] / images;
        result.top1 = sums[2] / images;
        result.top5 = sums[3] / images;
        for (size_t i = 2; i < tops.size(); ++i) result.topk[tops[i]] = sums[2 + i] / images;
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

TensorMap StageAtWork::rank_state() const {
    TensorMap own;
    for (auto& [name, tensor] : export_state(*network_).tensors) {
        if (is_statistic(name)) own.set(name, std::move(tensor));
    }
    own.set(kGeneratorKey, to_host(at::detail::getDefaultCPUGenerator().get_state()));
    return own;
}

std::vector<TensorMap> StageAtWork::gather_rank_states() {
    const TensorMap own = rank_state();
    std::vector<TensorMap> states;
    for (const torch::Tensor& bytes : ranks_.gather_tensors(as_bytes(own))) states.push_back(from_bytes(bytes, own));
    return states;
}

TensorMap StageAtWork::state(const std::vector<TensorMap>& rank_states,
                             const std::map<std::string, std::string>& metadata) const {
    TensorMap state = export_state(*network_);
    for (const auto& [name, buffer] : optimizer_.momentum_buffers()) state.set(kMomentumPrefix + name, to_host(buffer));
    for (size_t rank = 0; rank < rank_states.size(); ++rank) {
        for (const auto& [name, tensor] : rank_states[rank].tensors) {
            state.set(prefix_of_rank(static_cast<int>(rank)) + name, tensor);
        }
    }
    state.metadata = metadata;
    state.metadata["state_hash"] = state_hash(state);
    return state;
}

void StageAtWork::load_state(const TensorMap& checkpoint) {
    import_state(*network_, checkpoint, StatePolicy::kStrict, training_prefixes());
    std::map<std::string, torch::Tensor> momentum;
    TensorMap own;
    const std::string own_prefix = prefix_of_rank(ranks_.rank());
    for (const auto& [name, tensor] : checkpoint.tensors) {
        if (name.starts_with(kMomentumPrefix)) {
            momentum[name.substr(std::string_view(kMomentumPrefix).size())] = from_host(tensor);
        } else if (!own_prefix.empty() && name.starts_with(own_prefix)) {
            own.set(name.substr(own_prefix.size()), tensor);
        }
    }
    optimizer_.load_momentum_buffers(momentum);
    import_state(*network_, own, StatePolicy::kTolerant, training_prefixes());
    const bool is_known = own_prefix.empty() || checkpoint.contains(own_prefix + kGeneratorKey);
    if (!is_known) return;
    at::Generator generator = at::detail::getDefaultCPUGenerator();
    generator.set_state(from_host(checkpoint.at(own_prefix + kGeneratorKey)));
}

StateReport StageAtWork::load_model(const TensorMap& checkpoint, bool is_strict) {
    StateReport report = import_state(*network_, checkpoint, is_strict ? StatePolicy::kStrict : StatePolicy::kTolerant,
                                      training_prefixes());
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
