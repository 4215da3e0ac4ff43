// SPDX-License-Identifier: GPL-3.0-or-later
// Go to: what is listed for the words that are typed, and where its lines lead.
#include "widgets/dialogs/go_to_dialog.h"

#include <gtest/gtest.h>

#include <QLineEdit>
#include <QListWidget>
#include <QTest>

namespace f8net {
namespace {

class GoTo : public testing::Test {
protected:
    void show(QList<GoToDialog::Target> targets) {
        dialog = std::make_unique<GoToDialog>(std::move(targets));
        line = dialog->findChild<QLineEdit*>();
        list = dialog->findChild<QListWidget*>();
        dialog->show();
    }
    GoToDialog::Target target(const QString& kind, const QString& name) {
        // What it does comes when the dialog is gone, so that a dialog of its own has the focus.
        return {kind, name, [this, name] { went << name + (dialog->isVisible() ? " too early" : ""); }};
    }
    void showSome() {
        show({target("Run", "layers-0.2"), target("Layer", "stage_0_layer_0.body.0"), target("Layer", "head.0"),
              target("View", "Formats"), target("Action", "Show formats")});
    }
    void type(const QString& words) {
        line->selectAll();
        QTest::keyClicks(line, words.isEmpty() ? QString(' ') : words);
    }
    QStringList listed() const {
        QStringList names;
        for (int row = 0; row < list->count(); ++row) names << list->item(row)->text().section("   ", 0, 0);
        return names;
    }
    QStringList typed(const QString& words) {
        type(words);
        return listed();
    }
    void press(Qt::Key key) { QTest::keyClick(line, key); }

    std::unique_ptr<GoToDialog> dialog;
    QLineEdit* line = nullptr;
    QListWidget* list = nullptr;
    QStringList went;
};

TEST_F(GoTo, ListsWhatHoldsEveryWordInItsNameOrInWhatItIs) {
    showSome();
    EXPECT_EQ(listed().size(), 5);
    EXPECT_EQ(typed("FORMATS"), (QStringList{"Formats", "Show formats"}));
    EXPECT_EQ(typed("formats view"), QStringList{"Formats"});
    EXPECT_EQ(typed("layer"), (QStringList{"layers-0.2", "stage_0_layer_0.body.0", "head.0"}));
    EXPECT_EQ(typed("layer run"), QStringList{"layers-0.2"});
    EXPECT_EQ(typed("0 layer stage"), QStringList{"stage_0_layer_0.body.0"});
    EXPECT_TRUE(typed("formats run").isEmpty());
    EXPECT_EQ(typed("").size(), 5);
    for (int row = 0; row < list->count(); ++row)  // a screen reader says the kind, too
        EXPECT_EQ(list->item(row)->text().section("   ", 1),
                  (QStringList{"Run", "Layer", "Layer", "View", "Action"}[row]));
}

TEST_F(GoTo, EnterTakesTheFirstLineOrTheOneThatArrowsHaveReached) {
    showSome();
    type("layer");
    press(Qt::Key_Down);
    press(Qt::Key_Down);
    press(Qt::Key_Up);
    press(Qt::Key_Return);
    EXPECT_FALSE(dialog->isVisible());
    EXPECT_TRUE(QTest::qWaitFor([this] { return !went.isEmpty(); }));
    showSome();
    type("formats");
    press(Qt::Key_Enter);
    EXPECT_TRUE(QTest::qWaitFor([this] { return went.size() == 2; }));
    EXPECT_EQ(went, (QStringList{"stage_0_layer_0.body.0", "Formats"}));
}

TEST_F(GoTo, AClickTakesItsLine) {
    showSome();
    QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualItemRect(list->item(3)).center());
    EXPECT_FALSE(dialog->isVisible());
    EXPECT_TRUE(QTest::qWaitFor([this] { return !went.isEmpty(); }));
    EXPECT_EQ(went, QStringList{"Formats"});
}

TEST_F(GoTo, WithoutAMatchEnterLeavesItOpenAndEscapeGoesNowhere) {
    showSome();
    type("nothing of that name");
    press(Qt::Key_Return);
    EXPECT_TRUE(dialog->isVisible());
    type("head");
    press(Qt::Key_Escape);
    EXPECT_FALSE(dialog->isVisible());
    QTest::qWait(1);
    EXPECT_TRUE(went.isEmpty());
}

TEST_F(GoTo, FindsWhatIsBeyondTheLinesThatItShows) {
    QList<GoToDialog::Target> many;
    for (int i = 0; i < 1000; ++i) many << target("Run", QString("run-%1").arg(i));
    show(many);
    EXPECT_EQ(list->count(), 200);
    EXPECT_EQ(typed("run-999"), QStringList{"run-999"});
    press(Qt::Key_Return);
    EXPECT_TRUE(QTest::qWaitFor([this] { return !went.isEmpty(); }));
    EXPECT_EQ(went, QStringList{"run-999"});
}

}  // namespace
}  // namespace f8net
