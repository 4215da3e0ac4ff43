// SPDX-License-Identifier: Apache-2.0
/// A plane of results cut into what dense kernels compute in one go, with the kernels for its edges.
/// Threads  run() may be called by many, each with its own part.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <tuple>

#include "core/inference/kernels/dense.h"

namespace f8net {

class DensePlane {
public:
    DensePlane(const InstructionSet& set, const Shape& out)
        : set_(set),
          out_(out),
          vectors_((out.channels + set.lanes() - 1) / set.lanes()),
          shape_(choose_tile(set, out.height, out.width, vectors_)),
          blocks_((vectors_ + shape_.vectors - 1) / shape_.vectors),
          strips_((out.height + shape_.height - 1) / shape_.height) {}

    int block_vectors() const { return shape_.vectors; }

    /// weight_bytes: of all sources, packed.
    void make_kernels(const DenseSpec& spec, int64_t weight_bytes) {
        is_strip_outside_ = weight_bytes <= kCachedWeights;
        for (const int64_t strip : {int64_t{0}, strips_ - 1}) {
            for (const int64_t block : {int64_t{0}, blocks_ - 1}) {
                if (out_.width >= shape_.width) make_kernel(spec, strip, shape_.width, block);
                if (out_.width % shape_.width > 0) make_kernel(spec, strip, out_.width % shape_.width, block);
            }
        }
    }

    /// point(arguments, y, x, vector) sets all pointers to a pixel and the first vector of a channel block.
    template <typename Point>
    void run(int part, int parts, const EpilogueConstants& constants, const Point& point) const {
        const int64_t items = blocks_ * strips_;
        for (int64_t i = items * part / parts; i < items * (part + 1) / parts; ++i) {
            if (is_strip_outside_)
                run_strip(i / blocks_, i % blocks_, constants, point);
            else
                run_strip(i % strips_, i / strips_, constants, point);
        }
    }

private:
    /// Weights that stay in the second-level cache while all tiles of the plane pass by.
    static constexpr int64_t kCachedWeights = 384 * 1024;
    using Key = std::tuple<int64_t, int64_t, bool>;  // rows, columns, is the last block

    int64_t rows_of(int64_t strip) const {
        return std::min<int64_t>(shape_.height, out_.height - strip * shape_.height);
    }

    void make_kernel(const DenseSpec& spec, int64_t strip, int64_t width, int64_t block) {
        const bool is_last = block == blocks_ - 1;
        auto& kernel = kernels_[{rows_of(strip), width, is_last}];
        if (kernel != nullptr) return;
        TileShape shape;
        shape.height = static_cast<int>(rows_of(strip));
        shape.width = static_cast<int>(width);
        shape.vectors = static_cast<int>(std::min<int64_t>(shape_.vectors, vectors_ - block * shape_.vectors));
        // Codes reach to the end of the pixel, whose pitch is a multiple of 8.
        const int64_t lanes = set_.lanes(), rest = out_.channels % lanes, code_rest = (rest + 7) / 8 * 8 % lanes;
        kernel = make_dense_kernel(set_, spec, shape, is_last ? static_cast<int>(rest) : 0,
                                   is_last ? static_cast<int>(code_rest) : 0);
    }

    template <typename Point>
    void run_strip(int64_t strip, int64_t block, const EpilogueConstants& constants, const Point& point) const {
        const int64_t y = strip * shape_.height, vector = block * shape_.vectors;
        const int64_t tiles = out_.width / shape_.width, rest = out_.width % shape_.width;
        KernelArguments arguments;
        arguments.constants = &constants;
        const auto run_tiles = [&](int64_t x, int64_t count, int64_t width) {
            arguments.tiles = count;
            point(arguments, y, x, vector);
            (*kernels_.at({rows_of(strip), width, block == blocks_ - 1}))(arguments);
        };
        if (tiles > 0) run_tiles(0, tiles, shape_.width);
        if (rest > 0) run_tiles(tiles * shape_.width, 1, rest);
    }

    const InstructionSet& set_;
    const Shape out_;
    const int64_t vectors_;
    const TileShape shape_;
    const int64_t blocks_, strips_;
    bool is_strip_outside_ = false;
    std::map<Key, std::unique_ptr<GeneratedKernel>> kernels_;
};

}  // namespace f8net
