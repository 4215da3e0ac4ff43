// SPDX-License-Identifier: Apache-2.0
// ReLU with an addition before it or a max pool behind it: the bits of LibTorch's operators, forward and backward.
#include "core/quantization/rectifier.h"

#include <gtest/gtest.h>

#include <cmath>

namespace f8net {
namespace {

using torch::Tensor;

constexpr auto kRows = at::MemoryFormat::ChannelsLast;

/// But for the sign of a zero, which nothing reads.
void expect_same_bits(const Tensor& got, const Tensor& want, const std::string& what) {
    EXPECT_TRUE(torch::allclose(got, want, 0, 0, /*equal_nan=*/true)) << what;
}

struct Passed {
    Tensor value;
    std::vector<Tensor> gradients;
};
/// compute() of tensors that autograd has made, as between layers.
template <typename Compute>
Passed pass(std::vector<Tensor> inputs, const Tensor& upstream, const Compute& compute) {
    std::vector<Tensor> between;
    for (Tensor& input : inputs) {
        input = input.detach().clone().requires_grad_();
        between.push_back(input * 1);
    }
    const Tensor value = compute(between);
    const Tensor kept = value.detach().clone();
    value.backward(upstream);
    Passed result{kept, {}};
    for (const Tensor& input : inputs) result.gradients.push_back(input.grad());
    return result;
}

void expect_same(const Passed& got, const Passed& want, const std::string& what) {
    expect_same_bits(got.value, want.value, what + ", value");
    for (size_t i = 0; i < want.gradients.size(); ++i)
        expect_same_bits(got.gradients[i], want.gradients[i], what + ", gradient " + std::to_string(i));
}

class Rectifier : public testing::TestWithParam<torch::ScalarType> {
protected:
    Rectifier() {
        at::set_num_threads(3);  // parts that do not begin at the first element, on one core, too
        seed_ = c10::detail::getNonDeterministicRandom();
        torch::manual_seed(seed_);
        RecordProperty("seed", std::to_string(seed_));
    }
    ~Rectifier() override { at::set_num_threads(threads_before_); }
    Tensor random(at::IntArrayRef shape) { return torch::randn(shape, torch::kDouble).to(GetParam()); }
    std::string seed() const { return ", seed " + std::to_string(seed_); }

private:
    const int threads_before_ = at::get_num_threads();
    uint64_t seed_ = 0;
};

TEST_P(Rectifier, GivesTheBitsOfReluWithAndWithoutASumAnywhere) {
    for (const int64_t n : {1, 7, 8, 9, 63, 1000, 100'003}) {
        const Tensor a = random({n}), b = random({n}), upstream = random({n});
        if (n > 8)
            a[1] = 0, b[1] = 0, a[2] = -0.0, a[3] = std::nan(""), a[4] = -INFINITY, a[5] = INFINITY, b[8] = -a[8];
        const Passed relu = pass({a}, upstream, [](const auto& in) { return in[0].relu(); });
        const Passed sum = pass({a, b}, upstream, [](const auto& in) { return (in[0] + in[1]).relu(); });
        for (const bool in_place : {false, true}) {
            const std::string what = std::to_string(n) + (in_place ? " in place" : " elements") + seed();
            expect_same(
                pass({a}, upstream, [&](const auto& in) { return relu_of_sum(in[0], {}, ReluMask::kOwn, in_place); }),
                relu, what);
            expect_same(pass({a, b}, upstream,
                             [&](const auto& in) { return relu_of_sum(in[0], in[1], ReluMask::kOwn, in_place); }),
                        sum, what + ", sum");
        }
    }
}

TEST_P(Rectifier, GoesThroughAnyLayoutOfValuesAndGradients) {
    const std::vector<int64_t> shape = {2, 5, 3, 7};
    const Tensor rows = random(shape).contiguous(kRows), planes = random(shape), turned = random({2, 5, 7, 3}).mT();
    for (const Tensor& a : {rows, planes, turned}) {
        for (const Tensor& b : {rows, planes, turned}) {
            // Of a mean's gradient all elements of a plane are one.
            for (const Tensor& upstream : {rows, planes, random({2, 5, 1, 1}).expand(shape)}) {
                expect_same(pass({a, b}, upstream,
                                 [](const auto& in) { return relu_of_sum(in[0], in[1], ReluMask::kOwn, true); }),
                            pass({a, b}, upstream, [](const auto& in) { return (in[0] + in[1]).relu(); }), seed());
            }
        }
    }
}

TEST_P(Rectifier, LeavesTheMaskToItsReadersAndKeepsNothing) {
    const Tensor a = random({100}), b = random({100}), upstream = random({100});
    const auto readers = [](const auto& in) { return relu_of_sum(in[0], {}, ReluMask::kReaders, true); };
    const Passed alone = pass({a}, upstream, readers);
    expect_same_bits(alone.value, a.relu(), seed());
    expect_same_bits(alone.gradients[0], upstream, seed());
    const Passed sum =
        pass({a, b}, upstream, [](const auto& in) { return relu_of_sum(in[0], in[1], ReluMask::kReaders, true); });
    expect_same_bits(sum.value, (a + b).relu(), seed());
    for (const Tensor& gradient : sum.gradients) expect_same_bits(gradient, upstream, seed());
    const Passed beside =
        pass({a}, upstream, [](const auto& in) { return relu_of_sum(in[0], {}, ReluMask::kReaders, false); });
    expect_same_bits(beside.value, a.relu(), seed());
    expect_same_bits(beside.gradients[0], upstream, seed());

    const Tensor between = a.clone().requires_grad_() * 2;
    const auto node = between.grad_fn();
    EXPECT_EQ(relu_of_sum(between, {}, ReluMask::kReaders, true).grad_fn(), node) << "no node of its own";
}

TEST_P(Rectifier, LeavesToLibTorchWhatItsLoopsCannotRead) {
    const auto expect_relu = [&](const Tensor& a, const Tensor& b, const char* what) {
        const Tensor upstream = random(a.sizes());
        expect_same(
            pass({a, b}, upstream, [](const auto& in) { return relu_of_sum(in[0], in[1], ReluMask::kOwn, false); }),
            pass({a, b}, upstream, [](const auto& in) { return (in[0] + in[1]).relu(); }), what + seed());
    };
    expect_relu(random({4, 6, 5, 5}), random({6, 1, 1}), "broadcast");
    expect_relu(random({300}), random({300}).to(GetParam() == torch::kFloat ? torch::kDouble : torch::kFloat), "types");
    const Tensor half = random({300}).to(torch::kBFloat16);
    expect_same_bits(relu_of_sum(half, {}, ReluMask::kOwn, false), half.relu(), seed());
    expect_same_bits(max_pool_of_relu(half.view({2, 3, 5, 10}).contiguous(kRows), 3, 2, 1),
                     torch::max_pool2d(half.view({2, 3, 5, 10}), 3, 2, 1).relu(), seed());
}

TEST_P(Rectifier, GivesTheGradientOfOneOfTwo) {
    const Tensor a = random({2, 3, 4, 4}), b = random({2, 3, 4, 4}), upstream = random({2, 3, 4, 4});
    for (const ReluMask mask : {ReluMask::kOwn, ReluMask::kReaders}) {
        const Tensor learnt = b.clone().requires_grad_();
        relu_of_sum(a.clone(), learnt, mask, true).backward(upstream);
        expect_same_bits(learnt.grad(), mask == ReluMask::kOwn ? upstream * (a + b > 0) : upstream, seed());
    }
}

TEST_P(Rectifier, OverwritesNothingThatIsKept) {
    // A square keeps its result's input: autograd has to notice where that is overwritten.
    for (const ReluMask mask : {ReluMask::kOwn, ReluMask::kReaders}) {
        const Tensor leaf = random({16}).requires_grad_(), between = leaf * 1, square = between.square();
        relu_of_sum(between, {}, mask, true);
        EXPECT_THROW(square.sum().backward(), c10::Error);
    }
    const Tensor untouched = random({16}), copy = untouched.clone();
    relu_of_sum(untouched, untouched, ReluMask::kOwn, false);
    expect_same_bits(untouched, copy, seed());
}

TEST_P(Rectifier, PoolsAsAMaxPoolOfReluDoes) {
    struct Window {
        int64_t kernel, stride, padding;
    };
    for (const auto& [kernel, stride, padding] : {Window{3, 2, 1}, {2, 2, 0}, {3, 1, 1}, {3, 3, 0}, {5, 2, 2}}) {
        for (const int64_t channels : {1, 3, 16, 70}) {
            for (const auto& [height, width] : {std::pair{9, 8}, {5, 5}, {12, 7}}) {
                // Few different values: ties within most windows, and windows without a positive one.
                Tensor x = random({3, channels, height, width}).mul(1.5).sub(1).round().contiguous(kRows);
                const std::string what = c10::str(kernel, " ", stride, " ", padding, ", ", x.sizes(), seed());
                const auto reference = [&](const auto& in) {
                    return torch::max_pool2d(in[0].relu(), kernel, stride, padding);
                };
                const auto pool = [&](const auto& in) { return max_pool_of_relu(in[0], kernel, stride, padding); };
                const Tensor upstream = random(reference(std::vector{x}).sizes());
                expect_same(pass({x}, upstream, pool), pass({x}, upstream, reference), what);
                const Tensor planes = x.contiguous();
                expect_same(pass({planes}, upstream, pool), pass({planes}, upstream, reference), what + ", planes");
                x[1][0][2][3] = x[1][0][3][2] = std::nan("");
                expect_same(pass({x}, upstream, pool), pass({x}, upstream, reference), what + ", NaN");
            }
        }
    }
}

TEST_P(Rectifier, PoolsWidePlanesAndLargeWindows) {
    struct Window {
        int64_t kernel, stride, padding;
    };
    // A byte says which place won: those of 15 x 15 fit, of more LibTorch pools.
    for (const auto& [kernel, stride, padding] : {Window{3, 2, 1}, {15, 7, 7}, {16, 5, 8}, {17, 3, 0}}) {
        const Tensor x = random({2, 3, 20, 600}).mul(20).round().contiguous(kRows);
        const auto reference = [&](const auto& in) { return torch::max_pool2d(in[0].relu(), kernel, stride, padding); };
        const auto pool = [&](const auto& in) { return max_pool_of_relu(in[0], kernel, stride, padding); };
        const Tensor upstream = random(reference(std::vector{x}).sizes()).mul(8).round();  // sums are exact
        expect_same(pass({x}, upstream, pool), pass({x}, upstream, reference), c10::str(kernel, seed()));
    }
}

INSTANTIATE_TEST_SUITE_P(Types, Rectifier, testing::Values(torch::kFloat, torch::kDouble),
                         [](const auto& tested) { return std::string(torch::toString(tested.param)); });

}  // namespace
}  // namespace f8net
