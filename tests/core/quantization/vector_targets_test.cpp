// SPDX-License-Identifier: Apache-2.0
#include "core/quantization/vector_targets.h"

#include "core/quantization/channel_kernels.h"
#include "core/quantization/code_kernels.h"
#include "core/quantization/elementwise_kernels.h"
#include "core/quantization/rectifier_kernels.h"
#include "core/quantization/square_errors.h"
#include "tests/core/quantization/vector_paths.h"

namespace f8net {
namespace {

constexpr int64_t kRows = 911, kChannels = 75, kSize = kRows * kChannels;  // no multiple of any register
constexpr size_t kResults = 21;                                            // of each type

template <typename T>
void print_digests(const std::string& type) {
    const std::vector<T> x = normal_values<T>(kSize, 1.5, 1), y = normal_values<T>(kSize, 0.3, 2),
                         a = normal_values<T>(kChannels, 1, 3), b = normal_values<T>(kChannels, 1, 4),
                         c = normal_values<T>(kChannels, 1, 5), gain = normal_values<T>(kRows, 1, 6);
    const auto print = [&](const char* name, const auto& values) { print_digest(type + "." + name, values); };
    std::vector<T> out(x.size()), other(2 * x.size());
    std::vector<uint8_t> bytes(x.size());
    std::vector<double> sums(kRows), products(kRows);
    for (const bool is_signed : {false, true}) {
        const auto grid = CodeGrid<T>::make(5, is_signed ? T(127) : T(255), is_signed);
        const std::string kind = is_signed ? "signed." : "unsigned.";
        quantize_to_bytes<T>(x.data(), out.data(), bytes.data(), kSize, grid);
        print((kind + "bytes").c_str(), bytes);
        print((kind + "values").c_str(), out);
        bytes_to_values<T>({{bytes.data(), out.data(), kSize, grid}});
        print((kind + "bytes_to_values").c_str(), out);
        out = y;
        pass_by_code<T>(out.data(), x.data(), nullptr, bytes.data(), kRows, kChannels, grid);
        pass_by_code<T>(out.data(), nullptr, a.data(), bytes.data(), kRows, kChannels, grid);
        print((kind + "pass_by_code").c_str(), out);
        const SquareErrors errors = square_errors<T>(x.data(), kSize, static_cast<double>(grid.hi), is_signed, 0);
        print((kind + "square_errors").c_str(), std::vector<double>(errors.begin(), errors.end()));
    }
    const Sums moments = sum_moments<T>(x.data(), kSize);
    print("sum_moments", std::vector<double>{moments.sum, moments.sum_of_squares});
    print("sum_magnitudes", std::vector<double>{sum_magnitudes<T>(x.data(), kSize)});
    channel_moments<T>(x.data(), kRows, kChannels, sums.data(), products.data());
    print("channel_mean", sums);
    print("channel_variance", products);
    channel_affine<T>(x.data(), out.data(), kRows, kChannels, a.data(), b.data(), c.data());
    print("channel_affine", out);
    scale_rows<T>(x.data(), out.data(), other.data(), kRows, 3, kChannels / 3, gain.data(), T(1.1), T(0.7));
    print("scale_rows", out);
    print("row_major", other);
    scale_rows_with_products<T>(x.data(), y.data(), out.data(), kRows, kChannels, gain.data(), products.data());
    print("row_products", products);
    channel_products<T>(x.data(), y.data(), kRows, kChannels, sums.data(), products.data());
    print("channel_products", products);
    merge_gradients_to_pair<T>(x.data(), y.data(), other.data(), out.data(), kRows, kChannels, a.data(), b.data(),
                               c.data(), b.data());
    print("pair", other);
    rectify<T>(x.data(), y.data(), out.data(), bytes.data(), kSize);
    print("rectify", bytes);
}

TEST(VectorTargets, GiveTheSameBitsOnEveryPath) {
    expect_same_bits_on_every_path(2 * kResults, [] {
        print_digests<float>("float");
        print_digests<double>("double");
    });
}

}  // namespace
}  // namespace f8net
