// SPDX-License-Identifier: Apache-2.0
// What a stage does between its epochs: statistics estimated anew, accuracy, formats and histograms.
#include <algorithm>

#include "core/tensorfile/checkpoint_file.h"
#include "core/training/probe.h"
#include "core/training/recalibration.h"
#include "core/training/stage.h"

namespace f8net {

namespace {

int64_t correct_among_top(const torch::Tensor& logits, const torch::Tensor& labels, int64_t k) {
    if (k == 1) return (logits.argmax(1) == labels).sum().item<int64_t>();
    const torch::Tensor best = std::get<1>(logits.topk(std::min(k, logits.size(1)), 1));
    return (best == labels.unsqueeze(1)).sum().item<int64_t>();
}

}  // namespace

bool StageAtWork::recalibrate_batch_norm(int64_t epoch, const std::function<bool()>& keep_going) {
    const int batches = experiment_.evaluation.recalibrate_batch_norm;
    if (batches == 0) return true;
    const bool is_complete = f8net::recalibrate_batch_norm(
        *network_, experiment_.quantization.mode, data_.loader(), epoch, batches,
        [this](const Batch& batch) { return input_of(pixels_of(batch)); }, keep_going);
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
        const torch::Tensor logits = network_->forward(input_of(pixels_of(batch)), mode) * logit_scale;
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
