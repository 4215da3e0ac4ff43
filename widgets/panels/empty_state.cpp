// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/empty_state.h"

namespace f8net {

namespace {

/// While the words stand alone, contents that are not there yet need no room: they would push their neighbours aside.
class WordsOrContent final : public QStackedLayout {
public:
    using QStackedLayout::QStackedLayout;
    QSize minimumSize() const override {
        return currentIndex() == 0 ? currentWidget()->minimumSizeHint() : QStackedLayout::minimumSize();
    }
};

}  // namespace

EmptyState::EmptyState(QWidget* content, const QString& text, QWidget* parent)
    : QWidget(parent), m_stack(new WordsOrContent(this)) {
    m_label = new QLabel(text, this);
    m_label->setAlignment(Qt::AlignCenter);
    m_label->setWordWrap(true);
    m_label->setMargin(24);
    m_label->setForegroundRole(QPalette::PlaceholderText);
    m_label->setTextInteractionFlags(Qt::LinksAccessibleByMouse | Qt::LinksAccessibleByKeyboard);
    connect(m_label, &QLabel::linkActivated, this, &EmptyState::linkActivated);
    m_stack->addWidget(m_label);
    m_stack->addWidget(content);
}

void EmptyState::setEmpty(bool isEmpty) {
    m_stack->setCurrentIndex(isEmpty ? 0 : 1);
    m_stack->invalidate();
}
void EmptyState::setText(const QString& text) {
    // A path may break between its folders; whole, it would make the view as wide as it is.
    const QString mayBreak = "/" + QString(QChar(0x200B));
    m_label->setText(Qt::mightBeRichText(text) ? text : QString(text).replace("/", mayBreak));
}
bool EmptyState::isEmpty() const {
    return m_stack->currentIndex() == 0;
}

}  // namespace f8net
