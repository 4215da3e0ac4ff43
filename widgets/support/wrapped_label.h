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
    QSize minimumSizeHint() const override {
        const QSize least = QLabel::minimumSizeHint();
        return m_width > 0 ? QSize(least.width(), heightForWidth(m_width)) : least;
    }

protected:
    void resizeEvent(QResizeEvent* event) override {
        QLabel::resizeEvent(event);
        if (m_width == width()) return;
        m_width = width();
        updateGeometry();
    }

private:
    /// Before it was ever shown none: in as narrow a column as widgets begin with it would push its neighbours aside.
    int m_width = 0;
};

}  // namespace f8net
