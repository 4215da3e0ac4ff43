// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <tuple>

#include "core/inference/engine/step.h"
#include "core/inference/kernels/dense.h"
#include "core/network/bounds.h"

namespace f8net {
namespace {

/// Weights that stay in the second-level cache while all tiles of the plane pass by.
constexpr int64_t kCachedWeights = 384 * 1024;

/// One of the convolutions that are summed: mostly there is one.
struct Source {
    const IntegerNode* node;
    const Buffer* codes;
    PackedWeights packed;
};

class DenseStep final : public Step {
public:
    DenseStep(const StepPlan& plan, const std::vector<const Buffer*>& inputs, const EpilogueBuffers& buffers)
        : set_(plan.set),
          out_(plan.node().output),
          buffers_(buffers),
          vectors_((out_.channels + set_.lanes() - 1) / set_.lanes()),
          shape_(choose_tile(set_, out_.height, out_.width, vectors_)),
          blocks_((vectors_ + shape_.vectors - 1) / shape_.vectors),
          strips_((out_.height + shape_.height - 1) / shape_.height),
          spec_{{}, 0, buffers.spec(plan.network, plan.group)},
          constants_(spec_.epilogue, static_cast<int>(out_.channels % set_.lanes())) {
        add_source(plan.node(), *inputs[0]);
        if (plan.group.merged >= 0) merge(plan, *inputs[1]);
        int64_t weights = 0;
        for (const Source& source : sources_) {
            const Window& window = source.node->window;
            spec_.sources.push_back({window.kernel, source.packed.units, window.stride, source.codes->layout()});
            weights += static_cast<int64_t>(source.packed.weights.size());
        }
        is_strip_outside_ = weights <= kCachedWeights;
        make_kernels();
    }

    void run(const StepContext& context) const override {
        buffers_.fill_borders(context);
        const int64_t items = blocks_ * strips_;
        for (int64_t i = items * context.part / context.parts; i < items * (context.part + 1) / context.parts; ++i) {
            if (is_strip_outside_)
                run_strip(context.arena, i / blocks_, i % blocks_);
            else
                run_strip(context.arena, i % strips_, i / strips_);
        }
    }

private:
    using Key = std::tuple<int64_t, int64_t, bool>;  // rows, columns, is the last block

    void add_source(const IntegerNode& node, const Buffer& codes) {
        sources_.push_back({&node, &codes, pack_dense_weights(set_, node, codes.pitch, shape_.vectors)});
    }

    /// One of a sum's operands has a shift of 0: it comes second.
    void merge(const StepPlan& plan, const Buffer& codes) {
        const IntegerNode& add = plan.network.nodes[static_cast<size_t>(plan.group.add)];
        const int own = add.inputs[0] == plan.group.anchor ? 0 : 1;
        add_source(plan.network.nodes[static_cast<size_t>(plan.group.merged)], codes);
        spec_.shift = operand_shift(plan.network, add, own);
        if (spec_.shift > 0) return;
        spec_.shift = operand_shift(plan.network, add, 1 - own);
        std::reverse(sources_.begin(), sources_.end());
    }

    int64_t rows_of(int64_t strip) const {
        return std::min<int64_t>(shape_.height, out_.height - strip * shape_.height);
    }

    void make_kernels() {
        for (const int64_t strip : {int64_t{0}, strips_ - 1}) {
            for (const int64_t block : {int64_t{0}, blocks_ - 1}) {
                if (out_.width >= shape_.width) make_kernel(strip, shape_.width, block);
                if (out_.width % shape_.width > 0) make_kernel(strip, out_.width % shape_.width, block);
            }
        }
    }

    void make_kernel(int64_t strip, int64_t width, int64_t block) {
        const bool is_last = block == blocks_ - 1;
        auto& kernel = kernels_[{rows_of(strip), width, is_last}];
        if (kernel != nullptr) return;
        TileShape shape;
        shape.height = static_cast<int>(rows_of(strip));
        shape.width = static_cast<int>(width);
        shape.vectors = static_cast<int>(std::min<int64_t>(shape_.vectors, vectors_ - block * shape_.vectors));
        // Codes reach to the end of the pixel, whose pitch is a multiple of 8.
        const int64_t lanes = set_.lanes(), rest = out_.channels % lanes, code_rest = (rest + 7) / 8 * 8 % lanes;
        kernel = make_dense_kernel(set_, spec_, shape, is_last ? static_cast<int>(rest) : 0,
                                   is_last ? static_cast<int>(code_rest) : 0);
    }

    void run_strip(std::byte* arena, int64_t strip, int64_t block) const {
        const int64_t y = strip * shape_.height, vector = block * shape_.vectors;
        const int64_t tiles = out_.width / shape_.width, rest = out_.width % shape_.width;
        KernelArguments arguments;
        arguments.constants = &constants_;
        const auto run_tiles = [&](int64_t x, int64_t count, int64_t width) {
            for (size_t i = 0; i < sources_.size(); ++i) {
                const Source& source = sources_[i];
                const Window& window = source.node->window;
                arguments.codes[i] =
                    source.codes->at(arena, y * window.stride - window.padding, x * window.stride - window.padding);
                arguments.weights[i] = source.packed.weights.data() + vector * source.packed.vector_bytes;
                arguments.bias[i] = source.packed.bias.data() + vector * set_.lanes();
            }
            arguments.tiles = count;
            buffers_.point(arguments, arena, y, x, vector * set_.lanes());
            (*kernels_.at({rows_of(strip), width, block == blocks_ - 1}))(arguments);
        };
        if (tiles > 0) run_tiles(0, tiles, shape_.width);
        if (rest > 0) run_tiles(tiles * shape_.width, 1, rest);
    }

    const InstructionSet& set_;
    const Shape out_;
    const EpilogueBuffers buffers_;
    const int64_t vectors_;
    const TileShape shape_;
    const int64_t blocks_, strips_;
    std::vector<Source> sources_;
    DenseSpec spec_;
    const EpilogueConstants constants_;
    bool is_strip_outside_ = false;
    std::map<Key, std::unique_ptr<GeneratedKernel>> kernels_;
};

}  // namespace

std::unique_ptr<Step> make_dense_step(const StepPlan& plan, const std::vector<const Buffer*>& inputs,
                                      const EpilogueBuffers& buffers) {
    return std::make_unique<DenseStep>(plan, inputs, buffers);
}

}  // namespace f8net
