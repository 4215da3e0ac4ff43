// SPDX-License-Identifier: GPL-3.0-or-later
/// A strip under the tool bar that says what went wrong or ended, until it is closed; it never blocks work.
/// Threads  UI thread.
#pragma once

#include <QFrame>

class QLabel;

namespace f8net {

class NoticeBar final : public QFrame {
    Q_OBJECT
public:
    explicit NoticeBar(QWidget* parent = nullptr);
    void say(const QString& message, bool isTrouble);
    QString text() const;

Q_SIGNALS:
    void closed();

private:
    QLabel *m_icon, *m_text;
};

}  // namespace f8net
