// SPDX-License-Identifier: Apache-2.0
#include "core/inference/engine/code_convolution.h"

#include <limits>
#include <map>
#include <mutex>

#include "core/inference/engine/buffer.h"
#include "core/inference/engine/dense_plane.h"
#include "core/inference/engine/depthwise_plane.h"

namespace f8net {
namespace {

Shape output_of(const CodeConvolutionShape& shape) {
    const auto size = [&](int64_t input) {
        return (input + 2 * shape.window.padding - shape.window.kernel) / shape.window.stride + 1;
    };
    return {shape.out_channels, size(shape.input.height), size(shape.input.width)};
}

/// One row of codes as the set stores them.
void convert_row(const void* codes, bool is_signed, int64_t count, int code_bytes, std::byte* to) {
    const auto* as_signed = static_cast<const int8_t*>(codes);
    const auto* as_unsigned = static_cast<const uint8_t*>(codes);
    auto* bytes = reinterpret_cast<uint8_t*>(to);
    auto* words = reinterpret_cast<int16_t*>(to);
    if (code_bytes == 1 && is_signed) {
        for (int64_t i = 0; i < count; ++i) bytes[i] = static_cast<uint8_t>(as_unsigned[i] ^ 0x80);  // + 128
    } else if (code_bytes == 1) {
        std::memcpy(bytes, codes, static_cast<size_t>(count));
    } else if (is_signed) {
        for (int64_t i = 0; i < count; ++i) words[i] = as_signed[i];
    } else {
        for (int64_t i = 0; i < count; ++i) words[i] = as_unsigned[i];
    }
}

/// What the two kinds share: the input with its border, in this thread's own memory.
class CodeConvolutionBase : public CodeConvolution {
public:
    CodeConvolutionBase(const InstructionSet& set, const CodeConvolutionShape& shape)
        : set_(set), shape_(shape), out_(output_of(shape)) {
        input_.shape = shape.input;
        input_.border = shape.window.padding;
        input_.pitch = shape.input.channels;
        input_.element_bytes = set.code_bytes();
        input_.zero = set.zero_code({8, 0, shape.is_signed});
    }

    Shape output() const override { return out_; }

protected:
    bool reads_as_it_is() const {
        return set_.code_bytes() == 1 && !shape_.is_signed && input_.border == 0 &&
               shape_.window.kernel * input_.pitch % set_.group() == 0;
    }

    /// The image as kernels read it.
    std::byte* plane_of(const void* codes) const {
        thread_local std::vector<std::byte> memory;
        memory.resize(std::max(memory.size(), static_cast<size_t>(input_.size_bytes())));
        input_.fill_border(memory.data(), 0, 1);
        const int64_t row = shape_.input.width * input_.pitch;
        for (int64_t y = 0; y < shape_.input.height; ++y) {
            convert_row(static_cast<const std::byte*>(codes) + y * row, shape_.is_signed, row, set_.code_bytes(),
                        input_.at(memory.data(), y, 0));
        }
        return memory.data();
    }

    PixelLayout real_layout() const {
        return {out_.width * out_.channels * int64_t{sizeof(float)}, out_.channels * int64_t{sizeof(float)}};
    }
    float* at(float* y, int64_t row, int64_t column, int64_t channel) const {
        return y + (row * out_.width + column) * out_.channels + channel;
    }
    const std::byte* window_of(std::byte* plane, int64_t y, int64_t x, int64_t channel) const {
        const Window& window = shape_.window;
        return input_.at(plane, y * window.stride - window.padding, x * window.stride - window.padding, channel);
    }

    const InstructionSet& set_;
    const CodeConvolutionShape shape_;
    const Shape out_;
    Buffer input_;
};

class DenseCodes final : public CodeConvolutionBase {
public:
    DenseCodes(const InstructionSet& set, const CodeConvolutionShape& shape)
        : CodeConvolutionBase(set, shape), plane_(set, out_), tail_(static_cast<int>(out_.channels % set.lanes())) {
        const DenseWeights weights = weights_of(nullptr);
        DenseSpec spec;
        spec.sources.push_back({shape.window.kernel, weights.units(set), shape.window.stride, input_.layout()});
        spec.epilogue.stores_reals = true;
        spec.epilogue.real_layout = real_layout();
        epilogue_ = spec.epilogue;
        plane_.make_kernels(spec, weights.vectors(set) * weights.kernel * weights.units(set) * set.vector_bytes());
    }

    void start(const int8_t* weights, float scale, const float* bias, CodeWeights& to) const override {
        make_room(set_, weights_of(weights), to.dense);
        to.scale = scale;
        to.bias.resize(to.dense.bias.size());
        std::copy_n(bias, out_.channels, to.bias.begin());
    }
    int64_t num_pack_parts() const override { return weights_of(nullptr).vectors(set_); }
    void pack(const int8_t* weights, int64_t i, CodeWeights& to) const override {
        pack_dense_vector(set_, weights_of(weights), plane_.block_vectors(), i, to.dense);
    }

    void run(const void* codes, const CodeWeights& weights, float* y, int part, int parts) const override {
        // Kernels only read.
        std::byte* const plane = reads_as_it_is() ? static_cast<std::byte*>(const_cast<void*>(codes)) : plane_of(codes);
        const EpilogueConstants constants(epilogue_, tail_, weights.scale);
        plane_.run(part, parts, constants,
                   [&](KernelArguments& arguments, int64_t row, int64_t column, int64_t vector) {
                       arguments.codes[0] = window_of(plane, row, column, 0);
                       arguments.weights[0] = weights.dense.weights.data() + vector * weights.dense.vector_bytes;
                       arguments.bias[0] = weights.dense.bias.data() + vector * set_.lanes();
                       arguments.real_bias = weights.bias.data() + vector * set_.lanes();
                       arguments.reals = at(y, row, column, vector * set_.lanes());
                   });
    }

private:
    DenseWeights weights_of(const int8_t* codes) const {
        return {codes, nullptr, shape_.input.channels, out_.channels, shape_.window.kernel, input_.pitch, input_.zero};
    }

    DensePlane plane_;
    EpilogueSpec epilogue_;
    int tail_;
};

class DepthwiseCodes final : public CodeConvolutionBase {
public:
    DepthwiseCodes(const InstructionSet& set, const CodeConvolutionShape& shape)
        : CodeConvolutionBase(set, shape), spec_(make_spec()), plane_(set, out_, spec_) {
        node_.out_channels = static_cast<int>(out_.channels);
        node_.window = shape.window;
        node_.input_format = {8, 0, shape.is_signed};
        node_.bias_s32.assign(static_cast<size_t>(out_.channels), 0);
    }

    void start(const int8_t*, float scale, const float* bias, CodeWeights& to) const override {
        to.scale = scale;
        to.bias.clear();
        for (const ChannelBlock& block : plane_.blocks()) {
            for (int v = 0; v < set_.group(); ++v) {
                for (int lane = 0; lane < block.vector_bytes / 4; ++lane) {
                    const int64_t channel = block.first + set_.channel_of(v, lane);
                    to.bias.push_back(channel < out_.channels ? bias[channel] : 0);
                }
            }
        }
    }
    int64_t num_pack_parts() const override { return 1; }
    void pack(const int8_t* weights, int64_t, CodeWeights& to) const override {
        IntegerNode node = node_;
        const int64_t taps = int64_t{shape_.window.kernel} * shape_.window.kernel;
        node.weight_s8.assign(weights, weights + out_.channels * taps);
        to.depthwise = pack_depthwise_weights(set_, node, plane_.blocks(), plane_.tile());
    }

    void run(const void* codes, const CodeWeights& weights, float* y, int part, int parts) const override {
        std::byte* const plane = plane_of(codes);
        const EpilogueConstants constants(spec_.epilogue, 0, weights.scale);
        const int64_t strips = plane_.strips();
        for (int64_t strip = strips * part / parts; strip < strips * (part + 1) / parts; ++strip) {
            plane_.run_strip(strip, weights.depthwise, constants,
                             [&](KernelArguments& arguments, int64_t row, int64_t column, size_t block) {
                                 const int64_t channel = plane_.blocks()[block].first;
                                 arguments.codes[0] = window_of(plane, row, column, channel);
                                 arguments.real_bias = weights.bias.data() + weights.depthwise.bias_offsets[block];
                                 arguments.reals = at(y, row, column, channel);
                             });
        }
    }

private:
    DepthwiseSpec make_spec() const {
        DepthwiseSpec spec{shape_.window.kernel, shape_.window.stride, input_.layout(), {}};
        spec.epilogue.stores_reals = true;
        spec.epilogue.real_layout = real_layout();
        return spec;
    }

    const DepthwiseSpec spec_;
    const DepthwisePlane plane_;
    IntegerNode node_;
};

}  // namespace

std::unique_ptr<const CodeConvolution> CodeConvolution::make(const InstructionSet& set,
                                                             const CodeConvolutionShape& shape) {
    const int64_t in = shape.input.channels, taps = int64_t{shape.window.kernel} * shape.window.kernel;
    const Shape out = output_of(shape);
    constexpr int64_t kLargestProduct = 255 * 127;
    // Signed codes lie 128 higher, and their sum is put right by the bias.
    if (2 * kLargestProduct * taps * (in / shape.groups) > std::numeric_limits<int32_t>::max()) return nullptr;
    if (out.height < 1 || out.width < 1) return nullptr;
    if (shape.groups == 1) return std::make_unique<DenseCodes>(set, shape);
    const bool is_depthwise = shape.groups == in && shape.out_channels == in;
    const bool has_kernel = is_depthwise && in % 8 == 0 && shape.window.kernel <= kLargestDepthwiseKernel;
    return has_kernel ? std::make_unique<DepthwiseCodes>(set, shape) : nullptr;
}

std::shared_ptr<const CodeConvolution> CodeConvolution::of(const CodeConvolutionShape& shape) {
    static const std::vector<const InstructionSet*> sets = instruction_sets();
    static std::mutex mutex;
    static std::map<std::vector<int64_t>, std::shared_ptr<const CodeConvolution>> made;
    if (sets.empty()) return nullptr;
    const std::vector<int64_t> key = {shape.input.channels, shape.input.height,   shape.input.width,
                                      shape.out_channels,   shape.groups,         shape.window.kernel,
                                      shape.window.stride,  shape.window.padding, shape.is_signed ? 1 : 0};
    const std::lock_guard lock(mutex);
    const auto [place, is_new] = made.try_emplace(key);
    if (is_new) place->second = make(*sets.back(), shape);
    return place->second;
}

}  // namespace f8net
