// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/whatif/what_if_layer_model.h"

#include <QFont>
#include <algorithm>
#include <cmath>

#include "widgets/support/number_text.h"

namespace f8net {
namespace {

constexpr double kHarmlessDb = 40, kBadDb = 12;

}  // namespace

WhatIfLayerModel::WhatIfLayerModel(const WhatIfChanges& changes, QObject* parent)
    : QAbstractTableModel(parent), m_changes(changes) {}

void WhatIfLayerModel::setResult(std::shared_ptr<const WhatIfResult> result) {
    m_result = std::move(result);
    if (rowCount() > 0) Q_EMIT dataChanged(index(0, kSqnr), index(rowCount() - 1, kLsb));
}

void WhatIfLayerModel::reload() {
    beginResetModel();
    m_result.reset();
    endResetModel();
}

void WhatIfLayerModel::updateFormats() {
    if (rowCount() > 0) Q_EMIT dataChanged(index(0, kInput), index(rowCount() - 1, kWeight));
}

int WhatIfLayerModel::rowOf(const QString& layer) const {
    const auto& layers = m_changes.layers();
    const auto found = std::find_if(layers.begin(), layers.end(), [&](const auto& each) { return each.name == layer; });
    return found == layers.end() ? -1 : static_cast<int>(found - layers.begin());
}

int WhatIfLayerModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_changes.layers().size());
}

int WhatIfLayerModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : kNumColumns;
}

/// The session lists the same nodes in the same order.
const LayerDifference* WhatIfLayerModel::difference(int row) const {
    if (!m_result || static_cast<size_t>(row) >= m_result->layers.size()) return nullptr;
    return &m_result->layers[static_cast<size_t>(row)];
}

QString WhatIfLayerModel::formatText(const WhatIfLayer& layer, ChangedTensor tensor) const {
    if (!layer.hasFormats) return {};
    const QString now = text::format(m_changes.format(layer.name, tensor));
    return m_changes.isChanged(layer.name, tensor) ? QString("%1 → %2").arg(text::format(layer.format(tensor)), now)
                                                   : now;
}

QVariant WhatIfLayerModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid()) return {};
    const WhatIfLayer& layer = m_changes.layers()[static_cast<size_t>(index.row())];
    const LayerDifference* const differs = difference(index.row());
    const bool isSame = differs && std::isinf(differs->sqnr_db);
    const auto tensor = index.column() == kWeight ? ChangedTensor::kWeight : ChangedTensor::kInput;
    const bool isFormat = index.column() == kInput || index.column() == kWeight;
    if (role == Qt::TextAlignmentRole && index.column() >= kSqnr)
        return QVariant::fromValue(Qt::AlignRight | Qt::AlignVCenter);
    if (role == Qt::FontRole && isFormat && m_changes.isChanged(layer.name, tensor)) {
        QFont bold;
        bold.setBold(true);
        return bold;
    }
    if (role == kTroubleRole && index.column() == kSqnr && differs && !isSame)
        return std::clamp((kHarmlessDb - differs->sqnr_db) / (kHarmlessDb - kBadDb), 0.0, 1.0);
    if (role == kSortRole) {
        if (index.column() == kSqnr) return differs ? differs->sqnr_db : std::nan("");
        if (index.column() == kLsb) return differs && differs->input_lsb ? *differs->input_lsb : -1.0;
        if (index.column() == kLayer) return index.row();
    }
    if (role != Qt::DisplayRole && role != kSortRole) return {};
    switch (index.column()) {
        case kLayer:
            return layer.name;
        case kInput:
        case kWeight:
            return formatText(layer, tensor);
        case kSqnr:
            return !differs ? text::none() : isSame ? tr("same") : text::decibels(differs->sqnr_db);
        case kLsb:
            if (!layer.hasFormats) return {};
            return !differs || !differs->input_lsb ? text::none() : text::significant(*differs->input_lsb);
        default:
            return {};
    }
}

QVariant WhatIfLayerModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue((section >= kSqnr ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole && section == kSqnr)
        return tr("Power of the unchanged output over that of the difference; \"same\" where nothing differs");
    if (role == Qt::ToolTipRole && section == kLsb)
        return tr("How far the codes that the layer reads moved (root mean square), in steps of its unchanged format");
    if (role != Qt::DisplayRole) return {};
    switch (section) {
        case kLayer:
            return tr("Layer");
        case kInput:
            return tr("Input");
        case kWeight:
            return tr("Weight");
        case kSqnr:
            return tr("SQNR");
        case kLsb:
            return tr("Input LSB");
        default:
            return {};
    }
}

}  // namespace f8net
