// SPDX-License-Identifier: GPL-3.0-or-later
/// A strip under the tool bar that says what went wrong or ended, until it is closed; it never blocks work.
/// Threads  UI thread.
#pragma once

#include <QFrame>
#include <functional>
#include <vector>

class QHBoxLayout;
class QLabel;

namespace f8net {

class NoticeBar final : public QFrame {
    Q_OBJECT
public:
    /// A next step offered beside the message, as a button.
    struct Step {
        QString text;
        std::function<void()> take;
    };
    explicit NoticeBar(QWidget* parent = nullptr);
    void say(const QString& message, bool isTrouble, const std::vector<Step>& steps = {});
    QString text() const;
    /// As high as the text is at the window's width: a tool bar asks no more than this.
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {200, sizeHint().height()}; }

Q_SIGNALS:
    void closed();

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    QLabel *m_icon, *m_text;
    QHBoxLayout* m_steps;
};

}  // namespace f8net
