// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/table_columns.h"

#include <QHeaderView>
#include <QStyle>
#include <QTableView>
#include <algorithm>

namespace f8net {

int roomBeside(const QTableView& table, int column) {
    const QHeaderView& header = *table.horizontalHeader();
    int room = table.width() - 2 * table.frameWidth() -
               table.style()->pixelMetric(QStyle::PM_ScrollBarExtent, nullptr, &table);
    for (int other = 0; other < header.count(); ++other) {
        if (other != column && !header.isSectionHidden(other)) room -= header.sectionSize(other);
    }
    return room;
}

void giveRest(QTableView& table, int column, int least, int most) {
    const int room = roomBeside(table, column);
    const bool isRest = room >= least && room <= most;
    table.horizontalHeader()->setSectionResizeMode(column, isRest ? QHeaderView::Stretch : QHeaderView::Interactive);
    if (!isRest) table.setColumnWidth(column, std::clamp(room, least, most));
}

}  // namespace f8net
