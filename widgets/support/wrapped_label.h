// SPDX-License-Identifier: GPL-3.0-or-later
/// A label of as many lines as its text takes at its width, and never less high: docks and splitters ask for the least
/// height alone. Threads  UI thread.
#pragma once

#include <QLabel>
#include <QResizeEvent>
#include <QTimer>

namespace f8net {

class WrappedLabel final : public QLabel {
public:
    explicit WrappedLabel(QWidget* parent = nullptr) : QLabel(parent) { setWordWrap(true); }
    QSize minimumSizeHint() const override {
        const QSize least = QLabel::minimumSizeHint();
        return {least.width(), m_width > 0 ? heightForWidth(m_width) : fontMetrics().lineSpacing()};
    }

protected:
    void resizeEvent(QResizeEvent* event) override {
        QLabel::resizeEvent(event);
        keepWidth();
    }
    void showEvent(QShowEvent* event) override {
        QLabel::showEvent(event);
        QTimer::singleShot(0, this, &WrappedLabel::keepWidth);  // once its window has laid it out
    }

private:
    void keepWidth() {
        if (m_width == width() || !isVisible()) return;
        m_width = width();
        updateGeometry();
    }

    /// 0 before it was ever shown: then it asks for a line, since as many as its text takes in the narrow column that a
    /// hidden view is laid out in would push its neighbours aside, and a window that has grown does not shrink again.
    int m_width = 0;
};

}  // namespace f8net
