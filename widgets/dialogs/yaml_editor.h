// SPDX-License-Identifier: GPL-3.0-or-later
/// A text editor for configurations: line numbers, and the line of an error marked. Threads  UI thread.
#pragma once

#include <QPlainTextEdit>

namespace f8net {

class YamlEditor final : public QPlainTextEdit {
    Q_OBJECT
public:
    explicit YamlEditor(QWidget* parent = nullptr);

    /// From 1; 0: none.
    void markLine(int line);
    int markedLine() const { return m_marked; }
    /// Keeps the place that is looked at, and says nothing of the change.
    void replaceText(const QString& text);

protected:
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    class Numbers;
    int numbersWidth() const;
    void paintNumbers(QPaintEvent* event);

    Numbers* m_numbers;
    int m_marked = 0;
};

}  // namespace f8net
