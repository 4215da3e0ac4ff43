// SPDX-License-Identifier: Apache-2.0
#include "core/inference/engine/depthwise_plane.h"
#include "core/inference/engine/step.h"

namespace f8net {
namespace {

class DepthwiseStep final : public Step {
public:
    DepthwiseStep(const StepPlan& plan, const Buffer& input, const EpilogueBuffers& buffers,
                  const Buffer* register_order)
        : set_(plan.set),
          window_(plan.node().window),
          out_(plan.node().output),
          input_(input),
          buffers_(buffers),
          register_order_(register_order),
          spec_(make_spec(plan)),
          plane_(set_, out_, spec_),
          packed_(pack_depthwise_weights(set_, plan.node(), plane_.blocks(), plane_.tile())),
          constants_(spec_.epilogue, 0) {}

    void run(const StepContext& context) const override {
        buffers_.fill_borders(context);
        const auto point = [&](KernelArguments& arguments, int64_t y, int64_t x, size_t block) {
            const int64_t channel = plane_.blocks()[block].first;
            arguments.codes[0] = input_.at(context.arena, y * window_.stride - window_.padding,
                                           x * window_.stride - window_.padding, channel);
            buffers_.point(arguments, context.arena, y, x, channel);
            if (register_order_ != nullptr)
                arguments.accumulators = reinterpret_cast<int32_t*>(register_order_->at(context.arena, y, x, channel));
        };
        const int64_t strips = plane_.strips();
        for (int64_t strip = strips * context.part / context.parts; strip < strips * (context.part + 1) / context.parts;
             ++strip) {
            plane_.run_strip(strip, packed_, constants_, point);
            if (register_order_ != nullptr)
                put_in_order(context.arena, strip * plane_.tile().rows, plane_.rows_of(strip));
        }
    }

private:
    DepthwiseSpec make_spec(const StepPlan& plan) const {
        DepthwiseSpec spec{window_.kernel, window_.stride, input_.layout(), buffers_.spec(plan.network, plan.group)};
        if (register_order_ != nullptr) spec.epilogue.int32_layout = register_order_->layout();
        return spec;
    }

    void put_in_order(std::byte* arena, int64_t first_row, int64_t rows) const {
        for (int64_t y = first_row; y < first_row + rows; ++y) {
            for (int64_t x = 0; x < out_.width; ++x) {
                unpermute_accumulators(set_, plane_.blocks(), out_.channels,
                                       reinterpret_cast<const int32_t*>(register_order_->at(arena, y, x)),
                                       reinterpret_cast<int32_t*>(buffers_.accumulators->at(arena, y, x)));
            }
        }
    }

    const InstructionSet& set_;
    const Window window_;
    const Shape out_;
    const Buffer& input_;
    const EpilogueBuffers buffers_;
    const Buffer* const register_order_;
    const DepthwiseSpec spec_;
    const DepthwisePlane plane_;
    const PackedDepthwise packed_;
    const EpilogueConstants constants_;
};

}  // namespace

int64_t register_order_pitch(const InstructionSet& set, int64_t code_pitch) {
    int64_t channels = 0;
    for (const ChannelBlock& block : split_channels(set, code_pitch)) channels += block.vector_bytes / set.code_bytes();
    return channels;
}

std::unique_ptr<Step> make_depthwise_step(const StepPlan& plan, const Buffer& input, const EpilogueBuffers& buffers,
                                          const Buffer* register_order) {
    return std::make_unique<DepthwiseStep>(plan, input, buffers, register_order);
}

}  // namespace f8net
