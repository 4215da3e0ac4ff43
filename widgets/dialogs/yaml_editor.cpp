// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/dialogs/yaml_editor.h"

#include <QFontDatabase>
#include <QPainter>
#include <QScrollBar>
#include <QTextBlock>

#include "widgets/support/colors.h"

namespace f8net {

class YamlEditor::Numbers final : public QWidget {
public:
    explicit Numbers(YamlEditor* editor) : QWidget(editor), m_editor(editor) {}

protected:
    void paintEvent(QPaintEvent* event) override { m_editor->paintNumbers(event); }

private:
    YamlEditor* m_editor;
};

YamlEditor::YamlEditor(QWidget* parent) : QPlainTextEdit(parent), m_numbers(new Numbers(this)) {
    setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    setLineWrapMode(QPlainTextEdit::NoWrap);
    setAccessibleName(tr("Configuration as YAML"));
    setViewportMargins(numbersWidth(), 0, 0, 0);
    connect(this, &QPlainTextEdit::blockCountChanged, this, [this] { setViewportMargins(numbersWidth(), 0, 0, 0); });
    connect(this, &QPlainTextEdit::updateRequest, this, [this](const QRect& area, int by) {
        if (by != 0) {
            m_numbers->scroll(0, by);
        } else {
            m_numbers->update(0, area.y(), m_numbers->width(), area.height());
        }
    });
}

int YamlEditor::numbersWidth() const {
    const int digits = std::max(2, static_cast<int>(QString::number(std::max(1, blockCount())).size()));
    return 14 + digits * fontMetrics().horizontalAdvance('9');
}

void YamlEditor::resizeEvent(QResizeEvent* event) {
    QPlainTextEdit::resizeEvent(event);
    const QRect area = contentsRect();
    m_numbers->setGeometry(area.left(), area.top(), numbersWidth(), area.height());
}

void YamlEditor::changeEvent(QEvent* event) {
    QPlainTextEdit::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) markLine(m_marked);
}

void YamlEditor::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Tab && event->modifiers() == Qt::NoModifier) {
        insertPlainText("  ");  // YAML takes no tabs
        return;
    }
    QPlainTextEdit::keyPressEvent(event);
}

void YamlEditor::markLine(int line) {
    m_marked = line;
    QList<QTextEdit::ExtraSelection> marks;
    if (const QTextBlock block = document()->findBlockByNumber(line - 1); line > 0 && block.isValid()) {
        QTextEdit::ExtraSelection mark;
        const Colors& colors = colorsOf(this);
        mark.format.setBackground(blend(colors.trouble, colors.base, 0.16));
        mark.format.setProperty(QTextFormat::FullWidthSelection, true);
        mark.cursor = QTextCursor(block);
        marks << mark;
    }
    setExtraSelections(marks);
    m_numbers->update();
}

void YamlEditor::replaceText(const QString& text) {
    if (toPlainText() == text) return;
    const QSignalBlocker quiet(this);
    const int at = verticalScrollBar()->value();
    QTextCursor all(document());
    all.select(QTextCursor::Document);
    all.insertText(text);  // undo goes back over it
    verticalScrollBar()->setValue(at);
    setViewportMargins(numbersWidth(), 0, 0, 0);
}

void YamlEditor::paintNumbers(QPaintEvent* event) {
    const Colors& colors = colorsOf(this);
    QPainter painter(m_numbers);
    painter.fillRect(event->rect(), colors.alternate);
    painter.setFont(font());
    QTextBlock block = firstVisibleBlock();
    double top = blockBoundingGeometry(block).translated(contentOffset()).top();
    while (block.isValid() && top <= event->rect().bottom()) {
        const double height = blockBoundingRect(block).height();
        const bool isMarked = block.blockNumber() + 1 == m_marked;
        painter.setPen(isMarked ? colors.trouble : colors.dim);
        painter.drawText(QRectF(0, top, m_numbers->width() - 6, height), Qt::AlignRight | Qt::AlignVCenter,
                         QString::number(block.blockNumber() + 1));
        top += height;
        block = block.next();
    }
}

}  // namespace f8net
