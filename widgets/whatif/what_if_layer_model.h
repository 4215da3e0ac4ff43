// SPDX-License-Identifier: GPL-3.0-or-later
/// Every layer with its formats as they stand and how far it is from the unchanged network.
/// Threads  UI thread.
#pragma once

#include <QAbstractTableModel>
#include <memory>

#include "core/whatif/what_if_session.h"
#include "widgets/whatif/what_if_changes.h"

namespace f8net {

class WhatIfLayerModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Columns { kLayer, kInput, kWeight, kSqnr, kLsb, kNumColumns };
    enum Roles {
        kSortRole = Qt::UserRole,
        kTroubleRole,  ///< double 0 to 1 of an SQNR from 40 to 12 dB; nothing where nothing differs
    };
    explicit WhatIfLayerModel(const WhatIfChanges& changes, QObject* parent = nullptr);

    void setResult(std::shared_ptr<const WhatIfResult> result);  ///< null: none yet
    void reload();                                               ///< other layers
    void updateFormats();
    int rowOf(const QString& layer) const;  ///< -1: none

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    const LayerDifference* difference(int row) const;
    QString formatText(const WhatIfLayer& layer, ChangedTensor tensor) const;

    const WhatIfChanges& m_changes;
    std::shared_ptr<const WhatIfResult> m_result;
};

}  // namespace f8net
