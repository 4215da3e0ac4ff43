// SPDX-License-Identifier: Apache-2.0
#include "core/cuda/driver.h"
#include "core/training/device.h"
#include "tests/core/cuda/kernels_under_test.h"

namespace f8net {

void KernelsUnderTest::SetUp() {
    const std::string reason = why_no_gpu(read_driver_facts());
    if (!reason.empty()) GTEST_SKIP() << reason;
    open_device("cuda");  // before the seed, which asks LibTorch for GPUs
    draw_seed();
}

torch::Tensor KernelsUnderTest::on_device(const std::function<torch::Tensor(const torch::Tensor&)>& work,
                                          const torch::Tensor& x) {
    return work(x.to(open_device("cuda")));
}

int64_t KernelsUnderTest::copies_to_host() {
    return 0;  // LibTorch's debug mode for it is not among what the tests link
}

}  // namespace f8net
