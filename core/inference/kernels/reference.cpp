// SPDX-License-Identifier: Apache-2.0
#include "core/fixedpoint/requantize.h"
#include "core/inference/kernels/kernel.h"

namespace f8net {
namespace {

class ReferenceKernel final : public LayerKernel {
public:
    explicit ReferenceKernel(const LayerPlan& plan) : node_(plan.node), in_(plan.input), shift_(plan.shift) {}

    void run(const int32_t* input, int32_t* output, Scratch&) const override {
        for (int64_t y = 0; y < node_.output.height; ++y) {
            for (int64_t x = 0; x < node_.output.width; ++x) {
                for (int channel = 0; channel < node_.out_channels; ++channel) *output++ = at(input, y, x, channel);
            }
        }
    }

private:
    int32_t at(const int32_t* input, int64_t y, int64_t x, int channel) const {
        const Window& window = node_.window;
        const int per_group = node_.in_channels / node_.groups, out_per_group = node_.out_channels / node_.groups;
        const int first = channel / out_per_group * per_group;
        int64_t sum = node_.bias_s32[static_cast<size_t>(channel)];
        for (int dy = 0; dy < window.kernel; ++dy) {
            for (int dx = 0; dx < window.kernel; ++dx) {
                const int64_t from_y = y * window.stride + dy - window.padding,
                              from_x = x * window.stride + dx - window.padding;
                if (from_y < 0 || from_y >= in_.height || from_x < 0 || from_x >= in_.width) continue;
                for (int c = 0; c < per_group; ++c) {
                    const int32_t accumulator = input[(from_y * in_.width + from_x) * in_.channels + first + c];
                    const int64_t code = requantize_round_half_even(
                        accumulator, shift_, node_.input_format.min_stored(), node_.input_format.max_stored());
                    const int64_t position = (int64_t{channel} * window.kernel + dy) * window.kernel + dx;
                    sum += code * node_.weight_s8[static_cast<size_t>(position * per_group + c)];
                }
            }
        }
        return static_cast<int32_t>(sum);  // check() has proved that it fits
    }

    const IntegerNode node_;
    const Shape in_;
    const int shift_;
};

}  // namespace

std::unique_ptr<LayerKernel> make_reference_kernel(const LayerPlan& plan) {
    return std::make_unique<ReferenceKernel>(plan);
}

}  // namespace f8net
