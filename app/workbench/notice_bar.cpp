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
    : QFrame(parent), m_icon(new QLabel), m_text(new QLabel), m_more(new QLabel), m_steps(new QHBoxLayout) {
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
        if (!m_notices.empty()) take(QString(m_notices.back().topic));
    });
    m_more->setForegroundRole(QPalette::PlaceholderText);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(8, 4, 4, 4);
    layout->setSpacing(8);
    m_steps->setSpacing(8);
    layout->addWidget(m_icon);
    layout->addWidget(m_text, 1);
    layout->addLayout(m_steps);
    layout->addWidget(m_more);
    layout->addWidget(close);
}

std::vector<NoticeBar::Notice>::iterator NoticeBar::find(const QString& topic) {
    return std::find_if(m_notices.begin(), m_notices.end(), [&](const Notice& each) { return each.topic == topic; });
}

bool NoticeBar::has(const QString& topic) const {
    return std::any_of(m_notices.begin(), m_notices.end(), [&](const Notice& each) { return each.topic == topic; });
}

void NoticeBar::say(const QString& topic, const QString& message, bool isTrouble, const std::vector<Step>& steps) {
    constexpr size_t kMost = 20;
    const Notice notice{topic, message, isTrouble, steps};
    if (const auto at = find(topic); at != m_notices.end()) {
        *at = notice;
    } else {
        m_notices.push_back(notice);
        if (m_notices.size() > kMost) m_notices.erase(m_notices.begin());
    }
    showLast();
}

void NoticeBar::take(const QString& topic) {
    const auto at = find(topic);
    if (at == m_notices.end()) return;
    m_notices.erase(at);
    showLast();
}

void NoticeBar::showLast() {
    while (QLayoutItem* item = m_steps->takeAt(0)) {
        item->widget()->hide();
        item->widget()->deleteLater();  // it may be the one that was pressed
        delete item;
    }
    const Notice shown = m_notices.empty() ? Notice{} : m_notices.back();
    for (const Step& step : shown.steps) {
        auto* button = new QPushButton(step.text);
        connect(button, &QPushButton::clicked, this, step.take);
        m_steps->addWidget(button);
    }
    const Colors& colors = colorsOf(this);
    m_icon->setPixmap(iconPixmap(shown.isTrouble ? "crashed" : "details",
                                 shown.isTrouble ? colors.warning : colors.accent, 16, devicePixelRatioF()));
    m_text->setText(shown.message);
    m_more->setText(tr("%1 more").arg(m_notices.size() - 1));
    m_more->setVisible(m_notices.size() > 1);
    updateGeometry();
    Q_EMIT changed();
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
