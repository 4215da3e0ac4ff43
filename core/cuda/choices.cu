// SPDX-License-Identifier: Apache-2.0
/// Formats chosen on the device: sums over parts of a tensor, then one block that puts them together and chooses.
#include "core/cuda/choice_passes.h"
#include "core/cuda/fold_block.cuh"
#include "core/cuda/parts.cuh"

namespace f8net {
namespace {

template <typename Pass>
__global__ void __launch_bounds__(kThreads)
    sum_parts_kernel(Pass pass, PartialSums<Pass::kCount>* parts, const LengthChoice* choice) {
    if (!pass.is_needed(choice)) return;
    __shared__ PartialSums<Pass::kCount> shared[kSumThreads];
    shared[threadIdx.x] = pass.of_thread(blockIdx.x, static_cast<int>(threadIdx.x));
    fold_block(shared);
    if (threadIdx.x == 0) parts[blockIdx.x] = shared[0];
}

template <typename Pass>
__global__ void __launch_bounds__(kThreads)
    choose_kernel(Pass pass, const PartialSums<Pass::kCount>* parts, LengthChoice* choice) {
    if (!pass.is_needed(choice)) return;
    __shared__ PartialSums<Pass::kCount> shared[kSumThreads];
    shared[threadIdx.x] = sum_of_parts(parts, pass.num_parts(), static_cast<int>(threadIdx.x));
    fold_block(shared);
    if (threadIdx.x == 0) pass.finish(shared[0], choice);
}

template <typename Pass>
int launch(const Pass& pass, LengthChoice* choice, void* workspace, GpuStream stream) {
    static_assert(sizeof(PartialSums<Pass::kCount>) <= sizeof(LargestPartialSums));
    auto* const parts = static_cast<PartialSums<Pass::kCount>*>(workspace);
    const auto blocks = static_cast<unsigned>(pass.num_parts());
    sum_parts_kernel<<<blocks, kThreads, 0, as_stream(stream)>>>(pass, parts, choice);
    if (const int code = launch_result(); code != 0) return code;
    choose_kernel<<<1, kThreads, 0, as_stream(stream)>>>(pass, parts, choice);
    return launch_result();
}

template <typename T, typename Real, bool kSigned>
int launch_errors(const T* x, int64_t n, T highest, int num_lengths, bool only_where_unclear, LengthChoice* choice,
                  void* workspace, GpuStream stream) {
    const auto grids = ErrorGrids<Real>::make(static_cast<Real>(highest), 0);
    return launch(ErrorsPass<T, Real, kSigned>{x, n, num_lengths, grids, only_where_unclear}, choice, workspace,
                  stream);
}

template <typename T, bool kSigned>
int choose_by_errors(const T* x, int64_t n, T highest, int num_lengths, LengthChoice* choice, void* workspace,
                     GpuStream stream) {
    if constexpr (sizeof(T) < sizeof(double)) {
        const int code = launch_errors<T, float, kSigned>(x, n, highest, num_lengths, false, choice, workspace, stream);
        if (code != 0) return code;
    }
    return launch_errors<T, double, kSigned>(x, n, highest, num_lengths, sizeof(T) < sizeof(double), choice, workspace,
                                             stream);
}

}  // namespace

template <typename T>
int ChoicePart<T>::by_statistic(const T* x, int64_t n, GpuStatistic statistic, double limit, int largest,
                                LengthChoice* choice, void* workspace, GpuStream stream) {
    return launch(StatisticPass<T>{x, n, statistic, limit, largest}, choice, workspace, stream);
}

template <typename T>
int ChoicePart<T>::by_errors(const T* x, int64_t n, T highest, bool is_signed, int num_lengths, LengthChoice* choice,
                             void* workspace, GpuStream stream) {
    return is_signed ? choose_by_errors<T, true>(x, n, highest, num_lengths, choice, workspace, stream)
                     : choose_by_errors<T, false>(x, n, highest, num_lengths, choice, workspace, stream);
}

template struct ChoicePart<float>;
template struct ChoicePart<double>;

}  // namespace f8net
