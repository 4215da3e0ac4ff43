// SPDX-License-Identifier: GPL-3.0-or-later
/// The table that follows the crosshair: at most eight rows, as the lines are stacked, the nearest one bold; it stands
/// on the side of the plot where the pointer is not. Threads  UI thread.
#pragma once

#include <QColor>
#include <QFrame>
#include <vector>

namespace f8net {

struct HoverRow {
    QColor color;
    QString value, name;
    double pixel = 0;  ///< height of the value in the plot, from its top
};

struct HoverTable {
    QString heading;             ///< where the crosshair stands: "epoch 41.0, step 12 300"
    std::vector<HoverRow> rows;  ///< in any order
};

class HoverCard final : public QFrame {
    Q_OBJECT
public:
    static constexpr int kMostRows = 8;

    explicit HoverCard(QWidget* plot);
    /// `pointer` and `area` (where the data are) in the plot's pixels. Without rows it hides.
    void showTable(HoverTable table, const QPointF& pointer, const QRect& area);

    /// What is shown: the rows around the nearest.
    const std::vector<HoverRow>& rows() const { return m_table.rows; }
    int nearest() const { return m_nearest; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    HoverTable m_table;
    int m_nearest = 0;
    size_t m_total = 0;
};

}  // namespace f8net
