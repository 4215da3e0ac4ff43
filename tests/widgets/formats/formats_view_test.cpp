// SPDX-License-Identifier: GPL-3.0-or-later
// The formats' picture is a plot like every other: its numbers, its legend, itself as a file; and the table beside it.
#include "widgets/formats/formats_view.h"

#include <QApplication>
#include <QFile>
#include <QHeaderView>
#include <QImage>
#include <QMenu>
#include <QTableView>
#include <QTest>
#include <QTimer>
#include <algorithm>
#include <cmath>

#include "tests/widgets/synthetic/view_fixture.h"
#include "widgets/formats/formats_picture.h"
#include "widgets/plots/plot_actions.h"
#include "widgets/plots/plot_export.h"
#include "widgets/support/number_text.h"

namespace f8net {
namespace {

class FormatsViews : public ViewFixture {
protected:
    void SetUp() override {
        {
            synthetic::Store writer(storePath());
            baseline = writer.add({.name = "older", .epochs = 5, .doneEpochs = 5, .floatEpochs = 1, .seed = 3});
            run = writer.add({.name = "newer", .epochs = 6, .doneEpochs = 6, .floatEpochs = 2, .seed = 4});
        }
        open();
        view = std::make_unique<FormatsView>(context(), nullptr);
        view->resize(900, 600);
        view->show();
        selection.setRun(run);
        settle();
    }
    FormatsPicture& picture() { return *view->picture(); }
    QByteArray exported(const char* name) {
        exportPlot(picture(), folder.filePath(name));
        QFile file(folder.filePath(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

    RunId baseline, run;
    std::unique_ptr<FormatsView> view;
};

TEST_F(FormatsViews, TheNumbersBehindThePictureAreItsFormatsAndTheirHistory) {
    const PlotTable table = picture().plotTable();
    ASSERT_EQ(table.rows.size(), 21u);
    ASSERT_EQ(table.columns.size(), 3 + 4);  // four epochs of six have formats
    EXPECT_EQ(table.columns[3].toStdString(), "Input, epoch 3 [fractional bits]");
    for (const QVariantList& row : table.rows) {
        ASSERT_EQ(row.size(), table.columns.size());
        // "u8.5" at the last epoch has five fractional bits.
        EXPECT_EQ(row[1].toString().section('.', 1).toInt(), row.back().toInt()) << row[0].toString().toStdString();
    }
    picture().setShowsWeights(true);
    const PlotTable weights = picture().plotTable();
    EXPECT_EQ(weights.columns[3].toStdString(), "Weight, epoch 3 [fractional bits]");
    for (const QVariantList& row : weights.rows)
        EXPECT_EQ(row[2].toString().section('.', 1).toInt(), row.back().toInt()) << row[0].toString().toStdString();
}

TEST_F(FormatsViews, ABaselineIsInTheTableToo) {
    selection.setBaseline(baseline);
    settle();
    const PlotTable table = picture().plotTable();
    ASSERT_EQ(table.columns.size(), 5 + 4);
    EXPECT_EQ(table.columns[3].toStdString(), "Input, older");
    for (const QVariantList& row : table.rows)
        EXPECT_TRUE(row[4].toString().startsWith("s8.")) << row[4].toString().toStdString();
}

TEST_F(FormatsViews, IsExportedAsPicturePageAndTable) {
    QImage png = QImage::fromData(exported("f.png"), "PNG");
    EXPECT_EQ(png.size(), picture().size() * 2);
    EXPECT_TRUE(exported("f.svg").contains("Where the binary point is"));
    EXPECT_TRUE(exported("f.pdf").startsWith("%PDF"));
    EXPECT_EQ(exported("f.csv").count('\n'), 22);
    EXPECT_TRUE(exported("f.json").contains("still moving") || exported("f.json").contains("all settled"));
}

TEST_F(FormatsViews, ANarrowPictureGetsItsLegendBelow) {
    EXPECT_TRUE(picture().plotLegend().empty());  // it is inside
    const int wide = picture().width();
    ASSERT_GE(wide, 560);
    view->resize(420, 600);
    settle();
    const auto legend = picture().plotLegend();
    ASSERT_EQ(legend.size(), 5u + 9u);
    EXPECT_EQ(legend[0].text.toStdString(), "inputs");
    EXPECT_EQ(legend.back().text.toStdString(), "0 wide range");
    EXPECT_GT(QImage::fromData(exported("n.png"), "PNG").height(), 2 * picture().height());
}

TEST_F(FormatsViews, TheCrosshairSaysWhatIsUnderItAndIsOnNoPaper) {
    const PlotTable table = picture().plotTable();
    const QByteArray before = exported("before.png");
    const int middle = picture().width() / 2;
    QTest::mouseMove(&picture(), QPoint(middle, 60));  // among the bits
    ASSERT_TRUE(picture().card().isVisible());
    const std::vector<HoverRow> above = picture().card().rows();
    // The same layer, its newest epoch, which is on top of the lower picture.
    int y = 60;
    while (y < picture().height() && !picture().card().rows()[0].name.contains("epoch 6")) {
        QTest::mouseMove(&picture(), QPoint(middle, ++y));
    }
    ASSERT_EQ(picture().card().rows()[0].name.toStdString(), "fractional bits, epoch 6");
    if (const QString pictures = qEnvironmentVariable("F8NET_PICTURES"); !pictures.isEmpty())
        picture().grab().save(pictures + "/formats-crosshair.png");
    const QString length = picture().card().rows()[0].value, input = above[0].value, weight = above[1].value;
    EXPECT_EQ(picture().card().nearest(), 0);
    EXPECT_EQ(input.section('.', 1), length);
    EXPECT_TRUE(std::any_of(table.rows.begin(), table.rows.end(), [&](const QVariantList& row) {
        return row[1] == input && row[2] == weight && row.back().toString() == length;
    }));
    EXPECT_EQ(exported("after.png"), before);
    QEvent leave(QEvent::Leave);
    QApplication::sendEvent(&picture(), &leave);
    EXPECT_FALSE(picture().card().isVisible());
    QTest::mouseMove(&picture(), QPoint(2, 60));  // on no layer
    EXPECT_FALSE(picture().card().isVisible());
}

TEST_F(FormatsViews, SaysWhatItShowsToAssistants) {
    EXPECT_TRUE(picture().accessibleDescription().contains("newer")) << picture().accessibleDescription().toStdString();
    EXPECT_TRUE(picture().accessibleDescription().contains("21 layers"));
    QTest::keyClick(&picture(), Qt::Key_Right);
    EXPECT_FALSE(selection.layer().isEmpty());
}

QTableView& tableOf(FormatsView& view) {
    return *view.findChild<QTableView*>();
}

/// Presses the entry of the header's menu that begins with these words.
void toggleColumn(FormatsView& view, const QString& words) {
    bool isThere = false;
    QTimer::singleShot(0, [&isThere, words] {
        auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
        ASSERT_NE(menu, nullptr);
        for (QAction* action : menu->actions()) {
            if (!action->text().remove('&').startsWith(words)) continue;
            isThere = true;
            action->trigger();
        }
        menu->close();
    });
    Q_EMIT tableOf(view).horizontalHeader()->customContextMenuRequested({10, 4});
    EXPECT_TRUE(isThere) << words.toStdString();
}

TEST_F(FormatsViews, MoreColumnsAreShownByTheHeadersMenuAndRemembered) {
    QTableView& table = tableOf(*view);
    EXPECT_TRUE(table.isColumnHidden(FormatTableModel::kHeadroom));
    EXPECT_FALSE(table.isColumnHidden(FormatTableModel::kFlips));
    toggleColumn(*view, "Headroom");
    toggleColumn(*view, "MACs");
    toggleColumn(*view, "Flips");
    EXPECT_FALSE(table.isColumnHidden(FormatTableModel::kHeadroom));
    EXPECT_TRUE(table.isColumnHidden(FormatTableModel::kFlips));
    const auto cell = [&table](int column) { return table.model()->index(0, column).data().toString(); };
    EXPECT_EQ(cell(FormatTableModel::kLayer), "head.0");
    EXPECT_EQ(cell(FormatTableModel::kShape), "64\u00d7112\u00d7112");
    EXPECT_EQ(cell(FormatTableModel::kParameters), text::count(64 * 3 * 7 * 7));
    EXPECT_EQ(cell(FormatTableModel::kMacs), text::count(int64_t{64} * 3 * 7 * 7 * 112 * 112));
    EXPECT_GT(cell(FormatTableModel::kHeadroom).toDouble(), 0);
    const int input = cell(FormatTableModel::kInput).section('.', 1).toInt();
    EXPECT_EQ(cell(FormatTableModel::kOutputLength).toInt(),
              input + cell(FormatTableModel::kWeight).section('.', 1).toInt());

    table.setColumnWidth(FormatTableModel::kSigma, 123);
    table.setColumnHidden(FormatTableModel::kSigma, true);
    view.reset();  // remembers at its end
    FormatsView later(context(), nullptr);
    tableOf(later).showColumn(FormatTableModel::kSigma);
    EXPECT_EQ(tableOf(later).columnWidth(FormatTableModel::kSigma), 123);
    EXPECT_FALSE(tableOf(later).isColumnHidden(FormatTableModel::kMacs));
    EXPECT_TRUE(tableOf(later).isColumnHidden(FormatTableModel::kFlips));
    EXPECT_TRUE(tableOf(later).isColumnHidden(FormatTableModel::kShape));
}

TEST_F(FormatsViews, TheTableOfAllLayersIsWritten) {
    EXPECT_TRUE(view->exportTable(folder.filePath("all.csv")));
    QFile file(folder.filePath("all.csv"));
    ASSERT_TRUE(file.open(QIODevice::ReadOnly));
    EXPECT_EQ(file.readAll().count('\n'), 22);
    EXPECT_FALSE(view->exportTable("/nowhere/all.csv"));
}

}  // namespace
}  // namespace f8net
