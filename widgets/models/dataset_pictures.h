// SPDX-License-Identifier: GPL-3.0-or-later
/// Pictures of a data set by index, read and decoded on other threads, as views want them; and how pictures are drawn
/// so that the pixels of small ones stay pixels.
/// Errors   in words: problem() of the data set, DatasetPicture::problem of one picture.
/// Threads  the object and its signals live in the UI thread; toImage, pictureSize and fitPicture: any.
#pragma once

#include <QCache>
#include <QImage>
#include <QObject>
#include <QString>
#include <functional>
#include <set>

#include "core/data/dataset.h"

class QPainter;

namespace f8net {

QImage toImage(const Image& image);

/// Enlarged by a whole factor to at most `side` pixels, else made smaller to fit.
QSize pictureSize(const QSize& size, int side);
QImage fitPicture(const QImage& image, int side);
/// In the middle of `room`, as large as fits it in device pixels.
void paintPicture(QPainter& painter, const QRect& room, const QImage& image);

struct DatasetPicture {
    QImage image;  ///< at most DatasetPictures::kSide pixels wide and high; null where there is a problem
    int64_t label = 0;
    QString problem;
};

class DatasetPictures final : public QObject {
    Q_OBJECT
public:
    static constexpr int kSide = 512;

    explicit DatasetPictures(QObject* parent = nullptr);

    /// `open` runs on another thread and may throw. What was there before is forgotten.
    void setDataset(std::function<DatasetPtr()> open);
    /// nullptr until it is there; ready() tells. Keeps the latest 64 MB of pictures.
    const DatasetPicture* find(int64_t index);
    /// Why the data set cannot be opened; empty where it can, and before that is known.
    const QString& problem() const { return m_problem; }

Q_SIGNALS:
    void ready(qlonglong index);
    void failed(const QString& problem);

private:
    void read(int64_t index);

    int m_serial = 0;  ///< of the data set: late answers about an older one are dropped
    DatasetPtr m_dataset;
    QString m_problem;
    std::set<int64_t> m_wanted;  ///< asked for and not there yet
    QCache<qlonglong, DatasetPicture> m_pictures;
};

}  // namespace f8net
