// SPDX-License-Identifier: Apache-2.0
/// Batches ready for the network, made by background threads, delivered in order: the same bytes for any number of
/// threads.
///
/// Layout   pixels N H W C, C fastest, 8 bits; channels_last as the network wants it (design.md 8).
/// Errors   what a thread meets (DataError with the file's path) is thrown by next() in place of that batch; the
///          loader is then at its end until start() is called again.
/// Threads  one consumer. The data set is shared with the loader's threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/data/dataset.h"
#include "core/data/sampler.h"
#include "core/data/transform.h"

namespace f8net {

struct Batch {
    std::vector<uint8_t> pixels;   ///< [size, height, width, channels]
    std::vector<int64_t> labels;   ///< [size]
    std::vector<int64_t> indexes;  ///< [size], into the data set
    int64_t size = 0;
    int channels = 0;
    int height = 0;
    int width = 0;
    int64_t number = 0;  ///< within its epoch, from 0
};

struct LoaderOptions {
    int num_threads = 1;       ///< at least 1
    int prefetch_batches = 4;  ///< made ahead of the consumer, at most (at least 1)
};

class Loader {
public:
    /// Batch size, order and ranks are the sampler's; `sampler.options().num_images` must be dataset->size().
    Loader(DatasetPtr dataset, const ImageTransform& transform, const Sampler& sampler, const LoaderOptions& options);
    ~Loader();  ///< any time, also in the middle of an epoch: stops the threads and waits for the image each is at
    Loader(const Loader&) = delete;
    Loader& operator=(const Loader&) = delete;

    /// Begins an epoch (from 0), or goes on within it from `first_batch`; what was under way is dropped.
    void start(int64_t epoch, int64_t first_batch = 0);
    /// The next batch, waiting for it; nothing after the last one of the epoch.
    std::optional<Batch> next();

    int64_t num_batches() const;  ///< of a whole epoch
    const Sampler& sampler() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Chosen images without augmentation (evaluation, probe sets), decoded by `num_threads` threads.
Batch load_batch(const Dataset& dataset, const ImageTransform& transform, std::span<const int64_t> indexes,
                 int num_threads = 1);

}  // namespace f8net
