// SPDX-License-Identifier: Apache-2.0
// Kernels of a device against the CPU's own passes, through the functions that training calls. Each suite runs twice:
// with the kernels' passes gone through on the host, and (label gpu) with the kernels on a GPU.
#include "core/quantization/device_kernels.h"

#include <gmock/gmock.h>
#include <torch/torch.h>

#include <array>
#include <cmath>
#include <vector>

#include "core/base/error.h"
#include "core/modules/channel_moments.h"
#include "core/modules/effective_weight.h"
#include "core/quantization/rectifier.h"
#include "core/quantization/tensor_format.h"
#include "tests/core/cuda/kernels_under_test.h"

namespace f8net {
namespace {

using torch::Tensor;

constexpr std::array kSizes = {1, 2, 3, 4, 5, 31, 255, 256, 257, 8191, 8192, 8193, 30'000, 300'001};

class DeviceKernels : public KernelsUnderTest, public testing::WithParamInterface<torch::ScalarType> {
protected:
    Tensor random(at::IntArrayRef shape, double scale) {
        return (torch::randn(shape, torch::kDouble) * scale).to(GetParam());
    }
};

void expect_same_bits(const Tensor& got, const Tensor& want, const std::string& what) {
    ASSERT_EQ(got.sizes(), want.sizes()) << what;
    const Tensor host = got.cpu();
    const Tensor differs = (host != want).logical_and(host.isnan().logical_and(want.isnan()).logical_not());
    const int64_t count = differs.sum().item<int64_t>();
    if (count == 0) return;
    const int64_t first = differs.flatten().nonzero()[0].item<int64_t>();
    ADD_FAILURE() << what << ": " << count << " of " << want.numel() << " differ, the first at " << first << ": "
                  << host.flatten()[first].item<double>() << " instead of " << want.flatten()[first].item<double>();
}

TEST_P(DeviceKernels, QuantizeToTheSameBits) {
    for (const int64_t n : kSizes) {
        for (const bool is_signed : {false, true}) {
            const Tensor x = random({n}, 1.5);
            if (n > 4) x[3] = std::nan(""), x[1] = 0.5, x[2] = -INFINITY;  // 0.5 is a tie at length 0
            for (const int length : {0, 3, 8}) {
                const CodeRange range{8, is_signed};
                const std::string what = what_is(n, length);
                expect_same_bits(on_device([&](const Tensor& y) { return fake_quantize(y, range, {length}); }, x),
                                 fake_quantize(x, range, {length}), what);
                expect_same_bits(on_device([&](const Tensor& y) { return fake_clip(y, range, {length}); }, x),
                                 fake_clip(x, range, {length}), what + ", clip");
            }
        }
    }
}

TEST_P(DeviceKernels, QuantizeFromAnOddAddress) {
    const Tensor x = random({1000}, 1).slice(0, 1);
    expect_same_bits(on_device(
                         [](const Tensor& y) {
                             return fake_quantize(y.slice(0, 1), {8, true}, {5});
                         },
                         x),
                     fake_quantize(x.slice(0, 1), {8, true}, {5}), what_is(998, 5));
}

TEST_P(DeviceKernels, PassTheGradientWhereTheCodeIsInside) {
    for (const int64_t n : kSizes) {
        const Tensor x = random({n}, 2), upstream = random({n}, 1);
        const auto gradient = [](const Tensor& of, const Tensor& times) {
            const Tensor leaf = of.detach().clone().requires_grad_();
            fake_quantize(leaf, {8, false}, {7}).backward(times);
            return leaf.grad();
        };
        expect_same_bits(on_device([&](const Tensor& y) { return gradient(y, upstream.to(y.device())); }, x),
                         gradient(x, upstream), what_is(n, 7));
    }
}

TEST_P(DeviceKernels, ChooseTheSameLengthFromEachStatistic) {
    for (const int64_t n : kSizes) {
        for (const double scale : {1e-3, 0.3, 7.0, 1e4}) {
            for (const Statistic statistic : {Statistic::kStd, Statistic::kMae, Statistic::kRms}) {
                if (n < 2 && statistic == Statistic::kStd) continue;
                const Tensor x = random({n}, scale);
                const auto choose = [&](const Tensor& y) {
                    return choose_fractional_lengths(y, {8, false}, FormatPolicy::kStatistics, statistic,
                                                     Granularity::kPerTensor, 0, "x");
                };
                double here = 0, there = 0;
                FractionalLengths lengths;
                on_device(
                    [&](const Tensor& y) {
                        there = tensor_statistic(y, statistic);
                        lengths = choose(y);
                        return y;
                    },
                    x);
                here = tensor_statistic(x, statistic);
                EXPECT_NEAR(there, here, 1e-12 * here) << what_is(n, 0) << ", " << to_string(statistic);
                EXPECT_EQ(lengths, choose(x)) << what_is(n, 0) << ", " << to_string(statistic);
            }
        }
    }
}

TEST_P(DeviceKernels, SearchTheSameLengthWithErrorsThatNear) {
    for (const int64_t n : kSizes) {
        for (const double scale : {0.0, 1e-3, 0.3, 7.0, 1e4}) {
            for (const bool is_signed : {false, true}) {
                const Tensor x = random({n}, scale);
                const auto search = [&](const Tensor& y) {
                    return choose_fractional_lengths(y, {8, is_signed}, FormatPolicy::kGridSearch, Statistic::kStd,
                                                     Granularity::kPerTensor, 0, "x");
                };
                FractionalLengths lengths;
                std::vector<double> errors;
                on_device(
                    [&](const Tensor& y) {
                        lengths = search(y);
                        errors = grid_errors(y, {8, is_signed});
                        return y;
                    },
                    x);
                const std::vector<double> expected = grid_errors(x, {8, is_signed});
                EXPECT_EQ(lengths, search(x)) << what_is(n, 0) << ", scale " << scale;
                ASSERT_EQ(errors.size(), expected.size());
                for (size_t k = 0; k < errors.size(); ++k)
                    EXPECT_NEAR(errors[k], expected[k], 2e-6 * expected[k] + 1e-18) << what_is(n, static_cast<int>(k));
            }
        }
    }
}

// Values on the grid of length 4 err by nothing from there on: a tie that only exact sums decide, for the first.
TEST_P(DeviceKernels, ATieOfErrorsGoesToTheFirst) {
    const Tensor x = (torch::randint(0, 15, {50'000}).to(torch::kDouble) / 16).to(GetParam());
    int length = -1;
    on_device(
        [&](const Tensor& y) {
            length = choose_fractional_lengths(y, {8, false}, FormatPolicy::kGridSearch, Statistic::kStd,
                                               Granularity::kPerTensor, 0, "x")[0];
            return y;
        },
        x);
    EXPECT_EQ(length, 4);
}

// As many values err by 2^-8 at length 7 as, clipped, at length 8; one of these by 2^-20 more. What float32 sums say of
// that is noise. Shorter lengths err more.
TEST_P(DeviceKernels, ANearTieIsDecidedByExactSums) {
    constexpr int64_t kHalf = 16'384;
    const Tensor x = torch::cat({torch::full({kHalf}, 1.0 / 256), torch::full({99}, 1.0 / 128), torch::ones({kHalf})})
                         .to(GetParam());
    x[-1] += 1.0 / (1 << 20);
    std::vector<double> errors;
    FractionalLengths lengths;
    on_device(
        [&](const Tensor& y) {
            errors = grid_errors(y, {8, false});
            lengths = choose_fractional_lengths(y, {8, false}, FormatPolicy::kGridSearch, Statistic::kStd,
                                                Granularity::kPerTensor, 0, "x");
            return y;
        },
        x);
    const std::vector<double> exact = grid_errors(x, {8, false});
    ASSERT_LT(exact[7], exact[8]);
    EXPECT_EQ(lengths, FractionalLengths{7});
    for (const size_t k : {7, 8}) EXPECT_NEAR(errors[k], exact[k], 1e-14 * exact[k]) << k;
}

TEST_P(DeviceKernels, ChooseAndQuantizeInOneGoWithTheGradient) {
    for (const FormatPolicy policy : {FormatPolicy::kGridSearch, FormatPolicy::kStatistics}) {
        for (const int64_t n : {5, 8193, 30'000}) {
            const Tensor x = random({n}, 0.7), upstream = random({n}, 1);
            const auto work = [&](const Tensor& y) {
                const Tensor leaf = y.detach().clone().requires_grad_();
                const auto [values, lengths, codes] =
                    choose_and_quantize(leaf, {8, false}, policy, Statistic::kRms, Granularity::kPerTensor, 0, "x");
                values.backward(upstream.to(y.device()));
                const Tensor length = torch::full({1}, lengths.read().at(0), values.options().requires_grad(false));
                return torch::cat({values.detach(), leaf.grad(), length});
            };
            expect_same_bits(on_device(work, x), work(x), what_is(n, static_cast<int>(policy)));
        }
    }
}

TEST_P(DeviceKernels, WriteTheCodesAsBytesToo) {
    const Tensor x = random({1003}, 2);
    for (const bool is_signed : {false, true}) {
        const auto codes_of = [&](const Tensor& y) {
            Tensor codes = torch::empty({y.numel()}, y.options().dtype(is_signed ? torch::kChar : torch::kByte));
            const GpuKernels& kernels = *registered_kernels(y.device().type());
            const auto write = [&](auto element) {
                using T = decltype(element);
                const auto grid = CodeGrid<T>::make(6, is_signed ? 127 : 255, is_signed);
                return kernels.of(element).quantize(y.const_data_ptr<T>(), nullptr, codes.mutable_data_ptr(), y.numel(),
                                                    grid, true, nullptr);
            };
            EXPECT_EQ(y.scalar_type() == torch::kFloat ? write(0.0f) : write(0.0), 0);
            return codes;
        };
        expect_same_bits(on_device(codes_of, x),
                         (fake_quantize(x, {8, is_signed}, {6}) * 64).to(is_signed ? torch::kChar : torch::kByte),
                         what_is(1003, 6));
    }
}

TEST_P(DeviceKernels, AValueThatIsNotFiniteIsAnError) {
    for (const double bad : {std::nan(""), HUGE_VAL}) {
        const Tensor x = random({10'000}, 1);
        x[7777] = bad;
        for (const FormatPolicy policy : {FormatPolicy::kGridSearch, FormatPolicy::kStatistics}) {
            const auto choose = [&](const Tensor& y) {
                choose_fractional_lengths(y, {8, true}, policy, Statistic::kStd, Granularity::kPerTensor, 0,
                                          "layer: x");
                return y;
            };
            EXPECT_THROW(on_device(choose, x), NumericError) << bad;
        }
    }
}

TEST_P(DeviceKernels, RectifySumsToTheSameBits) {
    for (const int64_t n : kSizes) {
        const Tensor a = random({n}, 1), b = random({n}, 1), upstream = random({n}, 1);
        if (n > 4) a[0] = std::nan(""), a[1] = 0, b[1] = 0, a[2] = -b[2], a[3] = -INFINITY;
        for (const bool is_sum : {false, true}) {
            for (const ReluMask mask : {ReluMask::kOwn, ReluMask::kReaders}) {
                const auto work = [&](const Tensor& y) {
                    const Tensor leaf = y.detach().clone().requires_grad_();
                    const Tensor value =
                        relu_of_sum(leaf * 1, is_sum ? b.to(y.device()) : Tensor(), mask, /*in_place=*/n % 2 == 0);
                    const Tensor kept = value.detach().clone();
                    value.backward(upstream.to(y.device()));
                    return torch::stack({kept, leaf.grad()});
                };
                expect_same_bits(on_device(work, a), work(a), what_is(n, is_sum));
            }
        }
    }
    const auto odd = [](const Tensor& y) { return relu_of_sum(y.slice(0, 1), {}, ReluMask::kOwn, false); };
    const Tensor x = random({1000}, 1);
    expect_same_bits(on_device(odd, x), odd(x), "from an odd address");
}

TEST_P(DeviceKernels, PoolWhatIsPositiveToTheSameBits) {
    for (const int64_t channels : {1, 3, 8, 30, 64}) {
        for (const auto& [kernel, stride, padding] : {std::array{3, 2, 1}, {2, 2, 0}, {3, 1, 1}}) {
            const Tensor x = random({2, channels, 9, 8}, 1.5).sub(1).round().contiguous(at::MemoryFormat::ChannelsLast);
            const auto work = [&, k = kernel, s = stride, p = padding](const Tensor& y) {
                const Tensor leaf = y.detach().clone().requires_grad_();
                const Tensor value = max_pool_of_relu(leaf, k, s, p);
                value.backward(torch::arange(value.numel(), GetParam()).to(y.device()).view_as(value));
                return torch::cat({value.detach().flatten(), leaf.grad().flatten()});
            };
            expect_same_bits(on_device(work, x), work(x), what_is(x.numel(), kernel));
        }
    }
}

TEST_P(DeviceKernels, BatchStatisticsAndTheirGradientAreTheCpus) {
    for (const int64_t channels : {1, 3, 31, 32, 33, 64, 100}) {
        for (const int64_t side : {1, 5, 40}) {
            const int64_t images = side == 1 ? 2 : 7;
            const Tensor y =
                (random({images, channels, side, side}, 3) + 0.5).contiguous(at::MemoryFormat::ChannelsLast);
            const Tensor to_mean = random({channels}, 1), to_variance = random({channels}, 1);
            const auto moments = [&](const Tensor& of) {
                const Tensor leaf = of.detach().clone(at::MemoryFormat::Preserve).requires_grad_();
                const auto [mean, variance] = batch_moments(leaf);
                ((mean * to_mean.to(of.device())).sum() + (variance * to_variance.to(of.device())).sum()).backward();
                return torch::cat({mean.detach(), variance.detach(), leaf.grad().flatten()});
            };
            const Tensor got = on_device(moments, y).cpu(), want = moments(y);
            const double tolerance = GetParam() == torch::kFloat ? 2e-7 : 1e-13;
            EXPECT_TRUE(torch::allclose(got, want, tolerance, tolerance))
                << what_is(y.numel(), 0) << ", channels " << channels << ", off by "
                << (got - want).abs().max().item<double>();
        }
    }
}

TEST_P(DeviceKernels, EffectiveWeightsAreTheSameBitsAndHaveTheSameGradients) {
    const Tensor weight = random({24, 5, 3, 3}, 0.3), gain = random({24}, 1), eta = random({}, 1).abs() + 0.5,
                 next = random({}, 1).abs() + 0.5, upstream = random({24, 5, 3, 3}, 1);
    const auto fold = [&](const Tensor& on) {
        std::vector<Tensor> leaves;
        for (const Tensor& leaf : {weight, gain, eta, next})
            leaves.push_back(leaf.to(on.device()).detach().clone().requires_grad_());
        const Tensor effective = effective_weight(leaves[0], leaves[1], leaves[2], leaves[3]);
        effective.backward(upstream.to(on.device()));
        std::vector<Tensor> results{effective.detach().flatten()};
        for (const Tensor& leaf : leaves) results.push_back(leaf.grad().flatten());
        return torch::cat(results);
    };
    const Tensor got = on_device(fold, weight).cpu(), want = fold(weight);
    expect_same_bits(got.slice(0, 0, weight.numel()), want.slice(0, 0, weight.numel()), what_is(weight.numel(), 0));
    const double tolerance = GetParam() == torch::kFloat ? 2e-5 : 1e-12;
    EXPECT_TRUE(torch::allclose(got, want, tolerance, tolerance)) << (got - want).abs().max().item<double>();
}

INSTANTIATE_TEST_SUITE_P(Types, DeviceKernels, testing::Values(torch::kFloat, torch::kDouble),
                         [](const auto& type) { return type.param == torch::kFloat ? "Float32" : "Float64"; });

}  // namespace
}  // namespace f8net
