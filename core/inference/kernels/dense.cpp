// SPDX-License-Identifier: Apache-2.0
#include "core/inference/kernels/dense.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace f8net {
namespace {

using Xbyak::Label;
namespace r = kernel_registers;

constexpr int kUnroll = 4;           // units in the body of the inner loop
constexpr int kMostVectors = 8;      // of a channel block
constexpr double kLatency = 4;       // cycles of a multiply-add: fewer accumulators than this leave gaps
constexpr double kTileOverhead = 6;  // instructions around a tile, as multiply-adds of a unit

/// Registers besides the accumulators: a block's weights, codes (two, so that loads run ahead), a product.
int spare_registers(int vectors) {
    return vectors + 2;
}

class DenseEmitter {
public:
    DenseEmitter(Code& code, const InstructionSet& set, const DenseSpec& spec, const TileShape& shape)
        : code_(code), set_(set), spec_(spec), shape_(shape), pixels_(shape.height * shape.width) {}

    void run(int tail_lanes, int tail_code_lanes) {
        if (tail_lanes != 0) set_.begin_tail(code_, tail_lanes);
        const auto argument = [&](size_t offset) { return code_.ptr[r::arguments + offset]; };
        code_.mov(r::codes, argument(offsetof(KernelArguments, codes)));
        code_.mov(r::constants, argument(offsetof(KernelArguments, constants)));
        code_.mov(r::tiles, argument(offsetof(KernelArguments, tiles)));
        Label next_tile;
        code_.align(16);
        code_.L(next_tile);
        EpilogueTile tile;
        for (int pixel = 0; pixel < pixels_; ++pixel) {
            for (int v = 0; v < shape_.vectors; ++v)
                tile.accumulators.push_back(
                    {accumulator_index(pixel, v), pixel / shape_.width, pixel % shape_.width, v});
        }
        for (int reg = pixels_ * shape_.vectors; reg < set_.num_registers(); ++reg) tile.temporaries.push_back(reg);
        tile.vectors = shape_.vectors;
        tile.tail_lanes = tail_lanes;
        tile.tail_code_lanes = tail_code_lanes;
        tile.width = shape_.width;
        emit_prefetch(code_, set_, spec_.epilogue, tile);
        start_with_bias();
        code_.mov(r::row, r::codes);
        code_.mov(r::weights, argument(offsetof(KernelArguments, weights)));
        multiply(spec_.sources[0]);
        if (spec_.sources.size() > 1) add_second();
        emit_epilogue(code_, set_, spec_.epilogue, tile);
        code_.add(r::codes, static_cast<uint32_t>(tile_step(spec_.sources[0])));
        code_.dec(r::tiles);
        code_.jnz(next_tile, Code::T_NEAR);
    }

private:
    int accumulator_index(int pixel, int v) const { return pixel * shape_.vectors + v; }
    Vector accumulator(int pixel, int v) const { return set_.vector(accumulator_index(pixel, v)); }
    Vector weight(int v) const { return set_.vector(pixels_ * shape_.vectors + v); }
    Vector spare(int i) const { return set_.vector((pixels_ + 1) * shape_.vectors + i); }

    int64_t tile_step(const DenseSource& source) const {
        return shape_.width * source.stride * source.codes.pixel_bytes;
    }

    void add_second() {
        constexpr size_t kSecond = sizeof(void*);
        code_.mov(r::pointer, code_.ptr[r::arguments + offsetof(KernelArguments, bias) + kSecond]);
        for (int v = 0; v < shape_.vectors; ++v)
            set_.load(code_, weight(v), code_.ptr[r::pointer + v * set_.vector_bytes()]);
        for (int pixel = 0; pixel < pixels_; ++pixel) {
            for (int v = 0; v < shape_.vectors; ++v) {
                const Vector sum = accumulator(pixel, v);
                if (spec_.shift > 0) code_.vpslld(sum, sum, static_cast<uint8_t>(spec_.shift));
                code_.vpaddd(sum, sum, weight(v));
            }
        }
        const size_t codes = offsetof(KernelArguments, codes) + kSecond;
        code_.mov(r::row, code_.ptr[r::arguments + codes]);
        code_.mov(r::weights, code_.ptr[r::arguments + offsetof(KernelArguments, weights) + kSecond]);
        multiply(spec_.sources[1]);
        emit_advance(code_, codes, tile_step(spec_.sources[1]));
    }

    void start_with_bias() {
        code_.mov(r::pointer, code_.ptr[r::arguments + offsetof(KernelArguments, bias)]);
        for (int v = 0; v < shape_.vectors; ++v)
            set_.load(code_, accumulator(0, v), code_.ptr[r::pointer + v * set_.vector_bytes()]);
        for (int pixel = 1; pixel < pixels_; ++pixel) {
            for (int v = 0; v < shape_.vectors; ++v) code_.vmovaps(accumulator(pixel, v), accumulator(0, v));
        }
    }

    /// All rows of the window; r::row and r::weights end behind it.
    void multiply(const DenseSource& source) {
        const int64_t loops = source.units / kUnroll, rest = source.units % kUnroll;
        Label next_row;
        if (source.window_rows > 1) {
            code_.mov(r::rows, source.window_rows);
            code_.L(next_row);
        }
        if (loops > 1) {
            Label next;
            code_.mov(r::counter, loops);
            code_.align(16);
            code_.L(next);
            units(source, kUnroll);
            code_.dec(r::counter);
            code_.jnz(next, Code::T_NEAR);
        } else if (loops == 1) {
            units(source, kUnroll);
        }
        if (rest > 0) units(source, static_cast<int>(rest));
        if (source.window_rows > 1) {
            code_.add(r::row, static_cast<uint32_t>(source.codes.row_bytes - source.units * 4));
            code_.dec(r::rows);
            code_.jnz(next_row, Code::T_NEAR);
        }
    }

    void units(const DenseSource& source, int count) {
        for (int unit = 0; unit < count; ++unit) {
            for (int v = 0; v < shape_.vectors; ++v) {
                set_.load(code_, weight(v), code_.ptr[r::weights + (unit * shape_.vectors + v) * set_.vector_bytes()]);
            }
            for (int pixel = 0; pixel < pixels_; ++pixel) {
                const int64_t offset =
                    (pixel / shape_.width * source.codes.row_bytes + pixel % shape_.width * source.codes.pixel_bytes) *
                        source.stride +
                    unit * 4;
                const bool has_temporary = set_.multiply_add_needs_temporary();
                const Vector codes = has_temporary ? spare(0) : spare(pixel % 2);
                code_.vpbroadcastd(codes, code_.ptr[r::row + static_cast<size_t>(offset)]);
                for (int v = 0; v < shape_.vectors; ++v)
                    set_.multiply_add(code_, accumulator(pixel, v), codes, weight(v), spare(1));
            }
        }
        code_.add(r::row, count * 4);
        code_.add(r::weights, static_cast<uint32_t>(count * shape_.vectors * set_.vector_bytes()));
    }

    Code& code_;
    const InstructionSet& set_;
    const DenseSpec& spec_;
    const TileShape& shape_;
    const int pixels_;
};

}  // namespace

TileShape choose_tile(const InstructionSet& set, int64_t height, int64_t width, int64_t vectors) {
    TileShape best;
    double least = 1e300;
    for (int block = 1; block <= std::min<int64_t>(kMostVectors, vectors); ++block) {
        const int64_t most_pixels = (set.num_registers() - spare_registers(block)) / block;
        if (most_pixels < 1) break;
        TileShape shape;
        shape.vectors = block;
        const int64_t columns = (width + most_pixels - 1) / most_pixels;
        shape.width = static_cast<int>((width + columns - 1) / columns);
        shape.height = static_cast<int>(std::clamp<int64_t>(most_pixels / shape.width, 1, height));
        // Cycles of one unit over the plane: multiply-adds, or loads, or latency.
        const auto cost = [&](int64_t pixels, int64_t block_vectors) {
            if (pixels == 0 || block_vectors == 0) return 0.0;
            const auto products = static_cast<double>(pixels * block_vectors);
            return std::max({products, static_cast<double>(pixels + block_vectors), kLatency}) +
                   0.02 * static_cast<double>(pixels + block_vectors) + 0.02 * kTileOverhead;
        };
        const auto plane = [&](int64_t block_vectors) {
            const auto strip = [&](int64_t rows) {
                return static_cast<double>(width / shape.width) * cost(rows * shape.width, block_vectors) +
                       cost(rows * (width % shape.width), block_vectors);
            };
            return static_cast<double>(height / shape.height) * strip(shape.height) + strip(height % shape.height);
        };
        const double total = static_cast<double>(vectors / block) * plane(block) + plane(vectors % block);
        if (total < least) {
            least = total;
            best = shape;
        }
    }
    return best;
}

std::unique_ptr<GeneratedKernel> make_dense_kernel(const InstructionSet& set, const DenseSpec& spec,
                                                   const TileShape& shape, int tail_lanes, int tail_code_lanes) {
    return std::make_unique<GeneratedKernel>(
        [&](Code& code) { DenseEmitter(code, set, spec, shape).run(tail_lanes, tail_code_lanes); });
}

void put_weight(const InstructionSet& set, std::vector<uint8_t>& to, int64_t index, int8_t weight) {
    if (set.code_bytes() == 1) {
        to[static_cast<size_t>(index)] = static_cast<uint8_t>(weight);
    } else {
        const int16_t wide = weight;
        std::memcpy(to.data() + index * 2, &wide, sizeof wide);
    }
}

void make_room(const InstructionSet& set, const DenseWeights& weights, PackedWeights& packed) {
    const int64_t vectors = weights.vectors(set);
    packed.units = weights.units(set);
    packed.vector_bytes = weights.kernel * packed.units * set.vector_bytes();
    packed.weights.resize(static_cast<size_t>(vectors * packed.vector_bytes));
    packed.bias.resize(static_cast<size_t>(vectors * set.lanes()));
}

void pack_dense_vector(const InstructionSet& set, const DenseWeights& weights, int block_vectors, int64_t vector,
                       PackedWeights& packed) {
    const int64_t lanes = set.lanes(), group = set.group(), kernel = weights.kernel, channels = weights.in_channels;
    const int64_t block = vector / block_vectors * block_vectors;  // its first vector
    const int64_t in_block = std::min<int64_t>(block_vectors, weights.vectors(set) - block);
    const int64_t step = in_block * set.vector_bytes(), row_codes = packed.units * group;
    const int64_t first = vector * lanes, count = std::min(lanes, weights.out_channels - first);
    uint8_t* to = packed.weights.data() + block * packed.vector_bytes + (vector - block) * set.vector_bytes();
    std::vector<int8_t> rows(static_cast<size_t>(lanes * row_codes), 0);  // of the window, with the pitch of codes
    for (int64_t y = 0; y < kernel; ++y) {
        for (int64_t lane = 0; lane < count; ++lane) {
            const int8_t* weight = weights.codes + ((first + lane) * kernel + y) * kernel * channels;
            for (int64_t x = 0; x < kernel; ++x, weight += channels)
                std::copy_n(weight, channels, rows.begin() + lane * row_codes + x * weights.pitch);
        }
        for (int64_t unit = 0; unit < packed.units; ++unit, to += step) {
            for (int64_t lane = 0; lane < lanes; ++lane) {
                const int8_t* const from = rows.data() + lane * row_codes + unit * group;
                if (group == 4) {
                    std::memcpy(to + lane * 4, from, 4);
                } else {
                    const int16_t wide[2] = {from[0], from[1]};
                    std::memcpy(to + lane * 4, wide, sizeof wide);
                }
            }
        }
    }
    const int64_t window = kernel * kernel * channels;
    for (int64_t lane = 0; lane < lanes; ++lane) {
        int64_t bias = lane < count && weights.bias != nullptr ? weights.bias[first + lane] : 0;
        if (lane < count && weights.zero != 0) {
            const int8_t* const own = weights.codes + (first + lane) * window;
            bias -= weights.zero * std::accumulate(own, own + window, int64_t{0});
        }
        packed.bias[static_cast<size_t>(first + lane)] = static_cast<int32_t>(bias);
    }
}

PackedWeights pack_dense_weights(const InstructionSet& set, const DenseWeights& weights, int block_vectors) {
    PackedWeights packed;
    make_room(set, weights, packed);
    for (int64_t vector = 0; vector < weights.vectors(set); ++vector)
        pack_dense_vector(set, weights, block_vectors, vector, packed);
    return packed;
}

}  // namespace f8net
