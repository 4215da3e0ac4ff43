// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/predictions/image_panel.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QVBoxLayout>

#include "widgets/models/dataset_pictures.h"
#include "widgets/predictions/answer_bars.h"
#include "widgets/predictions/error_chart.h"
#include "widgets/support/colors.h"

namespace f8net {

PictureWidget::PictureWidget(QWidget* parent) : QWidget(parent) {
    setAccessibleName(tr("Picture"));
}

void PictureWidget::setPicture(const QImage& image, const QString& problem) {
    m_image = image;
    m_problem = problem;
    setToolTip(image.isNull() ? problem : tr("%1 × %2 pixels").arg(image.width()).arg(image.height()));
    setAccessibleDescription(toolTip());
    update();
}

void PictureWidget::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Colors& colors = colorsOf(this);
    if (m_image.isNull()) {
        painter.setPen(colors.border);
        painter.drawRect(rect().adjusted(0, 0, -1, -1));
        painter.setPen(colors.dim);
        painter.drawText(rect().adjusted(8, 8, -8, -8), static_cast<int>(Qt::AlignCenter) | Qt::TextWordWrap,
                         m_problem);
        return;
    }
    paintPicture(painter, rect(), m_image);
}

ImagePanel::ImagePanel(DatasetPictures& pictures, QWidget* parent)
    : QWidget(parent),
      m_pictures(pictures),
      m_sentence(new QLabel),
      m_picture(new PictureWidget),
      m_bars(new AnswerBars),
      m_chart(new ErrorChart) {
    m_sentence->setWordWrap(true);
    m_sentence->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_sentence->setAccessibleDescription(tr("The image in words"));
    auto* upper = new QHBoxLayout;
    upper->setSpacing(12);
    upper->addWidget(m_picture, 1);
    upper->addWidget(m_bars, 2);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 0, 0, 0);
    layout->setSpacing(8);
    layout->addWidget(m_sentence);
    layout->addLayout(upper, 2);
    layout->addWidget(m_chart, 3);
    connect(&pictures, &DatasetPictures::ready, this, [this](qlonglong index) {
        if (m_image && m_data->flips.flipped[*m_image].image == index) showPicture();
    });
    connect(&pictures, &DatasetPictures::failed, this, &ImagePanel::showPicture);
}

void ImagePanel::setFlips(std::shared_ptr<const FlipsData> found, std::optional<size_t> image) {
    m_data = std::move(found);
    m_image = image;
    m_bars->setFlips(m_data, m_image);
    m_chart->setFlips(m_data, m_image);
    m_sentence->setText(m_image
                            ? imageSentence(*m_data, m_data->flips.flipped[*m_image])
                            : tr("Choose an image: what both networks say of it, and where they part, appears here."));
    showPicture();
}

void ImagePanel::showPicture() {
    if (!m_image) {
        m_picture->setPicture({}, {});
        return;
    }
    const FlippedImage& flip = m_data->flips.flipped[*m_image];
    const DatasetPicture* picture = m_pictures.find(flip.image);
    if (!m_pictures.problem().isEmpty()) {
        m_picture->setPicture({}, tr("The picture cannot be read: %1").arg(m_pictures.problem()));
    } else if (!picture) {
        m_picture->setPicture({}, tr("Reading…"));
    } else if (!picture->problem.isEmpty()) {
        m_picture->setPicture({}, tr("The picture cannot be read: %1").arg(picture->problem));
    } else if (picture->label != flip.label) {
        m_picture->setPicture({}, tr("The data set is another one now: its image %1 is of class %2, not %3.")
                                      .arg(QString::number(flip.image), m_data->className(picture->label),
                                           m_data->className(flip.label)));
    } else {
        m_picture->setPicture(picture->image, {});
    }
}

}  // namespace f8net
