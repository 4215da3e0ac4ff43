// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/workbench/random_user.h"

#include <QApplication>
#include <QDockWidget>
#include <QTest>
#include <QThread>
#include <QTimer>
#include <QWheelEvent>
#include <utility>

namespace f8net {

namespace {

// So much is done in one dialog, then it is left: there is more to see.
constexpr int kPatienceWithDialogs = 25;
constexpr int kMostTriesToLeave = 200;

const std::vector<QKeySequence>& shortcuts() {
    static const std::vector<QKeySequence> all = [] {
        std::vector<QKeySequence> keys;
        for (const char* text : {"Tab",
                                 "Shift+Tab",
                                 "Space",
                                 "Shift+Space",
                                 "Return",
                                 "Escape",
                                 "Del",
                                 "Backspace",
                                 "Up",
                                 "Down",
                                 "Left",
                                 "Right",
                                 "Home",
                                 "End",
                                 "PgUp",
                                 "PgDown",
                                 "F",
                                 "W",
                                 "Shift+W",
                                 "L",
                                 "S",
                                 "O",
                                 "+",
                                 "-",
                                 ",",
                                 ".",
                                 "F1",
                                 "F2",
                                 "F3",
                                 "F5",
                                 "F6",
                                 "F11",
                                 "Ctrl+1",
                                 "Ctrl+2",
                                 "Ctrl+3",
                                 "Ctrl+4",
                                 "Ctrl+5",
                                 "Ctrl+6",
                                 "Ctrl+7",
                                 "Ctrl+8",
                                 "Ctrl+9",
                                 "Ctrl+0",
                                 "Ctrl+A",
                                 "Ctrl+B",
                                 "Ctrl+C",
                                 "Ctrl+D",
                                 "Ctrl+E",
                                 "Ctrl+F",
                                 "Ctrl+I",
                                 "Ctrl+K",
                                 "Ctrl+M",
                                 "Ctrl+N",
                                 "Ctrl+O",
                                 "Ctrl+Q",
                                 "Ctrl+T",
                                 "Ctrl+V",
                                 "Ctrl+X",
                                 "Ctrl+Z",
                                 "Ctrl+/",
                                 "Ctrl+Return",
                                 "Ctrl+Up",
                                 "Ctrl+Down",
                                 "Ctrl+Left",
                                 "Alt+Up",
                                 "Alt+Down",
                                 "Alt+Left",
                                 "Alt+Right",
                                 "Alt+F",
                                 "Alt+R",
                                 "Alt+V",
                                 "Alt+E",
                                 "Ctrl+F5",
                                 "Shift+F5",
                                 "Alt+Return",
                                 "Shift+Up",
                                 "Shift+Down",
                                 "Ctrl+Shift+Z",
                                 "Ctrl+Shift+T",
                                 "Ctrl+Shift+N",
                                 "Ctrl+Shift+C",
                                 "Ctrl+Shift+D",
                                 "Ctrl+Shift+E"}) {
            keys.emplace_back(QKeySequence(QString(text)));
        }
        return keys;
    }();
    return all;
}

/// The window may have become smaller since the place was chosen.
QPoint inside(const QWindow& window, const QPoint& place) {
    return {std::clamp(place.x(), 0, std::max(0, window.width() - 1)),
            std::clamp(place.y(), 0, std::max(0, window.height() - 1))};
}

}  // namespace

RandomUser::RandomUser(unsigned seed, QMainWindow& window) : m_random(seed), m_window(window) {}

void RandomUser::act(int events) {
    m_left = events;
    stepSoon();
    m_loop.exec();
}

void RandomUser::stepSoon() {
    QTimer::singleShot(0, this, &RandomUser::step);
}

void RandomUser::step() {
    // Simulated input works events itself. Only a menu or dialog, which has a loop of its own, is acted in meanwhile.
    const int level = QThread::currentThread()->loopLevel();
    if (level <= m_actingLevel) {
        stepSoon();
        return;
    }
    const int levelBefore = std::exchange(m_actingLevel, level);
    doSomething();
    m_actingLevel = levelBefore;
}

void RandomUser::doSomething() {
    if (--m_left <= 0) {
        if (m_stuckIn.isEmpty() && leaveOpenOnes()) {
            stepSoon();
        } else {
            m_loop.quit();
        }
        return;
    }
    // The next one is ordered before this one is done: a menu or dialog that it opens runs its own event loop.
    stepSoon();
    QWidget* modal = QApplication::activeModalWidget();
    if (modal != m_dialog) {
        m_dialog = modal;
        m_stepsInDialog = 0;
        m_triesToLeave = 0;
        m_dialogs += modal != nullptr ? 1 : 0;
    }
    if (modal != nullptr && ++m_stepsInDialog > kPatienceWithDialogs) {
        leaveOpenOnes();
        return;
    }
    if (!m_window.isVisible()) m_window.show();
    QWindow* window = chooseWindow();
    if (window == nullptr) return;
    const int what = below(100);
    if (what < 22) {
        move(window);
    } else if (what < 48) {
        click(window);
    } else if (what < 54) {
        doubleClick(window);
    } else if (what < 64) {
        drag(window);
    } else if (what < 71) {
        turnWheel(window);
    } else if (what < 91) {
        press(window);
    } else if (what < 95) {
        type(window);
    } else if (what < 98) {
        resizeWindow();
    } else {
        moveDock();
    }
}

bool RandomUser::leaveOpenOnes() {
    QWidget* open = QApplication::activePopupWidget();
    if (open == nullptr) open = QApplication::activeModalWidget();
    if (open == nullptr) return false;
    if (++m_triesToLeave > kMostTriesToLeave) {
        m_stuckIn = open->windowTitle() + " (" + open->metaObject()->className() + ")";
        open->hide();
        m_left = 0;
        return true;
    }
    // As users leave: by Escape; a window that does not listen by its close button.
    if (m_triesToLeave % 3 != 0 && open->windowHandle() != nullptr) {
        QTest::keyClick(open->windowHandle(), Qt::Key_Escape);
    } else {
        open->close();
    }
    return true;
}

QWindow* RandomUser::chooseWindow() {
    if (QWidget* popup = QApplication::activePopupWidget()) return popup->windowHandle();
    if (QWidget* modal = QApplication::activeModalWidget()) return modal->windowHandle();
    if (below(10) == 0) {
        QWidgetList visible;
        for (QWidget* widget : QApplication::topLevelWidgets()) {
            // What comes and goes by itself, as tool tips do, is nobody's to click on.
            const bool isForUsers = widget->windowType() != Qt::ToolTip && widget->windowType() != Qt::SplashScreen;
            if (widget->isVisible() && isForUsers) visible << widget;
        }
        if (!visible.isEmpty()) return visible[below(static_cast<int>(visible.size()))]->windowHandle();
    }
    return m_window.windowHandle();
}

QPoint RandomUser::choosePlace(const QWindow& window) {
    const QSize size = window.size();
    if (size.isEmpty()) return {1, 1};
    const QPoint anywhere(below(size.width()), below(size.height()));
    QWidget* top = QWidget::find(window.winId());
    if (top == nullptr || below(2) == 0) return anywhere;
    // In one of its widgets: small ones are met as often as large ones.
    QWidgetList visible;
    for (QWidget* child : top->findChildren<QWidget*>()) {
        if (child->window() == top && !child->visibleRegion().isEmpty()) visible << child;
    }
    if (visible.isEmpty()) return anywhere;
    const QWidget* child = visible[below(static_cast<int>(visible.size()))];
    const QPoint place =
        child->mapTo(top, QPoint(below(std::max(1, child->width())), below(std::max(1, child->height()))));
    return top->rect().contains(place) ? inside(window, place) : anywhere;
}

void RandomUser::move(QWindow* window) {
    QTest::mouseMove(window, choosePlace(*window));
}

void RandomUser::click(QWindow* window) {
    const int which = below(10);
    const Qt::MouseButton button = which < 7 ? Qt::LeftButton : which < 9 ? Qt::RightButton : Qt::MiddleButton;
    const Qt::KeyboardModifiers modifiers = below(8) > 0    ? Qt::NoModifier
                                            : below(2) == 0 ? Qt::ControlModifier
                                            : below(2) == 0 ? Qt::ShiftModifier
                                                            : Qt::AltModifier;
    const QPointer<QWindow> there(window);
    const QPoint place = choosePlace(*window);
    QTest::mouseMove(window, place);
    if (there) QTest::mousePress(window, button, modifiers, inside(*window, place));
    release(there, button, modifiers, place);
}

void RandomUser::doubleClick(QWindow* window) {
    // The whole of it goes to one window, so to one that the first click cannot take away.
    if (window != m_window.windowHandle()) {
        click(window);
    } else {
        QTest::mouseDClick(window, Qt::LeftButton, {}, choosePlace(*window));
    }
}

void RandomUser::drag(QWindow* window) {
    const QPointer<QWindow> there(window);
    const QPoint from = choosePlace(*window), to = choosePlace(*window);
    QTest::mousePress(window, Qt::LeftButton, {}, from);
    for (int i = 1; i <= 4 && there; ++i) QTest::mouseMove(window, inside(*window, from + (to - from) * i / 4));
    release(there, Qt::LeftButton, {}, to);
}

void RandomUser::release(const QPointer<QWindow>& window, Qt::MouseButton button, Qt::KeyboardModifiers modifiers,
                         const QPoint& place) {
    // What the press opened may have closed the window; the button comes up somewhere all the same.
    QWindow* target = window ? window.data() : m_window.windowHandle();
    QTest::mouseRelease(target, button, modifiers, inside(*target, place));
}

void RandomUser::turnWheel(QWindow* window) {
    QWidget* top = QWidget::find(window->winId());
    if (top == nullptr) return;
    const QPoint place = choosePlace(*window);
    QWidget* target = top->childAt(place);
    if (target == nullptr) target = top;
    const QPoint delta(0, (below(5) - 2) * 120);
    QWheelEvent event(target->mapFrom(top, place), top->mapToGlobal(place), {}, delta, Qt::NoButton,
                      below(4) == 0 ? Qt::ControlModifier : Qt::NoModifier, Qt::NoScrollPhase, false);
    QApplication::sendEvent(target, &event);
}

void RandomUser::press(QWindow* window) {
    const QKeyCombination keys = shortcuts()[static_cast<size_t>(below(static_cast<int>(shortcuts().size())))][0];
    const bool isText = keys.key() < Qt::Key_Escape && !(keys.keyboardModifiers() & ~Qt::ShiftModifier);
    pressKey(window, keys, isText ? QString(QChar(keys.key())).toLower() : QString());
}

void RandomUser::type(QWindow* window) {
    static const QString kCharacters = "abcxyz019.:/=<>- %()\"'";
    const QPointer<QWindow> there(window);
    for (int i = 0; i < 4 && there; ++i) {
        const QChar character = kCharacters[below(static_cast<int>(kCharacters.size()))];
        pressKey(window, QKeyCombination(static_cast<Qt::Key>(character.toUpper().unicode())), character);
    }
}

/// One event down, one up: QTest's own helpers go on sending to a window that the first of several has closed.
void RandomUser::pressKey(QWindow* window, QKeyCombination keys, const QString& text) {
    const QPointer<QWindow> there(window);
    for (const bool isDown : {true, false}) {
        QWindow* target = there ? there.data() : m_window.windowHandle();
        QTest::simulateEvent(target, isDown, keys.key(), keys.keyboardModifiers(), text, false);
    }
}

void RandomUser::resizeWindow() {
    m_window.resize(760 + below(1000), 480 + below(700));
}

void RandomUser::moveDock() {
    const QList<QDockWidget*> docks = m_window.findChildren<QDockWidget*>();
    QDockWidget* dock = docks[below(static_cast<int>(docks.size()))];
    switch (below(4)) {
        case 0:
            dock->setFloating(!dock->isFloating());
            break;
        case 1:
            m_window.addDockWidget(below(2) == 0 ? Qt::LeftDockWidgetArea : Qt::RightDockWidgetArea, dock,
                                   below(2) == 0 ? Qt::Horizontal : Qt::Vertical);
            break;
        case 2:
            if (QDockWidget* other = docks[below(static_cast<int>(docks.size()))]; other != dock)
                m_window.tabifyDockWidget(other, dock);
            break;
        default:
            dock->setVisible(!dock->isVisible());
    }
}

}  // namespace f8net
