// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/format_table_model.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "widgets/support/number_text.h"

namespace f8net {

namespace {
constexpr double kClippedIsTrouble = 0.01;

/// Bits between the unrounded length of input or weight, the nearer one, and where it would round to another length;
/// nothing where no statistic chose the formats.
std::optional<double> nearness(const FormatLayer& layer) {
    std::optional<double> nearest;
    for (const bool isWeight : {false, true}) {
        if (!layer.report || !isChosenByStatistic(*layer.report, isWeight)) continue;
        const double unrounded = isWeight ? layer.report->weight_unrounded : layer.report->input_unrounded;
        const double above = unrounded - std::floor(unrounded);
        nearest = std::min(nearest.value_or(1.0), std::min(above, 1 - above));
    }
    return nearest;
}

/// "64x56x56", as `f8net inspect` has it.
QString shapeText(const FormatLayer& layer) {
    return QString("%1\u00d7%2\u00d7%3").arg(layer.outputShape[0]).arg(layer.outputShape[1]).arg(layer.outputShape[2]);
}

int outputLength(const LayerFormatReport& report) {
    return report.input_format.fractional_length + report.weight_format.fractional_length;
}

QString figureText(const QVariant& value, int column) {
    if (!value.isValid()) return text::none();
    switch (column) {
        case FormatTableModel::kBound:
        case FormatTableModel::kLargest:
            return text::count(value.toLongLong());
        case FormatTableModel::kOutputCosine:
            return QString::number(value.toDouble(), 'f', 5);
        case FormatTableModel::kOutputSqnr:
        case FormatTableModel::kProvenHeadroom:
            return std::isinf(value.toDouble()) ? QString(QChar(0x221E)) : QString::number(value.toDouble(), 'f', 1);
        default:
            return QString::number(value.toDouble(), 'f', 3);
    }
}

struct Heading {
    const char *key, *title, *inFull;
};

/// Of the columns in order.
const Heading& headingOf(int column) {
    static const Heading headings[FormatTableModel::kNumColumns]{
        {"layer", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Layer"), ""},
        {"kind", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Kind"), ""},
        {"input", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Input"), ""},
        {"weight", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Weight"), ""},
        {"sigma", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Sigma"),
         QT_TRANSLATE_NOOP("f8net::FormatTableModel", "The statistic the input's format is chosen by")},
        {"unrounded", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "log2"),
         QT_TRANSLATE_NOOP("f8net::FormatTableModel", "log2(constant / statistic), before rounding down")},
        {"clip_level", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Alpha"),
         QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Learned clipping level, in real units")},
        {"clipped", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Clipped %"),
         QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Share of the input above the largest code")},
        {"zero", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Zero %"),
         QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Share of the input rounded to zero though not zero")},
        {"input_sqnr", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "In dB"),
         QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Signal to quantization noise of the input, dB")},
        {"weight_sqnr", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "W dB"),
         QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Signal to quantization noise of the weight, dB")},
        {"nearness", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Near"),
         QT_TRANSLATE_NOOP("f8net::FormatTableModel",
                           "Bits between the unrounded length of input or weight and the next change, the nearer one")},
        {"flips", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Flips"),
         QT_TRANSLATE_NOOP("f8net::FormatTableModel", "How often either format changed")},
        {"settled", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Settled"),
         QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Epoch since which both formats are the same")},
        {"weight_clipped", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "W clipped %"),
         QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Share of the weights beyond the largest code")},
        {"weight_zero", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "W zero %"),
         QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Share of the weights rounded to zero though not zero")},
        {"negative", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "ReLU %"),
         QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Share of the input set to zero by the ReLU")},
        {"output_length", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Out FL"),
         QT_TRANSLATE_NOOP("f8net::FormatTableModel",
                           "Fractional length of the accumulator, which the output is cut from")},
        {"headroom", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Headroom"),
         QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Bits left of 32 in the accumulators that were seen")},
        {"shape", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Shape"),
         QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Channels, height and width of the output")},
        {"parameters", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Parameters"),
         QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Numbers that are trained in the layer")},
        {"macs", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "MACs"),
         QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Multiplications for an image")},
        {"weight_lsb", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "W LSB"),
         QT_TRANSLATE_NOOP("f8net::FormatTableModel",
                           "Error of the weight's rounding in its last bits (root mean square)")},
        {"bound", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Bound"),
         QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Accumulator that no image can exceed")},
        {"proven_headroom", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Proven"),
         QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Bits left of 32 by the bound, for every image")},
        {"input_lsb", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "In LSB"),
         QT_TRANSLATE_NOOP("f8net::FormatTableModel",
                           "Error of the input's rounding in its last bits (root mean square)")},
        {"output_sqnr", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Out dB"),
         QT_TRANSLATE_NOOP("f8net::FormatTableModel",
                           "Signal to error of the output against the network without rounding, dB")},
        {"output_cosine", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Cosine"),
         QT_TRANSLATE_NOOP("f8net::FormatTableModel",
                           "Of the angle between the output and that without rounding; 1: the same direction")},
        {"output_lsb", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Out LSB"),
         QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Mean error of the output in last bits of those who read it")},
        {"output_largest_lsb", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Out max LSB"),
         QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Largest error of the output in last bits of those who read it")},
        {"largest", QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Largest"),
         QT_TRANSLATE_NOOP("f8net::FormatTableModel", "Largest accumulator that was seen")},
    };
    return headings[column];
}

}  // namespace

QString FormatTableModel::columnKey(int column) {
    return headingOf(column).key;
}

QString FormatTableModel::columnTitle(int column) {
    const Heading& heading = headingOf(column);
    return *heading.inFull == 0 ? tr(heading.title) : tr("%1: %2").arg(tr(heading.title), tr(heading.inFull));
}

void FormatTableModel::setFormats(std::shared_ptr<const FormatsData> formats) {
    const bool isSame = m_formats && formats && m_formats->layers.size() == formats->layers.size() &&
                        std::equal(m_formats->layers.begin(), m_formats->layers.end(), formats->layers.begin(),
                                   [](const FormatLayer& a, const FormatLayer& b) { return a.name == b.name; });
    if (isSame) {
        m_formats = std::move(formats);
        if (rowCount() > 0) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, kNumColumns - 1));
        return;
    }
    beginResetModel();
    m_formats = std::move(formats);
    endResetModel();
}

void FormatTableModel::setFigures(std::shared_ptr<const LayerFigures> figures) {
    if (figures == m_figures) return;
    m_figures = std::move(figures);
    if (rowCount() > 0) Q_EMIT dataChanged(index(0, kWeightLsb), index(rowCount() - 1, kNumColumns - 1));
}

QVariant FormatTableModel::figure(const FormatLayer& layer, int column) const {
    if (!m_figures) return {};
    const auto known = m_figures->layers.find(layer.name);
    if (known == m_figures->layers.end()) return {};
    const LayerReport& report = known->second;
    const auto of = [](const auto& value) { return value ? QVariant::fromValue(*value) : QVariant(); };
    const auto count = [](const std::optional<int64_t>& value) {
        return value ? QVariant(static_cast<qlonglong>(*value)) : QVariant();
    };
    switch (column) {
        case kWeightLsb:
            return report.weight ? QVariant(report.weight->error_lsb) : QVariant();
        case kBound:
            return count(report.accumulator_bound);
        case kProvenHeadroom:
            return of(report.headroom_bits);
        case kInputLsb:
            return report.input ? QVariant(report.input->error_lsb) : QVariant();
        case kOutputSqnr:
            return report.output ? QVariant(report.output->sqnr_db) : QVariant();
        case kOutputCosine:
            return report.output ? QVariant(report.output->cosine) : QVariant();
        case kOutputLsb:
            return report.output ? of(report.output->mean_lsb) : QVariant();
        case kOutputLargestLsb:
            return report.output ? of(report.output->max_lsb) : QVariant();
        case kLargest:
            return count(report.largest_accumulator);
        default:
            return {};
    }
}

int FormatTableModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() || !m_formats ? 0 : static_cast<int>(m_formats->layers.size());
}

int FormatTableModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : kNumColumns;
}

QString FormatTableModel::text(const FormatLayer& layer, int column) const {
    if (column == kLayer) return QString::fromStdString(layer.name);
    if (column == kKind) return QString::fromStdString(layer.kind);
    if (column == kFlips) return QString::number(layer.input.flips + layer.weight.flips);
    if (column == kSettled) {
        return layer.input.is_moving || layer.weight.is_moving
                   ? tr("moving")
                   : QString::number(std::max(layer.input.settled_at, layer.weight.settled_at));
    }
    if (column == kShape) return shapeText(layer);
    if (column == kParameters) return text::count(layer.parameters);
    if (column == kMacs) return text::count(layer.macs);
    if (isOfNetwork(column)) return figureText(figure(layer, column), column);
    if (!layer.report) return text::none();
    const LayerFormatReport& report = *layer.report;
    switch (column) {
        case kInput:
            return text::format(report.input_format);
        case kWeight:
            return text::format(report.weight_format);
        case kSigma:
            return report.input_statistic > 0 ? text::significant(report.input_statistic) : text::none();
        case kUnrounded:
            return isChosenByStatistic(report, false) ? QString::number(report.input_unrounded, 'f', 2) : text::none();
        case kClipLevel:
            return report.clip_level > 0 ? text::significant(report.clip_level) : text::none();
        case kClipped:
            return text::percentNumber(report.input_clipped_share);
        case kZero:
            return text::percentNumber(report.input_zero_share);
        case kInputSqnr:
            return QString::number(report.input_sqnr_db, 'f', 1);
        case kWeightSqnr:
            return QString::number(report.weight_sqnr_db, 'f', 1);
        case kNearness:
            return nearness(layer) ? QString::number(*nearness(layer), 'f', 2) : text::none();
        case kWeightClipped:
            return text::percentNumber(report.weight_clipped_share);
        case kWeightZero:
            return text::percentNumber(report.weight_zero_share);
        case kNegative:
            return report.input_format.is_signed ? text::none() : text::percentNumber(report.input_negative_share);
        case kOutputLength:
            return QString::number(outputLength(report));
        case kHeadroom:
            return layer.headroom ? QString::number(*layer.headroom, 'f', 1) : text::none();
        default:
            return {};
    }
}

QVariant FormatTableModel::raw(const FormatLayer& layer, int column, int row) const {
    if (column == kLayer) return row;  // "sorted by layer" means by depth
    if (column == kKind) return QString::fromStdString(layer.kind);
    if (column == kFlips) return layer.input.flips + layer.weight.flips;
    if (column == kSettled) {
        return layer.input.is_moving || layer.weight.is_moving
                   ? INT_MAX
                   : std::max(layer.input.settled_at, layer.weight.settled_at);
    }
    if (column == kShape)
        return static_cast<qlonglong>(layer.outputShape[0] * layer.outputShape[1] * layer.outputShape[2]);
    if (column == kParameters) return static_cast<qlonglong>(layer.parameters);
    if (column == kMacs) return static_cast<qlonglong>(layer.macs);
    if (isOfNetwork(column)) return figure(layer, column);
    if (!layer.report) return {};
    const LayerFormatReport& report = *layer.report;
    switch (column) {
        case kWeightClipped:
            return report.weight_clipped_share;
        case kWeightZero:
            return report.weight_zero_share;
        case kNegative:
            return report.input_format.is_signed ? QVariant() : QVariant(report.input_negative_share);
        case kOutputLength:
            return outputLength(report);
        case kHeadroom:
            return layer.headroom ? QVariant(*layer.headroom) : QVariant();
        case kInput:
            return report.input_format.fractional_length;
        case kWeight:
            return report.weight_format.fractional_length;
        case kSigma:
            return report.input_statistic;
        case kUnrounded:
            return isChosenByStatistic(report, false) ? QVariant(report.input_unrounded) : QVariant();
        case kClipLevel:
            return report.clip_level;
        case kClipped:
            return report.input_clipped_share;
        case kZero:
            return report.input_zero_share;
        case kInputSqnr:
            return report.input_sqnr_db;
        case kWeightSqnr:
            return report.weight_sqnr_db;
        case kNearness:
            return nearness(layer) ? QVariant(*nearness(layer)) : QVariant();
        default:
            return {};
    }
}

QVariant FormatTableModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || !m_formats) return {};
    const FormatLayer& layer = m_formats->layers[static_cast<size_t>(index.row())];
    const int column = index.column();
    switch (role) {
        case Qt::DisplayRole:
            return text(layer, column);
        case Qt::ToolTipRole:
            if (!layer.report) return {};
            if (column == kInput)
                return text::range(layer.report->input_format) + "\n" + whySentence(*layer.report, false);
            if (column == kWeight)
                return text::range(layer.report->weight_format) + "\n" + whySentence(*layer.report, true);
            return layerSentence(layer, false);
        case Qt::TextAlignmentRole:
            return QVariant::fromValue(Qt::Alignment(Qt::AlignVCenter | (column <= kKind     ? Qt::AlignLeft
                                                                         : column <= kWeight ? Qt::AlignHCenter
                                                                                             : Qt::AlignRight)));
        case kSortRole:
            return raw(layer, column, index.row());
        case kUnsettledRole:
            return (layer.input.is_moving || layer.weight.is_moving ? -1.0 : 0.0) + nearness(layer).value_or(1.0);
        case kFractionalLengthRole:
            if (!layer.report || (column != kInput && column != kWeight)) return {};
            return column == kInput ? layer.report->input_format.fractional_length
                                    : layer.report->weight_format.fractional_length;
        case kIsTroubleRole:
            return column == kClipped && layer.report && layer.report->input_clipped_share > kClippedIsTrouble;
        default:
            return {};
    }
}

QVariant FormatTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) return {};
    if (role == Qt::TextAlignmentRole) {
        return QVariant::fromValue(Qt::Alignment(Qt::AlignVCenter | (section <= kKind     ? Qt::AlignLeft
                                                                     : section <= kWeight ? Qt::AlignHCenter
                                                                                          : Qt::AlignRight)));
    }
    if (section < 0 || section >= kNumColumns) return {};
    if (role == Qt::DisplayRole) return tr(headingOf(section).title);
    if (role == Qt::ToolTipRole && *headingOf(section).inFull != 0) return tr(headingOf(section).inFull);
    return {};
}

QString FormatTableModel::toCsv() const {
    QString csv;
    for (int column = 0; column < kNumColumns; ++column) {
        csv += (column > 0 ? "," : "") + headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
    }
    csv += '\n';
    for (int row = 0; row < rowCount(); ++row) {
        const FormatLayer& layer = m_formats->layers[static_cast<size_t>(row)];
        for (int column = 0; column < kNumColumns; ++column) {
            // Numbers as numbers (shares 0 to 1), formats and names as text.
            const QVariant value = raw(layer, column, row);
            const bool isText =
                column == kLayer || column == kInput || column == kWeight || column == kSettled || column == kShape;
            csv += (column > 0 ? "," : "") + (isText ? text(layer, column) : value.toString());
        }
        csv += '\n';
    }
    return csv;
}

}  // namespace f8net
