// SPDX-License-Identifier: GPL-3.0-or-later
/// The formats that were changed, as a stack that is walked back and forth. Changes of one tensor in a row are one
/// step. Each network has changes of its own, which wait while another one is looked at. Threads  UI thread.
#pragma once

#include <QObject>
#include <QUndoGroup>
#include <QUndoStack>
#include <map>
#include <memory>
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
    bool operator==(const WhatIfLayer&) const = default;

    const FixedPointFormat& format(ChangedTensor tensor) const {
        return tensor == ChangedTensor::kWeight ? weight : input;
    }
};

class WhatIfChanges final : public QObject {
    Q_OBJECT
public:
    explicit WhatIfChanges(QObject* parent = nullptr);
    ~WhatIfChanges() override;

    /// Goes to the network of this name, with the changes it had; none where its formats are other ones than then.
    void open(const QString& network, std::vector<WhatIfLayer> layers);
    void close();  ///< no network; there are no layers
    const std::vector<WhatIfLayer>& layers() const { return m_open->layers; }
    const WhatIfLayer* find(const QString& layer) const;

    FixedPointFormat format(const QString& layer, ChangedTensor tensor) const;  ///< as it stands
    bool isChanged(const QString& layer, ChangedTensor tensor) const;
    void change(const QString& layer, ChangedTensor tensor, const FixedPointFormat& format);
    void resetAll();                            ///< one step, which can be undone
    std::vector<FormatChange> list() const;     ///< what differs from the network, in the order of the layers
    QUndoGroup* stacks() { return &m_stacks; }  ///< the open network's is the active one

Q_SIGNALS:
    void changed();

private:
    friend class FormatCommand;
    using Key = std::pair<QString, ChangedTensor>;
    void put(const Key& key, const FixedPointFormat& format);

    struct Network {
        std::vector<WhatIfLayer> layers;
        std::map<Key, FixedPointFormat> formats;  ///< those that were touched
        QUndoStack stack;
    };
    std::map<QString, Network> m_networks;
    Network m_none;
    Network* m_open = &m_none;
    QUndoGroup m_stacks;
};

}  // namespace f8net
