// SPDX-License-Identifier: Apache-2.0
/// libf8net_cuda_graph.so: captures through LibTorch's own graph class, so that its allocator keeps the memory of what
/// is captured apart.
#include <ATen/core/CachingHostAllocator.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/core/Event.h>
#include <c10/cuda/CUDAGuard.h>

#include <memory>

#include "core/cuda/graph.h"

namespace f8net {
namespace {

using c10::cuda::CUDAStream;

/// What comes on `after` waits for what is on `before`.
void wait_for(const CUDAStream& before, const CUDAStream& after) {
    c10::Event event(c10::DeviceType::CUDA);
    event.record(before.unwrap());
    event.block(after.unwrap());
}

class Graph final : public GpuGraph {
public:
    explicit Graph(c10::DeviceIndex device)
        : device_(device), stream_(c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device)) {}

    void warm_up(const std::function<void()>& work) override {
        on_own_stream([&] { work(); });
    }

    void capture(const std::function<void()>& work) override {
        on_own_stream([&] {
            graph_.reset();
            // While it captures, the allocator gives nothing back to the device of what it has in store.
            c10::cuda::CUDACachingAllocator::emptyCache();
            graph_ = std::make_unique<at::cuda::CUDAGraph>();
            pool_ = at::cuda::graph_pool_handle();
            try {
                // Threads that fetch data may go on allocating.
                graph_->capture_begin(pool_, cudaStreamCaptureModeThreadLocal);
                work();
                graph_->capture_end();
            } catch (...) {
                end_quietly();
                throw;
            }
        });
    }

    void replay() override { graph_->replay(); }

private:
    template <typename Work>
    void on_own_stream(const Work& work) {
        const CUDAStream outside = c10::cuda::getCurrentCUDAStream(device_);
        wait_for(outside, stream_);
        {
            const c10::cuda::CUDAStreamGuard guard(stream_);
            work();
        }
        wait_for(stream_, outside);
    }

    /// After a failure; why is told by what failed.
    void end_quietly() {
        const auto does = [](const auto& call) {
            try {
                call();
                return true;
            } catch (const c10::Error&) {
                return false;
            }
        };
        does([&] { graph_->capture_end(); });
        // An invalid capture leaves the allocators as if it went on, and they would keep all memory that another stream
        // has read.
        const bool has_ended = does([&] { (void)graph_->pool(); });
        if (!has_ended) {
            at::HostAllocator& host = *at::getHostAllocator(c10::DeviceType::CUDA);
            does([&] { c10::cuda::CUDACachingAllocator::endAllocateToPool(device_, pool_); });
            does([&] { c10::cuda::CUDACachingAllocator::releasePool(device_, pool_); });
            does([&] { host.end_allocate_to_pool(pool_); });
            does([&] { host.release_pool(pool_); });
        }
        graph_.reset();
    }

    c10::DeviceIndex device_;
    CUDAStream stream_;
    std::unique_ptr<at::cuda::CUDAGraph> graph_;
    c10::MempoolId_t pool_{0, 0};
};

}  // namespace
}  // namespace f8net

extern "C" __attribute__((visibility("default"))) f8net::GpuGraph* f8net_gpu_graph(int device) {
    return new f8net::Graph(static_cast<c10::DeviceIndex>(device));
}
