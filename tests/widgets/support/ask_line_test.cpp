// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/ask_line.h"

#include <gtest/gtest.h>

#include <QApplication>
#include <QDialogButtonBox>
#include <QInputDialog>
#include <QLineEdit>
#include <QPushButton>
#include <QTimer>
#include <functional>

namespace f8net {
namespace {

/// What the dialog gives after `user` did something to it and pressed OK.
std::optional<QString> answer(const QString& proposed, EmptyLine empty,
                              const std::function<void(QInputDialog&, QLineEdit&, QPushButton&)>& user) {
    bool wasShown = false;
    QTimer::singleShot(0, [&] {
        auto* dialog = qobject_cast<QInputDialog*>(QApplication::activeModalWidget());
        if (dialog == nullptr) return;
        wasShown = true;
        QPushButton* ok = dialog->findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok);
        user(*dialog, *dialog->findChild<QLineEdit*>(), *ok);
        if (dialog->isVisible() && ok->isEnabled()) ok->click();
        if (dialog->isVisible()) dialog->reject();
    });
    const auto result = askLine(nullptr, "Title", "&Name:", proposed, empty);
    EXPECT_TRUE(wasShown);
    return result;
}

TEST(AskLine, GivesWhatWasTypedAndHasRoomForIt) {
    const QString name = "resnet18-w8a8-mean-absolute what-if";
    EXPECT_EQ(answer(name, EmptyLine::kRefused,
                     [&](QInputDialog&, QLineEdit& line, QPushButton&) {
                         EXPECT_EQ(line.selectedText(), name);  // typing replaces it
                         EXPECT_GT(line.width(), line.fontMetrics().horizontalAdvance(name));
                         EXPECT_EQ(line.accessibleName(), "Title");
                         line.setText("  coarser ");
                     }),
              "coarser");
}

TEST(AskLine, RefusesAnEmptyNameButNotAnEmptyList) {
    const auto clear = [](QInputDialog&, QLineEdit& line, QPushButton&) { line.setText("  "); };
    EXPECT_EQ(answer("a", EmptyLine::kRefused, clear), std::nullopt);
    EXPECT_EQ(answer("a", EmptyLine::kAllowed, clear), "");
    EXPECT_EQ(answer("a", EmptyLine::kAllowed, [](QInputDialog& dialog, QLineEdit&, QPushButton&) { dialog.reject(); }),
              std::nullopt);
}

}  // namespace
}  // namespace f8net
