// SPDX-License-Identifier: GPL-3.0-or-later
/// The program's line icons (resources/icons/*.svg), drawn in the text colour of the palette at hand, so they follow
/// the theme. Threads  UI thread.
#pragma once

#include <QColor>
#include <QIcon>
#include <QPixmap>
#include <QString>

namespace f8net {

/// Follows the application's palette at each painting. An unknown name gives an empty icon.
QIcon icon(const QString& name);
/// One drawing in one colour; `side` in logical pixels.
QPixmap iconPixmap(const QString& name, const QColor& color, int side, double devicePixelRatio);
QIcon programIcon();

}  // namespace f8net
