// SPDX-License-Identifier: GPL-3.0-or-later
/// Finds text that its widget has no room for, by comparing what each asks for with what it got: labels, buttons, combo
/// boxes, headers of tables, titles of groups and docks, tabs, menus, placeholders. Cells and plots elide on purpose
/// and are not looked at.
/// Threads  UI thread.
#pragma once

#include <QStringList>

class QWidget;

namespace f8net {

/// In words: "QPushButton 'Start' in ...: needs 80 x 24, has 60 x 24". What is not on the screen is passed over.
QStringList clippedTexts(QWidget& top);

}  // namespace f8net
