// SPDX-License-Identifier: GPL-3.0-or-later
// Columns of a table from one start to the next, also those that were kept by an earlier version or make no sense.
#include "widgets/support/remembered.h"

#include <gtest/gtest.h>

#include <QHeaderView>
#include <QStandardItemModel>
#include <QTableView>
#include <QTemporaryDir>

#include "widgets/support/settings.h"

namespace f8net {
namespace {

class RememberedColumns : public testing::Test {
protected:
    /// A start of the program: what `use` leaves is remembered at its end.
    void start(const std::function<void(QTableView&)>& use) {
        Settings settings(folder.filePath("w.ini"));
        QStandardItemModel model(1, static_cast<int>(names.size()));
        QTableView table;
        table.setModel(&model);
        table.setSortingEnabled(true);
        table.sortByColumn(0, Qt::AscendingOrder);
        table.hideColumn(kRare);
        Remembered remembered(settings, "list");
        remembered.keepColumns(
            &table, [this](int column) { return names[column]; }, [](int column) { return column != kGiven; });
        use(table);
    }
    void keep(const QString& key, const QVariant& value) { Settings(folder.filePath("w.ini")).setValue(key, value); }
    static QString shown(const QTableView& table, const QStringList& names) {
        QStringList shown;
        for (int place = 0; place < table.horizontalHeader()->count(); ++place) {
            const int column = table.horizontalHeader()->logicalIndex(place);
            if (!table.isColumnHidden(column)) shown << names[column];
        }
        return shown.join(' ');
    }

    static constexpr int kName = 0, kLoss = 1, kGiven = 2, kRare = 3, kOurs = 4;
    QStringList names{"name", "loss", "given", "rare", ""};
    QTemporaryDir folder;
};

TEST_F(RememberedColumns, OrderWidthsAndWhatIsShown) {
    start([this](QTableView& table) {
        EXPECT_EQ(shown(table, names).toStdString(), "name loss given ");
        table.showColumn(kRare);
        table.horizontalHeader()->moveSection(3, 0);
        table.setColumnWidth(kLoss, 123);
        table.setColumnWidth(kGiven, 234);
        table.setColumnWidth(kRare, 77);
        table.hideColumn(kLoss);
        table.sortByColumn(kRare, Qt::DescendingOrder);
    });
    for (const bool isAgain : {false, true}) {
        start([&](QTableView& table) {
            EXPECT_EQ(shown(table, names).toStdString(), "rare name given ") << isAgain;
            EXPECT_TRUE(table.horizontalHeader()->sectionsMovable());
            EXPECT_EQ(table.columnWidth(kRare), 77);
            EXPECT_NE(table.columnWidth(kGiven), 234);  // the view gives it one
            EXPECT_EQ(table.horizontalHeader()->sortIndicatorSection(), kRare);
            EXPECT_EQ(table.horizontalHeader()->sortIndicatorOrder(), Qt::DescendingOrder);
            if (!isAgain) return;
            table.showColumn(kLoss);
            EXPECT_EQ(table.columnWidth(kLoss), 123);
        });
    }
}

TEST_F(RememberedColumns, OneThatComesToBeIsAsByDefault) {
    start([](QTableView& table) { table.hideColumn(kLoss); });
    names = {"name", "loss", "new", "rare", "new_rare"};  // "new" in the place of another
    start([this](QTableView& table) {
        EXPECT_EQ(shown(table, names).toStdString(), "name new new_rare");
        EXPECT_TRUE(table.isColumnHidden(kRare));
    });
}

TEST_F(RememberedColumns, ThoseOfTheFirstVersionsCount) {
    keep("list/columns", QStringList{"rare 88", "name"});  // what is not listed is hidden
    keep("list/sortedBy", "name");
    keep("list/sortedDown", "true");
    start([this](QTableView& table) {
        EXPECT_EQ(shown(table, names).toStdString(), "rare name ");
        EXPECT_EQ(table.columnWidth(kRare), 88);
        EXPECT_EQ(table.horizontalHeader()->sortIndicatorOrder(), Qt::DescendingOrder);
    });
}

TEST_F(RememberedColumns, WhatMakesNoSenseIsDefault) {
    for (const QVariant& nonsense :
         {QVariant("4711"), QVariant(QByteArray("\x00\xff\x00", 3)), QVariant(QStringList{"", " ", "loss2 5"})}) {
        keep("list/columns", nonsense);
        keep("list/columnsHidden", QStringList{"name", "loss"});  // with nothing shown beside them
        keep("list/sortedBy", nonsense);
        start([this](QTableView& table) {
            EXPECT_EQ(shown(table, names).toStdString(), "name loss given ");
            EXPECT_EQ(table.horizontalHeader()->sortIndicatorSection(), kName);
        });
    }
    keep("list/columns", QStringList{"loss -5", "name 999999999", "loss 60"});
    start([](QTableView& table) {
        EXPECT_GE(table.columnWidth(kName), 100);
        EXPECT_LE(table.columnWidth(kName), 2000);
        EXPECT_EQ(table.columnWidth(kLoss), 60);
    });
}

}  // namespace
}  // namespace f8net
