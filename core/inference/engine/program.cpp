// SPDX-License-Identifier: Apache-2.0
#include "core/inference/engine/program.h"

#include <algorithm>
#include <cstring>

#include "core/inference/law_node.h"
#include "core/inference/memory_plan.h"
#include "core/inference/node_operations.h"

namespace f8net {
namespace {

constexpr int64_t kAlignment = 64;
constexpr size_t kNever = static_cast<size_t>(-1);

bool is_inline(const Group& group) {
    return group.views.size() <= kMaxCodeOutputs &&
           std::all_of(group.views.begin(), group.views.end(),
                       [](const CodeView& view) { return can_requantize_inline(view.shift); });
}

}  // namespace

Program::Program(const IntegerNetwork& network, const NodeRange& range, const InstructionSet& set, bool tracing)
    : network_(network),
      range_(range),
      set_(set),
      tracing_(tracing),
      groups_(fuse(network, range, set, tracing)),
      values_(groups_.size()) {
    for (size_t group = 0; group < groups_.size(); ++group) {
        make_buffers(group);
        compile(group);
        if (groups_[group].value == range.last) output_ = values_[group].int32;
    }
    place_buffers();
}

Buffer* Program::make_buffer(const Shape& shape, int border, int64_t pitch, int element_bytes, int32_t zero) {
    buffers_.push_back({shape, border, pitch, element_bytes, zero, 0});
    lifetimes_.push_back({kNever, 0});
    return &buffers_.back();
}

Buffer* Program::make_int32(int node_index, int border) {
    const Shape& shape = node(node_index).output;
    return make_buffer(shape, border, shape.channels, 4);
}

void Program::make_buffers(size_t index) {
    const Group& group = groups_[index];
    const Shape& shape = node(group.value).output;
    if (group.needs_int32)
        values_[index].int32 = is_in_place(group) ? values_[static_cast<size_t>(group.operand)].int32
                                                  : make_int32(group.value, group.int32_border);
    // Whole groups of 8 channels, so that vectors end with the pixel; the picture as it is, for runs without gaps.
    const int64_t pitch =
        group.method == Method::kInput && range_.first == 0 ? shape.channels : (shape.channels + 7) / 8 * 8;
    for (const CodeView& view : group.views) {
        values_[index].views.push_back(
            make_buffer(shape, view.border, pitch, set_.code_bytes(), set_.zero_code(view.format)));
    }
}

/// The residual is read and written pixel by pixel: one plane less to fetch.
bool Program::is_in_place(const Group& group) const {
    return group.operand >= 0 && group.int32_border == 0 &&
           groups_[static_cast<size_t>(group.operand)].int32_readers == 1;
}

void Program::compile(size_t index) {
    const Group& group = groups_[index];
    const Value& value = values_[index];
    const StepPlan plan{network_, group, set_};
    EpilogueBuffers buffers;
    buffers.stream = value.int32;
    bool has_codes = true;  // written by the step itself
    switch (group.method) {
        case Method::kMerged:
            return;
        case Method::kInput: {
            const auto given = [&](const CodeView* view, const Buffer& output) {
                return range_.first == 0 ? make_input_step(plan, view, output) : make_values_step(view, output);
            };
            for (size_t i = 0; i < group.views.size(); ++i)
                add_step(given(&group.views[i], *value.views[i]), group.anchor, {value.views[i]});
            if (value.int32 != nullptr) add_step(given(nullptr, *value.int32), group.anchor, {value.int32});
            return;
        }
        case Method::kCodePool: {
            const Group& source = groups_[static_cast<size_t>(group.inputs[0])];
            for (size_t i = 0; i < group.views.size(); ++i) {
                const CodeView& view = group.views[i];
                const auto same = std::find_if(source.views.begin(), source.views.end(), [&](const CodeView& each) {
                    return each.shift == view.shift && each.format == view.format;
                });
                const Buffer* const input = values_[static_cast<size_t>(group.inputs[0])]
                                                .views[static_cast<size_t>(same - source.views.begin())];
                add_step(make_code_pool_step(plan, *input, *value.views[i]), group.anchor, {input, value.views[i]});
            }
            return;
        }
        case Method::kDense:
        case Method::kDepthwise:
        case Method::kInt32Pool:
            has_codes = is_inline(group);
            if (has_codes) buffers.codes.assign(value.views.begin(), value.views.end());
            compile_kernel(plan, buffers);
            break;
        case Method::kLaw: {
            has_codes = false;
            std::vector<const Buffer*> inputs;
            for (const int input : group.inputs) inputs.push_back(values_[static_cast<size_t>(input)].int32);
            const Buffer* const accumulators = tracing_ && group.has_relu ? make_int32(group.anchor) : nullptr;
            std::vector<const Buffer*> used = inputs;
            used.push_back(value.int32);
            if (accumulators != nullptr) used.push_back(accumulators);
            add_step(make_law_step(plan, inputs, *value.int32, accumulators), group.anchor, used);
            if (plan.node().has_weights()) record({group.anchor, true, inputs[0], input_shift(network_, plan.node())});
            if (plan.node().kind != NodeKind::kRelu)
                record({group.anchor, false, accumulators != nullptr ? accumulators : value.int32});
            break;
        }
    }
    if (has_codes) return;
    for (size_t i = 0; i < group.views.size(); ++i) {
        add_step(make_requantize_step(group.views[i], *value.int32, *value.views[i]), group.anchor,
                 {value.int32, value.views[i]});
    }
}

void Program::compile_kernel(const StepPlan& plan, EpilogueBuffers& buffers) {
    const Group& group = plan.group;
    std::vector<const Buffer*> used(buffers.codes.begin(), buffers.codes.end());
    const auto use = [&](const Buffer* buffer) {
        if (buffer != nullptr) used.push_back(buffer);
        return buffer;
    };
    use(buffers.stream);
    if (group.method == Method::kInt32Pool) {
        const Buffer* const input = use(values_[static_cast<size_t>(group.inputs[0])].int32);
        add_step(make_int32_pool_step(plan, *input, buffers), group.anchor, used);
        record({group.anchor, false, buffers.stream});
        return;
    }
    const Buffer* const input = use(codes_for(group.inputs[0], plan.node()));
    if (group.operand >= 0) buffers.residual = use(values_[static_cast<size_t>(group.operand)].int32);
    if (tracing_) {
        buffers.accumulators = use(make_int32(group.anchor));
        if (group.add >= 0) buffers.sums = use(make_int32(group.add));
    }
    if (group.method == Method::kDense) {
        std::vector<const Buffer*> inputs = {input};
        if (group.merged >= 0) inputs.push_back(use(codes_for(group.inputs[1], node(group.merged))));
        add_step(make_dense_step(plan, inputs, buffers), group.anchor, used);
        if (group.merged >= 0) steps_.back().nodes.push_back(group.merged);
    } else {
        const Shape& shape = plan.node().output;
        const Buffer* const register_order =
            tracing_ ? use(make_buffer(shape, 0, register_order_pitch(set_, (shape.channels + 7) / 8 * 8), 4))
                     : nullptr;
        add_step(make_depthwise_step(plan, *input, buffers, register_order), group.anchor, used);
    }
    record({group.anchor, true, input});
    record({group.anchor, false, buffers.accumulators});
    if (buffers.sums != nullptr) record({group.add, false, buffers.sums});
}

const Buffer* Program::codes_for(int source_group, const IntegerNode& reader) const {
    const auto source = static_cast<size_t>(source_group);
    const int shift = view_shift(node(groups_[source].value), reader);
    const std::vector<CodeView>& views = groups_[source].views;
    const auto view = std::find_if(views.begin(), views.end(), [&](const CodeView& each) {
        return each.shift == shift && each.format == reader.input_format;
    });
    return values_[source].views[static_cast<size_t>(view - views.begin())];
}

void Program::add_step(std::unique_ptr<Step> step, int node_index, const std::vector<const Buffer*>& used) {
    const size_t now = steps_.size();
    steps_.push_back({std::move(step), {node_index}, {}});
    for (size_t i = 0; i < buffers_.size(); ++i) {
        if (std::find(used.begin(), used.end(), &buffers_[i]) == used.end()) continue;
        lifetimes_[i].first = std::min(lifetimes_[i].first, now);
        lifetimes_[i].last = now;
    }
}

void Program::record(const Record& what) {
    if (tracing_) steps_.back().records.push_back(what);
}

void Program::place_buffers() {
    std::vector<BufferLifetime> requests;
    for (size_t i = 0; i < buffers_.size(); ++i) {
        const bool is_used = lifetimes_[i].first != kNever;
        const size_t last = &buffers_[i] == output_ ? steps_.size() : lifetimes_[i].last;
        requests.push_back({is_used ? buffers_[i].size_bytes() : 0, is_used ? lifetimes_[i].first : 0, last});
    }
    const MemoryPlan plan = place_first_fit(requests, kAlignment);
    for (size_t i = 0; i < buffers_.size(); ++i) buffers_[i].offset = plan.offsets[i];
    arena_bytes_ = plan.size;
}

const int32_t* Program::output(std::byte* arena) const {
    return reinterpret_cast<const int32_t*>(arena + output_->offset);
}

std::vector<Program::Recorded> Program::recorded(size_t step, std::byte* arena) const {
    std::vector<Recorded> list;
    for (const Record& each : steps_[step].records) {
        const Buffer& buffer = *each.buffer;
        Recorded recorded{each.node, each.is_codes, {}};
        recorded.values.reserve(static_cast<size_t>(buffer.shape.size()));
        for (int64_t y = 0; y < buffer.shape.height; ++y) {
            for (int64_t x = 0; x < buffer.shape.width; ++x) {
                const std::byte* const pixel = buffer.at(arena, y, x);
                for (int64_t c = 0; c < buffer.shape.channels; ++c) {
                    int32_t value = 0;
                    if (buffer.element_bytes == 1) {
                        value = static_cast<int32_t>(pixel[c]) - buffer.zero;
                    } else if (buffer.element_bytes == 2) {
                        int16_t code = 0;
                        std::memcpy(&code, pixel + c * 2, sizeof code);
                        value = code;
                    } else {
                        std::memcpy(&value, pixel + c * 4, sizeof value);
                    }
                    recorded.values.push_back(value);
                }
            }
        }
        if (each.is_codes && buffer.element_bytes == 4) {
            requantize_to_codes(recorded.values.data(), static_cast<int64_t>(recorded.values.size()), each.shift,
                                node(each.node).input_format, recorded.values.data());
        }
        list.push_back(std::move(recorded));
    }
    return list;
}

}  // namespace f8net
