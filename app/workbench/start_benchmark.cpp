// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/workbench/start_benchmark.h"

#include <time.h>
#include <unistd.h>

#include <QApplication>
#include <QEvent>
#include <QTimer>
#include <algorithm>
#include <fstream>
#include <sstream>

#include "app/workbench/main_window.h"
#include "widgets/curves/metric_chart.h"
#include "widgets/panels/run_actions.h"

namespace f8net {

namespace {

/// Notes when a painting of the window has been worked through.
class FrameWatch final : public QObject {
public:
    bool isPainted = false;

protected:
    bool eventFilter(QObject*, QEvent* event) override {
        if (event->type() == QEvent::Paint) isPainted = true;
        return false;
    }
};

/// Works events until then, asleep where there are none, as the program is: threads that read and paint may have but
/// this one core. False after ten seconds.
template <typename Condition>
bool waitFor(Condition condition) {
    QTimer patience;
    patience.setSingleShot(true);
    patience.start(10'000);
    while (!condition()) {
        if (!patience.isActive()) return false;
        QApplication::processEvents(QEventLoop::WaitForMoreEvents);
    }
    return true;
}

double statusMb(const char* name) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.rfind(name, 0) == 0) return std::stod(line.substr(line.find(':') + 1)) / 1024;
    }
    return 0;
}

}  // namespace

double millisecondsSinceProcessStart() {
    std::ifstream stat("/proc/self/stat");
    std::string line;
    std::getline(stat, line);
    std::istringstream fields(line.substr(line.rfind(')') + 2));
    std::string field;
    for (int i = 3; i <= 22; ++i) fields >> field;  // the 22nd of all: ticks after boot
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    const double sinceBoot = static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
    return sinceBoot - std::stod(field) * 1e3 / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

StartFigures measureStart(MainWindow& window) {
    StartFigures figures;
    FrameWatch watch;
    window.installEventFilter(&watch);
    window.show();
    waitFor([&] { return watch.isPainted; });
    figures.firstFrameMs = millisecondsSinceProcessStart();
    waitFor([&] { return !window.runActions().runs().empty(); });
    QApplication::processEvents();
    window.repaint();
    figures.runsShownMs = millisecondsSinceProcessStart();
    const bool hasPlot = waitFor([&] {
        const QList<MetricChart*> charts = window.findChildren<MetricChart*>();
        return std::any_of(charts.begin(), charts.end(), [](const MetricChart* chart) {
            return !chart->chart().curves.empty() && chart->lines().isCurrent();
        });
    });
    if (hasPlot) figures.firstPlotMs = millisecondsSinceProcessStart();
    window.store().waitUntilCaughtUp(10'000);
    figures.runs = static_cast<int>(window.runActions().runs().size());
    figures.residentMb = statusMb("VmRSS");
    figures.peakMb = statusMb("VmHWM");
    return figures;
}

QString toText(const StartFigures& f) {
    return QString("first frame %1 ms, runs shown %2 ms, first plot %3 ms, %4 runs, resident %5 MB, peak %6 MB")
        .arg(f.firstFrameMs, 0, 'f', 0)
        .arg(f.runsShownMs, 0, 'f', 0)
        .arg(f.firstPlotMs, 0, 'f', 0)
        .arg(f.runs)
        .arg(f.residentMb, 0, 'f', 0)
        .arg(f.peakMb, 0, 'f', 0);
}

}  // namespace f8net
