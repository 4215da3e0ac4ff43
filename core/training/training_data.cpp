// SPDX-License-Identifier: Apache-2.0
#include "core/training/training_data.h"

#include <algorithm>
#include <numeric>

#include "core/run/experiment_mapping.h"

namespace f8net {

PixelsToInput::PixelsToInput(const Normalization& normalization, torch::Device device, torch::Dtype dtype)
    : device_(device),
      dtype_(dtype),
      // The divisor lies on the device: by a host number, a GPU multiplies with its reciprocal, which rounds otherwise.
      highest_(torch::scalar_tensor(255, torch::TensorOptions(dtype).device(device))) {
    if (normalization.mean.empty()) return;
    const auto per_channel = [&](const std::vector<float>& values) {
        return torch::tensor(values, torch::kFloat32).to(device, dtype).view({1, -1, 1, 1});
    };
    mean_ = per_channel(normalization.mean);
    std_ = per_channel(normalization.std);
}

torch::Tensor PixelsToInput::operator()(const torch::Tensor& pixels) const {
    // The permuted view is what LibTorch calls channels last; nothing is moved.
    torch::Tensor input = pixels.to(device_).permute({0, 3, 1, 2}).to(dtype_);
    input.div_(highest_);
    if (mean_.defined()) input.sub_(mean_).div_(std_);
    return input;
}

torch::Tensor pixels_of(const Batch& batch) {
    return torch::from_blob(const_cast<uint8_t*>(batch.pixels.data()),
                            {batch.size, batch.height, batch.width, batch.channels}, torch::kUInt8);
}

torch::Tensor to_input(const uint8_t* pixels, torch::IntArrayRef nhwc, const Normalization& normalization,
                       torch::Device device, torch::Dtype dtype) {
    return PixelsToInput(normalization, device,
                         dtype)(torch::from_blob(const_cast<uint8_t*>(pixels), nhwc, torch::kUInt8));
}

TrainingData::TrainingData(const Experiment& experiment, int rank, int world)
    : rank_(rank),
      world_(world),
      evaluation_split_(evaluation_split(experiment)),
      train_(open_dataset(experiment, Split::kTrain)),
      evaluation_(open_dataset(experiment, evaluation_split_)),
      normalization_(normalization_of(experiment)),
      num_threads_(std::max(1, experiment.data.loader_threads)) {
    TransformOptions transform = transform_options(experiment);
    if (experiment.training.seed_per_rank) transform.seed += static_cast<uint64_t>(rank);
    evaluation_transform_ = std::make_unique<ImageTransform>(transform, *evaluation_);

    SamplerOptions sampler;
    sampler.num_images = train_->size();
    sampler.images_per_epoch = experiment.training.images_per_epoch;
    // One forward pass takes one batch of the loader; a step may accumulate several.
    sampler.batch_size = experiment.training.effective_micro_batch(world);
    sampler.rank = rank;
    sampler.world = world;
    sampler.drop_last = experiment.training.drop_last;
    sampler.seed = static_cast<uint64_t>(experiment.training.seed);
    LoaderOptions loader;
    loader.num_threads = num_threads_;
    loader.prefetch_batches = std::max(1, experiment.data.prefetch_batches);
    const ImageTransform train_transform(transform, *train_);
    loader_ = std::make_unique<Loader>(train_, train_transform, Sampler(sampler), loader);

    const int64_t num_probes = std::min<int64_t>(experiment.training.probe_images, train_->size());
    if (num_probes > 0) {
        std::vector<int64_t> indexes(static_cast<size_t>(num_probes));
        std::iota(indexes.begin(), indexes.end(), 0);
        probe_ = load_batch(*train_, train_transform, indexes, num_threads_);
    }
}

std::string TrainingData::evaluation_name() const {
    return split_name(evaluation_split_);
}

int64_t TrainingData::num_evaluation_images(int64_t limit) const {
    return limit > 0 ? std::min(limit, evaluation_->size()) : evaluation_->size();
}

int64_t TrainingData::num_evaluation_batches(int batch_size, int64_t limit) const {
    return (num_evaluation_images(limit) + batch_size - 1) / batch_size;
}

void TrainingData::for_each_evaluation_batch(int batch_size, int64_t limit,
                                             const std::function<bool(const Batch&)>& body) const {
    const int64_t count = num_evaluation_images(limit);
    std::vector<int64_t> indexes;
    const auto size = static_cast<int64_t>(batch_size);
    for (int64_t begin = rank_ * size; begin < count; begin += world_ * size) {
        indexes.resize(static_cast<size_t>(std::min<int64_t>(batch_size, count - begin)));
        std::iota(indexes.begin(), indexes.end(), begin);
        if (!body(load_batch(*evaluation_, *evaluation_transform_, indexes, num_threads_))) return;
    }
}

}  // namespace f8net
