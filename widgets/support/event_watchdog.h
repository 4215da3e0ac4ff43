// SPDX-License-Identifier: GPL-3.0-or-later
/// Measures how long a thread's event loop works in one go: CPU time from one look for events to the next, in which no
/// key press is answered. Debug builds of the workbench run one and say at the end what it saw; benchmarks do anywhere.
/// Threads  watches the thread that makes it.   Cost  below a microsecond a turn.
#pragma once

#include <QObject>
#include <QString>
#include <cstdint>
#include <vector>

namespace f8net {

class EventWatchdog final : public QObject {
    Q_OBJECT
public:
    /// Turns below this did nothing worth counting: they would only thin out the others.
    static constexpr double kLeastMs = 0.1;

    explicit EventWatchdog(QObject* parent = nullptr);

    struct Report {
        int64_t turns = 0;  ///< that took kLeastMs or more
        double medianMs = 0, p99Ms = 0, p999Ms = 0, worstMs = 0;
        double totalMs = 0;
    };
    Report report() const;
    void reset();

private:
    void endTurn();

    double m_begin;
    std::vector<float> m_turns;  ///< ms
};

QString toText(const EventWatchdog::Report& report);

}  // namespace f8net
