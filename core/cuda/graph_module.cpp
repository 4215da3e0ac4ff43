// SPDX-License-Identifier: Apache-2.0
/// libf8net_cuda_graph.so: captures through LibTorch's own graph class, so that its allocator keeps the memory of what
/// is captured apart.
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
            graph_ = std::make_unique<at::cuda::CUDAGraph>();
            // Threads that fetch data may go on allocating.
            graph_->capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
            try {
                work();
            } catch (...) {
                end_quietly();
                throw;
            }
            graph_->capture_end();
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

    void end_quietly() {
        try {
            graph_->capture_end();
        } catch (const c10::Error&) {
            // The capture is broken already; why is told by what broke it.
        }
        graph_.reset();
    }

    c10::DeviceIndex device_;
    CUDAStream stream_;
    std::unique_ptr<at::cuda::CUDAGraph> graph_;
};

}  // namespace
}  // namespace f8net

extern "C" __attribute__((visibility("default"))) f8net::GpuGraph* f8net_gpu_graph(int device) {
    return new f8net::Graph(static_cast<c10::DeviceIndex>(device));
}
