// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/dataset_pictures.h"

#include <QPainter>
#include <algorithm>

#include "widgets/support/background.h"

namespace f8net {

namespace {

constexpr int kKeptKilobytes = 64'000;

DatasetPicture readPicture(const Dataset& dataset, int64_t index) {
    DatasetPicture picture;
    try {
        if (index < 0 || index >= dataset.size()) {
            throw std::out_of_range(DatasetPictures::tr("there is no image %1 in %2")
                                        .arg(index)
                                        .arg(QString::fromStdString(dataset.description()))
                                        .toStdString());
        }
        const Sample sample = dataset.get(index);
        picture.label = sample.label;
        picture.image = toImage(sample.image);
        if (std::max(picture.image.width(), picture.image.height()) > DatasetPictures::kSide) {
            picture.image = fitPicture(picture.image, DatasetPictures::kSide);
        }
    } catch (const std::exception& error) {
        picture.problem = QString::fromUtf8(error.what());
    }
    return picture;
}

}  // namespace

QImage toImage(const Image& image) {
    QImage result(image.width, image.height, image.channels == 1 ? QImage::Format_Grayscale8 : QImage::Format_RGB888);
    for (int y = 0; y < image.height; ++y) {
        std::copy_n(image.row(y), static_cast<size_t>(image.width) * static_cast<size_t>(image.channels),
                    result.scanLine(y));
    }
    return result;
}

QSize pictureSize(const QSize& size, int side) {
    const int longer = std::max(size.width(), size.height());
    if (longer <= 0) return {};
    return longer <= side ? size * (side / longer) : size.scaled(side, side, Qt::KeepAspectRatio);
}

QImage fitPicture(const QImage& image, int side) {
    const QSize size = pictureSize(image.size(), side);
    const bool isEnlarged = size.width() > image.width();
    return image.scaled(size, Qt::IgnoreAspectRatio, isEnlarged ? Qt::FastTransformation : Qt::SmoothTransformation);
}

void paintPicture(QPainter& painter, const QRect& room, const QImage& image) {
    if (image.isNull()) return;
    const double ratio = painter.device()->devicePixelRatioF();
    QImage fitted = fitPicture(image, static_cast<int>(std::min(room.width(), room.height()) * ratio));
    fitted.setDevicePixelRatio(ratio);
    const QSizeF size = fitted.deviceIndependentSize();
    painter.drawImage(
        QPointF(room.x() + (room.width() - size.width()) / 2, room.y() + (room.height() - size.height()) / 2), fitted);
}

DatasetPictures::DatasetPictures(QObject* parent) : QObject(parent), m_pictures(kKeptKilobytes) {}

void DatasetPictures::setDataset(std::function<DatasetPtr()> open) {
    m_dataset.reset();
    m_problem.clear();
    m_wanted.clear();
    m_pictures.clear();
    struct Opened {
        DatasetPtr dataset;
        QString problem;
    };
    inBackground(
        this,
        [open = std::move(open)]() -> Opened {
            try {
                return {open(), {}};
            } catch (const std::exception& error) {
                return {nullptr, QString::fromUtf8(error.what())};
            }
        },
        [this, serial = ++m_serial](const Opened& opened) {
            if (serial != m_serial) return;
            m_dataset = opened.dataset;
            m_problem = opened.problem;
            if (!m_dataset) {
                Q_EMIT failed(m_problem);
                return;
            }
            for (const int64_t index : m_wanted) read(index);
        });
}

const DatasetPicture* DatasetPictures::find(int64_t index) {
    if (const DatasetPicture* picture = m_pictures.object(index)) return picture;
    if (m_problem.isEmpty() && m_wanted.insert(index).second && m_dataset) read(index);
    return nullptr;
}

void DatasetPictures::read(int64_t index) {
    inBackground(
        this, [dataset = m_dataset, index] { return readPicture(*dataset, index); },
        [this, serial = m_serial, index](const DatasetPicture& picture) {
            if (serial != m_serial) return;
            m_wanted.erase(index);
            const auto kilobytes = static_cast<int>(picture.image.sizeInBytes() / 1000) + 1;
            m_pictures.insert(index, new DatasetPicture(picture), kilobytes);
            Q_EMIT ready(index);
        });
}

}  // namespace f8net
