// SPDX-License-Identifier: Apache-2.0
#include "core/quantization/device_lengths.h"

#include <cstring>

#include "core/quantization/device_launch.h"

namespace f8net::device {

using torch::Tensor;

namespace {

Tensor new_choice(const Tensor& like) {
    return bytes_like(like, sizeof(LengthChoice));
}
LengthChoice* to_fill(Tensor& choice) {
    return static_cast<LengthChoice*>(choice.mutable_data_ptr());
}

GpuStatistic as_number(Statistic statistic) {
    switch (statistic) {
        case Statistic::kMae:
            return GpuStatistic::kMae;
        case Statistic::kRms:
            return GpuStatistic::kRms;
        case Statistic::kStd:
            break;
    }
    return GpuStatistic::kStd;
}

/// Whether one flat sweep fits both; strides of dimensions of size one say nothing.
bool lie_alike(const Tensor& a, const Tensor& b) {
    constexpr auto kRows = at::MemoryFormat::ChannelsLast;
    return a.strides() == b.strides() || (a.dim() == 4 && a.is_contiguous(kRows) && b.is_contiguous(kRows));
}

int largest_length(CodeRange range) {
    return range.word_length - (range.is_signed ? 1 : 0);
}

}  // namespace

Tensor choose(const Tensor& x_in, CodeRange range, bool is_grid_search, Statistic statistic) {
    const Tensor x = dense(x_in);
    Tensor choice = new_choice(x);
    const Tensor workspace = bytes_like(x, kernels_of(x).workspace_bytes(x.numel()));
    run(x, [&](const auto& kernels, auto element, GpuStream stream) {
        using T = decltype(element);
        const T* const data = x.const_data_ptr<T>();
        if (is_grid_search) {
            return kernels.choose_by_errors(data, x.numel(), static_cast<T>(range.highest()), range.is_signed,
                                            largest_length(range) + 1, to_fill(choice), workspace.mutable_data_ptr(),
                                            stream);
        }
        return kernels.choose_by_statistic(data, x.numel(), as_number(statistic),
                                           statistic_constant(statistic, range.is_signed), largest_length(range),
                                           to_fill(choice), workspace.mutable_data_ptr(), stream);
    });
    return choice;
}

Tensor rounded_length(const Tensor& running, int largest) {
    Tensor choice = new_choice(running);
    run(running, [&](const auto& kernels, auto element, GpuStream stream) {
        using T = decltype(element);
        return kernels.take_length(running.const_data_ptr<T>(), largest, to_fill(choice), stream);
    });
    return choice;
}

Tensor given_length(int length, const Tensor& like) {
    Tensor choice = new_choice(like);
    run(like, [&](const auto& kernels, auto element, GpuStream stream) {
        return kernels.take_length(static_cast<decltype(element)*>(nullptr), length, to_fill(choice), stream);
    });
    return choice;
}

LengthChoice read(const Tensor& choice) {
    const Tensor bytes = choice.cpu();
    LengthChoice result;
    std::memcpy(&result, bytes.const_data_ptr(), sizeof(result));
    return result;
}

Tensor statistic_of(const Tensor& choice) {
    static_assert(offsetof(LengthChoice, value) == 0 && sizeof(LengthChoice) % sizeof(double) == 0);
    return choice.view(torch::kDouble).select(0, 0);
}

void follow(const Tensor& choice, const Tensor& running_in, double momentum, const Tensor& note, int32_t tensor) {
    Tensor running = running_in;
    run(running.defined() ? running : choice, [&](const auto& kernels, auto element, GpuStream stream) {
        using T = decltype(element);
        return kernels.follow_choice(choice_of(choice), running.defined() ? running.mutable_data_ptr<T>() : nullptr,
                                     static_cast<T>(momentum), static_cast<T>(1 - momentum),
                                     note.mutable_data_ptr<int32_t>(), tensor, stream);
    });
}

Codes quantize_as_chosen(const Tensor& x_in, CodeRange range, const Tensor& choice, bool wants_codes) {
    const Tensor x = dense(x_in);
    Codes result;
    result.values = torch::empty_like(x);
    if (wants_codes) result.codes = torch::empty_like(x, x.options().dtype(torch::kByte));
    run(x, [&](const auto& kernels, auto element, GpuStream stream) {
        using T = decltype(element);
        return kernels.quantize_as_chosen(x.const_data_ptr<T>(), result.values.mutable_data_ptr<T>(),
                                          wants_codes ? result.codes.mutable_data_ptr() : nullptr, x.numel(),
                                          static_cast<T>(range.highest()), range.is_signed, choice_of(choice), stream);
    });
    return result;
}

Tensor values_of(const Tensor& codes, CodeRange range, const Tensor& choice, torch::ScalarType type) {
    Tensor values = torch::empty_like(codes, codes.options().dtype(type));
    run(values, [&](const auto& kernels, auto element, GpuStream stream) {
        using T = decltype(element);
        return kernels.values_of_codes(codes.const_data_ptr(), values.mutable_data_ptr<T>(), codes.numel(),
                                       range.is_signed, choice_of(choice), stream);
    });
    return values;
}

void pass_by_code(Tensor& gradient, const Tensor& other, const Tensor& codes, CodeRange range) {
    TORCH_INTERNAL_ASSERT(lie_alike(gradient, codes) && (!other.defined() || lie_alike(other, codes)));
    run(gradient, [&](const auto& kernels, auto element, GpuStream stream) {
        using T = decltype(element);
        return kernels.pass_by_code(gradient.mutable_data_ptr<T>(), data_or_null<T>(other), codes.const_data_ptr(),
                                    codes.numel(), static_cast<T>(range.highest()), range.is_signed, stream);
    });
}

ClipScale clip_scale(const Tensor& alpha, const Tensor& running, CodeRange range) {
    ClipScale result{torch::empty_like(alpha), torch::empty_like(alpha)};
    run(alpha, [&](const auto& kernels, auto element, GpuStream stream) {
        using T = decltype(element);
        return kernels.clip_scale(alpha.const_data_ptr<T>(), running.const_data_ptr<T>(), largest_length(range),
                                  static_cast<T>(range.highest()), result.eta.mutable_data_ptr<T>(),
                                  result.slope.mutable_data_ptr<T>(), stream);
    });
    return result;
}

}  // namespace f8net::device
