// SPDX-License-Identifier: Apache-2.0
#include "core/inference/engine/step.h"
#include "core/network/bounds.h"

namespace f8net {

EpilogueSpec EpilogueBuffers::spec(const IntegerNetwork& network, const Group& group) const {
    EpilogueSpec spec;
    spec.stores_accumulators = accumulators != nullptr;
    spec.stores_sums = sums != nullptr;
    spec.stores_stream = stream != nullptr;
    spec.has_relu = group.has_relu;
    if (accumulators != nullptr) spec.int32_layout = accumulators->layout();
    if (stream != nullptr) spec.stream_layout = stream->layout();
    if (group.operand >= 0) {
        const IntegerNode& add = network.nodes[static_cast<size_t>(group.add)];
        const int own = add.inputs[0] == group.anchor ? 0 : 1;
        spec.adds_residual = true;
        spec.is_wide_sum = group.is_wide_sum;
        spec.own_shift = operand_shift(network, add, own);
        spec.residual_shift = operand_shift(network, add, 1 - own);
        spec.residual_layout = residual->layout();
    }
    for (size_t i = 0; i < codes.size(); ++i) {
        spec.outputs.push_back({codes[i]->layout(), group.views[i].shift, group.views[i].format, codes[i]->zero});
    }
    return spec;
}

void EpilogueBuffers::point(KernelArguments& arguments, std::byte* arena, int64_t y, int64_t x, int64_t channel) const {
    const auto int32_at = [&](const Buffer* buffer) {
        return buffer == nullptr ? nullptr : reinterpret_cast<int32_t*>(buffer->at(arena, y, x, channel));
    };
    arguments.residual = int32_at(residual);
    arguments.accumulators = int32_at(accumulators);
    arguments.sums = int32_at(sums);
    arguments.stream = int32_at(stream);
    for (size_t i = 0; i < codes.size(); ++i) arguments.outputs[i] = codes[i]->at(arena, y, x, channel);
}

void EpilogueBuffers::fill_borders(const StepContext& context) const {
    if (stream != nullptr) stream->fill_border(context.arena, context.part, context.parts);
    for (const Buffer* each : codes) each->fill_border(context.arena, context.part, context.parts);
}

}  // namespace f8net
