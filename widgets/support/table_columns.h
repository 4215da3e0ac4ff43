// SPDX-License-Identifier: GPL-3.0-or-later
/// How the columns of a table share its width. Threads  UI thread.
#pragma once

class QTableView;

namespace f8net {

/// What the columns shown have of the table's width, without `column` and the scroll bar: what is left for it.
int roomBeside(const QTableView& table, int column);

/// `column` has what the others leave, where that is `least` or more; else it has `least`, and the table scrolls. To be
/// called after the table changed its width or columns came or went.
void giveRest(QTableView& table, int column, int least);

}  // namespace f8net
