// SPDX-License-Identifier: Apache-2.0
// Portable C++ only, compiled with -O3. Codes and weights are held in 16 bits: sums of their products are the one
// pattern that compilers turn into multiply-add instructions on every machine (pmaddwd with plain SSE2).
//
// Convolution: codes go into a plane with its zero border; windows of a few pixels are laid out as rows ("patches") of
// one length, padded with zeros to whole vectors; then a small matrix product of patches and weight rows. A linear
// layer is the same with one pixel.
#include <algorithm>

#include "core/inference/kernels/kernel.h"
#include "core/inference/node_operations.h"

namespace f8net {
namespace {

constexpr int64_t kVector = 16;            // patch length is a multiple of this
constexpr int kTilePixels = 4;             // pixels and
constexpr int kTileChannels = 2;           // channels that one inner loop computes together
constexpr int64_t kPatchElements = 32768;  // patches held at once: 64 KiB

/// out[p][c] = sum over k of patches[p][k] * weights[c][k].
template <int Pixels, int Channels>
inline void dot_tile(const int16_t* __restrict patches, const int16_t* __restrict weights, int64_t length,
                     int32_t (&out)[Pixels][Channels]) {
    int32_t sums[Pixels][Channels] = {};
    for (int64_t k = 0; k < length; ++k) {
        for (int p = 0; p < Pixels; ++p) {
            for (int c = 0; c < Channels; ++c) {
                sums[p][c] +=
                    static_cast<int32_t>(patches[p * length + k]) * static_cast<int32_t>(weights[c * length + k]);
            }
        }
    }
    for (int p = 0; p < Pixels; ++p) {
        for (int c = 0; c < Channels; ++c) out[p][c] = sums[p][c];
    }
}

/// Input codes with the zero border of the window around them.
class PaddedCodes {
public:
    PaddedCodes(const LayerPlan& plan)
        : in_(plan.input),
          padding_(plan.node.window.padding),
          width_(in_.width + 2 * padding_),
          height_(in_.height + 2 * padding_),
          format_(plan.node.input_format),
          shift_(plan.shift) {}

    int64_t row_size() const { return width_ * in_.channels; }

    const int16_t* fill(const int32_t* input, Scratch& scratch) const {
        scratch.codes.assign(static_cast<size_t>(height_ * row_size()), 0);
        for (int64_t y = 0; y < in_.height; ++y) {
            int16_t* const to = scratch.codes.data() + (y + padding_) * row_size() + padding_ * in_.channels;
            requantize_to_codes(input + y * in_.width * in_.channels, in_.width * in_.channels, shift_, format_, to);
        }
        return scratch.codes.data();
    }

private:
    Shape in_;
    int64_t padding_, width_, height_;
    FixedPointFormat format_;
    int shift_;
};

class ScalarConvolution final : public LayerKernel {
public:
    explicit ScalarConvolution(const LayerPlan& plan)
        : padded_(plan),
          out_(plan.node.output),
          channels_(plan.input.channels),
          window_(plan.node.window),
          bias_(plan.node.bias_s32) {
        const int64_t used = int64_t{window_.kernel} * window_.kernel * channels_;
        length_ = (used + kVector - 1) / kVector * kVector;
        const int64_t rows = (out_.channels + kTileChannels - 1) / kTileChannels * kTileChannels;
        weights_.assign(static_cast<size_t>(rows * length_), 0);
        for (int64_t c = 0; c < out_.channels; ++c) {
            std::copy_n(plan.node.weight_s8.begin() + c * used, used, weights_.begin() + c * length_);
        }
        bias_.resize(static_cast<size_t>(rows), 0);
    }

    void run(const int32_t* input, int32_t* output, Scratch& scratch) const override {
        const int16_t* const codes = padded_.fill(input, scratch);
        const int64_t pixels = out_.height * out_.width;
        const int64_t at_once =
            std::clamp<int64_t>(kPatchElements / length_ / kTilePixels * kTilePixels, kTilePixels, 64);
        scratch.patches.assign(static_cast<size_t>(at_once * length_), 0);
        for (int64_t begin = 0; begin < pixels; begin += at_once) {
            const int64_t count = std::min(at_once, pixels - begin);
            for (int64_t i = 0; i < count; ++i) copy_patch(codes, begin + i, scratch.patches.data() + i * length_);
            multiply(scratch.patches.data(), count, output + begin * out_.channels);
        }
    }

private:
    void copy_patch(const int16_t* codes, int64_t pixel, int16_t* to) const {
        const int64_t y = pixel / out_.width * window_.stride, x = pixel % out_.width * window_.stride;
        const int64_t run = window_.kernel * channels_;
        for (int dy = 0; dy < window_.kernel; ++dy) {
            std::copy_n(codes + (y + dy) * padded_.row_size() + x * channels_, run, to + dy * run);
        }
    }

    void multiply(const int16_t* patches, int64_t count, int32_t* output) const {
        for (int64_t c = 0; c < out_.channels; c += kTileChannels) {
            const int16_t* const rows = weights_.data() + c * length_;
            int64_t i = 0;
            for (; i + kTilePixels <= count; i += kTilePixels) tile<kTilePixels>(patches, rows, i, c, output);
            for (; i < count; ++i) tile<1>(patches, rows, i, c, output);
        }
    }

    template <int Pixels>
    void tile(const int16_t* patches, const int16_t* rows, int64_t pixel, int64_t channel, int32_t* output) const {
        int32_t sums[Pixels][kTileChannels];
        dot_tile<Pixels, kTileChannels>(patches + pixel * length_, rows, length_, sums);
        const int64_t channels = std::min<int64_t>(kTileChannels, out_.channels - channel);
        for (int p = 0; p < Pixels; ++p) {
            for (int64_t c = 0; c < channels; ++c) {
                output[(pixel + p) * out_.channels + channel + c] =
                    sums[p][c] + bias_[static_cast<size_t>(channel + c)];
            }
        }
    }

    PaddedCodes padded_;
    Shape out_;
    int64_t channels_;
    Window window_;
    int64_t length_ = 0;
    std::vector<int16_t> weights_;
    std::vector<int32_t> bias_;
};

/// One output channel per input channel: vectors run over channels, so weights lie [kh, kw, channel].
class ScalarDepthwise final : public LayerKernel {
public:
    explicit ScalarDepthwise(const LayerPlan& plan)
        : padded_(plan), out_(plan.node.output), window_(plan.node.window), bias_(plan.node.bias_s32) {
        const int64_t positions = int64_t{window_.kernel} * window_.kernel;
        weights_.resize(plan.node.weight_s8.size());
        for (int64_t c = 0; c < out_.channels; ++c) {
            for (int64_t i = 0; i < positions; ++i) {
                weights_[static_cast<size_t>(i * out_.channels + c)] =
                    plan.node.weight_s8[static_cast<size_t>(c * positions + i)];
            }
        }
    }

    void run(const int32_t* input, int32_t* output, Scratch& scratch) const override {
        const int16_t* const codes = padded_.fill(input, scratch);
        for (int64_t y = 0; y < out_.height; ++y) {
            for (int64_t x = 0; x < out_.width; ++x) {
                const int16_t* const corner =
                    codes + y * window_.stride * padded_.row_size() + x * window_.stride * out_.channels;
                pixel(corner, output + (y * out_.width + x) * out_.channels);
            }
        }
    }

private:
    void pixel(const int16_t* corner, int32_t* __restrict output) const {
        std::copy(bias_.begin(), bias_.end(), output);
        const int16_t* __restrict weights = weights_.data();
        for (int dy = 0; dy < window_.kernel; ++dy) {
            const int16_t* __restrict codes = corner + dy * padded_.row_size();
            for (int dx = 0; dx < window_.kernel; ++dx) {
                for (int64_t c = 0; c < out_.channels; ++c)
                    output[c] += static_cast<int32_t>(codes[c]) * static_cast<int32_t>(weights[c]);
                codes += out_.channels;
                weights += out_.channels;
            }
        }
    }

    PaddedCodes padded_;
    Shape out_;
    Window window_;
    std::vector<int16_t> weights_;
    std::vector<int32_t> bias_;
};

}  // namespace

std::unique_ptr<LayerKernel> make_scalar_kernel(const LayerPlan& plan) {
    if (plan.node.groups == 1) return std::make_unique<ScalarConvolution>(plan);
    if (plan.node.groups == plan.node.out_channels) return std::make_unique<ScalarDepthwise>(plan);
    return make_reference_kernel(plan);  // several outputs per depthwise channel: no network of ours has them
}

}  // namespace f8net
