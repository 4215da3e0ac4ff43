// SPDX-License-Identifier: GPL-3.0-or-later
/// --benchmark-start: how long from the start of the process to the first painted frame and to the runs in it, and how
/// much memory that takes.
#pragma once

#include <QString>

namespace f8net {

class MainWindow;

struct StartFigures {
    double firstFrameMs = 0;  ///< process start to the first frame painted
    double runsShownMs = 0;   ///< ... to a frame with the runs of the store
    double firstPlotMs = 0;   ///< ... to the first chart with its lines; 0 where nothing is drawn within ten seconds
    double residentMb = 0, peakMb = 0;
    int runs = 0;
};

/// Milliseconds since this process was started (the kernel's clock, 10 ms resolution).
double millisecondsSinceProcessStart();
/// Shows the window and works events until everything is painted.
StartFigures measureStart(MainWindow& window);
QString toText(const StartFigures& figures);

}  // namespace f8net
