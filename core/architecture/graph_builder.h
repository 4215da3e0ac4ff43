// SPDX-License-Identifier: Apache-2.0
/// Builds a LayerGraph layer by layer: shapes follow from the windows, consumers from the connections, and the owner of
/// each clipping level from the streams that blocks begin, carry on and end. Formula  channels(c) = c where the
/// multiplier is 1, else max(8, round_half_up(c * multiplier / 8) * 8). Source   method.md 3.4.   Not for users of
/// graphs: they call make_layer_graph().
#pragma once

#include <string>
#include <vector>

#include "core/architecture/layer_graph.h"

namespace f8net {

class GraphBuilder {
public:
    /// Starts with the input layer.
    explicit GraphBuilder(const ArchitectureOptions& options);

    const ArchitectureOptions& options() const { return options_; }
    bool small_stem() const { return options_.stem == Stem::kSmall; }
    int channels(int count) const;
    int channels_of(int layer) const;

    /// Each appends one layer and gives its index.
    int conv(const std::string& name, int input, int out_channels, Window window, int groups = 1);
    int relu(const std::string& name, int input);
    int add(const std::string& name, int body, int stream);
    int max_pool(const std::string& name, int input, Window window);
    int global_average_pool(const std::string& name, int input);
    int linear(const std::string& name, int input, int out_features);

    /// Layers appended from here on carry this stage and block (-1, -1: none).
    void set_position(int stage, int block);
    void set_signed_input(int layer) { graph_.layers[static_cast<size_t>(layer)].input_is_signed = true; }

    /// The stream that enters a block is read by `readers` (its first convolution, its shortcut convolution): they use
    /// the clipping level of the stream's owner, where there is one. An identity block hands the stream on, and its
    /// first convolution becomes the owner where there was none; any other block ends it, and its readers then own what
    /// they had to.
    void read_stream(const std::vector<int>& readers, bool is_identity);

    /// Fills in the consumers; the last layer has to be the classifier.
    LayerGraph finish();

private:
    int append(Layer layer);
    int consumer_of(int index) const;

    ArchitectureOptions options_;
    LayerGraph graph_;
    int stage_ = -1, block_ = -1;
    int stream_owner_ = -1;
};

LayerGraph make_resnet(const ArchitectureOptions& options, int depth);
LayerGraph make_mobilenet_v1(const ArchitectureOptions& options);
LayerGraph make_mobilenet_v2(const ArchitectureOptions& options);

}  // namespace f8net
