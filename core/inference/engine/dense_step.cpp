// SPDX-License-Identifier: Apache-2.0
#include "core/inference/engine/dense_plane.h"
#include "core/inference/engine/step.h"
#include "core/network/bounds.h"

namespace f8net {
namespace {

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
          buffers_(buffers),
          plane_(set_, plan.node().output),
          constants_(buffers.spec(plan.network, plan.group),
                     static_cast<int>(plan.node().output.channels % set_.lanes())) {
        add_source(plan.node(), *inputs[0]);
        DenseSpec spec{{}, 0, buffers.spec(plan.network, plan.group)};
        if (plan.group.merged >= 0) spec.shift = merge(plan, *inputs[1]);
        int64_t weights = 0;
        for (const Source& source : sources_) {
            const Window& window = source.node->window;
            spec.sources.push_back({window.kernel, source.packed.units, window.stride, source.codes->layout()});
            weights += static_cast<int64_t>(source.packed.weights.size());
        }
        plane_.make_kernels(spec, weights);
    }

    void run(const StepContext& context) const override {
        buffers_.fill_borders(context);
        plane_.run(context.part, context.parts, constants_,
                   [&](KernelArguments& arguments, int64_t y, int64_t x, int64_t vector) {
                       for (size_t i = 0; i < sources_.size(); ++i) {
                           const Source& source = sources_[i];
                           const Window& window = source.node->window;
                           arguments.codes[i] = source.codes->at(context.arena, y * window.stride - window.padding,
                                                                 x * window.stride - window.padding);
                           arguments.weights[i] = source.packed.weights.data() + vector * source.packed.vector_bytes;
                           arguments.bias[i] = source.packed.bias.data() + vector * set_.lanes();
                       }
                       buffers_.point(arguments, context.arena, y, x, vector * set_.lanes());
                   });
    }

private:
    void add_source(const IntegerNode& node, const Buffer& codes) {
        const DenseWeights weights{node.weight_s8.data(),
                                   node.bias_s32.data(),
                                   node.in_channels,
                                   node.out_channels,
                                   node.window.kernel,
                                   codes.pitch,
                                   set_.zero_code(node.input_format)};
        sources_.push_back({&node, &codes, pack_dense_weights(set_, weights, plane_.block_vectors())});
    }

    /// The shift of the first operand: one of a sum's operands has a shift of 0, it comes second.
    int merge(const StepPlan& plan, const Buffer& codes) {
        const IntegerNode& add = plan.network.nodes[static_cast<size_t>(plan.group.add)];
        const int own = add.inputs[0] == plan.group.anchor ? 0 : 1;
        add_source(plan.network.nodes[static_cast<size_t>(plan.group.merged)], codes);
        if (const int shift = operand_shift(plan.network, add, own); shift > 0) return shift;
        std::reverse(sources_.begin(), sources_.end());
        return operand_shift(plan.network, add, 1 - own);
    }

    const InstructionSet& set_;
    const EpilogueBuffers buffers_;
    std::vector<Source> sources_;
    DensePlane plane_;
    const EpilogueConstants constants_;
};

}  // namespace

std::unique_ptr<Step> make_dense_step(const StepPlan& plan, const std::vector<const Buffer*>& inputs,
                                      const EpilogueBuffers& buffers) {
    return std::make_unique<DenseStep>(plan, inputs, buffers);
}

}  // namespace f8net
