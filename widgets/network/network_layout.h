// SPDX-License-Identifier: GPL-3.0-or-later
/// Where a network's layers stand when it is drawn: left to right, a row per stage (long stages take several, broken
/// between blocks), convolutions of shortcuts below their block, identities as arcs above, sums as circles. ReLUs are
/// part of the node before them.
/// Units    logical pixels at 100 %. Threads  pure.
#pragma once

#include <QPointF>
#include <QRectF>
#include <QString>
#include <vector>

#include "core/architecture/layer_graph.h"

namespace f8net {

struct NetworkNode {
    enum class Form { kLayer, kSmall, kSum };  ///< conv and linear; input and pools; residual sums
    int layer = 0;                             ///< index in the graph
    Form form = Form::kLayer;
    QRectF rect;
};

struct NetworkEdge {
    int from = 0, to = 0;         ///< layers, ReLUs skipped
    std::vector<QPointF> points;  ///< horizontal and vertical pieces; an arrow's head at the end
};

struct NetworkLabel {
    QString text;
    QRectF rect;
};

struct NetworkLayout {
    static constexpr double kNodeWidth = 136, kNodeHeight = 52;
    static constexpr double kLabelHeight = 18, kArc = 20;  ///< of a stage's name and of the arcs below it
    /// From the top of a row, its stage's name, to the middle of its nodes.
    static constexpr double kRowMiddle = kLabelHeight + kArc + kNodeHeight / 2;

    std::vector<NetworkNode> nodes;  ///< in execution order
    std::vector<NetworkEdge> edges;
    std::vector<NetworkLabel> stages;
    QRectF bounds;
    int numRows = 0;

    /// Index of the node that stands for a layer, of a ReLU the one before it; -1 where there is none.
    int nodeOf(int layer) const;
};

NetworkLayout layOut(const LayerGraph& graph);

}  // namespace f8net
