// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/workbench/notice_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QResizeEvent>
#include <QToolButton>
#include <algorithm>

#include "widgets/support/colors.h"
#include "widgets/support/icons.h"

namespace f8net {

NoticeBar::NoticeBar(QWidget* parent)
    : QFrame(parent), m_icon(new QLabel), m_text(new QLabel), m_steps(new QHBoxLayout) {
    setAutoFillBackground(true);
    setBackgroundRole(QPalette::AlternateBase);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    m_text->setWordWrap(true);
    m_text->setTextFormat(Qt::PlainText);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_text->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    auto* close = new QToolButton;
    close->setIcon(icon("close"));
    close->setAutoRaise(true);
    close->setMinimumSize(24, 24);
    close->setToolTip(tr("Close"));
    close->setAccessibleName(tr("Close the notice"));
    connect(close, &QToolButton::clicked, this, [this] {
        say({}, false);
        Q_EMIT closed();
    });
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(8, 4, 4, 4);
    layout->setSpacing(8);
    m_steps->setSpacing(8);
    layout->addWidget(m_icon);
    layout->addWidget(m_text, 1);
    layout->addLayout(m_steps);
    layout->addWidget(close);
}

void NoticeBar::say(const QString& message, bool isTrouble, const std::vector<Step>& steps) {
    while (QLayoutItem* item = m_steps->takeAt(0)) {
        item->widget()->hide();
        item->widget()->deleteLater();  // it may be the one that was pressed
        delete item;
    }
    for (const Step& step : steps) {
        auto* button = new QPushButton(step.text);
        connect(button, &QPushButton::clicked, this, step.take);
        m_steps->addWidget(button);
    }
    const Colors& colors = colorsOf(this);
    m_icon->setPixmap(iconPixmap(isTrouble ? "crashed" : "details", isTrouble ? colors.warning : colors.accent, 16,
                                 devicePixelRatioF()));
    m_text->setText(message);
    updateGeometry();
}

QSize NoticeBar::sizeHint() const {
    const int wide = std::max(width(), 640);
    return {wide, layout()->hasHeightForWidth() ? layout()->heightForWidth(wide) : layout()->sizeHint().height()};
}

void NoticeBar::resizeEvent(QResizeEvent* event) {
    QFrame::resizeEvent(event);
    if (event->size().width() != event->oldSize().width()) updateGeometry();
}

QString NoticeBar::text() const {
    return m_text->text();
}

}  // namespace f8net
