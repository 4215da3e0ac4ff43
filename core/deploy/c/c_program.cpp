// SPDX-License-Identifier: Apache-2.0
#include "core/deploy/c/c_program.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>

#include "core/base/error.h"
#include "core/fixedpoint/clip_scale.h"
#include "core/inference/law_node.h"
#include "core/inference/memory_plan.h"

namespace f8net {
namespace {

constexpr int64_t kLargestArray = std::numeric_limits<int32_t>::max();
constexpr int64_t kAlignment = 16;

/// A letter or digit at each place, short enough for the 63 characters that compilers have to tell apart.
std::string identifier_of(const std::string& name) {
    constexpr size_t kLongest = 40;
    std::string text = name.substr(0, kLongest);
    for (char& c : text) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_plain) c = '_';
    }
    return text;
}

class Planner {
public:
    Planner(const IntegerNetwork& network, bool traceable)
        : network_(network), traceable_(traceable), readers_(network.nodes.size()), values_(network.nodes.size()) {
        for (size_t i = 0; i < network_.nodes.size(); ++i) {
            for (const int input : network_.nodes[i].inputs)
                readers_[static_cast<size_t>(input)].push_back(static_cast<int>(i));
        }
    }

    CProgram run() {
        name_nodes();
        make_groups();
        for (size_t g = groups_.size(); g-- > 0;) want_inputs(groups_[g]);
        for (Group& group : groups_) add_step(group);
        place();
        measure_scratch();
        return std::move(program_);
    }

private:
    struct View {
        int shift;
        FixedPointFormat format;
        CPlace place;
    };
    /// In which forms a node's result is wanted.
    struct Value {
        bool is_result = false;  ///< of a group; else it exists only inside of one
        bool wants_int32 = false;
        CPlace int32;
        std::vector<View> views;
    };
    struct Group {
        CStep step;
        int value = 0;  ///< node whose result it gives: the last one of the group
    };

    const IntegerNode& node(int index) const { return network_.nodes[static_cast<size_t>(index)]; }
    Value& value(int index) { return values_[static_cast<size_t>(index)]; }
    const std::vector<int>& readers(int index) const { return readers_[static_cast<size_t>(index)]; }
    int last_node() const { return static_cast<int>(network_.nodes.size()) - 1; }

    void name_nodes() {
        std::set<std::string> taken;
        for (size_t i = 0; i < network_.nodes.size(); ++i) {
            std::string name = identifier_of(network_.nodes[i].name);
            if (name.empty() || !taken.insert(name).second) {
                name += "_n" + std::to_string(i);  // ends in its own number, so a second clash needs that very name
                while (!taken.insert(name).second) name += "_";
            }
            program_.identifiers.push_back(name);
        }
    }

    void make_groups() {
        std::vector<bool> is_fused(network_.nodes.size(), false);
        for (int i = 0; i <= last_node(); ++i) {
            if (is_fused[static_cast<size_t>(i)]) continue;
            Group group;
            group.step.node = group.value = i;
            group.step.kind = kind_of(node(i));
            if (node(i).kind == NodeKind::kAdd) group.step.add = i;
            if (node(i).has_weights()) fuse_sum(group);
            if (node(i).kind == NodeKind::kRelu) group.step.has_relu = true;
            const std::vector<int>& next = readers(group.value);
            if (!group.step.has_relu && node(i).kind != NodeKind::kInput && next.size() == 1 &&
                node(next[0]).kind == NodeKind::kRelu) {
                group.step.has_relu = true;
                group.value = next[0];
            }
            if (group.step.add >= 0) is_fused[static_cast<size_t>(group.step.add)] = true;
            is_fused[static_cast<size_t>(group.value)] = true;
            value(group.value).is_result = true;
            groups_.push_back(std::move(group));
        }
    }

    static CStepKind kind_of(const IntegerNode& it) {
        switch (it.kind) {
            case NodeKind::kInput:
                return CStepKind::kPixels;
            case NodeKind::kConv:
            case NodeKind::kLinear:
                return it.groups > 1 ? CStepKind::kDepthwise : CStepKind::kDense;
            case NodeKind::kMaxPool:
                return CStepKind::kMaxPool;
            case NodeKind::kSumPool:
                return CStepKind::kSumPool;
            case NodeKind::kAveragePool:
                return CStepKind::kAveragePool;
            default:
                return CStepKind::kCopy;
        }
    }

    /// A residual sum of this layer and something that is there before it.
    void fuse_sum(Group& group) {
        const int index = group.step.node;
        const std::vector<int>& next = readers(index);
        if (next.size() != 1 || node(next[0]).kind != NodeKind::kAdd) return;
        const IntegerNode& add = node(next[0]);
        group.step.own_operand = add.inputs[0] == index ? 0 : 1;
        const int other = add.inputs[static_cast<size_t>(1 - group.step.own_operand)];
        if (other >= index || !value(other).is_result) return;
        group.step.add = group.value = next[0];
    }

    /// Readers come later, so what they want of this group is known; now what it wants of its inputs.
    void want_inputs(Group& group) {
        CStep& step = group.step;
        Value& result = value(group.value);
        const IntegerNode& it = node(step.node);
        if (group.value == last_node()) result.wants_int32 = true;  // the logits
        if (!result.wants_int32 && result.views.empty()) {
            if (it.kind == NodeKind::kInput) return;
            program_.is_traceable = traceable_;
            if (!traceable_) return;
            result.wants_int32 = true;  // nobody reads it
        }
        const bool only_codes = !result.wants_int32 && !result.views.empty();
        if (step.kind == CStepKind::kMaxPool && only_codes && !step.has_relu && !traceable_) {
            step.kind = CStepKind::kCodePool;
            program_.is_traceable = false;
            for (const View& view : result.views) want_codes(it.inputs[0], view.shift, view.format);
            return;
        }
        if (it.has_weights()) {
            want_codes(it.inputs[0], input_shift(network_, it), it.input_format);
        } else {
            for (const int input : it.inputs) value(input).wants_int32 = true;
        }
        if (step.add >= 0 && step.add != step.node)
            value(node(step.add).inputs[static_cast<size_t>(1 - step.own_operand)]).wants_int32 = true;
    }

    void want_codes(int source, int shift, const FixedPointFormat& format) {
        if (find_view(source, shift, format)) return;
        value(source).views.push_back({shift, format, {}});
    }
    View* find_view(int source, int shift, const FixedPointFormat& format) {
        for (View& view : value(source).views) {
            if (view.shift == shift && view.format == format) return &view;
        }
        return nullptr;
    }

    CPlace new_buffer(const std::string& name, CType type, int64_t elements) {
        const size_t step = program_.steps.size();
        program_.buffers.push_back({name, type, elements, 0, step, step});
        return {CPlace::Kind::kBuffer, program_.buffers.size() - 1};
    }
    /// The next step reads it.
    CPlace read(const CPlace& place) {
        if (place.kind == CPlace::Kind::kBuffer) program_.buffers[place.buffer].last = program_.steps.size();
        return place;
    }

    void add_step(Group& group) {
        Value& result = value(group.value);
        CStep& step = group.step;
        const IntegerNode& it = node(step.node);
        if (!result.wants_int32 && result.views.empty()) return;
        if (step.kind == CStepKind::kPixels) {
            take_pixels_as_they_are(result);
            const bool is_needed = result.wants_int32 || std::any_of(result.views.begin(), result.views.end(),
                                                                     [](const View& v) { return !v.place.exists(); });
            if (!is_needed) return;
            step.input = {CPlace::Kind::kPixels, 0};
        } else if (step.kind == CStepKind::kCodePool) {
            add_code_pools(group);
            return;
        } else if (it.has_weights()) {
            step.input = read(find_view(it.inputs[0], input_shift(network_, it), it.input_format)->place);
        } else {
            step.input = read(value(it.inputs[0]).int32);
        }
        if (step.add >= 0) {
            const int own = step.add == step.node ? 0 : step.own_operand;
            step.operand = read(value(node(step.add).inputs[static_cast<size_t>(1 - own)]).int32);
        }
        const std::string& name = program_.identifiers[static_cast<size_t>(group.value)];
        const int64_t elements = node(group.value).output.size();
        if (group.value == last_node()) {
            step.result = {CPlace::Kind::kLogits, 0};
        } else if (result.wants_int32) {
            step.result = new_buffer("sums_" + name, CType::kInt32, elements);
        }
        result.int32 = step.result;
        for (View& view : result.views) {
            if (view.place.exists()) continue;
            view.place = new_buffer(codes_name(group.value), code_type(view.format), elements);
            step.codes.push_back({view.place, view.shift, view.format});
        }
        program_.steps.push_back(std::move(step));
    }

    /// Bytes whose first layer reads bytes: the caller's array is read.
    void take_pixels_as_they_are(Value& result) const {
        if (!network_.normalization.empty()) return;
        for (View& view : result.views) {
            if (view.shift == 0 && view.format == kPixelFormat) view.place = {CPlace::Kind::kPixels, 0};
        }
    }

    /// One for each form of codes.
    void add_code_pools(const Group& group) {
        for (View& view : value(group.value).views) {
            CStep step = group.step;
            step.input = read(find_view(node(step.node).inputs[0], view.shift, view.format)->place);
            view.place = new_buffer(codes_name(group.value), code_type(view.format), node(group.value).output.size());
            step.codes.push_back({view.place, view.shift, view.format});
            program_.steps.push_back(std::move(step));
        }
    }

    std::string codes_name(int index) const {
        const std::string name = "codes_" + program_.identifiers[static_cast<size_t>(index)];
        const auto same = std::count_if(program_.buffers.begin(), program_.buffers.end(), [&](const CBuffer& buffer) {
            return buffer.name == name || buffer.name.starts_with(name + "__");
        });
        return same == 0 ? name : name + "__" + std::to_string(same + 1);
    }

    /// Buffer of this step's int32 input that nobody reads later: the result may be written over it, pixel by pixel.
    std::optional<size_t> replaced_by_result(size_t index) const {
        const CStep& step = program_.steps[index];
        if (step.result.kind != CPlace::Kind::kBuffer) return std::nullopt;
        const auto may_replace = [&](const CPlace& place) {
            return place.kind == CPlace::Kind::kBuffer && program_.buffers[place.buffer].last == index &&
                   program_.buffers[place.buffer].type == CType::kInt32;
        };
        if (may_replace(step.operand)) return step.operand.buffer;
        if (step.kind == CStepKind::kCopy && may_replace(step.input)) return step.input.buffer;
        return std::nullopt;
    }

    void place() {
        std::vector<CBuffer>& buffers = program_.buffers;
        std::vector<size_t> root(buffers.size());  // buffer whose place it takes over
        for (size_t i = 0; i < buffers.size(); ++i) root[i] = i;
        for (size_t i = 0; i < program_.steps.size(); ++i) {
            if (const auto old = replaced_by_result(i)) root[program_.steps[i].result.buffer] = root[*old];
        }
        std::vector<BufferLifetime> lifetimes;
        std::vector<size_t> index_of_root(buffers.size());
        for (size_t i = 0; i < buffers.size(); ++i) {
            if (root[i] == i) {
                index_of_root[i] = lifetimes.size();
                lifetimes.push_back({buffers[i].elements * bytes_of(buffers[i].type), buffers[i].first, 0});
            }
            BufferLifetime& lifetime = lifetimes[index_of_root[root[i]]];
            lifetime.last = std::max(lifetime.last, buffers[i].last);
        }
        const MemoryPlan plan = place_first_fit(lifetimes, kAlignment);
        for (size_t i = 0; i < buffers.size(); ++i) buffers[i].offset = plan.offsets[index_of_root[root[i]]];
        program_.arena_bytes = plan.size;
        need_fits("the arena of its values", plan.size);

        int64_t largest = -1;
        for (size_t i = 0; i < program_.steps.size(); ++i) {
            int64_t in_use = 0;
            for (const BufferLifetime& lifetime : lifetimes)
                in_use += lifetime.first <= i && i <= lifetime.last ? lifetime.size : 0;
            if (in_use > largest) program_.largest_step = i;
            largest = std::max(largest, in_use);
        }
    }

    void measure_scratch() {
        for (const CStep& step : program_.steps) {
            const IntegerNode& it = node(step.node);
            if (step.kind == CStepKind::kDense) {
                const int64_t window = int64_t{it.window.kernel} * it.window.kernel * it.in_channels;
                program_.window_elements = std::max(program_.window_elements, window);
            }
            need_fits("the weights of " + it.name, static_cast<int64_t>(it.weight_s8.size()));
            if (step.kind != CStepKind::kCodePool)
                program_.sums_elements = std::max(program_.sums_elements, it.output.channels);
        }
    }

    static void need_fits(const std::string& what, int64_t size) {
        if (size > kLargestArray)
            throw DataError("no C source of this network: " + what + " takes " + std::to_string(size) +
                            " bytes, at most 2^31 - 1 can be addressed");
    }

    const IntegerNetwork& network_;
    const bool traceable_;
    std::vector<std::vector<int>> readers_;
    std::vector<Value> values_;
    std::vector<Group> groups_;
    CProgram program_;
};

}  // namespace

CProgram make_c_program(const IntegerNetwork& network, bool traceable) {
    check(network);
    return Planner(network, traceable).run();
}

}  // namespace f8net
