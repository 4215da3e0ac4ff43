// SPDX-License-Identifier: GPL-3.0-or-later
/// The formats that were changed, as a stack that is walked back and forth. Changes of one tensor in a row are one
/// step. Threads  UI thread.
#pragma once

#include <QObject>
#include <QUndoStack>
#include <map>
#include <utility>
#include <vector>

#include "core/network/integer_network.h"
#include "core/whatif/format_change.h"

namespace f8net {

/// A layer with formats of the unchanged network.
struct WhatIfLayer {
    QString name;
    bool hasFormats = false;  ///< sums and pools have none
    FixedPointFormat input, weight;

    const FixedPointFormat& format(ChangedTensor tensor) const {
        return tensor == ChangedTensor::kWeight ? weight : input;
    }
};

class WhatIfChanges final : public QObject {
    Q_OBJECT
public:
    explicit WhatIfChanges(QObject* parent = nullptr);
    ~WhatIfChanges() override;

    /// Another network: nothing is changed.
    void setLayers(std::vector<WhatIfLayer> layers);
    const std::vector<WhatIfLayer>& layers() const { return m_layers; }
    const WhatIfLayer* find(const QString& layer) const;

    FixedPointFormat format(const QString& layer, ChangedTensor tensor) const;  ///< as it stands
    bool isChanged(const QString& layer, ChangedTensor tensor) const;
    void change(const QString& layer, ChangedTensor tensor, const FixedPointFormat& format);
    void resetAll();                         ///< one step, which can be undone
    std::vector<FormatChange> list() const;  ///< what differs from the network, in the order of the layers
    QUndoStack* stack() { return &m_stack; }

Q_SIGNALS:
    void changed();

private:
    friend class FormatCommand;
    using Key = std::pair<QString, ChangedTensor>;
    void put(const Key& key, const FixedPointFormat& format);

    std::vector<WhatIfLayer> m_layers;
    std::map<Key, FixedPointFormat> m_formats;  ///< those that were touched
    QUndoStack m_stack;
};

}  // namespace f8net
