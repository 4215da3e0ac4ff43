// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/dialogs/yaml_editor.h"

#include <QFontDatabase>
#include <QPainter>
#include <QRegularExpression>
#include <QScrollBar>
#include <QSyntaxHighlighter>
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

namespace {

/// Keys in the accent, comments dim; values stay as they are.
class YamlColors final : public QSyntaxHighlighter {
public:
    explicit YamlColors(QPlainTextEdit* editor) : QSyntaxHighlighter(editor->document()), m_editor(editor) {}

protected:
    void highlightBlock(const QString& line) override {
        static const QRegularExpression key("^\\s*(?:- )*([\\w.-]+):(?=\\s|$)"), comment("(?:^|\\s)(#.*)$");
        const Colors& colors = colorsOf(m_editor);
        if (const auto match = key.match(line); match.hasMatch())
            setFormat(static_cast<int>(match.capturedStart(1)), static_cast<int>(match.capturedLength(1)),
                      colors.accent);
        if (const auto match = comment.match(line); match.hasMatch())
            setFormat(static_cast<int>(match.capturedStart(1)), static_cast<int>(match.capturedLength(1)), colors.dim);
    }

private:
    QPlainTextEdit* m_editor;
};

int indentOf(const QString& line) {
    int indent = 0;
    while (indent < line.size() && line[indent] == ' ') ++indent;
    return indent;
}

/// The line with those it stands below: "training:/  epochs: 3" is another one than below "evaluation:".
QString withHeadings(QTextBlock block) {
    QString path = block.text();
    int indent = indentOf(path);
    for (block = block.previous(); indent > 0 && block.isValid(); block = block.previous()) {
        const QString line = block.text();
        if (line.trimmed().isEmpty() || indentOf(line) >= indent) continue;
        indent = indentOf(line);
        path.prepend(line + "/");
    }
    return path;
}

}  // namespace

YamlEditor::YamlEditor(QWidget* parent) : QPlainTextEdit(parent), m_numbers(new Numbers(this)) {
    setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    setLineWrapMode(QPlainTextEdit::NoWrap);
    setAccessibleName(tr("Configuration as YAML"));
    m_colors = new YamlColors(this);
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
    if (event->type() != QEvent::PaletteChange) return;
    markLine(m_marked);
    m_colors->rehighlight();
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

void YamlEditor::setBase(const QString& text) {
    m_base.clear();
    const QTextDocument document(text);
    for (QTextBlock block = document.begin(); block.isValid(); block = block.next()) m_base.insert(withHeadings(block));
    m_numbers->update();
}

bool YamlEditor::isChangedLine(int line) const {
    const QTextBlock block = document()->findBlockByNumber(line - 1);
    return !m_base.isEmpty() && block.isValid() && !block.text().trimmed().isEmpty() &&
           !m_base.contains(withHeadings(block));
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
        if (isChangedLine(block.blockNumber() + 1))
            painter.fillRect(QRectF(m_numbers->width() - 3, top, 3, height), colors.accent);
        painter.setPen(isMarked ? colors.trouble : colors.dim);
        painter.drawText(QRectF(0, top, m_numbers->width() - 6, height), Qt::AlignRight | Qt::AlignVCenter,
                         QString::number(block.blockNumber() + 1));
        top += height;
        block = block.next();
    }
}

}  // namespace f8net
