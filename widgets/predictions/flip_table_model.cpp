// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/predictions/flip_table_model.h"

#include <QLocale>
#include <algorithm>

#include "widgets/models/dataset_pictures.h"
#include "widgets/plots/plot.h"
#include "widgets/support/number_text.h"

namespace f8net {

FlipTableModel::FlipTableModel(DatasetPictures& pictures, QObject* parent)
    : QAbstractTableModel(parent), m_pictures(pictures) {
    connect(&pictures, &DatasetPictures::ready, this, [this](qlonglong index) {
        for (int row = 0; row < rowCount(); ++row) {
            if (image(row).image != index) continue;
            Q_EMIT dataChanged(this->index(row, kImage), this->index(row, kImage), {kPictureRole});
        }
    });
}

void FlipTableModel::setFlips(std::shared_ptr<const FlipsData> found) {
    beginResetModel();
    m_data = std::move(found);
    endResetModel();
}

int FlipTableModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() || !m_data ? 0 : static_cast<int>(m_data->flips.flipped.size());
}

int FlipTableModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : kNumColumns;
}

QVariant FlipTableModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid()) return {};
    const FlippedImage& flip = image(index.row());
    const bool isReal = index.column() == kReal, isAnswer = isReal || index.column() == kInteger;
    const int64_t answer = isReal ? flip.real_class : flip.integer_class;
    const double margin = isReal ? flip.real_margin : flip.integer_margin;
    switch (role) {
        case Qt::DisplayRole:
        case Qt::ToolTipRole:
            switch (index.column()) {
                case kImage:
                    return QString::number(flip.image);
                case kTrueClass:
                    return m_data->className(flip.label);
                case kReal:
                case kInteger:
                    return m_data->className(answer);
                case kLost:
                    return text::percent(flip.confidence_lost);
                case kGrewAt:
                    return QString::fromStdString(flip.grew_at);
                default:
                    return {};
            }
        case kSortRole:
            switch (index.column()) {
                case kImage:
                    return static_cast<qlonglong>(flip.image);
                case kTrueClass:
                    return static_cast<qlonglong>(flip.label);
                case kReal:
                case kInteger:
                    return margin;
                case kLost:
                    return flip.confidence_lost;
                case kGrewAt:
                    return m_data->layerIndex(QString::fromStdString(flip.grew_at));
                default:
                    return {};
            }
        case kPictureRole: {
            if (index.column() != kImage) return {};
            const DatasetPicture* picture = m_pictures.find(flip.image);
            return picture ? QVariant(picture->image) : QVariant();
        }
        case kSecondRole: {
            if (!isAnswer) return {};
            return tr("margin %1").arg(QLocale::c().toString(margin, 'f', 2));
        }
        case kRightRole:
            return isAnswer ? QVariant(answer == flip.label) : QVariant();
        case kVerdictRole:
            return static_cast<int>(verdictOf(flip));
        case Qt::TextAlignmentRole:
            return index.column() == kLost ? QVariant(Qt::AlignRight | Qt::AlignVCenter) : QVariant();
        case Qt::AccessibleTextRole:
            return isAnswer ? QVariant(QString("%1, %2").arg(m_data->className(answer),
                                                             answer == flip.label ? tr("right") : tr("wrong")))
                            : QVariant();
        default:
            return {};
    }
}

QVariant FlipTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) return {};
    struct Heading {
        QString title, explanation;
    };
    const auto heading = [&]() -> Heading {
        switch (section) {
            case kImage:
                return {tr("Image"), tr("Picture, number in the test set and true class")};
            case kTrueClass:
                return {tr("True class"), {}};
            case kReal:
                return {tr("Unrounded"),
                        tr("Answer of the network in real numbers, and its margin (logit over the best "
                           "other one); sorted by margin")};
            case kInteger:
                return {tr("In integers"), tr("Answer of the integer network, and its margin; sorted by margin")};
            case kLost:
                return {tr("Lost"), tr("Probability of the answer without rounding, less its probability in integers")};
            case kGrewAt:
                return {tr("Grew at"), tr("Layer that added most to the relative error of this image")};
            default:
                return {};
        }
    }();
    if (role == Qt::DisplayRole) return heading.title;
    if (role == Qt::ToolTipRole) return heading.explanation;
    return {};
}

FlipFilterModel::FlipFilterModel(FlipTableModel* images, QObject* parent) : QSortFilterProxyModel(parent) {
    setSourceModel(images);
    setSortRole(FlipTableModel::kSortRole);
}

void FlipFilterModel::setVerdict(std::optional<FlipVerdict> verdict) {
    m_verdict = verdict;
    invalidateFilter();
}

void FlipFilterModel::setWords(const QString& words) {
    m_words = words.split(' ', Qt::SkipEmptyParts);
    invalidateFilter();
}

bool FlipFilterModel::filterAcceptsRow(int row, const QModelIndex& parent) const {
    const QAbstractItemModel& images = *sourceModel();
    const QModelIndex first = images.index(row, 0, parent);
    if (m_verdict && first.data(FlipTableModel::kVerdictRole).toInt() != static_cast<int>(*m_verdict)) return false;
    QStringList texts;
    for (int column = 0; column < images.columnCount(); ++column) {
        texts << first.siblingAtColumn(column).data().toString();
    }
    const QString all = texts.join('\n');
    return std::all_of(m_words.begin(), m_words.end(),
                       [&](const QString& word) { return all.contains(word, Qt::CaseInsensitive); });
}

QString FlipFilterModel::toCsv() const {
    PlotTable table{
        {tr("image"), tr("true class"), tr("class without rounding"), tr("margin"), tr("class in integers"),
         tr("margin in integers"), tr("confidence lost"), tr("grew most at"), tr("error before"), tr("error after")},
        {}};
    const auto& images = static_cast<const FlipTableModel&>(*sourceModel());
    for (int row = 0; row < rowCount(); ++row) {
        const QModelIndex source = mapToSource(index(row, 0));
        const FlippedImage& flip = images.image(source.row());
        const auto shown = [&](int column) { return source.siblingAtColumn(column).data().toString(); };
        table.rows.push_back({static_cast<qlonglong>(flip.image), shown(FlipTableModel::kTrueClass),
                              shown(FlipTableModel::kReal), flip.real_margin, shown(FlipTableModel::kInteger),
                              flip.integer_margin, flip.confidence_lost, shown(FlipTableModel::kGrewAt),
                              flip.error_before, flip.error_after});
    }
    return f8net::toCsv(table);
}

}  // namespace f8net
