// SPDX-License-Identifier: GPL-3.0-or-later
/// Images that change their class as an item model, and the filter before it. Pictures come when they are asked for.
/// Threads  UI thread.
#pragma once

#include <QAbstractTableModel>
#include <QSortFilterProxyModel>
#include <memory>
#include <optional>

#include "widgets/predictions/flips_data.h"

namespace f8net {

class DatasetPictures;

class FlipTableModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Columns { kImage, kTrueClass, kReal, kInteger, kLost, kGrewAt, kNumColumns };
    enum Roles {
        kSortRole = Qt::UserRole,
        kPictureRole,  ///< QImage, kImage only; null while it is read
        kSecondRole,   ///< second line of an answer: "margin 0.317"
        kRightRole,    ///< bool of an answer: it is the true class
        kVerdictRole,  ///< int, FlipVerdict
    };

    explicit FlipTableModel(DatasetPictures& pictures, QObject* parent = nullptr);

    void setFlips(std::shared_ptr<const FlipsData> found);
    const FlippedImage& image(int row) const { return m_data->flips.flipped[static_cast<size_t>(row)]; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    DatasetPictures& m_pictures;
    std::shared_ptr<const FlipsData> m_data;
};

/// By who is wrong, and by words in the names of the three classes.
class FlipFilterModel final : public QSortFilterProxyModel {
    Q_OBJECT
public:
    explicit FlipFilterModel(FlipTableModel* images, QObject* parent = nullptr);
    void setVerdict(std::optional<FlipVerdict> verdict);  ///< empty: all
    void setWords(const QString& words);                  ///< all must be there, in any case

    QString toCsv() const;  ///< of the rows left, in their order

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

private:
    std::optional<FlipVerdict> m_verdict;
    QStringList m_words;
};

}  // namespace f8net
