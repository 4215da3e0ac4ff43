// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <tuple>

#include "core/inference/engine/step.h"
#include "core/inference/kernels/dense.h"

namespace f8net {
namespace {

/// Weights that stay in the second-level cache while all tiles of the plane pass by.
constexpr int64_t kCachedWeights = 384 * 1024;

class DenseStep final : public Step {
public:
    DenseStep(const StepPlan& plan, const Buffer& input, const EpilogueBuffers& buffers)
        : set_(plan.set),
          window_(plan.node().window),
          out_(plan.node().output),
          input_(input),
          buffers_(buffers),
          vectors_((out_.channels + set_.lanes() - 1) / set_.lanes()),
          shape_(choose_tile(set_, out_.height, out_.width, vectors_)),
          packed_(pack_dense_weights(set_, plan.node(), input.pitch, shape_.vectors)),
          blocks_((vectors_ + shape_.vectors - 1) / shape_.vectors),
          strips_((out_.height + shape_.height - 1) / shape_.height),
          strips_outside_(static_cast<int64_t>(packed_.weights.size()) <= kCachedWeights),
          spec_{window_.kernel, packed_.units, window_.stride, input.layout(), buffers.spec(plan.network, plan.group)},
          constants_(spec_.epilogue, static_cast<int>(out_.channels % set_.lanes())) {
        for (const int64_t strip : {int64_t{0}, strips_ - 1}) {
            for (const int64_t block : {int64_t{0}, blocks_ - 1}) {
                if (out_.width >= shape_.width) make_kernel(strip, shape_.width, block);
                if (out_.width % shape_.width > 0) make_kernel(strip, out_.width % shape_.width, block);
            }
        }
    }

    void run(const StepContext& context) const override {
        buffers_.fill_borders(context);
        const int64_t items = blocks_ * strips_;
        for (int64_t i = items * context.part / context.parts; i < items * (context.part + 1) / context.parts; ++i) {
            if (strips_outside_)
                run_strip(context.arena, i / blocks_, i % blocks_);
            else
                run_strip(context.arena, i % strips_, i / strips_);
        }
    }

private:
    using Key = std::tuple<int64_t, int64_t, int64_t>;  // rows, columns, 1 for the last block

    int64_t rows_of(int64_t strip) const {
        return std::min<int64_t>(shape_.height, out_.height - strip * shape_.height);
    }
    Key key(int64_t strip, int64_t width, int64_t block) const {
        return {rows_of(strip), width, block == blocks_ - 1 ? 1 : 0};
    }

    void make_kernel(int64_t strip, int64_t width, int64_t block) {
        const bool is_last = block == blocks_ - 1;
        const int64_t lanes = set_.lanes();
        TileShape shape;
        shape.height = static_cast<int>(rows_of(strip));
        shape.width = static_cast<int>(width);
        shape.vectors = static_cast<int>(std::min<int64_t>(shape_.vectors, vectors_ - block * shape_.vectors));
        // Codes reach to the end of the pixel, whose pitch is a multiple of 8.
        const int64_t rest = out_.channels % lanes, code_rest = (rest + 7) / 8 * 8 % lanes;
        auto& kernel = kernels_[key(strip, width, block)];
        if (kernel == nullptr) {
            kernel = make_dense_kernel(set_, spec_, shape, is_last ? static_cast<int>(rest) : 0,
                                       is_last ? static_cast<int>(code_rest) : 0);
        }
    }

    void run_strip(std::byte* arena, int64_t strip, int64_t block) const {
        const int64_t y = strip * shape_.height, vector = block * shape_.vectors;
        const int64_t tiles = out_.width / shape_.width, rest = out_.width % shape_.width;
        KernelArguments arguments;
        arguments.weights = packed_.weights.data() + vector * packed_.vector_bytes;
        arguments.bias = packed_.bias.data() + vector * set_.lanes();
        arguments.constants = &constants_;
        const auto run_tiles = [&](int64_t x, int64_t count, int64_t width) {
            arguments.codes =
                input_.at(arena, y * window_.stride - window_.padding, x * window_.stride - window_.padding);
            arguments.tiles = count;
            buffers_.point(arguments, arena, y, x, vector * set_.lanes());
            (*kernels_.at(key(strip, width, block)))(arguments);
        };
        if (tiles > 0) run_tiles(0, tiles, shape_.width);
        if (rest > 0) run_tiles(tiles * shape_.width, 1, rest);
    }

    const InstructionSet& set_;
    const Window window_;
    const Shape out_;
    const Buffer& input_;
    const EpilogueBuffers buffers_;
    const int64_t vectors_;
    const TileShape shape_;
    const PackedWeights packed_;
    const int64_t blocks_, strips_;
    const bool strips_outside_;
    const DenseSpec spec_;
    const EpilogueConstants constants_;
    std::map<Key, std::unique_ptr<GeneratedKernel>> kernels_;
};

}  // namespace

std::unique_ptr<Step> make_dense_step(const StepPlan& plan, const Buffer& input, const EpilogueBuffers& buffers) {
    return std::make_unique<DenseStep>(plan, input, buffers);
}

}  // namespace f8net
