// SPDX-License-Identifier: GPL-3.0-or-later
/// The ring round what is painted by hand and has the keyboard, as the style draws it round everything else.
/// Threads  UI thread.
#pragma once

class QPainter;
class QWidget;

namespace f8net {

/// Last in its paintEvent; nothing where the widget has not the focus. Of the whole widget, never of an export.
void paintFocusRing(QPainter& painter, const QWidget& widget);

}  // namespace f8net
