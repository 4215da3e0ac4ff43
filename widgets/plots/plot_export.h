// SPDX-License-Identifier: GPL-3.0-or-later
/// A plot on its way out of the program: to PNG (two pixels a unit), SVG (96 dpi, a font family that other programs
/// know), PDF (text stays text), CSV, JSON and the clipboard; pictures with a legend below, which they lack on screen.
/// Errors   IoError with the path and the system's reason; ConfigError for an ending that is none of these.
/// Threads  UI thread.
#pragma once

#include <QString>

class QImage;
class QWidget;

namespace f8net {

class Plot;
struct PlotTable;

void exportPlot(Plot& plot, const QString& path);
void exportTable(const PlotTable& table, const QString& path);  ///< CSV whatever the ending is
QImage pictureOf(Plot& plot);
void copyPicture(Plot& plot);

/// Filter of file dialogs for what exportPlot writes.
QString exportFilter();
/// A file name made of a title: "Top-1 error, test [%]" is "top-1-error-test.png".
QString exportFileName(const QString& title, const QString& ending);

}  // namespace f8net
