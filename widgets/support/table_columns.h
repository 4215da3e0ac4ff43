// SPDX-License-Identifier: GPL-3.0-or-later
/// How the columns of a table share its width. Threads  UI thread.
#pragma once

#include <limits>

class QTableView;

namespace f8net {

/// What the columns shown have of the table's width, without `column` and the scroll bar: what is left for it.
int roomBeside(const QTableView& table, int column);

/// `column` has what the others leave, from `least`, where the table scrolls, to `most`, where it ends before its edge:
/// numbers are read beside the names they belong to. To be called after the table changed its width or columns came or
/// went.
void giveRest(QTableView& table, int column, int least, int most = std::numeric_limits<int>::max());

}  // namespace f8net
