// SPDX-License-Identifier: Apache-2.0
#include "core/modules/pooling.h"

#include <ATen/EmptyTensor.h>
#include <ATen/Parallel.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/base/error.h"
#include "core/fixedpoint/clip_scale.h"

namespace f8net {

double classifier_pool_scale(const QuantizationConfig& settings, int kernel) {
    return settings.quantize_average_pool && settings.pool_scale == PoolScale::kClassifier
               ? pool_scale(int64_t{kernel} * kernel)
               : 1.0;
}

namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr auto kRows = at::MemoryFormat::ChannelsLast;

/// Sums over planes, divided: one pass over channels_last memory each way, summed in float64.
class PlaneSums : public torch::autograd::Function<PlaneSums> {
public:
    static Tensor forward(AutogradContext* context, const Tensor& x, double divisor) {
        context->saved_data["sizes"] = x.sizes();
        context->saved_data["divisor"] = divisor;
        return x.scalar_type() == torch::kFloat ? forward_as<float>(x, divisor) : forward_as<double>(x, divisor);
    }
    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const Tensor gradient = gradients[0].contiguous();
        const auto sizes = context->saved_data["sizes"].toIntVector();
        const double divisor = context->saved_data["divisor"].toDouble();
        return {gradient.scalar_type() == torch::kFloat ? backward_as<float>(gradient, sizes, divisor)
                                                        : backward_as<double>(gradient, sizes, divisor),
                Tensor()};
    }

private:
    template <typename T>
    static Tensor forward_as(const Tensor& x, double divisor) {
        RECORD_FUNCTION("f8net::plane_sums", c10::ArrayRef<const c10::IValue>{});
        const int64_t channels = x.size(1), pixels = x.size(2) * x.size(3);
        Tensor out(at::detail::empty_cpu({x.size(0), channels, 1, 1}, x.scalar_type()));
        const T* const from = x.const_data_ptr<T>();
        T* const to = out.mutable_data_ptr<T>();
        at::parallel_for(0, x.size(0), 1, [&](int64_t begin, int64_t end) {
            std::vector<double> sums(static_cast<size_t>(channels));
            for (int64_t image = begin; image < end; ++image) {
                std::fill(sums.begin(), sums.end(), 0.0);
                const T* pixel = from + image * pixels * channels;
                for (int64_t i = 0; i < pixels; ++i) {
                    for (double& sum : sums) sum += static_cast<double>(*pixel++);
                }
                T* out_channel = to + image * channels;
                for (const double sum : sums) *out_channel++ = static_cast<T>(sum / divisor);
            }
        });
        return out;
    }
    template <typename T>
    static Tensor backward_as(const Tensor& gradient, at::IntArrayRef sizes, double divisor) {
        RECORD_FUNCTION("f8net::spread_over_planes", c10::ArrayRef<const c10::IValue>{});
        const int64_t channels = sizes[1], pixels = sizes[2] * sizes[3];
        Tensor out(at::detail::empty_cpu(sizes, gradient.scalar_type(), /*pin_memory=*/false, kRows));
        const T* const from = gradient.const_data_ptr<T>();
        T* const to = out.mutable_data_ptr<T>();
        at::parallel_for(0, sizes[0], 1, [&](int64_t begin, int64_t end) {
            for (int64_t image = begin; image < end; ++image) {
                T* const first = to + image * pixels * channels;
                for (int64_t c = 0; c < channels; ++c)
                    first[c] = static_cast<T>(static_cast<double>(from[image * channels + c]) / divisor);
                for (int64_t i = 1; i < pixels; ++i) std::copy_n(first, channels, first + i * channels);
            }
        });
        return out;
    }
};

}  // namespace

torch::Tensor final_pool(const torch::Tensor& x, const QuantizationConfig& settings) {
    if (x.dim() != 4 || x.size(2) != x.size(3))
        throw ShapeError("average pool", "a square plane [N, C, k, k]", c10::str(x.sizes()));
    const bool is_real = x.scalar_type() == torch::kFloat || x.scalar_type() == torch::kDouble;
    if (x.device().is_cpu() && is_real && x.is_contiguous(kRows)) {
        const int64_t pixels = x.size(2) * x.size(3);
        return PlaneSums::apply(
            x, settings.quantize_average_pool ? std::ldexp(1.0, pool_shift(pixels)) : static_cast<double>(pixels));
    }
    if (!settings.quantize_average_pool) return x.mean({2, 3}, true);
    return x.sum({2, 3}, true).mul(std::ldexp(1.0, -pool_shift(x.size(2) * x.size(3))));
}

}  // namespace f8net
