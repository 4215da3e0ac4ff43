// SPDX-License-Identifier: GPL-3.0-or-later
/// Accuracy before and after with their 95 % intervals in numbers, and their difference on the same images as a point
/// with its interval about zero.
/// Threads  UI thread.
#pragma once

#include <QWidget>

#include "core/whatif/what_if_session.h"

namespace f8net {

class AccuracyPicture final : public QWidget {
    Q_OBJECT
public:
    explicit AccuracyPicture(QWidget* parent = nullptr);
    /// Without images: nothing known yet. Of an unchanged network there is no difference to show.
    void setAccuracy(const AccuracyChange& accuracy, bool isChanged);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void paintDifference(QPainter& painter, const QRectF& area) const;

    AccuracyChange m_accuracy;
    bool m_isChanged = false;
};

}  // namespace f8net
