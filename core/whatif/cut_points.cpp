// SPDX-License-Identifier: Apache-2.0
#include "core/whatif/cut_points.h"

#include <algorithm>
#include <numeric>

namespace f8net {
namespace {

/// Multiplications, and layers whose format can be changed, of the nodes behind `from` up to `to`.
struct Work {
    int64_t macs = 0, layers = 0;
    Work(const IntegerNetwork& network, int from, int to) {
        for (int i = from + 1; i <= to; ++i) {
            macs += network.nodes[static_cast<size_t>(i)].macs();
            layers += network.nodes[static_cast<size_t>(i)].has_weights() ? 1 : 0;
        }
    }
};

/// Not where a fast path gives codes alone, nor at an average pool, which changes with the layer behind it.
bool is_worth_keeping(const IntegerNode& node) {
    return node.kind != NodeKind::kAveragePool && !(node.has_weights() && node.groups > 1);
}

}  // namespace

std::vector<CutPoint> find_cut_points(const IntegerNetwork& network) {
    const auto count = static_cast<int>(network.nodes.size());
    // By node: the earliest one that it or a later one reads.
    std::vector<int> earliest(static_cast<size_t>(count) + 1, count);
    for (int i = count - 1; i > 0; --i) {
        const std::vector<int>& inputs = network.nodes[static_cast<size_t>(i)].inputs;
        earliest[static_cast<size_t>(i)] =
            std::min(earliest[static_cast<size_t>(i) + 1], *std::min_element(inputs.begin(), inputs.end()));
    }
    std::vector<CutPoint> points;
    for (int node = 1; node + 1 < count; ++node) {
        const IntegerNode& it = network.nodes[static_cast<size_t>(node)];
        if (earliest[static_cast<size_t>(node) + 1] < node || !is_worth_keeping(it)) continue;
        if (!points.empty() && Work(network, points.back().node, node).macs == 0) points.pop_back();
        points.push_back({node, it.output.size() * int64_t{sizeof(int32_t)}});
    }
    return points;
}

std::vector<CutPoint> choose_cut_points(const IntegerNetwork& network, int64_t bytes_per_image) {
    std::vector<CutPoint> points = find_cut_points(network);
    const auto bytes = [&] {
        return std::accumulate(points.begin(), points.end(), int64_t{0},
                               [](int64_t sum, const CutPoint& point) { return sum + point.bytes; });
    };
    // What a cut spares: the way from the one before it, once for each layer up to the next one.
    const auto gain = [&](size_t i) {
        const int before = i == 0 ? 0 : points[i - 1].node;
        const int after = i + 1 == points.size() ? static_cast<int>(network.nodes.size()) - 1 : points[i + 1].node;
        return static_cast<double>(Work(network, before, points[i].node).macs) *
               static_cast<double>(Work(network, points[i].node, after).layers) / static_cast<double>(points[i].bytes);
    };
    while (!points.empty() && bytes() > bytes_per_image) {
        size_t worst = 0;
        for (size_t i = 1; i < points.size(); ++i) {
            if (gain(i) < gain(worst)) worst = i;
        }
        points.erase(points.begin() + static_cast<std::ptrdiff_t>(worst));
    }
    return points;
}

}  // namespace f8net
