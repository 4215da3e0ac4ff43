// SPDX-License-Identifier: GPL-3.0-or-later
// One column has what the others leave; and words in a splitter keep the height of their lines.
#include "widgets/support/table_columns.h"

#include <gtest/gtest.h>

#include <QHeaderView>
#include <QScrollBar>
#include <QSplitter>
#include <QStandardItemModel>
#include <QTableView>
#include <QTest>
#include <QVBoxLayout>

#include "widgets/support/wrapped_label.h"

namespace f8net {
namespace {

TEST(TableColumns, OneHasWhatTheOthersLeave) {
    QStandardItemModel model(3, 4);
    QTableView table;
    table.setModel(&model);
    table.setColumnHidden(2, true);
    table.show();
    const auto fit = [&](int width) {
        table.resize(width, 80);
        giveRest(table, 0, 120);
        QTest::qWait(1);
        return table.columnWidth(0);
    };
    const auto scrolls = [&](bool does) {
        return QTest::qWaitFor([&] { return table.horizontalScrollBar()->isVisible() == does; });
    };
    table.setColumnWidth(1, 90);
    table.setColumnWidth(3, 70);
    EXPECT_GT(fit(500), 300);
    EXPECT_TRUE(scrolls(false));
    EXPECT_EQ(fit(250), 120);  // less than that it never has
    EXPECT_TRUE(scrolls(true));
    table.setColumnHidden(1, true);
    EXPECT_GT(fit(250), 120);
    EXPECT_TRUE(scrolls(false));
    table.resize(900, 80);
    giveRest(table, 0, 120, 200);
    QTest::qWait(1);
    EXPECT_EQ(table.columnWidth(0), 200);  // more than that it never has
}

TEST(WrappedLabel, KeepsTheHeightOfItsLinesInASplitter) {
    QSplitter splitter(Qt::Vertical);
    auto* part = new QWidget;
    auto* layout = new QVBoxLayout(part);
    auto* label = new WrappedLabel;
    label->setText("Words that take one line where there is much room and several where there is little of it");
    layout->addWidget(label);
    splitter.addWidget(part);
    splitter.addWidget(new QWidget);
    splitter.setChildrenCollapsible(false);
    splitter.show();
    for (const int width : {900, 160, 900}) {
        splitter.resize(width, 300);
        splitter.setSizes({0, 300});  // as little as may be
        EXPECT_TRUE(QTest::qWaitFor([&] {
            return part->width() == width && label->height() == label->heightForWidth(label->width());
        })) << width;
        EXPECT_EQ(label->height() < 2 * label->fontMetrics().height(), width == 900);
    }
}

TEST(WrappedLabel, AsksForALineUntilItIsShownAndForItsOwnFromThere) {
    QWidget window;
    auto* layout = new QVBoxLayout(&window);
    auto* label = new WrappedLabel;
    label->setText("<b>Words that are long</b> take many lines in the narrow column that a hidden view is laid out in");
    layout->addWidget(label);
    label->resize(40, 20);
    QTest::qWait(20);
    EXPECT_LE(label->minimumSizeHint().height(), label->fontMetrics().lineSpacing());
    window.resize(300, 400);
    window.show();
    EXPECT_TRUE(
        QTest::qWaitFor([&] { return label->minimumSizeHint().height() == label->heightForWidth(label->width()); }));
    EXPECT_GT(label->minimumSizeHint().height(), label->fontMetrics().lineSpacing());
}

}  // namespace
}  // namespace f8net
