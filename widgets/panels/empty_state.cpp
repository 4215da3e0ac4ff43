// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/empty_state.h"

namespace f8net {

EmptyState::EmptyState(QWidget* content, const QString& text, QWidget* parent)
    : QWidget(parent), m_stack(new QStackedLayout(this)) {
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
}
void EmptyState::setText(const QString& text) {
    m_label->setText(text);
}
bool EmptyState::isEmpty() const {
    return m_stack->currentIndex() == 0;
}

}  // namespace f8net
