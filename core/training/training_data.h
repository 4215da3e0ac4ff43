// SPDX-License-Identifier: Apache-2.0
/// The images of a stage as the trainer wants them: batches in training order, evaluation batches, the fixed probe set.
/// Threads  one at a time.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <memory>

#include "core/config/experiment.h"
#include "core/data/loader.h"
#include "core/data/transform.h"

namespace f8net {

/// Pixels to what the network reads: N C H W (channels last in memory), pixel / 255, normalized where the experiment
/// says so. What it divides by lies on the device, so that nothing is waited for.
class PixelsToInput {
public:
    PixelsToInput(const Normalization& normalization, torch::Device device, torch::Dtype dtype);
    /// pixels: bytes [N, H, W, C], of any device.
    torch::Tensor operator()(const torch::Tensor& pixels) const;

private:
    torch::Device device_;
    torch::Dtype dtype_;
    torch::Tensor highest_, mean_, std_;  // the last two undefined where nothing is normalized
};

/// The batch's memory as a tensor [N, H, W, C]: valid as long as the batch.
torch::Tensor pixels_of(const Batch& batch);
/// The same at once, of bytes [N, H, W, C] in memory.
torch::Tensor to_input(const uint8_t* pixels, torch::IntArrayRef nhwc, const Normalization& normalization,
                       torch::Device device, torch::Dtype dtype);

class TrainingData {
public:
    /// Opens both splits. Errors: DataError, MissingError, ConfigError as core/data and core/run/experiment_mapping.h
    /// say.
    /// rank of world: which share of every training and evaluation batch is this process's.
    explicit TrainingData(const Experiment& experiment, int rank = 0, int world = 1);

    Loader& loader() { return *loader_; }
    const Normalization& normalization() const { return normalization_; }
    int64_t images_per_epoch() const { return loader_->sampler().images_per_epoch(); }
    const Dataset& train() const { return *train_; }
    const Dataset& evaluation() const { return *evaluation_; }
    std::string evaluation_name() const;  ///< "test" or "validation"

    /// The first images of the training split, unaugmented, the same in every epoch and run.
    const Batch& probe() const { return probe_; }
    /// Calls body(batch) over every world-th batch of the evaluation split from the rank's on, in order; ends early
    /// where body returns false.
    void for_each_evaluation_batch(int batch_size, int64_t limit, const std::function<bool(const Batch&)>& body) const;
    /// Batches that the evaluation split has in all.
    int64_t num_evaluation_batches(int batch_size, int64_t limit) const;

private:
    int64_t num_evaluation_images(int64_t limit) const;

    int rank_, world_;
    Split evaluation_split_;
    DatasetPtr train_, evaluation_;
    Normalization normalization_;
    std::unique_ptr<ImageTransform> evaluation_transform_;
    std::unique_ptr<Loader> loader_;
    Batch probe_;
    int num_threads_;
};

}  // namespace f8net
