// SPDX-License-Identifier: Apache-2.0
/// The one description of an architecture, as data: layers in execution order, shapes, who reads whom, who shares a clipping level.
/// Training walks it, lowering maps it node by node, the graph view draws it, bench makes random networks from it.
/// A new architecture is one more function that returns a LayerGraph, and no other change.
/// Source   method.md 3.4, 4; tests/golden/networks/topology.json.   Threads  plain data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace f8net {

enum class LayerKind { kInput, kConv, kLinear, kRelu, kAdd, kMaxPool, kAveragePool };
std::string to_string(LayerKind kind);  ///< "input", "conv", "linear", "relu", "add", "max_pool", "average_pool"

/// Channels, height, width; N is the caller's. A linear layer's output is [out, 1, 1].
struct Shape {
    int64_t channels = 0, height = 0, width = 0;
    int64_t size() const { return channels * height * width; }
    bool operator==(const Shape&) const = default;
};

/// Window of a convolution or pool (square). groups is 1 or, depthwise, in_channels.
struct Window {
    int kernel = 1, stride = 1, padding = 0;
    bool operator==(const Window&) const = default;
};

struct Layer {
    std::string name;  ///< authors' module name ("stage_0_layer_0.body.0"); sums, pools, relus: "stage_0_layer_0.add", "head.max_pool"
    LayerKind kind = LayerKind::kInput;
    std::vector<int> inputs;  ///< indices of earlier layers; two for a sum: [body, identity or shortcut]
    Shape output;
    int in_channels = 0, out_channels = 0, groups = 1;  ///< conv, linear
    Window window;                                      ///< conv, pools

    // Quantization topology of conv and linear layers.
    bool input_is_signed = false;
    bool reads_pixels = false;  ///< first layer on raw bytes: eta = 1, input format u8.8, no clipping level used
    int clip_owner = -1;        ///< layer whose clipping level this one uses; itself where it owns one
    int consumer = -1;          ///< layer whose eta divides this layer's output; -1 for the classifier

    int stage = -1, block = -1;  ///< position for drawing and labels; -1 in stem, tail, classifier

    bool has_weights() const { return kind == LayerKind::kConv || kind == LayerKind::kLinear; }
    bool is_depthwise() const { return kind == LayerKind::kConv && groups > 1; }
    /// out, in / groups, kh, kw; or out, in; empty without weights.
    std::vector<int64_t> weight_shape() const;
    int64_t macs() const;  ///< multiplications per image
};

struct LayerGraph {
    std::string architecture;  ///< "resnet18", "mobilenet_v2", ...
    std::vector<Layer> layers; ///< in execution order; [0] is the input
    int num_classes = 0;

    int index_of(const std::string& name) const;  ///< -1 where there is none
    const Layer& layer(const std::string& name) const;  ///< DataError with the nearest name where there is none
    std::vector<int> weighted_layers() const;     ///< conv and linear layers, in depth order
    std::vector<int> readers_of(int index) const;
    /// The layer whose eta is the unit of this layer's output: of a convolution its consumer, of what only passes on a
    /// body's output that of the body. -1 where there is none (input, average pool, classifier).
    int unit_of(int index) const;
    int64_t macs() const;
    int64_t parameters() const;  ///< weights, batch norm's gamma and beta, classifier bias
};

enum class Stem { kImageNet, kSmall };

/// What makes a graph. Channel counts c become max(8, round_half_up(c * width_multiplier / 8) * 8) unless the multiplier is 1.
/// Stem::kSmall (images up to 64 pixels): first convolution 3x3 stride 1, no max pool; MobileNets: the first two stride-2 steps become stride 1.
struct ArchitectureOptions {
    std::string architecture = "resnet18";  ///< resnet18, resnet34, resnet50, resnet101, resnet152, mobilenet_v1, mobilenet_v2
    double width_multiplier = 1.0;
    Stem stem = Stem::kImageNet;
    int image_size = 224;
    int input_channels = 3;
    int num_classes = 1000;
    bool normalized_input = false;  ///< the first layer then is an ordinary one with a signed input
};

/// Errors: ConfigError for an unknown architecture (nearest name), or an image that is too small for it.
LayerGraph make_layer_graph(const ArchitectureOptions& options);
const std::vector<std::string>& known_architectures();

}  // namespace f8net
