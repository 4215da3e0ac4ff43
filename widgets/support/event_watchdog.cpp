// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/event_watchdog.h"

#include <time.h>

#include <QAbstractEventDispatcher>
#include <algorithm>
#include <numeric>

namespace f8net {

namespace {

constexpr size_t kMostTurns = 4'000'000;  // a day at 50 a second; then the watchdog sleeps

double cpuMs() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

}  // namespace

EventWatchdog::EventWatchdog(QObject* parent) : QObject(parent), m_begin(cpuMs()) {
    // Said once in each turn of the loop, by the dispatcher of glib as by Qt's own; waiting takes no CPU time.
    connect(QAbstractEventDispatcher::instance(), &QAbstractEventDispatcher::awake, this, &EventWatchdog::endTurn);
}

void EventWatchdog::endTurn() {
    const double now = cpuMs();
    const double took = now - m_begin;
    m_begin = now;
    if (took >= kLeastMs && m_turns.size() < kMostTurns) m_turns.push_back(static_cast<float>(took));
}

void EventWatchdog::reset() {
    m_turns.clear();
    m_begin = cpuMs();
}

EventWatchdog::Report EventWatchdog::report() const {
    Report report;
    if (m_turns.empty()) return report;
    std::vector<float> sorted = m_turns;
    std::sort(sorted.begin(), sorted.end());
    const auto at = [&](double share) {
        // The smallest value that so many of the turns do not exceed.
        const auto index = static_cast<size_t>(share * static_cast<double>(sorted.size()));
        return double{sorted[std::min(index, sorted.size() - 1)]};
    };
    report.turns = static_cast<int64_t>(sorted.size());
    report.medianMs = at(0.5);
    report.p99Ms = at(0.99);
    report.p999Ms = at(0.999);
    report.worstMs = sorted.back();
    report.totalMs = std::accumulate(sorted.begin(), sorted.end(), 0.0);
    return report;
}

QString toText(const EventWatchdog::Report& report) {
    return QString("event loop: %1 turns, CPU ms in one go: median %2, 99 %% %3, 99.9 %% %4, worst %5; %6 ms in all")
        .arg(report.turns)
        .arg(report.medianMs, 0, 'f', 2)
        .arg(report.p99Ms, 0, 'f', 2)
        .arg(report.p999Ms, 0, 'f', 2)
        .arg(report.worstMs, 0, 'f', 2)
        .arg(report.totalMs, 0, 'f', 0)
        .replace("%%", "%");
}

}  // namespace f8net
