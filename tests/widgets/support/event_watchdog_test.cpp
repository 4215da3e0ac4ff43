// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/event_watchdog.h"

#include <gtest/gtest.h>
#include <time.h>

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QTimer>

namespace f8net {
namespace {

void burn(double ms) {
    timespec begin{}, now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    do {
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    } while (static_cast<double>(now.tv_sec - begin.tv_sec) * 1e3 +
                 static_cast<double>(now.tv_nsec - begin.tv_nsec) / 1e6 <
             ms);
}

void run(int ms) {
    QEventLoop loop;
    QTimer::singleShot(ms, &loop, &QEventLoop::quit);
    loop.exec();
}

TEST(EventWatchdog, FindsTheTurnThatTookLong) {
    EventWatchdog watchdog;
    run(20);
    watchdog.reset();
    QTimer::singleShot(5, [] { burn(30); });
    run(30);
    run(20);
    const EventWatchdog::Report report = watchdog.report();
    EXPECT_GE(report.worstMs, 30);
    EXPECT_LT(report.worstMs, 60);
    EXPECT_GE(report.totalMs, 30);
}

TEST(EventWatchdog, WaitingIsNoWork) {
    EventWatchdog watchdog;
    run(20);
    watchdog.reset();
    run(80);
    EXPECT_LT(watchdog.report().worstMs, 20);
    EXPECT_LT(watchdog.report().totalMs, 40);
}

TEST(EventWatchdog, EventsOfTwoTurnsAreNotAddedUp) {
    EventWatchdog watchdog;
    run(20);
    watchdog.reset();
    for (int i = 0; i < 5; ++i) QTimer::singleShot(10 + 20 * i, [] { burn(5); });
    run(140);
    const EventWatchdog::Report report = watchdog.report();
    EXPECT_GE(report.totalMs, 25);
    EXPECT_LT(report.worstMs, 24);
    EXPECT_GE(report.turns, 4);
}

}  // namespace
}  // namespace f8net
