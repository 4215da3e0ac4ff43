// SPDX-License-Identifier: Apache-2.0
/// An integer network computed in real numbers, where every layer is either rounded to its formats or not: what
/// rounding one layer costs can then be told apart from the rest, without LibTorch and without the checkpoint.
/// Rounded    the layer's input becomes codes (rounded and clamped), its weights and bias are the stored integers: the
///            layer computes what the integer network does. With all layers rounded, every value is the integer
///            network's, exactly where float32 holds its sums (needs_float64() of core/network/bounds.h says where
///            not).
/// Unrounded  the input is only clamped to the format's range (the clipping level and the ReLU belong to the trained
///            network), weights and bias are the real effective ones: floating-point training's view of the network.
/// Layout     H W C per node, real units (accumulator * 2^-FL).   Source  method.md 3, 5.
/// Threads    run() is const; one set of outputs per thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/network/integer_network.h"

namespace f8net {

class RealNetwork {
public:
    using Outputs = std::vector<std::vector<float>>;  ///< [node]
    using RoundedLayers = std::vector<bool>;          ///< [node]; only those with weights count

    /// `network` is checked and must outlive this. DataError naming the first layer without real weights.
    explicit RealNetwork(const IntegerNetwork& network);

    const IntegerNetwork& network() const { return network_; }
    RoundedLayers all_layers(bool rounded) const { return RoundedLayers(network_.nodes.size(), rounded); }

    /// The first node whose output changes when this layer is rounded or not: itself, or the average pool that rounds
    /// to its input format.
    size_t first_affected(size_t layer) const;

    /// One image, pixels [H, W, C].
    void run(const uint8_t* pixels, const RoundedLayers& rounded, Outputs& outputs) const;
    /// Only the nodes from `first` on; those before it are read from `before`, which is of the same image.
    void run_from(size_t first, const Outputs& before, const RoundedLayers& rounded, Outputs& outputs) const;

private:
    /// [kh, kw, in / groups, out]: the innermost loop runs over output channels.
    struct Weights {
        std::vector<float> real, rounded;
        std::vector<float> real_bias, rounded_bias;
    };

    void run_node(size_t index, const std::vector<float>& input, const std::vector<float>* second, bool is_rounded,
                  std::vector<float>& output) const;

    const IntegerNetwork& network_;
    std::vector<Weights> weights_;  ///< [node]
    std::vector<int> consumer_;     ///< [node]: of average pools the layer whose input format they round to
};

}  // namespace f8net
