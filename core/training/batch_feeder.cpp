// SPDX-License-Identifier: Apache-2.0
#include "core/training/batch_feeder.h"

#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <cstring>

#include "core/training/training_data.h"

namespace f8net {

namespace {

torch::Tensor labels_of(const Batch& batch) {
    return torch::from_blob(const_cast<int64_t*>(batch.labels.data()), {batch.size}, torch::kInt64);
}

/// Through memory that the device reads by itself: only from there a copy does not stop the host.
torch::Tensor sent(const torch::Tensor& host, torch::Device device) {
    const torch::Tensor pinned = torch::empty(host.sizes(), host.options().pinned_memory(true));
    std::memcpy(pinned.mutable_data_ptr(), host.const_data_ptr(), host.nbytes());
    return pinned.to(device, /*non_blocking=*/true);
}

}  // namespace

BatchFeeder::BatchFeeder(Loader& loader, torch::Device device) : loader_(loader), device_(device) {
    if (!device.is_cpu()) stream_ = c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device);
}

void BatchFeeder::start(int64_t epoch, int64_t first_batch) {
    ahead_.reset();
    has_ended_ = false;
    loader_.start(epoch, first_batch);
}

std::optional<DeviceBatch> BatchFeeder::next() {
    if (!ahead_) ahead_ = fetch();
    if (!ahead_) return std::nullopt;
    Travelling arriving = std::move(*ahead_);
    ahead_.reset();
    if (arriving.arrived) {
        const c10::Stream computing = c10::impl::VirtualGuardImpl(device_.type()).getStream(device_);
        arriving.arrived->block(computing);
        // Their memory belongs to the other stream: it may go back only when this one has read it.
        arriving.batch.pixels.record_stream(computing);
        arriving.batch.labels.record_stream(computing);
    }
    return std::move(arriving.batch);
}

void BatchFeeder::fetch_ahead() {
    if (!ahead_) ahead_ = fetch();
}

std::optional<BatchFeeder::Travelling> BatchFeeder::fetch() {
    if (has_ended_) return std::nullopt;
    std::optional<Batch> batch = loader_.next();
    has_ended_ = !batch;
    if (!batch) return std::nullopt;
    Travelling travelling;
    travelling.batch.host = std::move(*batch);
    travelling.batch.pixels = pixels_of(travelling.batch.host);
    travelling.batch.labels = labels_of(travelling.batch.host);
    if (stream_) send(travelling);
    return travelling;
}

void BatchFeeder::send(Travelling& travelling) {
    DeviceBatch& batch = travelling.batch;
    const c10::StreamGuard copies(*stream_);
    batch.pixels = sent(batch.pixels, device_);
    batch.labels = sent(batch.labels, device_);
    batch.host.pixels = {};
    batch.host.labels = {};
    travelling.arrived.emplace(device_.type());
    travelling.arrived->record(*stream_);
}

}  // namespace f8net
