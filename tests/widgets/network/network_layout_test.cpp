// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/network/network_layout.h"

#include <gtest/gtest.h>

#include <set>

namespace f8net {
namespace {

struct Case {
    const char* architecture;
    Stem stem;
};

class NetworkLayoutOf : public testing::TestWithParam<Case> {
protected:
    LayerGraph graph = make_layer_graph({.architecture = GetParam().architecture,
                                         .stem = GetParam().stem,
                                         .image_size = GetParam().stem == Stem::kSmall ? 32 : 224});
    NetworkLayout layout = layOut(graph);
};

/// The piece between two points, without its ends, as thin as a line.
QRectF pieceBetween(QPointF a, QPointF b) {
    return QRectF(a, b).normalized().adjusted(a.x() == b.x() ? 0 : 1, a.y() == b.y() ? 0 : 1,
                                              a.x() == b.x() ? 0.01 : -1, a.y() == b.y() ? 0.01 : -1);
}

TEST_P(NetworkLayoutOf, ShowsEachLayerOnceButReLUs) {
    std::set<int> shown;
    for (const NetworkNode& node : layout.nodes) EXPECT_TRUE(shown.insert(node.layer).second) << node.layer;
    for (size_t i = 0; i < graph.layers.size(); ++i) {
        EXPECT_EQ(shown.count(static_cast<int>(i)) > 0, graph.layers[i].kind != LayerKind::kRelu)
            << graph.layers[i].name;
    }
}

TEST_P(NetworkLayoutOf, NoNodeOrLabelOverlapsAnother) {
    std::vector<QRectF> rects;
    for (const NetworkNode& node : layout.nodes) rects.push_back(node.rect);
    for (const NetworkLabel& label : layout.stages) rects.push_back(label.rect);
    for (size_t i = 0; i < rects.size(); ++i) {
        EXPECT_TRUE(layout.bounds.contains(rects[i]));
        for (size_t j = i + 1; j < rects.size(); ++j) EXPECT_FALSE(rects[i].intersects(rects[j])) << i << " and " << j;
    }
}

TEST_P(NetworkLayoutOf, NoLineRunsThroughANodeOrALabel) {
    for (const NetworkEdge& edge : layout.edges) {
        for (size_t i = 0; i + 1 < edge.points.size(); ++i) {
            const QPointF a = edge.points[i], b = edge.points[i + 1];
            EXPECT_TRUE(a.x() == b.x() || a.y() == b.y()) << "a slanted piece";
            const QRectF piece = pieceBetween(a, b);
            for (const NetworkNode& node : layout.nodes) {
                EXPECT_FALSE(node.rect.intersects(piece))
                    << graph.layers[static_cast<size_t>(edge.from)].name << " to "
                    << graph.layers[static_cast<size_t>(edge.to)].name << " crosses "
                    << graph.layers[static_cast<size_t>(node.layer)].name;
            }
            for (const NetworkLabel& label : layout.stages)
                EXPECT_FALSE(label.rect.intersects(piece)) << label.text.toStdString();
        }
    }
}

TEST_P(NetworkLayoutOf, DrawsEachConnectionOnce) {
    const auto visible = [&](int index) {
        while (graph.layers[static_cast<size_t>(index)].kind == LayerKind::kRelu)
            index = graph.layers[static_cast<size_t>(index)].inputs[0];
        return index;
    };
    std::multiset<std::pair<int, int>> wanted, drawn;
    for (size_t i = 0; i < graph.layers.size(); ++i) {
        if (graph.layers[i].kind == LayerKind::kRelu) continue;
        for (const int input : graph.layers[i].inputs) wanted.insert({visible(input), static_cast<int>(i)});
    }
    for (const NetworkEdge& edge : layout.edges) {
        drawn.insert({edge.from, edge.to});
        const QRectF end = layout.nodes[static_cast<size_t>(layout.nodeOf(edge.to))].rect;
        EXPECT_TRUE(end.adjusted(-0.5, -0.5, 0.5, 0.5).contains(edge.points.back()));
    }
    EXPECT_EQ(drawn, wanted);
}

TEST_P(NetworkLayoutOf, RowsRunLeftToRightAndStagesDownwards) {
    double lastTop = -1e9;
    int lastStage = -1;
    for (const NetworkNode& node : layout.nodes) {
        const Layer& layer = graph.layers[static_cast<size_t>(node.layer)];
        if (node.form != NetworkNode::Form::kLayer || layer.stage <= lastStage) continue;
        EXPECT_GT(node.rect.top(), lastTop) << layer.name;
        lastTop = node.rect.top();
        lastStage = layer.stage;
    }
    EXPECT_LE(layout.bounds.width(), 2600);
}

INSTANTIATE_TEST_SUITE_P(All, NetworkLayoutOf,
                         testing::Values(Case{"resnet18", Stem::kImageNet}, Case{"resnet18", Stem::kSmall},
                                         Case{"resnet34", Stem::kImageNet}, Case{"resnet50", Stem::kImageNet},
                                         Case{"resnet101", Stem::kImageNet}, Case{"resnet152", Stem::kImageNet},
                                         Case{"mobilenet_v1", Stem::kImageNet}, Case{"mobilenet_v1", Stem::kSmall},
                                         Case{"mobilenet_v2", Stem::kImageNet}, Case{"mobilenet_v2", Stem::kSmall}),
                         [](const auto& each) {
                             return std::string(each.param.architecture) +
                                    (each.param.stem == Stem::kSmall ? "_small" : "");
                         });

TEST(NetworkLayout, AReLUIsPartOfTheNodeBeforeIt) {
    const LayerGraph graph = make_layer_graph({});
    const NetworkLayout layout = layOut(graph);
    const int relu = graph.index_of("head.relu");
    ASSERT_GE(relu, 0);
    EXPECT_EQ(layout.nodes[static_cast<size_t>(layout.nodeOf(relu))].layer, graph.index_of("head.0"));
    EXPECT_EQ(layOut({}).nodes.size(), 0u);
}

TEST(NetworkLayout, ResNet18HasARowPerStageAndDeepStagesSeveral) {
    EXPECT_EQ(layOut(make_layer_graph({})).numRows, 4);
    EXPECT_GT(layOut(make_layer_graph({.architecture = "resnet101"})).numRows, 6);
}

}  // namespace
}  // namespace f8net
