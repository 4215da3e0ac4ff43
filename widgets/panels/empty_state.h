// SPDX-License-Identifier: GPL-3.0-or-later
/// A view is never an empty grey box: this stands in for its content and says what would be here and how to get it.
/// Threads  UI thread.
#pragma once

#include <QLabel>
#include <QStackedLayout>
#include <QWidget>

namespace f8net {

class EmptyState final : public QWidget {
    Q_OBJECT
public:
    EmptyState(QWidget* content, const QString& text, QWidget* parent = nullptr);
    void setEmpty(bool isEmpty);
    void setText(const QString& text);
    bool isEmpty() const;

Q_SIGNALS:
    void linkActivated(const QString& link);  ///< of a text with <a href>

private:
    QStackedLayout* m_stack;
    QLabel* m_label;
};

}  // namespace f8net
