// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/whatif/what_if_changes.h"

#include <QUndoCommand>
#include <algorithm>

#include "widgets/support/number_text.h"

namespace f8net {

class FormatCommand final : public QUndoCommand {
public:
    FormatCommand(WhatIfChanges& changes, WhatIfChanges::Key key, const FixedPointFormat& after,
                  QUndoCommand* parent = nullptr)
        : QUndoCommand(parent),
          m_changes(changes),
          m_key(std::move(key)),
          m_before(changes.format(m_key.first, m_key.second)),
          m_after(after) {
        describe();
    }
    int id() const override { return 1; }
    void undo() override { m_changes.put(m_key, m_before); }
    void redo() override { m_changes.put(m_key, m_after); }
    bool mergeWith(const QUndoCommand* next) override {
        const auto& later = static_cast<const FormatCommand&>(*next);
        if (later.m_key != m_key || childCount() > 0) return false;
        m_after = later.m_after;
        setObsolete(m_after == m_before);
        describe();
        return true;
    }

private:
    void describe() {
        setText(
            WhatIfChanges::tr("%1 %2 %3 to %4")
                .arg(m_key.first,
                     m_key.second == ChangedTensor::kWeight ? WhatIfChanges::tr("weight") : WhatIfChanges::tr("input"),
                     text::format(m_before), text::format(m_after)));
    }

    WhatIfChanges& m_changes;
    const WhatIfChanges::Key m_key;
    const FixedPointFormat m_before;
    FixedPointFormat m_after;
};

WhatIfChanges::WhatIfChanges(QObject* parent) : QObject(parent) {}

/// A stack that goes clears itself and would still say so.
WhatIfChanges::~WhatIfChanges() {
    for (auto& [name, network] : m_networks) network.stack.disconnect(this);
}

void WhatIfChanges::open(const QString& name, std::vector<WhatIfLayer> layers) {
    const auto [at, isNew] = m_networks.try_emplace(name);
    Network& network = at->second;
    if (isNew) {
        m_stacks.addStack(&network.stack);
        connect(&network.stack, &QUndoStack::indexChanged, this, &WhatIfChanges::changed);
    }
    m_open = &network;
    if (network.layers != layers) {
        network.layers = std::move(layers);
        network.formats.clear();
        const QSignalBlocker quiet(this);
        network.stack.clear();
    }
    m_stacks.setActiveStack(&network.stack);
}

void WhatIfChanges::close() {
    m_open = &m_none;
    m_stacks.setActiveStack(nullptr);
}

const WhatIfLayer* WhatIfChanges::find(const QString& layer) const {
    const auto found = std::find_if(m_open->layers.begin(), m_open->layers.end(),
                                    [&](const auto& each) { return each.name == layer; });
    return found == m_open->layers.end() ? nullptr : &*found;
}

FixedPointFormat WhatIfChanges::format(const QString& layer, ChangedTensor tensor) const {
    const auto touched = m_open->formats.find({layer, tensor});
    if (touched != m_open->formats.end()) return touched->second;
    const WhatIfLayer* const known = find(layer);
    return known ? known->format(tensor) : FixedPointFormat{};
}

bool WhatIfChanges::isChanged(const QString& layer, ChangedTensor tensor) const {
    const WhatIfLayer* const known = find(layer);
    return known && !(format(layer, tensor) == known->format(tensor));
}

void WhatIfChanges::change(const QString& layer, ChangedTensor tensor, const FixedPointFormat& to) {
    if (!find(layer) || format(layer, tensor) == to) return;
    m_open->stack.push(new FormatCommand(*this, {layer, tensor}, to));
}

void WhatIfChanges::resetAll() {
    const std::vector<FormatChange> differing = list();
    if (differing.empty()) return;
    m_open->stack.beginMacro(tr("Back to the unchanged network"));
    for (const FormatChange& each : differing) {
        const QString layer = QString::fromStdString(each.layer);
        m_open->stack.push(new FormatCommand(*this, {layer, each.tensor}, find(layer)->format(each.tensor)));
    }
    m_open->stack.endMacro();
}

std::vector<FormatChange> WhatIfChanges::list() const {
    std::vector<FormatChange> changes;
    for (const WhatIfLayer& layer : m_open->layers) {
        for (const ChangedTensor tensor : {ChangedTensor::kInput, ChangedTensor::kWeight}) {
            if (isChanged(layer.name, tensor))
                changes.push_back({layer.name.toStdString(), tensor, format(layer.name, tensor)});
        }
    }
    return changes;
}

void WhatIfChanges::put(const Key& key, const FixedPointFormat& format) {
    m_open->formats[key] = format;
}

}  // namespace f8net
