// SPDX-License-Identifier: Apache-2.0
/// One step of an engine's program: what one group of nodes does to the arena. Made at load time with its weights
/// packed and its kernels generated; running allocates nothing (but for the law's own scratch). Threads  run() may be
/// called by `parts` threads at once, each with its own part of the same arena: the split is
///          static. Between two steps all parts have to meet.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "core/inference/engine/buffer.h"
#include "core/inference/engine/fusion.h"
#include "core/inference/image_source.h"
#include "core/inference/kernels/epilogue.h"
#include "core/inference/kernels/kernel.h"

namespace f8net {

struct StepContext {
    std::byte* arena = nullptr;
    int part = 0, parts = 1;
    ImageSource image;
    Scratch* scratch = nullptr;
};

class Step {
public:
    virtual ~Step() = default;
    virtual void run(const StepContext& context) const = 0;
};

/// Where an epilogue reads and writes; null: not wanted.
struct EpilogueBuffers {
    const Buffer *residual = nullptr, *accumulators = nullptr, *sums = nullptr, *stream = nullptr;
    std::vector<const Buffer*> codes;  ///< one for each view

    EpilogueSpec spec(const IntegerNetwork& network, const Group& group) const;
    /// Pointers at a pixel and channel.
    void point(KernelArguments& arguments, std::byte* arena, int64_t y, int64_t x, int64_t channel) const;
    void fill_borders(const StepContext& context) const;
};

/// What a step is made from. `node` is the group's anchor.
struct StepPlan {
    const IntegerNetwork& network;
    const Group& group;
    const InstructionSet& set;
    const IntegerNode& node() const { return network.nodes[static_cast<size_t>(group.anchor)]; }
};

/// inputs: the anchor's codes, then the merged convolution's.
std::unique_ptr<Step> make_dense_step(const StepPlan& plan, const std::vector<const Buffer*>& inputs,
                                      const EpilogueBuffers& buffers);
/// register_order: a buffer that buffers.accumulators is put in order from; both null where nobody wants them.
std::unique_ptr<Step> make_depthwise_step(const StepPlan& plan, const Buffer& input, const EpilogueBuffers& buffers,
                                          const Buffer* register_order);
/// Elements of a pixel in the register order.
int64_t register_order_pitch(const InstructionSet& set, int64_t code_pitch);

std::unique_ptr<Step> make_code_pool_step(const StepPlan& plan, const Buffer& input, const Buffer& output);
std::unique_ptr<Step> make_int32_pool_step(const StepPlan& plan, const Buffer& input, const EpilogueBuffers& buffers);

/// The image as codes of one view, or (view null) as int32.
std::unique_ptr<Step> make_input_step(const StepPlan& plan, const CodeView* view, const Buffer& output);
/// The given int32 values of the node that a range begins at, as codes of one view, or (view null) as they are.
std::unique_ptr<Step> make_values_step(const CodeView* view, const Buffer& output);
/// The law's function for the anchor (and the ReLU fused behind it), from int32 to int32. accumulators: a copy before
/// the ReLU, or null.
std::unique_ptr<Step> make_law_step(const StepPlan& plan, std::vector<const Buffer*> inputs, const Buffer& output,
                                    const Buffer* accumulators);
/// The law's requantization: int32 to codes of one view.
std::unique_ptr<Step> make_requantize_step(const CodeView& view, const Buffer& input, const Buffer& output);

}  // namespace f8net
