// SPDX-License-Identifier: Apache-2.0
#include "core/inference/engine/fusion.h"

#include <algorithm>
#include <limits>

#include "core/inference/kernels/depthwise.h"
#include "core/inference/kernels/epilogue.h"
#include "core/network/bounds.h"

namespace f8net {
namespace {

constexpr int64_t kLargestPlane = int64_t{1} << 28;  // elements: offsets inside a plane stay below 2^31 bytes
constexpr int kLargestPoolKernel = 8;

class Fusion {
public:
    Fusion(const IntegerNetwork& network, const NodeRange& range, const InstructionSet& set, bool tracing)
        : network_(network), range_(range), set_(set), tracing_(tracing), readers_(network.nodes.size()) {
        for (int i = range.first + 1; i <= range.last; ++i) {
            for (const int input : node(i).inputs) readers_[static_cast<size_t>(input)].push_back(i);
        }
    }

    std::vector<Group> run() {
        make_groups();
        for (size_t g = groups_.size(); g-- > 0;) choose(groups_[g]);
        return std::move(groups_);
    }

private:
    const IntegerNode& node(int index) const { return network_.nodes[static_cast<size_t>(index)]; }
    const std::vector<int>& readers(int index) const { return readers_[static_cast<size_t>(index)]; }

    /// Planes small enough for 32-bit offsets, with the padding and the pixel pitch of kernels.
    bool has_small_planes(const IntegerNode& it) const {
        const Shape& in = node(it.inputs[0]).output;
        const int64_t around = 2 * int64_t{it.window.padding};
        return (in.height + around) * (in.width + around) * (in.channels + 8) < kLargestPlane &&
               it.output.height * it.output.width * (it.output.channels + 8) < kLargestPlane;
    }
    bool is_given(int index) const { return index == range_.first; }
    bool is_dense(int index) const {
        const IntegerNode& it = node(index);
        return !is_given(index) && it.has_weights() && it.groups == 1 && has_small_planes(it);
    }
    bool is_depthwise(int index) const {
        const IntegerNode& it = node(index);
        return !is_given(index) && it.has_weights() && it.groups > 1 && it.groups == it.out_channels &&
               it.window.kernel <= kLargestDepthwiseKernel && has_small_planes(it);
    }

    void make_groups() {
        const std::vector<int64_t> bounds = output_bounds(network_);
        std::vector<bool> is_fused(network_.nodes.size(), false);
        group_of_.assign(network_.nodes.size(), -1);
        for (int i = range_.first; i <= range_.last; ++i) {
            if (is_fused[static_cast<size_t>(i)]) continue;
            Group group;
            group.anchor = group.value = i;
            if (is_dense(group.anchor)) fuse_sum(group, bounds);
            if (group.add >= 0) is_fused[static_cast<size_t>(group.add)] = true;
            if (is_dense(group.anchor) || is_depthwise(group.anchor)) {
                const std::vector<int>& next = readers(group.value);
                if (next.size() == 1 && node(next[0]).kind == NodeKind::kRelu) {
                    group.has_relu = true;
                    group.value = next[0];
                    is_fused[static_cast<size_t>(next[0])] = true;
                }
            }
            if (!is_given(i)) {
                for (const int input : node(i).inputs) group.inputs.push_back(group_of_[static_cast<size_t>(input)]);
            }
            if (group.operand >= 0) merge(group);
            group_of_[static_cast<size_t>(group.value)] = static_cast<int>(groups_.size());
            groups_.push_back(std::move(group));
        }
    }

    /// A sum that reads this convolution and something that is there before it.
    void fuse_sum(Group& group, const std::vector<int64_t>& bounds) const {
        const std::vector<int>& next = readers(group.anchor);
        if (next.size() != 1 || node(next[0]).kind != NodeKind::kAdd) return;
        const IntegerNode& add = node(next[0]);
        const int other = add.inputs[0] == group.anchor ? add.inputs[1] : add.inputs[0];
        if (other >= group.anchor || group_of_[static_cast<size_t>(other)] < 0) return;
        const bool is_wide = bounds[static_cast<size_t>(next[0])] > std::numeric_limits<int32_t>::max();
        if (is_wide && !set_.has_wide_add()) return;
        if (operand_shift(network_, add, 0) > 31 || operand_shift(network_, add, 1) > 31) return;
        group.add = group.value = next[0];
        group.operand = group_of_[static_cast<size_t>(other)];
        group.is_wide_sum = is_wide;
    }

    /// The sum of two convolutions (a block's body and its shortcut) needs no memory for either. A trace wants both.
    void merge(Group& group) {
        Group& other = groups_[static_cast<size_t>(group.operand)];
        const bool is_bare = other.value == other.anchor && is_dense(other.anchor);
        if (tracing_ || group.is_wide_sum || !is_bare || readers(other.value).size() != 1) return;
        other.method = Method::kMerged;
        group.merged = other.anchor;
        group.operand = -1;
        group.inputs.push_back(other.inputs[0]);
    }

    /// Readers come later, so what they want of this group is known; now what it wants of its inputs.
    void choose(Group& group) {
        if (group.method == Method::kMerged) return;
        const IntegerNode& anchor = node(group.anchor);
        if (group.value == range_.last) group.needs_int32 = true;  // what is asked for: mostly the logits
        const bool all_inline = std::all_of(group.views.begin(), group.views.end(),
                                            [](const CodeView& view) { return can_requantize_inline(view.shift); }) &&
                                group.views.size() <= kMaxCodeOutputs;
        if (is_given(group.anchor)) {
            group.method = Method::kInput;
        } else if (is_dense(group.anchor)) {
            group.method = Method::kDense;
            if (!all_inline) group.needs_int32 = true;
            want_codes(group.inputs[0], anchor);
            if (group.merged >= 0) want_codes(group.inputs[1], node(group.merged));
            if (group.operand >= 0) want_int32(group.operand);
        } else if (is_depthwise(group.anchor) && all_inline && !group.needs_int32) {
            group.method = Method::kDepthwise;
            want_codes(group.inputs[0], anchor);
        } else if (anchor.kind == NodeKind::kMaxPool && is_generated_pool(anchor, group, all_inline)) {
            choose_pool(group, anchor);
        } else {
            group.method = Method::kLaw;
            group.needs_int32 = true;
            for (const int input : group.inputs) want_int32(input);
        }
    }

    bool is_generated_pool(const IntegerNode& pool, const Group& group, bool all_inline) {
        if (pool.window.kernel > kLargestPoolKernel || !has_small_planes(pool)) return false;
        if (!tracing_ && !group.needs_int32) return true;
        // On int32 the border lies around the input, which nobody else may then read, and which a kernel has to write.
        const Group& input = groups_[static_cast<size_t>(group.inputs[0])];
        return all_inline && is_dense(input.anchor) && readers(input.value).size() == 1;
    }

    void choose_pool(Group& group, const IntegerNode& pool) {
        Group& input = groups_[static_cast<size_t>(group.inputs[0])];
        if (!tracing_ && !group.needs_int32) {
            group.method = Method::kCodePool;
            for (const CodeView& view : group.views) want(input, {view.shift, view.format, pool.window.padding});
        } else {
            group.method = Method::kInt32Pool;
            group.needs_int32 = true;
            want_int32(group.inputs[0]);
            input.int32_border = pool.window.padding;
        }
    }

    void want_int32(int source) {
        Group& group = groups_[static_cast<size_t>(source)];
        group.needs_int32 = true;
        ++group.int32_readers;
    }
    void want_codes(int source, const IntegerNode& reader) {
        Group& input = groups_[static_cast<size_t>(source)];
        want(input, {view_shift(node(input.value), reader), reader.input_format, reader.window.padding});
    }
    static void want(Group& group, const CodeView& view) {
        for (CodeView& each : group.views) {
            if (each.shift != view.shift || !(each.format == view.format)) continue;
            each.border = std::max(each.border, view.border);
            return;
        }
        group.views.push_back(view);
    }

    const IntegerNetwork& network_;
    const NodeRange range_;
    const InstructionSet& set_;
    const bool tracing_;
    std::vector<std::vector<int>> readers_;  // by node; those in the range
    std::vector<Group> groups_;
    std::vector<int> group_of_;  // by node; -1 where no group gives its result
};

}  // namespace

int view_shift(const IntegerNode& source, const IntegerNode& reader) {
    return source.fractional_length - reader.input_format.fractional_length;
}

std::vector<Group> fuse(const IntegerNetwork& network, const NodeRange& range, const InstructionSet& set,
                        bool tracing) {
    return Fusion(network, range, set, tracing).run();
}

}  // namespace f8net
