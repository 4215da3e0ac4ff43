// SPDX-License-Identifier: GPL-3.0-or-later
/// A text editor for configurations: line numbers, keys and comments told apart, the line of an error marked, and a
/// bar beside each line that the text it began with does not have. Threads  UI thread.
#pragma once

#include <QPlainTextEdit>
#include <QSet>

class QSyntaxHighlighter;

namespace f8net {

class YamlEditor final : public QPlainTextEdit {
    Q_OBJECT
public:
    explicit YamlEditor(QWidget* parent = nullptr);

    /// From 1; 0: none.
    void markLine(int line);
    int markedLine() const { return m_marked; }
    /// Lines that are not in `text` (below the same headings) are marked as changed.
    void setBase(const QString& text);
    bool isChangedLine(int line) const;  ///< from 1
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
    QSyntaxHighlighter* m_colors;
    int m_marked = 0;
    QSet<QString> m_base;  ///< lines with what they stand below
};

}  // namespace f8net
