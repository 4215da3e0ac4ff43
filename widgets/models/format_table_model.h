// SPDX-License-Identifier: GPL-3.0-or-later
/// The formats of all layers at one epoch, a row per layer: what `f8net inspect` lists.
/// Threads  UI thread.
#pragma once

#include <QAbstractTableModel>
#include <memory>

#include "widgets/models/format_data.h"
#include "widgets/models/layer_figures.h"

namespace f8net {

class FormatTableModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Columns {
        kLayer,
        kKind,
        kInput,
        kWeight,
        kSigma,
        kUnrounded,
        kClipLevel,
        kClipped,
        kZero,
        kInputSqnr,
        kWeightSqnr,
        kNearness,  ///< bits to the next change of either format
        kFlips,
        kSettled,
        kWeightClipped,  ///< from here on shown where they are wanted
        kWeightZero,
        kNegative,      ///< share of an unsigned input set to zero by the ReLU
        kOutputLength,  ///< fractional length of what the layer sums up
        kHeadroom,      ///< bits left of 32 in the accumulators that were seen
        kShape,
        kParameters,
        kMacs,
        kWeightLsb,  ///< from here on LayerFigures: the run's network as it is now
        kBound,
        kProvenHeadroom,  ///< of the bound
        kInputLsb,        ///< from here on what images showed
        kOutputSqnr,
        kOutputCosine,
        kOutputLsb,
        kOutputLargestLsb,
        kLargest,
        kNumColumns
    };
    enum Roles {
        kSortRole = Qt::UserRole,
        kFractionalLengthRole,  ///< int, for the colour of format cells
        kIsTroubleRole,         ///< bool: over 1 % clipped
        kUnsettledRole,         ///< double: still moving layers first, then those nearest to a change
    };
    using QAbstractTableModel::QAbstractTableModel;

    static bool isDefaultColumn(int column) { return column < kWeightClipped && column != kKind; }
    static bool isOfNetwork(int column) { return column >= kWeightLsb; }  ///< needs LayerFigures
    static bool isOfImages(int column) { return column >= kInputLsb; }    ///< and an analysis
    static QString columnKey(int column);                                 ///< for settings: "headroom"
    static QString columnTitle(int column);  ///< in full, for a menu: "Headroom of the accumulator [bits]"

    void setFormats(std::shared_ptr<const FormatsData> formats);
    const FormatsData* formats() const { return m_formats.get(); }
    /// Null: not known.
    void setFigures(std::shared_ptr<const LayerFigures> figures);
    /// The table as comma separated values with a header line.
    QString toCsv() const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QString text(const FormatLayer& layer, int column) const;
    QVariant raw(const FormatLayer& layer, int column, int row) const;
    QVariant figure(const FormatLayer& layer, int column) const;

    std::shared_ptr<const FormatsData> m_formats;
    std::shared_ptr<const LayerFigures> m_figures;
};

}  // namespace f8net
