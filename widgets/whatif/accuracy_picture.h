// SPDX-License-Identifier: GPL-3.0-or-later
/// Accuracy before and after on one axis, each as a point with its 95 % interval.
/// Threads  UI thread.
#pragma once

#include <QWidget>

#include "core/whatif/what_if_session.h"

namespace f8net {

class AccuracyPicture final : public QWidget {
    Q_OBJECT
public:
    explicit AccuracyPicture(QWidget* parent = nullptr);
    void setAccuracy(const AccuracyChange& accuracy);  ///< without images: nothing known yet
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    AccuracyChange m_accuracy;
};

}  // namespace f8net
