// SPDX-License-Identifier: GPL-3.0-or-later
// What the views show is shown again after a restart, and a settings file that makes no sense gives the defaults.
#include <QCheckBox>
#include <QComboBox>
#include <QHeaderView>
#include <QSettings>
#include <QSlider>
#include <QSpinBox>
#include <QTabWidget>
#include <QTableView>

#include "tests/app/workbench/window_fixture.h"
#include "widgets/compare/compare_view.h"
#include "widgets/models/format_table_model.h"

namespace f8net {
namespace {

class Restart : public WholeWindow {
protected:
    void start() {
        window.reset();
        window = std::make_unique<MainWindow>(
            MainWindow::Options{QString::fromStdString(storePath()), folder.filePath("w.ini"), ThemeChoice::kLight});
        window->resize(1440, 900);
        window->show();
        settle();
        openAllViews();
    }
    /// By its accessible name, else its text.
    template <typename Control>
    Control* control(const QString& view, const QString& name) {
        for (auto* each : window->docks().view(view)->findChildren<Control*>()) {
            const auto* button = qobject_cast<QAbstractButton*>(each);
            const QString text = button != nullptr ? button->text().remove('&') : QString();
            if (each->accessibleName() == name || text == name) return each;
        }
        ADD_FAILURE() << view.toStdString() << " has no " << name.toStdString();
        return new Control(window.get());
    }
    struct Flag {
        const char *view, *name;
        bool usual;
    };
    struct Choice {
        const char *view, *name;
        int usual, other;
    };
    static std::vector<Flag> flags() {
        return {{"compare", "Show equal rows", false},   {"curves", "Log y", true},
                {"curves", "Ignore outliers", true},     {"distributions", "Real units", false},
                {"distributions", "Worst first", false}, {"formats", "Unsettled first", false},
                {"log", "Only problems", false}};
    }
    static std::vector<Choice> choices() {
        return {{"curves", "Horizontal axis", 1, 2},
                {"curves", "Show top-1 and top-5 as", 0, 1},
                {"distributions", "Tensors that are shown", 0, 7},
                {"formats", "Tensor of the history", 0, 1},
                {"network", "Quantity that the layers are painted by", 0, 4},
                {"compare", "Quantity that the layers are painted by", 0, 3},
                {"log", "What the log shows", 0, 1}};
    }
    QComboBox* box(const Choice& choice) { return control<QComboBox>(choice.view, choice.name); }
    QTabWidget* compareTabs() { return qobject_cast<CompareView*>(window->docks().view("compare"))->tabs(); }
    QTableView* formats() { return control<QTableView>("formats", "Formats of all layers"); }
    QString settingsFile() const { return folder.filePath("w.ini"); }

    void expectDefaults() {
        for (const Flag& flag : flags())
            EXPECT_EQ(control<QCheckBox>(flag.view, flag.name)->isChecked(), flag.usual) << flag.view << flag.name;
        for (const Choice& choice : choices())
            EXPECT_EQ(box(choice)->currentIndex(), choice.usual) << choice.view << choice.name;
        EXPECT_EQ(compareTabs()->currentIndex(), 0);
        EXPECT_EQ(control<QSlider>("curves", "Smoothing")->value(), 60);
        EXPECT_EQ(control<QSpinBox>("sigma", "Word length in bits")->value(), 8);
        EXPECT_TRUE(formats()->isColumnHidden(FormatTableModel::kMacs));
        EXPECT_FALSE(formats()->isColumnHidden(FormatTableModel::kSigma));
        EXPECT_EQ(formats()->horizontalHeader()->sortIndicatorSection(), FormatTableModel::kLayer);
    }
};

TEST_F(Restart, ShowsWhatWasShown) {
    start();
    expectDefaults();
    window->selection().setRun(second);
    settle();
    window->selection().setLayer("stage_1_layer_0.body.0");
    for (const Flag& flag : flags()) control<QCheckBox>(flag.view, flag.name)->setChecked(!flag.usual);
    for (const Choice& choice : choices()) {
        box(choice)->setCurrentIndex(choice.other);
        Q_EMIT box(choice)->activated(choice.other);
    }
    compareTabs()->setCurrentIndex(3);
    control<QSlider>("curves", "Smoothing")->setValue(17);
    control<QSpinBox>("sigma", "Word length in bits")->setValue(5);
    formats()->setColumnHidden(FormatTableModel::kMacs, false);
    formats()->setColumnHidden(FormatTableModel::kSigma, true);
    formats()->setColumnWidth(FormatTableModel::kInput, 111);

    start();
    EXPECT_EQ(window->selection().run(), second);
    EXPECT_EQ(window->selection().layer(), "stage_1_layer_0.body.0");
    EXPECT_FALSE(window->selection().canGoBack());
    for (const Flag& flag : flags())
        EXPECT_EQ(control<QCheckBox>(flag.view, flag.name)->isChecked(), !flag.usual) << flag.view << flag.name;
    for (const Choice& choice : choices())
        EXPECT_EQ(box(choice)->currentIndex(), choice.other) << choice.view << choice.name;
    EXPECT_EQ(compareTabs()->currentIndex(), 3);
    EXPECT_EQ(control<QSlider>("curves", "Smoothing")->value(), 17);
    EXPECT_EQ(control<QSpinBox>("sigma", "Word length in bits")->value(), 5);
    EXPECT_FALSE(formats()->isColumnHidden(FormatTableModel::kMacs));
    EXPECT_TRUE(formats()->isColumnHidden(FormatTableModel::kSigma));
    EXPECT_EQ(formats()->columnWidth(FormatTableModel::kInput), 111);
    EXPECT_EQ(formats()->horizontalHeader()->sortIndicatorSection(), FormatTableModel::kNearness);  // unsettled first

    // A column that was sorted by takes the place of "unsettled first".
    control<QCheckBox>("formats", "Unsettled first")->setChecked(false);
    formats()->sortByColumn(FormatTableModel::kClipped, Qt::DescendingOrder);
    start();
    EXPECT_EQ(formats()->horizontalHeader()->sortIndicatorSection(), FormatTableModel::kClipped);
    EXPECT_EQ(formats()->horizontalHeader()->sortIndicatorOrder(), Qt::DescendingOrder);
    EXPECT_FALSE(control<QCheckBox>("formats", "Unsettled first")->isChecked());
}

TEST_F(Restart, ValuesThatMakeNoSenseAreDefaults) {
    start();
    window.reset();
    {
        QSettings file(settingsFile(), QSettings::IniFormat);
        for (const QString& key : file.allKeys()) {
            // A filter may be any words.
            if (key != "version" && key != "runs/filter" && !key.startsWith("window/")) file.setValue(key, "4711");
        }
    }
    start();
    expectDefaults();
    EXPECT_FALSE(window->selection().run().empty());  // one that is there
    window.reset();
    QFile file(settingsFile());
    ASSERT_TRUE(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    file.write("\x7f\x45\x4c\x46 junk");
    file.close();
    start();
    expectDefaults();
    EXPECT_TRUE(window->notices().text().contains("defaults")) << window->notices().text().toStdString();
}

}  // namespace
}  // namespace f8net
