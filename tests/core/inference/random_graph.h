// SPDX-License-Identifier: Apache-2.0
/// Integer networks of any shape that check() accepts: random graphs, windows, groups, formats and extreme numbers, for
/// tests and the fuzz target that compare executors. Every decision is one call of choose(low, high), limits included.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "core/fixedpoint/clip_scale.h"
#include "core/network/integer_network.h"

namespace f8net {

template <typename Choose>
class RandomGraph {
public:
    explicit RandomGraph(Choose choose) : choose_(std::move(choose)) {}

    IntegerNetwork make() {
        add_input();
        const int layers = choose_(1, 7);
        for (int i = 0; i < layers; ++i) add_layer();
        add_classifier();
        check(network_);
        return std::move(network_);
    }

private:
    int last() const { return static_cast<int>(network_.nodes.size()) - 1; }
    const IntegerNode& node(int index) const { return network_.nodes[static_cast<size_t>(index)]; }
    bool flip() { return choose_(0, 1) == 1; }

    int append(IntegerNode it, NodeKind kind, std::vector<int> inputs, const Shape& output) {
        it.kind = kind;
        it.inputs = std::move(inputs);
        it.output = output;
        it.name = "n" + std::to_string(network_.nodes.size());
        network_.nodes.push_back(std::move(it));
        return last();
    }

    void add_input() {
        IntegerNode it;
        it.input_format = kPixelFormat;
        const int channels = choose_(1, 12);
        if (flip()) {
            it.input_format = {8, choose_(0, 7), true};
            network_.normalization.mean.assign(static_cast<size_t>(channels), 0.5f);
            network_.normalization.std.assign(static_cast<size_t>(channels), 0.25f);
        }
        it.fractional_length = it.input_format.fractional_length;
        const int height = choose_(1, 19);
        append(it, NodeKind::kInput, {}, {channels, height, choose_(0, 3) > 0 ? height : choose_(1, 19)});
    }

    FixedPointFormat format() {
        FixedPointFormat format{choose_(0, 3) > 0 ? 8 : choose_(2, 8), 0, flip()};
        format.fractional_length = choose_(0, format.max_fractional_length());
        return format;
    }

    void add_layer() {
        const int source = choose_(0, 3) > 0 ? last() : choose_(0, last());
        switch (choose_(0, 9)) {
            case 0:
            case 1:
            case 2:
            case 3:
                add_conv(source, false);
                break;
            case 4:
            case 5:
                add_conv(source, true);
                break;
            case 6:
                add_sum(source);
                break;
            case 7:
                add_block(source);
                break;
            case 8:
                add_max_pool(source);
                break;
            default:
                add_relu(source);
        }
        if (network_.nodes.back().has_weights() && flip()) add_relu(last());
    }

    Window window(const Shape& in, int largest_kernel) {
        Window it;
        it.kernel = choose_(1, largest_kernel);
        it.stride = choose_(1, 3);
        it.padding = choose_(0, it.kernel - 1);
        const auto smallest = static_cast<int>(std::min(in.height, in.width));
        if (it.kernel > smallest + 2 * it.padding) it = {1, 1, 0};
        return it;
    }
    static Shape output(const Shape& in, const Window& window, int64_t channels) {
        const auto size = [&](int64_t n) { return (n + 2 * window.padding - window.kernel) / window.stride + 1; };
        return {channels, size(in.height), size(in.width)};
    }

    void add_conv(int source, bool is_depthwise) {
        const Shape in = node(source).output;
        IntegerNode it;
        it.in_channels = static_cast<int>(in.channels);
        it.groups = is_depthwise ? it.in_channels : 1;
        it.out_channels = !is_depthwise                                ? choose_(1, 80)
                          : it.in_channels <= 80 && choose_(0, 7) == 0 ? 2 * it.in_channels
                                                                       : it.in_channels;
        it.window = window(in, is_depthwise ? 7 : 5);
        fill(it, source);
        append(it, NodeKind::kConv, {source}, output(in, it.window, it.out_channels));
    }

    void fill(IntegerNode& it, int source) {
        it.input_format = format();
        // Often a shift that keeps codes apart.
        if (choose_(0, 3) > 0)
            it.input_format.fractional_length =
                std::clamp(node(source).fractional_length - choose_(3, 9), 0, it.input_format.max_fractional_length());
        it.weight_format = format();
        it.weight_format.is_signed = true;
        it.weight_format.fractional_length =
            std::min(it.weight_format.fractional_length, it.weight_format.word_length - 1);
        it.fractional_length = it.input_format.fractional_length + it.weight_format.fractional_length;
        const auto highest = static_cast<int>(it.weight_format.max_stored());
        const int kind = choose_(0, 3);
        uint32_t state = static_cast<uint32_t>(choose_(0, 1 << 20)) * 2654435761u + 1;
        const int count = it.out_channels * it.window.kernel * it.window.kernel * (it.in_channels / it.groups);
        for (int i = 0; i < count; ++i) {
            state = state * 1664525u + 1013904223u;
            const int any = static_cast<int>(state >> 8) % (2 * highest + 1) - highest;
            it.weight_s8.push_back(static_cast<int8_t>(kind == 0   ? highest
                                                       : kind == 1 ? (any > 0 ? highest : -highest)
                                                                   : any / (kind == 2 ? 1 : 8)));
        }
        const int magnitude = choose_(0, 3) > 0 ? 1 << choose_(0, 16) : 1 << 30;
        for (int i = 0; i < it.out_channels; ++i) {
            state = state * 1664525u + 1013904223u;
            it.bias_s32.push_back(static_cast<int32_t>(static_cast<int64_t>(state) % (2 * int64_t{magnitude})) -
                                  magnitude);
        }
    }

    void add_relu(int source) {
        IntegerNode it;
        it.fractional_length = node(source).fractional_length;
        append(it, NodeKind::kRelu, {source}, node(source).output);
    }

    /// With another value of the same shape; a convolution that keeps the shape makes one where there is none.
    void add_sum(int source) {
        int other = -1;
        for (int i = last(); i >= 0; --i) {
            if (i != source && node(i).output == node(source).output && (other < 0 || flip())) other = i;
        }
        if (other < 0) {
            const Shape shape = node(source).output;
            IntegerNode it;
            it.in_channels = it.out_channels = static_cast<int>(shape.channels);
            fill(it, source);
            other = append(it, NodeKind::kConv, {source}, shape);
        }
        IntegerNode it;
        it.fractional_length = std::max(node(source).fractional_length, node(other).fractional_length);
        const Shape shape = node(source).output;
        append(it, NodeKind::kAdd, flip() ? std::vector<int>{source, other} : std::vector<int>{other, source}, shape);
    }

    /// Two convolutions of one value and their sum, as a block with a shortcut has them.
    void add_block(int source) {
        const Shape in = node(source).output;
        IntegerNode body;
        body.in_channels = static_cast<int>(in.channels);
        body.out_channels = choose_(1, 80);
        body.window = window(in, 3);
        IntegerNode shortcut = body;
        fill(body, source);
        fill(shortcut, source);
        const Shape out = output(in, body.window, body.out_channels);
        const int first = append(body, NodeKind::kConv, {source}, out);
        const int second = append(shortcut, NodeKind::kConv, {source}, out);
        IntegerNode it;
        it.fractional_length = std::max(node(first).fractional_length, node(second).fractional_length);
        append(it, NodeKind::kAdd, flip() ? std::vector<int>{first, second} : std::vector<int>{second, first}, out);
        if (flip()) add_relu(last());
    }

    void add_max_pool(int source) {
        IntegerNode it;
        it.window = window(node(source).output, 4);
        const NodeKind kind = node(source).kind;
        if (kind != NodeKind::kRelu && kind != NodeKind::kMaxPool) {
            it.window.padding = 0;
            if (it.window.kernel > std::min(node(source).output.height, node(source).output.width)) it.window = {};
        }
        it.fractional_length = node(source).fractional_length;
        append(it, NodeKind::kMaxPool, {source}, output(node(source).output, it.window, node(source).output.channels));
    }

    void add_classifier() {
        int source = last();
        const Shape in = node(source).output;
        if (in.height != 1 || in.width != 1) {
            IntegerNode it;
            if (in.height == in.width) {
                it.window = {static_cast<int>(in.height), 1, 0};
                const bool sums = flip();
                if (sums) {
                    it.sum_pool_shift = pool_shift(in.height * in.width);
                    it.fractional_length = node(source).fractional_length + it.sum_pool_shift;
                } else {
                    it.input_format = format();
                    it.fractional_length = it.input_format.fractional_length;
                }
                source = append(it, sums ? NodeKind::kSumPool : NodeKind::kAveragePool, {source}, {in.channels, 1, 1});
            } else {
                it.window = {1, 64, 0};
                it.fractional_length = node(source).fractional_length;
                source = append(it, NodeKind::kMaxPool, {source}, {in.channels, 1, 1});
            }
        }
        IntegerNode it;
        it.in_channels = static_cast<int>(in.channels);
        it.out_channels = choose_(1, 40);
        fill(it, source);
        append(it, NodeKind::kLinear, {source}, {it.out_channels, 1, 1});
    }

    Choose choose_;
    IntegerNetwork network_;
};

template <typename Choose>
IntegerNetwork make_random_graph(Choose choose) {
    return RandomGraph<Choose>(std::move(choose)).make();
}

}  // namespace f8net
