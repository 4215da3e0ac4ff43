// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <set>
#include <string_view>

#include "core/base/error.h"
#include "core/fixedpoint/clip_scale.h"
#include "core/network/integer_network.h"

namespace f8net {
namespace {

constexpr int64_t kLargestInt32 = std::numeric_limits<int32_t>::max();
constexpr int64_t kLargestDimension = int64_t{1} << 20;
constexpr int64_t kLargestActivation = int64_t{1} << 28;  // values of one node
constexpr size_t kMostNodes = 10'000;
// What sums over a plane and shifts rely on to stay inside 64 bits.
constexpr int64_t kMostPooledPixels = int64_t{1} << 20;
constexpr int kLongestFraction = 40;

std::string text(const Shape& shape) {
    return std::to_string(shape.channels) + " x " + std::to_string(shape.height) + " x " + std::to_string(shape.width);
}

class Checker {
public:
    explicit Checker(const IntegerNetwork& network) : network_(network) {}

    void run() {
        if (network_.nodes.size() < 2) throw DataError("integer network: it has no nodes");
        if (network_.nodes.size() > kMostNodes) {
            throw DataError("integer network: it has " + std::to_string(network_.nodes.size()) +
                            " nodes, expected at most " + std::to_string(kMostNodes));
        }
        check_names();
        for (index_ = 0; index_ < network_.nodes.size(); ++index_) check_node();
        const IntegerNode& input = network_.input();
        const auto channels = static_cast<size_t>(input.output.channels);
        const InputNormalization& normalization = network_.normalization;
        if (!normalization.empty() && (normalization.mean.size() != channels || normalization.std.size() != channels)) {
            throw DataError("integer network: normalization has " + std::to_string(normalization.mean.size()) +
                            " means and " + std::to_string(normalization.std.size()) + " deviations for " +
                            std::to_string(channels) + " channels");
        }
        check_normalization();
        if (normalization.empty() && !(input.input_format == kPixelFormat)) {
            throw DataError("node 'input': raw pixels enter as " + kPixelFormat.to_string() + ", not " +
                            input.input_format.to_string());
        }
        if (network_.output().kind != NodeKind::kLinear)
            fail("the last node has to be the linear classifier", network_.nodes.size() - 1);
        if (!network_.class_names.empty() && static_cast<int>(network_.class_names.size()) != network_.num_classes()) {
            throw DataError("integer network: " + std::to_string(network_.class_names.size()) + " class names for " +
                            std::to_string(network_.num_classes()) + " classes");
        }
    }

private:
    void check_names() const {
        std::set<std::string_view> names;
        for (size_t i = 0; i < network_.nodes.size(); ++i) {
            if (!names.insert(network_.nodes[i].name).second) fail("there is an earlier node of that name", i);
        }
    }

    void check_normalization() const {
        for (const float mean : network_.normalization.mean) {
            if (!std::isfinite(mean)) throw DataError("integer network: a mean is " + std::to_string(mean));
        }
        for (const float std : network_.normalization.std) {
            if (std::isfinite(std) && std > 0) continue;
            throw DataError("integer network: a deviation is " + std::to_string(std) + ", expected a number above 0");
        }
    }

    const IntegerNode& node() const { return network_.nodes[index_]; }
    const IntegerNode& input(size_t i = 0) const { return network_.nodes[static_cast<size_t>(node().inputs[i])]; }
    [[noreturn]] void fail(const std::string& message, size_t index) const {
        throw DataError("node '" + network_.nodes[index].name + "' (" + to_string(network_.nodes[index].kind) +
                        "): " + message);
    }
    void need(bool condition, const std::string& message) const {
        if (!condition) fail(message, index_);
    }
    void need_shape(const Shape& expected) const {
        if (!(node().output == expected)) throw ShapeError(node().name, text(expected), text(node().output));
    }

    void check_node() const {
        const IntegerNode& it = node();
        const Shape& out = it.output;
        need(out.channels > 0 && out.height > 0 && out.width > 0 && out.channels <= kLargestDimension &&
                 out.height <= kLargestDimension && out.width <= kLargestDimension && out.size() <= kLargestActivation,
             "its output is " + text(out));
        const size_t inputs = it.kind == NodeKind::kInput ? 0 : it.kind == NodeKind::kAdd ? 2 : 1;
        need(it.inputs.size() == inputs,
             "it has " + std::to_string(it.inputs.size()) + " inputs, expected " + std::to_string(inputs));
        need((it.kind == NodeKind::kInput) == (index_ == 0), "only the first node may be the input, and has to be");
        for (const int each : it.inputs) {
            need(each >= 0 && static_cast<size_t>(each) < index_,
                 "input " + std::to_string(each) + " is no earlier node");
        }
        switch (it.kind) {
            case NodeKind::kInput:
                check_format(it.input_format, "input format");
                need_length(it.input_format.fractional_length);
                break;
            case NodeKind::kConv:
            case NodeKind::kLinear:
                check_weighted();
                break;
            case NodeKind::kRelu:
                need_shape(input().output);
                need_length(input().fractional_length);
                break;
            case NodeKind::kAdd:
                check_add();
                break;
            case NodeKind::kMaxPool:
                check_max_pool();
                break;
            case NodeKind::kSumPool:
            case NodeKind::kAveragePool:
                check_global_pool();
                break;
        }
        need(it.fractional_length <= kLongestFraction, "its fractional length is " +
                                                           std::to_string(it.fractional_length) +
                                                           ", expected at most " + std::to_string(kLongestFraction));
    }

    void need_length(int expected) const {
        need(node().fractional_length == expected, "its fractional length is " +
                                                       std::to_string(node().fractional_length) +
                                                       ", but what it is made of gives " + std::to_string(expected));
    }

    void check_format(const FixedPointFormat& format, const std::string& what) const {
        need(format.word_length >= 2 && format.word_length <= 8 && format.fractional_length >= 0 &&
                 format.fractional_length <= format.max_fractional_length(),
             what + " is " + format.to_string() + ", expected 2 to 8 bits and a fractional length from 0 to its word");
    }

    void check_window(int64_t size_in, int64_t size_out) const {
        const Window& window = node().window;
        need(window.kernel >= 1 && window.kernel <= 64 && window.stride >= 1 && window.stride <= 64 &&
                 window.padding >= 0 && window.padding < window.kernel,
             "its window is " + std::to_string(window.kernel) + ", stride " + std::to_string(window.stride) +
                 ", padding " + std::to_string(window.padding));
        const int64_t span = size_in + 2 * window.padding - window.kernel;
        need(span >= 0 && span / window.stride + 1 == size_out,
             "its window over " + std::to_string(size_in) + " pixels does not give " + std::to_string(size_out));
    }

    void check_weighted() const {
        const IntegerNode& it = node();
        check_format(it.input_format, "input format");
        check_format(it.weight_format, "weight format");
        need(it.weight_format.is_signed, "weight format is " + it.weight_format.to_string() + ", weights are signed");
        need(it.in_channels == input().output.channels, "it wants " + std::to_string(it.in_channels) +
                                                            " channels, its input has " +
                                                            std::to_string(input().output.channels));
        need(it.out_channels == it.output.channels, "its output has " + std::to_string(it.output.channels) +
                                                        " channels, not " + std::to_string(it.out_channels));
        need(it.groups == 1 || (it.groups == it.in_channels && it.out_channels % it.groups == 0),
             std::to_string(it.groups) + " groups are neither 1 nor depthwise");
        if (it.kind == NodeKind::kLinear) {
            need(input().output.height == 1 && input().output.width == 1,
                 "its input is " + text(input().output) + ", expected 1 x 1 pixels");
            need(it.window == Window{} && it.groups == 1, "a linear node has no window and no groups");
        }
        check_window(input().output.height, it.output.height);
        check_window(input().output.width, it.output.width);
        check_weights();
        need_length(it.input_format.fractional_length + it.weight_format.fractional_length);
        const int64_t bound = accumulator_bound(it);
        if (bound > kLargestInt32) {
            throw NumericError("node '" + it.name + "': its accumulator can reach " + std::to_string(bound) +
                               ", above int32; a smaller weight fractional length keeps it inside");
        }
    }

    void check_weights() const {
        const IntegerNode& it = node();
        const int64_t expected =
            int64_t{it.out_channels} * it.window.kernel * it.window.kernel * (it.in_channels / it.groups);
        const auto size = static_cast<int64_t>(it.weight_s8.size());
        need(size == expected, "it has " + std::to_string(size) + " weights, expected " + std::to_string(expected));
        need(static_cast<int>(it.bias_s32.size()) == it.out_channels,
             "it has " + std::to_string(it.bias_s32.size()) + " biases, expected " + std::to_string(it.out_channels));
        need(it.effective_weight.empty() || it.effective_weight.size() == it.weight_s8.size(),
             "effective weights of another size");
        need(it.effective_bias.empty() || it.effective_bias.size() == it.bias_s32.size(),
             "effective biases of another size");
        const int64_t highest = it.weight_format.max_stored();
        const auto outside = std::find_if(it.weight_s8.begin(), it.weight_s8.end(),
                                          [&](int8_t w) { return w > highest || w < -highest; });
        need(outside == it.weight_s8.end(), "weight code " +
                                                std::to_string(outside == it.weight_s8.end() ? 0 : int{*outside}) +
                                                " is outside " + it.weight_format.to_string());
    }

    void check_add() const {
        need_shape(input(0).output);
        need_shape(input(1).output);
        constexpr int kFurthest = 15;
        need(node().stream_shift >= -kFurthest && node().stream_shift <= kFurthest,
             "its stream's shift is " + std::to_string(node().stream_shift) + ", expected -15 to 15");
        const int stream_length = input(1).fractional_length - node().stream_shift;
        need_length(std::max(input(0).fractional_length, stream_length));
        need(std::abs(input(0).fractional_length - stream_length) <= 31, "its operands lie more than 31 bits apart");
    }

    void check_max_pool() const {
        // Zero padding is only exact where nothing is negative.
        need(input().kind == NodeKind::kRelu || input().kind == NodeKind::kMaxPool || node().window.padding == 0,
             "its input may be negative, but its padding is zero");
        need(node().output.channels == input().output.channels, "a pool keeps its channels");
        check_window(input().output.height, node().output.height);
        check_window(input().output.width, node().output.width);
        need_length(input().fractional_length);
    }

    void check_global_pool() const {
        const IntegerNode& it = node();
        const Shape& in = input().output;
        need(in.height == in.width && it.window == Window{static_cast<int>(in.height), 1, 0},
             "it has to cover the whole square plane");
        need(in.height * in.width <= kMostPooledPixels,
             "it covers " + text(in) + " pixels, more than " + std::to_string(kMostPooledPixels) + " of a channel");
        need_shape({in.channels, 1, 1});
        if (it.kind == NodeKind::kSumPool) {
            const int shift = pool_shift(in.height * in.width);
            need(it.sum_pool_shift == shift,
                 "its shift is " + std::to_string(it.sum_pool_shift) + ", expected " + std::to_string(shift));
            need_length(input().fractional_length + shift);
        } else {
            check_format(it.input_format, "output format");
            need_length(it.input_format.fractional_length);
        }
    }

    const IntegerNetwork& network_;
    size_t index_ = 0;
};

}  // namespace

void check(const IntegerNetwork& network) {
    Checker(network).run();
}

}  // namespace f8net
