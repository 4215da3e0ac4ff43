// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/network/network_layout.h"

#include <QCoreApplication>
#include <algorithm>
#include <map>
#include <set>

namespace f8net {

namespace {

constexpr double kGap = 26;   // between nodes
constexpr double kFork = 20;  // more room where a shortcut leaves
constexpr double kSmallSide = 60, kSumSide = 26;
constexpr double kLabelCharacter = 7.5;
constexpr double kShortcutDrop = 22;  // from a row down to its shortcuts
constexpr double kRowGap = 44;        // the line to the next row runs in it
constexpr double kWidestRow = 2300;   // about sixteen nodes
constexpr double kEntry = 24;         // where rows begin, left of their first node

/// What stands between two forks: a residual block, or a stretch without shortcuts.
struct Block {
    int stage = -1;
    std::vector<int> chain;  ///< layers of the main path in order
    int shortcut = -1;       ///< convolution beside it
    bool isIdentity = false;
};

struct Row {
    std::vector<const Block*> blocks;
    bool hasShortcut() const {
        return std::any_of(blocks.begin(), blocks.end(), [](const Block* block) { return block->shortcut >= 0; });
    }
};

class Builder {
public:
    explicit Builder(const LayerGraph& graph) : m_graph(graph) {}

    NetworkLayout build() {
        findBlocks();
        breakRows();
        double top = 0;
        for (size_t i = 0; i < m_rows.size(); ++i) top = placeRow(i, top);
        m_layout.numRows = static_cast<int>(m_rows.size());
        std::sort(m_layout.nodes.begin(), m_layout.nodes.end(),
                  [](const NetworkNode& a, const NetworkNode& b) { return a.layer < b.layer; });
        for (const NetworkNode& node : m_layout.nodes) m_layout.bounds |= node.rect;
        for (const NetworkLabel& label : m_layout.stages) m_layout.bounds |= label.rect;
        for (const NetworkEdge& edge : m_layout.edges) {
            for (const QPointF& point : edge.points) m_layout.bounds |= QRectF(point, QSizeF(1, 1));
        }
        return std::move(m_layout);
    }

private:
    const Layer& layer(int index) const { return m_graph.layers[static_cast<size_t>(index)]; }

    int source(int index) const {
        while (layer(index).kind == LayerKind::kRelu) index = layer(index).inputs[0];
        return index;
    }

    void findBlocks() {
        // A sum's second operand is its shortcut: a convolution of the block, or what entered it.
        std::map<int, int> shortcutOf;  // convolution beside the main path -> its sum
        for (size_t i = 0; i < m_graph.layers.size(); ++i) {
            const Layer& each = m_graph.layers[i];
            if (each.kind != LayerKind::kAdd) continue;
            const int stream = source(each.inputs[1]);
            if (layer(stream).has_weights() && layer(stream).stage == each.stage && layer(stream).block == each.block)
                shortcutOf[stream] = static_cast<int>(i);
        }
        std::pair<int, int> position{-2, -2};
        bool isTail = false;
        for (size_t i = 0; i < m_graph.layers.size(); ++i) {
            const Layer& each = m_graph.layers[i];
            const int index = static_cast<int>(i);
            if (each.kind == LayerKind::kRelu) continue;
            if (m_blocks.empty() || position != std::pair(each.stage, each.block)) {
                position = {each.stage, each.block};
                isTail = each.stage < 0 && !m_blocks.empty();
                m_blocks.push_back({isTail ? m_blocks.back().stage : std::max(0, each.stage), {}, -1, false});
            }
            Block& block = m_blocks.back();
            if (shortcutOf.count(index) > 0) {
                block.shortcut = index;
                continue;
            }
            block.chain.push_back(index);
            block.isIdentity = block.isIdentity || (each.kind == LayerKind::kAdd && block.shortcut < 0);
        }
    }

    static QSizeF sizeOf(NetworkNode::Form form) {
        switch (form) {
            case NetworkNode::Form::kSmall:
                return {kSmallSide, NetworkLayout::kNodeHeight};
            case NetworkNode::Form::kSum:
                return {kSumSide, kSumSide};
            default:
                return {NetworkLayout::kNodeWidth, NetworkLayout::kNodeHeight};
        }
    }

    NetworkNode::Form formOf(int index) const {
        return layer(index).has_weights()             ? NetworkNode::Form::kLayer
               : layer(index).kind == LayerKind::kAdd ? NetworkNode::Form::kSum
                                                      : NetworkNode::Form::kSmall;
    }

    double widthOf(const Block& block) const {
        double width = block.shortcut >= 0 || block.isIdentity ? kFork : 0;
        for (const int index : block.chain) width += sizeOf(formOf(index)).width() + kGap;
        return width;
    }

    void breakRows() {
        double width = 0;
        for (const Block& block : m_blocks) {
            const bool isNewStage = !m_rows.empty() && m_rows.back().blocks.back()->stage != block.stage;
            if (m_rows.empty() || isNewStage || width + widthOf(block) > kWidestRow) {
                m_rows.push_back({});
                width = 0;
            }
            m_rows.back().blocks.push_back(&block);
            width += widthOf(block);
        }
    }

    /// The row's lowest line; the next one begins there.
    double placeRow(size_t rowIndex, double top) {
        const Row& row = m_rows[rowIndex];
        const double middle = top + NetworkLayout::kRowMiddle;
        double x = 0;
        for (size_t i = 0; i < row.blocks.size(); ++i) {
            const Block& block = *row.blocks[i];
            addLabel(block, i == 0, rowIndex, x, top);
            x = placeBlock(block, x, middle, i == 0 && rowIndex > 0);
        }
        const double bottom = middle + NetworkLayout::kNodeHeight / 2 +
                              (row.hasShortcut() ? kShortcutDrop + NetworkLayout::kNodeHeight : 0);
        m_exit = {x - kGap + kEntry / 2, bottom + kRowGap / 2};
        return bottom + kRowGap;
    }

    void addLabel(const Block& block, bool isRowsFirst, size_t rowIndex, double x, double top) {
        const int stage = layer(block.chain.front()).stage;
        if (stage < 0 || (!isRowsFirst && m_labelled.count(stage) > 0)) return;
        const bool isContinued = !m_labelled.insert(stage).second;
        QString text = QCoreApplication::translate("f8net::NetworkLayout", "stage %1").arg(stage);
        if (isContinued) text = QCoreApplication::translate("f8net::NetworkLayout", "%1, continued").arg(text);
        Q_UNUSED(rowIndex);
        m_layout.stages.push_back(
            {text, QRectF(x, top, kLabelCharacter * static_cast<double>(text.size()), NetworkLayout::kLabelHeight)});
    }

    double placeBlock(const Block& block, double x, double middle, bool isRowsFirst) {
        const double fork = x - kGap / 2 + (isRowsFirst ? -kEntry / 2 + kGap / 2 : 0);
        const bool hasFork = block.shortcut >= 0 || block.isIdentity;
        if (hasFork) x += kFork;
        for (const int index : block.chain) {
            const NetworkNode::Form form = formOf(index);
            const QSizeF size = sizeOf(form);
            const QRectF rect(QPointF(x, middle - size.height() / 2), size);
            m_layout.nodes.push_back({index, form, rect});
            m_rects[index] = rect;
            if (!layer(index).inputs.empty()) connect(index, isRowsFirst && index == block.chain.front());
            x = rect.right() + kGap;
        }
        if (!hasFork) return x;
        const int sum = block.chain.back();
        const QRectF end = m_rects[sum];
        const int entered = source(layer(block.chain.front()).inputs[0]);
        // Where the fork leaves the line: right of the node before, or where the row begins.
        const double forkX = isRowsFirst ? -kEntry / 2 : std::max(fork, m_rects[entered].right() + kGap / 3);
        if (block.isIdentity) {
            const double arc = middle - NetworkLayout::kNodeHeight / 2 - NetworkLayout::kArc * 0.6;
            m_layout.edges.push_back(
                {entered,
                 sum,
                 {{forkX, middle}, {forkX, arc}, {end.center().x(), arc}, {end.center().x(), end.top()}}});
            return x;
        }
        const double first = m_rects[block.chain.front()].left();
        const double top = middle + NetworkLayout::kNodeHeight / 2 + kShortcutDrop;
        const double left = first + (end.left() - kGap - first - NetworkLayout::kNodeWidth) / 2;
        const QRectF rect(left, top, NetworkLayout::kNodeWidth, NetworkLayout::kNodeHeight);
        m_layout.nodes.push_back({block.shortcut, NetworkNode::Form::kLayer, rect});
        m_rects[block.shortcut] = rect;
        const double lane = rect.center().y();
        m_layout.edges.push_back({entered, block.shortcut, {{forkX, middle}, {forkX, lane}, {rect.left(), lane}}});
        m_layout.edges.push_back(
            {block.shortcut, sum, {{rect.right(), lane}, {end.center().x(), lane}, {end.center().x(), end.bottom()}}});
        return x;
    }

    /// The line of the main path into a node.
    void connect(int index, bool isFromRowAbove) {
        const int from = source(layer(index).inputs[0]);
        const QRectF a = m_rects[from], b = m_rects[index];
        const double y = b.center().y();
        if (!isFromRowAbove) {
            m_layout.edges.push_back({from, index, {{a.right(), a.center().y()}, {b.left(), y}}});
            return;
        }
        m_layout.edges.push_back({from,
                                  index,
                                  {{a.right(), a.center().y()},
                                   {m_exit.x(), a.center().y()},
                                   m_exit,
                                   {-kEntry, m_exit.y()},
                                   {-kEntry, y},
                                   {b.left(), y}}});
    }

    const LayerGraph& m_graph;
    std::vector<Block> m_blocks;
    std::vector<Row> m_rows;
    std::map<int, QRectF> m_rects;
    std::set<int> m_labelled;
    QPointF m_exit;  ///< where the line to the next row turns
    NetworkLayout m_layout;
};

}  // namespace

int NetworkLayout::nodeOf(int layer) const {
    const auto after = std::upper_bound(nodes.begin(), nodes.end(), layer,
                                        [](int wanted, const NetworkNode& node) { return wanted < node.layer; });
    return static_cast<int>(after - nodes.begin()) - 1;
}

NetworkLayout layOut(const LayerGraph& graph) {
    return graph.layers.empty() ? NetworkLayout{} : Builder(graph).build();
}

}  // namespace f8net
