// SPDX-License-Identifier: GPL-3.0-or-later
/// What an empty store shows instead of a table: one card that starts the example without a dialog, import and open
/// below it. Threads  UI thread.
#pragma once

#include <QPushButton>
#include <QWidget>

namespace f8net {

class RunActions;

class FirstStartCard final : public QWidget {
    Q_OBJECT
public:
    FirstStartCard(RunActions& actions, QWidget* parent = nullptr);
    QPushButton* startButton() const { return m_start; }

private:
    void start();

    RunActions& m_actions;
    QPushButton* m_start;
};

}  // namespace f8net
