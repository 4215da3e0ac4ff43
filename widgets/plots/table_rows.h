// SPDX-License-Identifier: GPL-3.0-or-later
/// The rows of a table outside the program, on the clipboard and in files: the columns that are not hidden, in the
/// order they stand in. A cell is what its model says in Qt::EditRole, where it does ("2026-11-26T05:57:53" of "today
/// 05:57"), else what it shows; figures are numbers. Threads  UI thread.
#pragma once

#include "widgets/plots/plot.h"

class QTableView;

namespace f8net {

enum class TableRows { kAll, kSelected };

PlotTable shownTable(const QTableView& view, TableRows rows);
/// Ctrl+C in the table copies its selected rows with a head line, tab by tab, as spreadsheets take them.
void letRowsBeCopied(QTableView* view);

}  // namespace f8net
