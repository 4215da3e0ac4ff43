// SPDX-License-Identifier: Apache-2.0
// Both depthwise convolutions of a training step and their gradients against LibTorch's operators and autograd in
// float64, on random shapes.
#include "core/modules/depthwise_kernels.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <random>

#include "core/modules/convolution.h"
#include "tests/core/quantization/vector_paths.h"

namespace f8net {
namespace {

using torch::Tensor;

constexpr auto kRows = at::MemoryFormat::ChannelsLast;

/// A layer's tensors; `q` are the values of the codes.
struct Case {
    DepthwiseShape shape;
    bool is_signed = false;
    int length = 0;
    Tensor codes, q, dy, weight, second_weight, mean, slope, offset;

    template <typename T>
    CodeGrid<T> grid() const {
        return CodeGrid<T>::make(length, is_signed ? T(127) : T(255), is_signed);
    }
};

template <typename T>
Case random_case(std::mt19937_64& random) {
    const auto pick = [&](int64_t low, int64_t high) {
        return std::uniform_int_distribution<int64_t>(low, high)(random);
    };
    Case made;
    DepthwiseShape& shape = made.shape;
    shape.window = {3, static_cast<int>(pick(1, 2)), static_cast<int>(pick(0, 2))};
    shape.images = pick(1, 3);
    if (pick(1, 6) == 1) {  // several parts an image
        shape.channels = pick(1, 20);
        shape.height = pick(4, 8);
        shape.width = pick(1100, 1200);
    } else {
        shape.channels = pick(1, 4) == 1 ? pick(1, 3) * 64 : pick(1, 150);
        // The least that a window needs, one pixel with padding: planes as they are before the last pool.
        const int64_t least = std::max(1, shape.window.kernel - 2 * shape.window.padding);
        const bool is_small = pick(1, 3) == 1;
        shape.height = pick(least, is_small ? 4 : 24);
        shape.width = pick(least, is_small ? 4 : 30);
    }
    made.is_signed = pick(0, 1) == 1;
    made.length = static_cast<int>(pick(0, 7));
    const auto real = torch::TensorOptions(c10::CppTypeToScalarType<T>::value);
    const std::vector<int64_t> input = {shape.images, shape.channels, shape.height, shape.width};
    // Many codes at the edges, where no gradient passes.
    made.codes = (made.is_signed ? torch::randint(-150, 151, input).clamp(-127, 127).to(torch::kChar)
                                 : torch::randint(-60, 300, input).clamp(0, 255).to(torch::kByte))
                     .contiguous(kRows);
    made.q = made.codes.to(torch::kDouble).mul(std::ldexp(1.0, -made.length));
    made.dy =
        torch::randn({shape.images, shape.channels, shape.out_height(), shape.out_width()}, real).contiguous(kRows);
    made.weight = torch::randn({shape.channels, 1, 3, 3}, real);
    made.second_weight = torch::randint(-127, 128, {shape.channels, 1, 3, 3}).to(real) / 64;
    made.mean = torch::randn({shape.channels}, real);
    made.slope = torch::randn({shape.channels}, real);
    made.offset = torch::randn({shape.channels}, real);
    return made;
}

/// In units of the largest of `scale`.
void expect_close(const Tensor& actual, const Tensor& expected, const Tensor& scale, double tolerance,
                  const char* what) {
    ASSERT_EQ(actual.sizes(), expected.sizes()) << what;
    EXPECT_LE((actual.to(torch::kDouble) - expected).abs().max().item<double>(),
              tolerance * scale.abs().max().item<double>() + 1e-14)
        << what;
}
void expect_close(const Tensor& actual, const Tensor& expected, double tolerance, const char* what) {
    expect_close(actual, expected, expected, tolerance, what);
}

Tensor wide(const Tensor& x) {
    return x.to(torch::kDouble);
}
Tensor by_channel(const Tensor& x) {
    return wide(x).view({1, -1, 1, 1});
}

struct Results {
    Tensor mean, variance, dy_sums, d_weight, d_first_weight, d_input;
};

template <typename T>
Results computed(const Case& of) {
    const int64_t channels = of.shape.channels;
    const CodeGrid<T> grid = of.grid<T>();
    Results r;
    for (Tensor* each : {&r.mean, &r.variance, &r.dy_sums}) *each = torch::full({channels}, NAN, torch::kDouble);
    for (Tensor* each : {&r.d_weight, &r.d_first_weight}) *each = torch::full({channels, 1, 3, 3}, NAN, torch::kDouble);
    r.d_input = torch::full(of.codes.sizes(), NAN, of.dy.options()).contiguous(kRows);
    const auto data = [](const Tensor& x) { return x.const_data_ptr<T>(); };
    depthwise_moments<T>(of.shape, of.codes.const_data_ptr(), grid, data(of.weight), r.mean.data_ptr<double>(),
                         r.variance.data_ptr<double>());
    depthwise_weight_gradient<T>(of.shape, of.codes.const_data_ptr(), grid, data(of.dy), r.d_weight.data_ptr<double>(),
                                 r.dy_sums.data_ptr<double>());
    depthwise_gradients<T>(of.shape, of.codes.const_data_ptr(), grid, data(of.dy), data(of.weight),
                           data(of.second_weight), {data(of.mean), data(of.slope), data(of.offset)},
                           r.d_input.data_ptr<T>(), r.d_first_weight.data_ptr<double>());
    return r;
}

/// LibTorch's, in float64.
Results expected_of(const Case& of) {
    const auto convolve = [&](const Tensor& x, const Tensor& w) {
        return convolution(x, w, {}, of.shape.window, static_cast<int>(of.shape.channels));
    };
    Results r;
    const Tensor q = of.q.clone().requires_grad_(), weight = wide(of.weight).requires_grad_(),
                 second_weight = wide(of.second_weight).requires_grad_(), dy = wide(of.dy);
    const Tensor y0 = convolve(q, weight), y = convolve(q, second_weight);
    std::tie(r.variance, r.mean) = at::var_mean(y0.detach(), at::IntArrayRef{0, 2, 3}, /*unbiased=*/false);
    r.dy_sums = dy.sum(at::IntArrayRef{0, 2, 3});
    const Tensor g0 = (y0.detach() - by_channel(of.mean)) * by_channel(of.slope) + by_channel(of.offset);
    ((y * dy).sum() + (y0 * g0).sum()).backward();
    r.d_weight = second_weight.grad();
    r.d_first_weight = weight.grad();
    const Tensor codes = wide(of.codes);
    const Tensor passes = of.is_signed ? codes.abs() < 127 : (codes > 0) & (codes < 255);
    r.d_input = q.grad() * passes;
    return r;
}

template <typename T>
void expect_equal_to_operators(const Case& of, double tolerance) {
    const DepthwiseShape& s = of.shape;
    SCOPED_TRACE(c10::str("N C H W ", of.codes.sizes(), " stride ", s.window.stride, " padding ", s.window.padding,
                          of.is_signed ? " signed" : " unsigned", " length ", of.length));
    const Results actual = computed<T>(of), expected = expected_of(of);
    expect_close(actual.mean, expected.mean, tolerance, "mean");
    // Of few pixels that are alike it is a difference of squares, and small beside them.
    expect_close(actual.variance, expected.variance, expected.variance + expected.mean.square(), tolerance, "variance");
    expect_close(actual.dy_sums, expected.dy_sums, tolerance, "sums of dy");
    expect_close(actual.d_weight, expected.d_weight, tolerance, "weight gradient");
    expect_close(actual.d_first_weight, expected.d_first_weight, tolerance, "first weight's gradient");
    expect_close(actual.d_input, expected.d_input, tolerance, "input gradient");
}

template <typename T>
class DepthwiseKernels : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(DepthwiseKernels, Types);

TYPED_TEST(DepthwiseKernels, GiveTheGradientsOfBothConvolutions) {
    const uint64_t seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    torch::manual_seed(seed);
    for (int i = 0; i < 24; ++i) {
        expect_equal_to_operators<TypeParam>(random_case<TypeParam>(random), sizeof(TypeParam) == 4 ? 2e-5 : 1e-12);
        if (testing::Test::HasFailure()) break;
    }
}

/// Some of the channels as a layer of their own.
Case channels_of(const Case& all, int64_t first, int64_t count) {
    Case some = all;
    some.shape.channels = count;
    const auto narrow = [&](const Tensor& x, int64_t axis, at::MemoryFormat order = at::MemoryFormat::Contiguous) {
        return x.narrow(axis, first, count).clone(order);
    };
    for (Tensor Case::*each : {&Case::codes, &Case::q, &Case::dy}) some.*each = narrow(all.*each, 1, kRows);
    for (Tensor Case::*each : {&Case::weight, &Case::second_weight, &Case::mean, &Case::slope, &Case::offset})
        some.*each = narrow(all.*each, 0);
    return some;
}

void expect_same_bits(const Results& actual, const Results& expected, int64_t first, int64_t count) {
    EXPECT_TRUE(actual.mean.equal(expected.mean.narrow(0, first, count)));
    EXPECT_TRUE(actual.variance.equal(expected.variance.narrow(0, first, count)));
    EXPECT_TRUE(actual.dy_sums.equal(expected.dy_sums.narrow(0, first, count)));
    EXPECT_TRUE(actual.d_weight.equal(expected.d_weight.narrow(0, first, count)));
    EXPECT_TRUE(actual.d_first_weight.equal(expected.d_first_weight.narrow(0, first, count)));
    EXPECT_TRUE(actual.d_input.equal(expected.d_input.narrow(1, first, count)));
}

TYPED_TEST(DepthwiseKernels, GiveAChannelTheSameBitsWhateverItsNeighbours) {
    const uint64_t seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    torch::manual_seed(seed);
    for (int i = 0; i < 8; ++i) {
        const Case all = random_case<TypeParam>(random);
        const int64_t first = std::uniform_int_distribution<int64_t>(0, all.shape.channels - 1)(random);
        const int64_t count = std::uniform_int_distribution<int64_t>(1, all.shape.channels - first)(random);
        SCOPED_TRACE(c10::str("N C H W ", all.codes.sizes(), " channels from ", first, ", ", count));
        expect_same_bits(computed<TypeParam>(channels_of(all, first, count)), computed<TypeParam>(all), first, count);
        if (testing::Test::HasFailure()) break;
    }
}

TEST(HasDepthwiseKernels, IsForOneOutputAChannelAndWindowsOfThree) {
    Layer layer;
    layer.kind = LayerKind::kConv;
    layer.in_channels = layer.out_channels = layer.groups = 32;
    layer.window = {3, 1, 1};
    EXPECT_TRUE(has_depthwise_kernels(layer));
    const auto with = [&](Window window) {
        Layer other = layer;
        other.window = window;
        return has_depthwise_kernels(other);
    };
    EXPECT_TRUE(with({3, 2, 0}) && with({3, 2, 2}));
    EXPECT_FALSE(with({3, 3, 1}) || with({3, 1, 3}) || with({5, 1, 2}) || with({1, 1, 0}) || with({2, 1, 1}));
    Layer two_outputs = layer, two_inputs = layer, dense = layer;
    two_outputs.out_channels = 64;
    two_inputs.in_channels = 64;
    dense.groups = dense.in_channels = dense.out_channels = 1;
    EXPECT_FALSE(has_depthwise_kernels(two_outputs) || has_depthwise_kernels(two_inputs) ||
                 has_depthwise_kernels(dense));
}

TYPED_TEST(DepthwiseKernels, GiveTheSameBitsWithAnyNumberOfThreads) {
    std::mt19937_64 random(7);
    torch::manual_seed(7);
    const Case of = [&] {
        for (;;) {
            Case made = random_case<TypeParam>(random);
            if (made.shape.images > 1 && made.shape.width > 1000) return made;
        }
    }();
    const int before = at::get_num_threads();
    std::vector<Results> all;
    for (const int threads : {1, 2, 3}) {
        at::set_num_threads(threads);
        all.push_back(computed<TypeParam>(of));
    }
    at::set_num_threads(before);
    for (const Results& r : all) expect_same_bits(r, all[0], 0, of.shape.channels);
}

template <typename T>
void print_digests(const std::string& type) {
    for (const int stride : {1, 2}) {
        const DepthwiseShape shape{2, 75, 13, 17, {3, stride, 1}};
        const int64_t in = shape.images * shape.channels * shape.height * shape.width;
        const int64_t out = shape.samples() * shape.channels;
        const auto grid = CodeGrid<T>::make(6, T(255), false);
        const std::vector<T> x = normal_values<T>(in, 2, 11), dy = normal_values<T>(out, 1, 12),
                             weight = normal_values<T>(9 * shape.channels, 1, 13),
                             second = normal_values<T>(9 * shape.channels, 1, 14),
                             mean = normal_values<T>(shape.channels, 1, 15);
        std::vector<uint8_t> codes(x.size());
        std::transform(x.begin(), x.end(), codes.begin(),
                       [&](T value) { return grid.template byte_of<uint8_t>(grid.code(value)); });
        std::vector<double> a(weight.size()), b(weight.size());
        std::vector<T> d_input(x.size());
        const std::string of = type + "." + std::to_string(stride) + ".";
        depthwise_moments<T>(shape, codes.data(), grid, weight.data(), a.data(), b.data());
        print_digest(of + "mean", a);
        print_digest(of + "variance", b);
        depthwise_weight_gradient<T>(shape, codes.data(), grid, dy.data(), a.data(), b.data());
        print_digest(of + "second_weight", a);
        print_digest(of + "sums", b);
        depthwise_gradients<T>(shape, codes.data(), grid, dy.data(), weight.data(), second.data(),
                               {mean.data(), mean.data(), mean.data()}, d_input.data(), a.data());
        print_digest(of + "input", d_input);
        print_digest(of + "weight", a);
    }
}

TEST(DepthwiseKernels, GiveTheSameBitsOnEveryPath) {
    expect_same_bits_on_every_path(24, [] {
        print_digests<float>("float");
        print_digests<double>("double");
    });
}

}  // namespace
}  // namespace f8net
