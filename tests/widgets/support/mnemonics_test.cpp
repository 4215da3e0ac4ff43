// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/mnemonics.h"

#include <gtest/gtest.h>

#include <QMenu>

namespace f8net {
namespace {

QStringList filled(const QStringList& texts) {
    QMenu menu;
    for (const QString& text : texts) menu.addAction(text);
    fillMnemonics(menu);
    QStringList after;
    for (const QAction* action : menu.actions()) after << action->text();
    return after;
}

TEST(Mnemonics, AreTheFirstFreeLettersOfWords) {
    EXPECT_EQ(filled({"Runs", "Curves", "Compare", "Log and jobs"}),
              (QStringList{"&Runs", "&Curves", "C&ompare", "&Log and jobs"}));
    EXPECT_EQ(filled({"Runs", "Reset runs now"}), (QStringList{"&Runs", "Reset runs &now"}));
}

TEST(Mnemonics, ThoseThatAreThereStayAndAreNotGivenAgain) {
    EXPECT_EQ(filled({"Distributions", "Light / &dark"}), (QStringList{"D&istributions", "Light / &dark"}));
}

TEST(Mnemonics, AnAmpersandThatIsShownIsNone) {
    EXPECT_EQ(filled({"A && B"}), (QStringList{"&A && B"}));
}

TEST(Mnemonics, RunOut) {
    EXPECT_EQ(filled({"aa", "a"}), (QStringList{"&aa", "a"}));
}

}  // namespace
}  // namespace f8net
