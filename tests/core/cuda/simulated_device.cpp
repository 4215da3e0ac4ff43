// SPDX-License-Identifier: Apache-2.0
#include "tests/core/cuda/simulated_device.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/EmptyTensor.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <ATen/native/Resize.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <sys/mman.h>
#include <torch/library.h>

#include <atomic>
#include <map>
#include <mutex>
#include <vector>

namespace f8net {
namespace {

using torch::Tensor;

constexpr size_t kArenaBytes = size_t{4} << 30;  // reserved, not used up

std::atomic<int64_t>& num_copies() {
    static std::atomic<int64_t> count{0};
    return count;
}

/// The device's memory.
class Arena {
public:
    static Arena& instance() {
        static Arena* const arena = new Arena;  // tensors may outlive statics
        return *arena;
    }
    void* take(size_t bytes) {
        const std::scoped_lock lock(mutex_);
        const size_t size = (bytes + 255) / 256 * 256;
        auto& free = free_[size];
        if (!free.empty()) {
            void* const block = free.back();
            free.pop_back();
            return block;
        }
        TORCH_CHECK(used_ + size <= kArenaBytes, "the simulated device is full");
        char* const block = base_ + used_;
        used_ += size;
        sizes_[block] = size;
        return block;
    }
    void give_back(void* block) {
        const std::scoped_lock lock(mutex_);
        free_[sizes_.at(block)].push_back(block);
    }
    void open() {
        const std::scoped_lock lock(mutex_);
        if (depth_++ == 0) protect(PROT_READ | PROT_WRITE);
    }
    void close() {
        const std::scoped_lock lock(mutex_);
        if (--depth_ == 0) protect(PROT_NONE);
    }

private:
    Arena()
        : base_(static_cast<char*>(
              ::mmap(nullptr, kArenaBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0))) {
        TORCH_CHECK(base_ != MAP_FAILED, "no room for a simulated device");
        // What protect() costs goes with the number of pages.
        ::madvise(base_, kArenaBytes, MADV_HUGEPAGE);
    }
    void protect(int access) { TORCH_CHECK(::mprotect(base_, kArenaBytes, access) == 0, "mprotect failed"); }

    std::mutex mutex_;
    char* base_;
    size_t used_ = 0;
    int depth_ = 0;
    std::map<size_t, std::vector<void*>> free_;
    std::map<void*, size_t> sizes_;
};

class DeviceAllocator final : public c10::Allocator {
public:
    c10::DataPtr allocate(size_t bytes) override {
        const c10::Device device(kSimulatedDevice, 0);
        if (bytes == 0) return {nullptr, device};
        void* const block = Arena::instance().take(bytes);
        return {block, block, &free_block, device};
    }
    c10::DeleterFnPtr raw_deleter() const override { return &free_block; }
    void copy_data(void* to, const void* from, std::size_t bytes) const override {
        const DeviceAccess access;
        default_copy_data(to, from, bytes);
    }

private:
    static void free_block(void* block) {
        if (block) Arena::instance().give_back(block);
    }
};

DeviceAllocator& allocator() {
    static DeviceAllocator it;
    return it;
}

struct DeviceGuardImpl final : c10::impl::NoOpDeviceGuardImpl<kSimulatedDevice> {
    c10::Device getDevice() const override { return {kSimulatedDevice, 0}; }
    c10::Device exchangeDevice(c10::Device) const override { return {kSimulatedDevice, 0}; }
    c10::Stream getStream(c10::Device device) const noexcept override {
        return c10::Stream(c10::Stream::DEFAULT, device);
    }
    c10::Stream getDefaultStream(c10::Device device) const override {
        return c10::Stream(c10::Stream::DEFAULT, device);
    }
    void* getStreamNativeHandle(const c10::Stream) const override { return nullptr; }
};

struct Hooks final : at::PrivateUse1HooksInterface {
    bool isBuilt() const override { return true; }
    bool isAvailable() const override { return true; }
    bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
    c10::DeviceIndex deviceCount() const override { return 1; }
    /// Seeded along with the others; nothing draws from it.
    const at::Generator& getDefaultGenerator(c10::DeviceIndex) const override {
        static const at::Generator generator = at::make_generator<at::CPUGeneratorImpl>();
        return generator;
    }
};

bool is_on_device(const Tensor& x) {
    return x.defined() && x.device().type() == kSimulatedDevice;
}

/// The same memory as a tensor of the host; for as long as it may be touched.
Tensor seen_by_host(const Tensor& x) {
    if (!is_on_device(x)) return x;
    return torch::from_blob(const_cast<void*>(x.const_data_ptr()), x.sizes(), x.strides(),
                            x.options().device(torch::kCPU).requires_grad(false));
}

Tensor empty(at::IntArrayRef sizes, std::optional<at::ScalarType> type, std::optional<at::Layout>,
             std::optional<at::Device>, std::optional<bool>, std::optional<at::MemoryFormat> format) {
    return Tensor(at::detail::empty_generic(sizes, &allocator(), c10::DispatchKeySet(c10::DispatchKey::PrivateUse1),
                                            type.value_or(torch::kFloat), format));
}
Tensor empty_strided(at::IntArrayRef sizes, at::IntArrayRef strides, std::optional<at::ScalarType> type,
                     std::optional<at::Layout>, std::optional<at::Device>, std::optional<bool>) {
    return Tensor(at::detail::empty_strided_generic(sizes, strides, &allocator(),
                                                    c10::DispatchKeySet(c10::DispatchKey::PrivateUse1),
                                                    type.value_or(torch::kFloat)));
}

Tensor brought_to_device(const Tensor& x) {
    Tensor there = x.is_non_overlapping_and_dense() ? empty_strided(x.sizes(), x.strides(), x.scalar_type(), {}, {}, {})
                                                    : empty(x.sizes(), x.scalar_type(), {}, {}, {}, {});
    seen_by_host(there).copy_(x);
    return there;
}

Tensor copy_from(const Tensor& from, const Tensor& to, bool) {
    const DeviceAccess access;
    if (!is_on_device(to)) ++num_copies();
    seen_by_host(to).copy_(seen_by_host(from));
    return to;
}

at::Scalar local_scalar(const Tensor& x) {
    const DeviceAccess access;
    ++num_copies();
    return seen_by_host(x).item();
}

Tensor convolution(const Tensor& x, const Tensor& w, const std::optional<Tensor>& bias, at::IntArrayRef stride,
                   at::IntArrayRef padding, at::IntArrayRef dilation, bool transposed, at::IntArrayRef output_padding,
                   int64_t groups) {
    const DeviceAccess access;
    return brought_to_device(at::convolution(seen_by_host(x), seen_by_host(w), seen_by_host(bias.value_or(Tensor())),
                                             stride, padding, dilation, transposed, output_padding, groups));
}

std::tuple<Tensor, Tensor, Tensor> convolution_backward(const Tensor& gradient, const Tensor& x, const Tensor& w,
                                                        at::IntArrayRef stride, at::IntArrayRef padding,
                                                        at::IntArrayRef dilation, bool transposed,
                                                        at::IntArrayRef output_padding, int64_t groups,
                                                        std::array<bool, 3> wanted) {
    const DeviceAccess access;
    const auto [dx, dw, db] =
        at::convolution_backward(seen_by_host(gradient), seen_by_host(x), seen_by_host(w), at::OptionalIntArrayRef(),
                                 stride, padding, dilation, transposed, output_padding, groups, wanted);
    const auto bring = [](const Tensor& result) { return result.defined() ? brought_to_device(result) : result; };
    return {bring(dx), bring(dw), bring(db)};
}

/// Any other operator: the host's on the same memory.
void on_host(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
    const DeviceAccess access;
    std::vector<std::pair<Tensor, Tensor>> arguments;  // of the device, and as the host sees it
    const auto lend = [&](const Tensor& x) {
        if (!is_on_device(x)) return x;
        arguments.emplace_back(x, seen_by_host(x));
        return arguments.back().second;
    };
    const size_t num_arguments = op.schema().arguments().size();
    for (auto value = stack->end() - static_cast<std::ptrdiff_t>(num_arguments); value != stack->end(); ++value) {
        if (value->isTensor()) {
            *value = lend(value->toTensor());
        } else if (value->isTensorList()) {
            c10::List<Tensor> lent;
            for (const Tensor& x : value->toTensorVector()) lent.push_back(lend(x));
            *value = lent;
        } else if (value->isDevice()) {
            *value = c10::Device(torch::kCPU);
        }
    }
    op.callBoxed(stack);
    const auto bring = [&](const Tensor& result) {
        if (!result.defined()) return result;
        for (const auto& [there, here] : arguments) {
            if (result.unsafeGetTensorImpl() == here.unsafeGetTensorImpl()) return there;
            if (result.storage().data() == here.storage().data() && result.storage().data()) {
                return there.as_strided(result.sizes(), result.strides(),
                                        there.storage_offset() + result.storage_offset());
            }
        }
        return brought_to_device(result);
    };
    const size_t num_results = op.schema().returns().size();
    for (auto value = stack->end() - static_cast<std::ptrdiff_t>(num_results); value != stack->end(); ++value) {
        if (value->isTensor()) {
            *value = bring(value->toTensor());
        } else if (value->isTensorList()) {
            c10::List<Tensor> brought;
            for (const Tensor& x : value->toTensorVector()) brought.push_back(bring(x));
            *value = brought;
        }
    }
}

C10_REGISTER_GUARD_IMPL(PrivateUse1, DeviceGuardImpl)

TORCH_LIBRARY_IMPL(_, PrivateUse1, library) {
    library.fallback(torch::CppFunction::makeFromBoxedFunction<&on_host>());
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, library) {
    library.impl("empty.memory_format", TORCH_FN(empty));
    library.impl("empty_strided", TORCH_FN(empty_strided));
    library.impl("as_strided", TORCH_FN(at::native::as_strided_tensorimpl));
    library.impl("view", TORCH_FN(at::native::view));
    library.impl("_copy_from", TORCH_FN(copy_from));
    library.impl("_local_scalar_dense", TORCH_FN(local_scalar));
    library.impl("convolution_overrideable", TORCH_FN(convolution));
    library.impl("convolution_backward_overrideable", TORCH_FN(convolution_backward));
}

const bool kIsRegistered = [] {
    c10::SetAllocator(kSimulatedDevice, &allocator());
    at::RegisterPrivateUse1HooksInterface(new Hooks);
    c10::register_privateuse1_backend("simulated");
    return true;
}();

}  // namespace

DeviceAccess::DeviceAccess() {
    Arena::instance().open();
}
DeviceAccess::~DeviceAccess() {
    Arena::instance().close();
}

int64_t copies_from_simulated_device() {
    return num_copies();
}

}  // namespace f8net
