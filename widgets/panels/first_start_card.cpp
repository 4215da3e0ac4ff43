// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/first_start_card.h"

#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QPointer>
#include <QToolButton>
#include <QVBoxLayout>

#include "core/base/places.h"
#include "widgets/panels/run_actions.h"
#include "widgets/support/icons.h"

namespace f8net {

FirstStartCard::FirstStartCard(RunActions& actions, QWidget* parent)
    : QWidget(parent), m_actions(actions), m_start(new QPushButton(icon("resume"), tr("&Start"))) {
    auto* card = new QFrame;
    card->setFrameShape(QFrame::StyledPanel);
    card->setAutoFillBackground(true);
    card->setBackgroundRole(QPalette::AlternateBase);
    card->setMaximumWidth(std::max(440, 72 * fontMetrics().averageCharWidth()));
    auto* title = new QLabel(tr("Train the example"));
    QFont large = title->font();
    large.setBold(true);
    large.setPointSizeF(large.pointSizeF() + 3);
    title->setFont(large);
    auto* text =
        new QLabel(tr("A small ResNet18 on Fashion-MNIST, first in float, then with 8-bit fixed-point numbers only. "
                      "Offline, about 6 minutes."));
    text->setWordWrap(true);
    m_start->setDefault(true);
    connect(m_start, &QPushButton::clicked, this, &FirstStartCard::start);
    auto* others = new QHBoxLayout;
    others->setSpacing(4);
    for (QAction* action : {actions.newRun, actions.import, actions.openStore}) {
        auto* button = new QToolButton;
        button->setDefaultAction(action);
        button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        button->setAutoRaise(true);
        button->setMinimumHeight(24);
        others->addWidget(button);
    }
    others->addStretch(1);
    auto* inner = new QVBoxLayout(card);
    inner->setContentsMargins(16, 16, 16, 16);
    inner->setSpacing(8);
    inner->addWidget(title);
    inner->addWidget(text);
    inner->addWidget(m_start, 0, Qt::AlignLeft);
    inner->addSpacing(8);
    inner->addLayout(others);
    auto* row = new QHBoxLayout;
    row->addStretch(1);
    row->addWidget(card, 8);
    row->addStretch(1);
    auto* layout = new QVBoxLayout(this);
    layout->addStretch(1);
    layout->addLayout(row);
    layout->addStretch(1);
}

void FirstStartCard::start() {
    m_start->setEnabled(false);
    const QString config = QString::fromStdString(experiments_place()) + "/fashion-mnist/quickstart.yaml";
    m_actions.startTraining(tr("Start the example"), {config},
                            [card = QPointer(this)](const Job& job, const QByteArray&) {
                                // What was missing may be there at the next try.
                                if (card && job.state != Job::State::kDone) card->m_start->setEnabled(true);
                            });
}

}  // namespace f8net
