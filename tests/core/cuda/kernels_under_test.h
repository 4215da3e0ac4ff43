// SPDX-License-Identifier: Apache-2.0
/// Where the kernels that a test is about run, by which is linked: on the host, which plays the device
/// (host_under_test.cpp), on the host behind a device of its own memory (simulated_under_test.cpp), or on a GPU
/// (gpu_under_test.cpp).
#pragma once

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <functional>
#include <string>

namespace f8net {

class KernelsUnderTest : public testing::Test {
protected:
    /// Skips, with the reason, where there is no GPU to test on.
    void SetUp() override;

    /// work(x) with x where the kernels are, and what it calls using them.
    torch::Tensor on_device(const std::function<torch::Tensor(const torch::Tensor&)>& work, const torch::Tensor& x);

    /// Numbers and tensors that came from the device to the host so far, where that can be told.
    static int64_t copies_to_host();

    std::string what_is(int64_t n, int k) const {
        return std::to_string(n) + " elements, length " + std::to_string(k) + ", seed " + std::to_string(seed_);
    }

private:
    uint64_t seed_ = 0;
    void draw_seed();
};

inline void KernelsUnderTest::draw_seed() {
    seed_ = c10::detail::getNonDeterministicRandom();
    torch::manual_seed(seed_);
    RecordProperty("seed", std::to_string(seed_));
}

}  // namespace f8net
