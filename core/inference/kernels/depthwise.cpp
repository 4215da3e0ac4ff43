// SPDX-License-Identifier: Apache-2.0
#include "core/inference/kernels/depthwise.h"

#include <algorithm>

#include "core/inference/kernels/dense.h"

namespace f8net {
namespace {

using Xbyak::Label;
namespace r = kernel_registers;

int64_t groups_of(const InstructionSet& set, int kernel, int stride, int columns) {
    return (kernel + (columns - 1) * stride + set.group() - 1) / set.group();
}

class DepthwiseEmitter {
public:
    DepthwiseEmitter(Code& code, const InstructionSet& set, const DepthwiseSpec& spec, const DepthwiseTile& whole,
                     const DepthwiseTile& part, const ChannelBlock& block)
        : code_(code),
          set_(set),
          spec_(spec),
          whole_(whole),
          part_(part),
          block_(block),
          group_(set.group()),
          first_spare_(part.rows * part.columns * group_) {}

    void run() {
        const auto argument = [&](size_t offset) { return code_.ptr[r::arguments + offset]; };
        code_.mov(r::codes, argument(offsetof(KernelArguments, codes)));
        code_.mov(r::weights, argument(offsetof(KernelArguments, weights)));
        code_.mov(r::row, argument(offsetof(KernelArguments, bias)));
        code_.mov(r::constants, argument(offsetof(KernelArguments, constants)));
        code_.mov(r::tiles, argument(offsetof(KernelArguments, tiles)));
        Label next_tile;
        code_.align(16);
        code_.L(next_tile);
        start_with_bias();
        const int input_rows = (part_.rows - 1) * spec_.stride + spec_.kernel;
        for (int y = 0; y < input_rows; ++y) input_row(y);
        epilogue();
        code_.add(r::codes, static_cast<uint32_t>(part_.columns * spec_.stride * spec_.codes.pixel_bytes));
        code_.dec(r::tiles);
        code_.jnz(next_tile, Code::T_NEAR);
    }

private:
    Vector vector(int reg) const { return set_.vector(reg, block_.vector_bytes); }
    Vector accumulator(int row, int column, int v) const { return vector((row * part_.columns + column) * group_ + v); }
    std::vector<Vector> spares(int first, int count) const {
        std::vector<Vector> list;
        for (int i = 0; i < count; ++i) list.push_back(vector(first_spare_ + first + i));
        return list;
    }

    void start_with_bias() {
        for (int v = 0; v < group_; ++v) {
            for (int row = 0; row < part_.rows; ++row) {
                for (int column = 0; column < part_.columns; ++column)
                    set_.load(code_, accumulator(row, column, v), code_.ptr[r::row + v * block_.vector_bytes]);
            }
        }
    }

    void input_row(int y) {
        const std::vector<Vector> pixels = spares(0, group_), temporaries = spares(group_, group_);
        const int64_t groups = groups_of(set_, spec_.kernel, spec_.stride, part_.columns);
        const int64_t last = spec_.kernel + (part_.columns - 1) * spec_.stride - 1;
        for (int64_t g = 0; g < groups; ++g) {
            for (int i = 0; i < group_; ++i) {
                // Beyond the window the weights are zero: any pixel will do.
                const int64_t x = std::min<int64_t>(g * group_ + i, last);
                const int64_t offset = y * spec_.codes.row_bytes + x * spec_.codes.pixel_bytes;
                set_.load(code_, pixels[static_cast<size_t>(i)], code_.ptr[r::codes + static_cast<size_t>(offset)]);
            }
            set_.interleave(code_, pixels, temporaries);
            for (int row = 0; row < part_.rows; ++row) {
                const int window_row = y - row * spec_.stride;
                if (window_row < 0 || window_row >= spec_.kernel) continue;
                for (int column = 0; column < part_.columns; ++column)
                    multiply(row, column, window_row, g, pixels, temporaries[0]);
            }
        }
    }

    void multiply(int row, int column, int window_row, int64_t g, const std::vector<Vector>& codes,
                  const Vector& temporary) {
        const int64_t first = g * group_ - column * spec_.stride;  // window column of the group's first pixel
        if (first + group_ <= 0 || first >= spec_.kernel) return;
        const int64_t groups = groups_of(set_, spec_.kernel, spec_.stride, whole_.columns);
        const int64_t at = ((window_row * groups + g) * whole_.columns + column) * group_;
        for (int v = 0; v < group_; ++v) {
            set_.multiply_add(code_, accumulator(row, column, v), codes[static_cast<size_t>(v)],
                              code_.ptr[r::weights + static_cast<size_t>((at + v) * block_.vector_bytes)], temporary);
        }
    }

    void epilogue() {
        if (spec_.epilogue.stores_accumulators) store_accumulators();
        if (spec_.epilogue.has_relu) {
            for (int reg = 0; reg < first_spare_; ++reg)
                code_.vpmaxsd(vector(reg), vector(reg), code_.ptr[r::constants + offsetof(EpilogueConstants, zero)]);
        }
        for (size_t i = 0; i < spec_.epilogue.outputs.size(); ++i) store_codes(i);
        if (spec_.epilogue.stores_reals) store_reals();
    }

    /// In the order of the channels: four of them lie together in a register.
    void store_reals() {
        const PixelLayout& layout = spec_.epilogue.real_layout;
        const size_t argument = offsetof(KernelArguments, reals);
        code_.mov(r::rows, code_.ptr[r::arguments + offsetof(KernelArguments, real_bias)]);
        code_.mov(r::pointer, code_.ptr[r::arguments + argument]);
        for (int row = 0; row < part_.rows; ++row) {
            for (int column = 0; column < part_.columns; ++column) {
                for (int v = 0; v < group_; ++v) {
                    const Vector value = accumulator(row, column, v);
                    emit_to_real(code_, value, int64_t{v} * block_.vector_bytes);
                    for (int lane = 0; lane < block_.vector_bytes / 4; lane += 4) {
                        const int channel = set_.channel_of(v, lane);
                        if (channel * set_.code_bytes() >= block_.store_bytes) continue;
                        const int64_t offset = row * layout.row_bytes + column * layout.pixel_bytes + channel * 4;
                        store_four(code_.ptr[r::pointer + static_cast<size_t>(offset)], value, lane / 4);
                    }
                }
            }
        }
        emit_advance(code_, argument, part_.columns * layout.pixel_bytes);
    }
    void store_four(const Xbyak::Address& to, const Vector& from, int quarter) {
        const auto which = static_cast<uint8_t>(quarter);
        if (quarter == 0) {
            code_.vmovups(to, Xbyak::Xmm(from.getIdx()));
        } else if (block_.vector_bytes == 64) {
            code_.vextractf32x4(to, Xbyak::Zmm(from.getIdx()), which);
        } else if (set_.num_registers() > 16) {
            code_.vextractf32x4(to, Xbyak::Ymm(from.getIdx()), which);
        } else {
            code_.vextractf128(to, Xbyak::Ymm(from.getIdx()), which);
        }
    }

    void store_accumulators() {
        const PixelLayout& layout = spec_.epilogue.int32_layout;
        const size_t argument = offsetof(KernelArguments, accumulators);
        code_.mov(r::pointer, code_.ptr[r::arguments + argument]);
        for (int row = 0; row < part_.rows; ++row) {
            for (int column = 0; column < part_.columns; ++column) {
                for (int v = 0; v < group_; ++v) {
                    const int64_t offset =
                        row * layout.row_bytes + column * layout.pixel_bytes + v * block_.vector_bytes;
                    set_.store(code_, code_.ptr[r::pointer + static_cast<size_t>(offset)], accumulator(row, column, v));
                }
            }
        }
        emit_advance(code_, argument, part_.columns * layout.pixel_bytes);
    }

    void store_codes(size_t index) {
        const CodeOutput& output = spec_.epilogue.outputs[index];
        const bool is_last = index + 1 == spec_.epilogue.outputs.size();
        const size_t argument = offsetof(KernelArguments, outputs) + index * sizeof(void*);
        code_.mov(r::pointer, code_.ptr[r::arguments + argument]);
        const Vector temporary = spares(group_, 1)[0];
        for (int row = 0; row < part_.rows; ++row) {
            for (int column = 0; column < part_.columns; ++column) {
                std::vector<Vector> values;
                for (int v = 0; v < group_; ++v) {
                    values.push_back(is_last ? accumulator(row, column, v) : spares(v, 1)[0]);
                    emit_requantize(code_, output, index, accumulator(row, column, v), values.back(), temporary);
                }
                set_.narrow_interleaved(code_, values);
                const int64_t offset = row * output.layout.row_bytes + column * output.layout.pixel_bytes;
                const Xbyak::RegExp to = r::pointer + static_cast<size_t>(offset);
                if (block_.store_bytes == 8)
                    code_.vmovq(code_.qword[to], Xbyak::Xmm(values[0].getIdx()));
                else
                    set_.store(code_, code_.ptr[to], values[0]);
            }
        }
        emit_advance(code_, argument, part_.columns * output.layout.pixel_bytes);
    }

    Code& code_;
    const InstructionSet& set_;
    const DepthwiseSpec& spec_;
    const DepthwiseTile &whole_, &part_;
    const ChannelBlock& block_;
    const int group_, first_spare_;
};

}  // namespace

std::vector<ChannelBlock> split_channels(const InstructionSet& set, int64_t pitch) {
    std::vector<ChannelBlock> blocks;
    for (int64_t first = 0; first < pitch;) {
        ChannelBlock block;
        block.first = first;
        const int64_t bytes = (pitch - first) * set.code_bytes();
        block.vector_bytes = set.vector_bytes();
        while (block.vector_bytes > 16 && block.vector_bytes > bytes) block.vector_bytes /= 2;
        block.store_bytes = static_cast<int>(std::min<int64_t>(block.vector_bytes, bytes));
        blocks.push_back(block);
        first += block.vector_bytes / set.code_bytes();
    }
    return blocks;
}

DepthwiseTile choose_depthwise_tile(const InstructionSet& set, const DepthwiseSpec& spec, int64_t height,
                                    int64_t width) {
    DepthwiseTile best;
    // A second column is free where its window ends inside the same pixel groups.
    const bool has_room =
        spec.stride == 1 && width > 1 && groups_of(set, spec.kernel, 1, 2) == groups_of(set, spec.kernel, 1, 1);
    best.columns = has_room ? 2 : 1;
    const int most_rows = (set.num_registers() - 2 * set.group()) / (best.columns * set.group());
    double least = 1e300;
    for (int rows = 1; rows <= std::min<int64_t>(most_rows, height); ++rows) {
        constexpr double kInterleave = 3, kRest = 9;  // cycles of a vector, beside one for each multiply-add
        const auto cost = [&](int64_t count) {
            return count == 0 ? 0.0
                              : static_cast<double>((count - 1) * spec.stride + spec.kernel) * kInterleave +
                                    static_cast<double>(count * best.columns) * (spec.kernel + kRest);
        };
        const double total = static_cast<double>(height / rows) * cost(rows) + cost(height % rows);
        if (total < least) {
            least = total;
            best.rows = rows;
        }
    }
    return best;
}

std::unique_ptr<GeneratedKernel> make_depthwise_kernel(const InstructionSet& set, const DepthwiseSpec& spec,
                                                       const DepthwiseTile& whole, const DepthwiseTile& part,
                                                       const ChannelBlock& block) {
    return std::make_unique<GeneratedKernel>(
        [&](Code& code) { DepthwiseEmitter(code, set, spec, whole, part, block).run(); });
}

PackedDepthwise pack_depthwise_weights(const InstructionSet& set, const IntegerNode& node,
                                       const std::vector<ChannelBlock>& blocks, const DepthwiseTile& tile) {
    const int group = set.group(), kernel = node.window.kernel, stride = node.window.stride;
    const int64_t groups = groups_of(set, kernel, stride, tile.columns);
    const int32_t zero = set.zero_code(node.input_format);
    PackedDepthwise packed;
    for (const ChannelBlock& block : blocks) {
        const int64_t first_weight = static_cast<int64_t>(packed.weights.size()) / set.code_bytes();
        packed.weight_offsets.push_back(static_cast<int64_t>(packed.weights.size()));
        packed.bias_offsets.push_back(static_cast<int64_t>(packed.bias.size()));
        packed.weights.resize(packed.weights.size() +
                              static_cast<size_t>(kernel * groups * tile.columns * group * block.vector_bytes));
        for (int v = 0; v < group; ++v) {
            for (int lane = 0; lane < block.vector_bytes / 4; ++lane) {
                const int64_t channel = block.first + set.channel_of(v, lane);
                const bool is_used = channel < node.out_channels;
                packed.bias.push_back(is_used ? node.bias_s32[static_cast<size_t>(channel)] : 0);
                if (!is_used) continue;
                const int8_t* const weights = node.weight_s8.data() + channel * kernel * kernel;
                int64_t sum = 0;
                for (int i = 0; i < kernel * kernel; ++i) sum += weights[i];
                packed.bias.back() = static_cast<int32_t>(packed.bias.back() - zero * sum);
                for (int y = 0; y < kernel; ++y) {
                    for (int64_t pixel = 0; pixel < groups * group; ++pixel) {
                        for (int column = 0; column < tile.columns; ++column) {
                            const int64_t x = pixel - column * stride;
                            if (x < 0 || x >= kernel) continue;
                            const int64_t vector = ((y * groups + pixel / group) * tile.columns + column) * group + v;
                            const int64_t at = (vector * (block.vector_bytes / 4) + lane) * group + pixel % group;
                            put_weight(set, packed.weights, first_weight + at, weights[y * kernel + x]);
                        }
                    }
                }
            }
        }
    }
    return packed;
}

void unpermute_accumulators(const InstructionSet& set, const std::vector<ChannelBlock>& blocks, int64_t channels,
                            const int32_t* from, int32_t* to) {
    for (const ChannelBlock& block : blocks) {
        for (int v = 0; v < set.group(); ++v) {
            for (int lane = 0; lane < block.vector_bytes / 4; ++lane, ++from) {
                const int64_t channel = block.first + set.channel_of(v, lane);
                if (channel < channels) to[channel] = *from;
            }
        }
    }
}

}  // namespace f8net
