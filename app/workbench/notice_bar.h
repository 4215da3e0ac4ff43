// SPDX-License-Identifier: GPL-3.0-or-later
/// A strip under the tool bar that says what went wrong or ended, until it is closed; it never blocks work. What comes
/// later stands before what is there, which is seen again when that is closed.
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
    /// `topic` names what it is about: said again, its words are changed where it stands.
    void say(const QString& topic, const QString& message, bool isTrouble, const std::vector<Step>& steps = {});
    void take(const QString& topic);  ///< away, where it is there
    bool has(const QString& topic) const;
    bool isEmpty() const { return m_notices.empty(); }
    QString text() const;  ///< of the one in front; empty where there is none
    /// As high as the text is at the window's width: a tool bar asks no more than this.
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {200, sizeHint().height()}; }

Q_SIGNALS:
    void changed();

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    struct Notice {
        QString topic, message;
        bool isTrouble;
        std::vector<Step> steps;
    };
    std::vector<Notice>::iterator find(const QString& topic);
    void showLast();

    std::vector<Notice> m_notices;  ///< the last one is in front
    QLabel *m_icon, *m_text, *m_more;
    QHBoxLayout* m_steps;
};

}  // namespace f8net
