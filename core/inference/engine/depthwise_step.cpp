// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <tuple>

#include "core/inference/engine/step.h"
#include "core/inference/kernels/depthwise.h"

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
          blocks_(split_channels(set_, (out_.channels + 7) / 8 * 8)),
          spec_(make_spec(plan)),
          tile_(choose_depthwise_tile(set_, spec_, out_.height, out_.width)),
          packed_(pack_depthwise_weights(set_, plan.node(), blocks_, tile_)),
          constants_(spec_.epilogue, 0) {
        for (const ChannelBlock& block : blocks_) {
            for (const int64_t rows : {int64_t{tile_.rows}, out_.height % tile_.rows}) {
                for (const int64_t columns : {int64_t{tile_.columns}, out_.width % tile_.columns}) {
                    auto& kernel = kernels_[{rows, columns, block.vector_bytes, block.store_bytes}];
                    if (rows == 0 || columns == 0 || kernel != nullptr) continue;
                    kernel = make_depthwise_kernel(set_, spec_, tile_,
                                                   {static_cast<int>(rows), static_cast<int>(columns)}, block);
                }
            }
        }
    }

    void run(const StepContext& context) const override {
        buffers_.fill_borders(context);
        const int64_t strips = (out_.height + tile_.rows - 1) / tile_.rows;
        for (int64_t strip = strips * context.part / context.parts; strip < strips * (context.part + 1) / context.parts;
             ++strip) {
            const int64_t y = strip * tile_.rows, rows = std::min<int64_t>(tile_.rows, out_.height - y);
            for (size_t block = 0; block < blocks_.size(); ++block) run_strip(context.arena, y, rows, block);
            if (register_order_ != nullptr) put_in_order(context.arena, y, rows);
        }
    }

private:
    DepthwiseSpec make_spec(const StepPlan& plan) const {
        DepthwiseSpec spec{window_.kernel, window_.stride, input_.layout(), buffers_.spec(plan.network, plan.group)};
        if (register_order_ != nullptr) spec.epilogue.int32_layout = register_order_->layout();
        return spec;
    }

    void run_strip(std::byte* arena, int64_t y, int64_t rows, size_t index) const {
        const ChannelBlock& block = blocks_[index];
        const int64_t tiles = out_.width / tile_.columns, rest = out_.width % tile_.columns;
        KernelArguments arguments;
        arguments.weights[0] = packed_.weights.data() + packed_.weight_offsets[index];
        arguments.bias[0] = packed_.bias.data() + packed_.bias_offsets[index];
        arguments.constants = &constants_;
        const auto run_tiles = [&](int64_t x, int64_t count, int64_t columns) {
            arguments.codes[0] = input_.at(arena, y * window_.stride - window_.padding,
                                           x * window_.stride - window_.padding, block.first);
            arguments.tiles = count;
            buffers_.point(arguments, arena, y, x, block.first);
            if (register_order_ != nullptr)
                arguments.accumulators = reinterpret_cast<int32_t*>(register_order_->at(arena, y, x, block.first));
            (*kernels_.at({rows, columns, block.vector_bytes, block.store_bytes}))(arguments);
        };
        if (tiles > 0) run_tiles(0, tiles, tile_.columns);
        if (rest > 0) run_tiles(tiles * tile_.columns, 1, rest);
    }

    void put_in_order(std::byte* arena, int64_t first_row, int64_t rows) const {
        for (int64_t y = first_row; y < first_row + rows; ++y) {
            for (int64_t x = 0; x < out_.width; ++x) {
                unpermute_accumulators(set_, blocks_, out_.channels,
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
    const std::vector<ChannelBlock> blocks_;
    const DepthwiseSpec spec_;
    const DepthwiseTile tile_;
    const PackedDepthwise packed_;
    const EpilogueConstants constants_;
    std::map<std::tuple<int64_t, int64_t, int, int>, std::unique_ptr<GeneratedKernel>> kernels_;
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
