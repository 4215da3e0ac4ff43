// SPDX-License-Identifier: GPL-3.0-or-later
/// QCustomPlot in the colours, fonts and sizes of the workbench; it ignores the palette by itself.
/// Threads  UI thread. Call on creation and on QEvent::PaletteChange.
#pragma once

class QCustomPlot;
class QCPAxis;

namespace f8net {

void applyTheme(QCustomPlot* plot);

/// Switches between logarithmic (decades, "0.5" rather than "5e-1") and linear.
void setLogarithmic(QCPAxis* axis, bool logarithmic);

}  // namespace f8net
