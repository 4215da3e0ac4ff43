// SPDX-License-Identifier: GPL-3.0-or-later
/// A label of as many lines as its text takes at its width, and never less high: docks and splitters ask for the least
/// height alone. Threads  UI thread.
#pragma once

#include <QLabel>
#include <QResizeEvent>

namespace f8net {

class WrappedLabel final : public QLabel {
public:
    explicit WrappedLabel(QWidget* parent = nullptr) : QLabel(parent) { setWordWrap(true); }
    QSize minimumSizeHint() const override { return {QLabel::minimumSizeHint().width(), heightForWidth(width())}; }

protected:
    void resizeEvent(QResizeEvent* event) override {
        QLabel::resizeEvent(event);
        if (event->size().width() != event->oldSize().width()) updateGeometry();
    }
};

}  // namespace f8net
