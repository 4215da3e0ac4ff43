// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/outside.h"

#include <gtest/gtest.h>

#include <QAbstractButton>
#include <QApplication>
#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QLineEdit>
#include <QMessageBox>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTimer>

namespace f8net {
namespace {

const QString kFilters = "Picture (*.png);;Drawing (*.svg);;Table (*.csv)";

TEST(SavedPath, EndsAsTheFilterSaysWhereTheNameDoesNotSayOtherwise) {
    const auto saved = [](const char* path, const char* filter) {
        return savedPath(path, "a.png", filter, kFilters).toStdString();
    };
    EXPECT_EQ(saved("/x/a.png", "Drawing (*.svg)"), "/x/a.svg");  // left as it was proposed
    EXPECT_EQ(saved("/x/a", "Drawing (*.svg)"), "/x/a.svg");
    EXPECT_EQ(saved("/x/a.csv", "Picture (*.png)"), "/x/a.csv");  // typed
    EXPECT_EQ(saved("/x/lr.0.1", "Picture (*.png)"), "/x/lr.0.1.png");
    EXPECT_EQ(saved("/x/a.SVG", "Drawing (*.svg)"), "/x/a.SVG");
    EXPECT_EQ(saved("", "Drawing (*.svg)"), "");
    EXPECT_EQ(savedPath("/x/made", "made", "A folder that is made (*)", "A folder that is made (*)"), "/x/made");
}

/// Does something in the file dialog once it is up.
template <typename Use>
void inTheDialog(Use use) {
    QTimer::singleShot(0, [use] {
        for (QWidget* widget : QApplication::topLevelWidgets()) {
            if (auto* dialog = qobject_cast<QFileDialog*>(widget); dialog != nullptr && dialog->isVisible())
                return use(*dialog);
        }
        FAIL() << "no dialog";
    });
}

void chooseFilter(QFileDialog& dialog, int index) {
    auto* filters = dialog.findChild<QComboBox*>("fileTypeCombo");
    filters->setCurrentIndex(index);
    Q_EMIT filters->activated(index);  // as the user does
    Q_EMIT filters->textActivated(filters->currentText());
}

TEST(SaveDialog, TheNameFollowsTheFilterChosenAndTheFolderIsRemembered) {
    const QTemporaryDir folder;
    Outside real;
    EXPECT_TRUE(QDir(real.saveFolder()).exists());
    real.setSaveFolder(folder.path());
    QString shown;
    inTheDialog([&shown](QFileDialog& dialog) {
        chooseFilter(dialog, 1);
        shown = dialog.findChild<QLineEdit*>("fileNameEdit")->text();
        static_cast<QDialog&>(dialog).accept();  // the button does
    });
    EXPECT_EQ(real.askSaveFile(nullptr, "Export", "a.png", kFilters), folder.filePath("a.svg"));
    EXPECT_EQ(shown, "a.svg");  // it can be seen before it is written

    ASSERT_TRUE(QDir(folder.path()).mkdir("deeper"));
    inTheDialog([&](QFileDialog& dialog) {
        dialog.selectFile(folder.filePath("deeper/b.csv"));
        static_cast<QDialog&>(dialog).accept();  // the button does
    });
    EXPECT_EQ(real.askSaveFile(nullptr, "Export", "a.png", kFilters), folder.filePath("deeper/b.csv"));
    EXPECT_EQ(real.saveFolder(), folder.filePath("deeper"));
    inTheDialog([](QFileDialog& dialog) { dialog.reject(); });
    EXPECT_EQ(real.askSaveFile(nullptr, "Export", "a.png", kFilters), "");
    EXPECT_EQ(real.saveFolder(), folder.filePath("deeper"));
}

TEST(SaveDialog, AFolderThatIsGoneIsForgotten) {
    Outside real;
    const QString standard = real.saveFolder();
    real.setSaveFolder("/no/such/folder");
    EXPECT_EQ(real.saveFolder(), standard);
}

/// The dialog asks for the name it knows; the one with the ending it got afterwards may be there, too.
TEST(SaveDialog, AsksBeforeAFileOfTheNewEndingIsReplaced) {
    const QTemporaryDir folder;
    QFile there(folder.filePath("a.png"));
    ASSERT_TRUE(there.open(QIODevice::WriteOnly));
    Outside real;
    real.setSaveFolder(folder.path());
    QString question;
    inTheDialog([&question](QFileDialog& dialog) {
        dialog.findChild<QLineEdit*>("fileNameEdit")->setText("a");
        QTimer::singleShot(50, [&question] {
            for (QWidget* widget : QApplication::topLevelWidgets()) {
                auto* box = qobject_cast<QMessageBox*>(widget);
                if (box == nullptr || !box->isVisible()) continue;
                question = box->text();
                box->button(QMessageBox::Yes)->click();
            }
        });
        static_cast<QDialog&>(dialog).accept();  // the button does
    });
    EXPECT_EQ(real.askSaveFile(nullptr, "Export", "a.png", kFilters), folder.filePath("a.png"));
    EXPECT_TRUE(question.contains("a.png")) << question.toStdString();
}

}  // namespace
}  // namespace f8net
