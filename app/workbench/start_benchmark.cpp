// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/workbench/start_benchmark.h"

#include <time.h>
#include <unistd.h>

#include <QApplication>
#include <QEvent>
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
    while (!watch.isPainted) QApplication::processEvents(QEventLoop::AllEvents, 1);
    figures.firstFrameMs = millisecondsSinceProcessStart();
    while (window.runActions().runs().empty() && millisecondsSinceProcessStart() < 10'000) {
        QApplication::processEvents(QEventLoop::AllEvents, 1);
    }
    QApplication::processEvents();
    window.repaint();
    figures.runsShownMs = millisecondsSinceProcessStart();
    while (figures.firstPlotMs == 0 && millisecondsSinceProcessStart() < 10'000) {
        QApplication::processEvents(QEventLoop::AllEvents, 1);
        for (const MetricChart* chart : window.findChildren<MetricChart*>()) {
            if (!chart->chart().curves.empty() && chart->lines().isCurrent())
                figures.firstPlotMs = millisecondsSinceProcessStart();
        }
    }
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
