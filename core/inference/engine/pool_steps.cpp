// SPDX-License-Identifier: Apache-2.0
#include "core/inference/engine/step.h"
#include "core/inference/kernels/max_pool.h"

namespace f8net {
namespace {

constexpr int64_t kBlockVectors = 8;  // of int32 that one kernel holds

class CodePoolStep final : public Step {
public:
    CodePoolStep(const StepPlan& plan, const Buffer& input, const Buffer& output)
        : window_(plan.node().window), input_(input), output_(output), blocks_(split_channels(plan.set, output.pitch)) {
        const MaxPoolSpec spec{window_.kernel, window_.stride, input.layout()};
        for (const ChannelBlock& block : blocks_)
            kernels_.push_back(make_code_max_pool(plan.set, spec, output.layout(), block));
    }

    void run(const StepContext& context) const override {
        output_.fill_border(context.arena, context.part, context.parts);
        const int64_t height = output_.shape.height;
        for (int64_t y = height * context.part / context.parts; y < height * (context.part + 1) / context.parts; ++y) {
            for (size_t block = 0; block < blocks_.size(); ++block) {
                KernelArguments arguments;
                arguments.codes[0] = input_.at(context.arena, y * window_.stride - window_.padding, -window_.padding,
                                               blocks_[block].first);
                arguments.tiles = output_.shape.width;
                arguments.outputs[0] = output_.at(context.arena, y, 0, blocks_[block].first);
                (*kernels_[block])(arguments);
            }
        }
    }

private:
    const Window window_;
    const Buffer &input_, &output_;
    const std::vector<ChannelBlock> blocks_;
    std::vector<std::unique_ptr<GeneratedKernel>> kernels_;
};

class Int32PoolStep final : public Step {
public:
    Int32PoolStep(const StepPlan& plan, const Buffer& input, const EpilogueBuffers& buffers)
        : set_(plan.set),
          window_(plan.node().window),
          out_(plan.node().output),
          input_(input),
          buffers_(buffers),
          epilogue_(buffers.spec(plan.network, plan.group)),
          constants_(epilogue_, static_cast<int>(out_.channels % set_.lanes())) {
        const MaxPoolSpec spec{window_.kernel, window_.stride, input.layout()};
        const int64_t lanes = set_.lanes(), vectors = (out_.channels + lanes - 1) / lanes;
        for (int64_t first = 0; first < vectors; first += kBlockVectors) {
            const bool is_last = first + kBlockVectors >= vectors;
            const int64_t rest = is_last ? out_.channels % lanes : 0;
            kernels_.push_back(
                make_int32_max_pool(set_, spec, epilogue_, static_cast<int>(std::min(kBlockVectors, vectors - first)),
                                    static_cast<int>(rest), static_cast<int>((rest + 7) / 8 * 8 % lanes)));
        }
    }

    void run(const StepContext& context) const override {
        buffers_.fill_borders(context);
        for (int64_t y = out_.height * context.part / context.parts;
             y < out_.height * (context.part + 1) / context.parts; ++y) {
            for (size_t block = 0; block < kernels_.size(); ++block) {
                const int64_t channel = static_cast<int64_t>(block) * kBlockVectors * set_.lanes();
                KernelArguments arguments;
                arguments.codes[0] =
                    input_.at(context.arena, y * window_.stride - window_.padding, -window_.padding, channel);
                arguments.constants = &constants_;
                arguments.tiles = out_.width;
                buffers_.point(arguments, context.arena, y, 0, channel);
                (*kernels_[block])(arguments);
            }
        }
    }

private:
    const InstructionSet& set_;
    const Window window_;
    const Shape out_;
    const Buffer& input_;
    const EpilogueBuffers buffers_;
    const EpilogueSpec epilogue_;
    const EpilogueConstants constants_;
    std::vector<std::unique_ptr<GeneratedKernel>> kernels_;
};

}  // namespace

std::unique_ptr<Step> make_code_pool_step(const StepPlan& plan, const Buffer& input, const Buffer& output) {
    return std::make_unique<CodePoolStep>(plan, input, output);
}

std::unique_ptr<Step> make_int32_pool_step(const StepPlan& plan, const Buffer& input, const EpilogueBuffers& buffers) {
    return std::make_unique<Int32PoolStep>(plan, input, buffers);
}

}  // namespace f8net
