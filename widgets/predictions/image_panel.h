// SPDX-License-Identifier: GPL-3.0-or-later
/// One image that changes its class: the picture with its pixels as they are, both networks' likeliest classes, and
/// where in the network the error grew.
/// Threads  UI thread. Shows what it is given.
#pragma once

#include <QImage>
#include <QLabel>
#include <QWidget>
#include <memory>
#include <optional>

#include "widgets/predictions/flips_data.h"

namespace f8net {

class AnswerBars;
class DatasetPictures;
class ErrorChart;

/// As large as there is room, in whole multiples of small pictures.
class PictureWidget final : public QWidget {
    Q_OBJECT
public:
    explicit PictureWidget(QWidget* parent = nullptr);
    void setPicture(const QImage& image, const QString& problem);
    const QImage& image() const { return m_image; }
    const QString& problem() const { return m_problem; }
    QSize sizeHint() const override { return {224, 224}; }
    QSize minimumSizeHint() const override { return {84, 84}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QImage m_image;
    QString m_problem;
};

class ImagePanel final : public QWidget {
    Q_OBJECT
public:
    explicit ImagePanel(DatasetPictures& pictures, QWidget* parent = nullptr);

    /// `image`: index of Flips::flipped; empty: none is chosen.
    void setFlips(std::shared_ptr<const FlipsData> found, std::optional<size_t> image);

    QString sentence() const { return m_sentence->text(); }
    PictureWidget* picture() const { return m_picture; }
    AnswerBars* bars() const { return m_bars; }
    ErrorChart* chart() const { return m_chart; }

private:
    void showPicture();

    DatasetPictures& m_pictures;
    std::shared_ptr<const FlipsData> m_data;
    std::optional<size_t> m_image;
    QLabel* m_sentence;
    PictureWidget* m_picture;
    AnswerBars* m_bars;
    ErrorChart* m_chart;
};

}  // namespace f8net
