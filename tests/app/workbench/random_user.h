// SPDX-License-Identifier: GPL-3.0-or-later
/// A user who does anything: moves, clicks, drags, turns the wheel, types, presses shortcuts, resizes the window and
/// moves its docks, at random. Menus and dialogs that come up are used and left again. The same seed does the same as
/// far as the data on the screen are the same.
/// Threads  UI thread.
#pragma once

#include <QEventLoop>
#include <QMainWindow>
#include <QPointer>
#include <QWindow>
#include <random>

namespace f8net {

class RandomUser final : public QObject {
public:
    RandomUser(unsigned seed, QMainWindow& window);

    /// Works events until it has done so much and no menu or dialog is left open.
    void act(int events);
    int numDialogs() const { return m_dialogs; }
    QString stuckIn() const { return m_stuckIn; }  ///< title of a dialog that did not close; empty: all did

private:
    void step();
    void doSomething();
    void stepSoon();
    bool leaveOpenOnes();  ///< false: nothing was open
    QWindow* chooseWindow();
    QPoint choosePlace(const QWindow& window);
    void move(QWindow* window);
    void click(QWindow* window);
    void doubleClick(QWindow* window);
    void drag(QWindow* window);
    void release(const QPointer<QWindow>& window, Qt::MouseButton button, Qt::KeyboardModifiers modifiers,
                 const QPoint& place);
    void turnWheel(QWindow* window);
    void press(QWindow* window);
    void type(QWindow* window);
    void pressKey(QWindow* window, QKeyCombination keys, const QString& text);
    void resizeWindow();
    void moveDock();
    int below(int limit) { return static_cast<int>(m_random() % static_cast<unsigned>(limit)); }

    std::mt19937 m_random;
    QMainWindow& m_window;
    QEventLoop m_loop;
    int m_left = 0, m_dialogs = 0, m_stepsInDialog = 0, m_triesToLeave = 0, m_actingLevel = -1;
    QPointer<QWidget> m_dialog;
    QString m_stuckIn;
};

}  // namespace f8net
