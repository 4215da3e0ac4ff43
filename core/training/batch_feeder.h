// SPDX-License-Identifier: Apache-2.0
/// The loader's batches where the network computes. On a GPU they come through pinned memory and a stream of their own,
/// one ahead: while a step computes, the pixels of the next one travel, and nobody waits.
/// Threads  one at a time.
#pragma once

#include <c10/core/Event.h>
#include <c10/core/Stream.h>
#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <optional>

#include "core/data/loader.h"

namespace f8net {

struct DeviceBatch {
    torch::Tensor pixels;  ///< bytes [size, height, width, channels]
    torch::Tensor labels;  ///< int64 [size]
    int64_t size() const { return host.size; }
    int64_t number() const { return host.number; }

    Batch host;  ///< on a CPU the tensors are its memory; on a GPU it has none left
};

class BatchFeeder {
public:
    /// `loader` must outlive it.
    BatchFeeder(Loader& loader, torch::Device device);

    /// As Loader::start; what was fetched ahead is dropped. Also needed where the loader was used in between.
    void start(int64_t epoch, int64_t first_batch = 0);
    /// As Loader::next.
    std::optional<DeviceBatch> next();
    /// Waits for the loader's next batch now, and on a GPU sends it off. To be called when a step's work is queued.
    void fetch_ahead();

private:
    struct Travelling {
        DeviceBatch batch;
        std::optional<c10::Event> arrived;
    };
    std::optional<Travelling> fetch();
    void send(Travelling& travelling);

    Loader& loader_;
    torch::Device device_;
    std::optional<c10::Stream> stream_;  // of copies; none on a CPU
    std::optional<Travelling> ahead_;
    bool has_ended_ = false;
};

}  // namespace f8net
