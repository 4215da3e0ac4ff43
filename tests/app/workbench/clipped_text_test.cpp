// SPDX-License-Identifier: GPL-3.0-or-later
// No text is clipped: every view and dialog at scale 1, 1.5 and 2, light and dark, at the default size and at 1280 x
// 800, in the desktop's font and in one half as large again. Qt fixes the scale when a program starts, so the test
// starts itself again.
#include <QApplication>
#include <QLabel>
#include <QListWidget>
#include <QProcess>
#include <QPushButton>
#include <QScreen>

#include "tests/app/workbench/clipped_text.h"
#include "tests/app/workbench/surfaces.h"
#include "tests/app/workbench/window_fixture.h"
#include "widgets/panels/run_actions.h"

namespace f8net {
namespace {

constexpr const char* kIsChild = "F8NET_TEST_AT_SCALE";

struct Size {
    double scale, font;  ///< of everything; of the font beside
};
void PrintTo(const Size& size, std::ostream* out) {
    *out << "scale " << size.scale << ", font " << 100 * size.font << " %";
}

class ClippedText : public WholeWindow, public testing::WithParamInterface<Size> {
protected:
    void searchAll(ThemeChoice theme) {
        open(theme);
        // Who has larger letters has a larger window, or a screen that scales.
        const QList<QSize> sizes =
            GetParam().font > 1 ? QList<QSize>{{1920, 1080}, {1600, 900}} : QList<QSize>{{1440, 900}, {1280, 800}};
        for (const QSize& size : sizes) {
            window->resize(size);
            window->docks().applyDefaultLayout();
            searchViews(QString("%1 x %2").arg(size.width()).arg(size.height()));
        }
        searchMenus();
        searchDialogs();
        window->close();
        window.reset();
    }

    QStringList found;

private:
    void searchViews(const QString& where) {
        for (const DockHost::Dock& dock : window->docks().docks()) {
            raise(dock);
            QTest::qWait(20);
            for (const QString& text : clippedTexts(*window)) found << where + ": " + text;
        }
        window->docks().applyDefaultLayout();
    }
    void searchMenus() {
        for (QMenu* menu : window->findChildren<QMenu*>()) {
            if (menu->actions().isEmpty()) continue;
            menu->popup({0, 0});
            found << clippedTexts(*menu);
            menu->close();
        }
    }
    void searchDialogs() {
        DialogWatcher dialogs([this](QDialog& dialog) {
            QTest::qWait(60);  // what is read on other threads
            for (const QString& text : clippedTexts(dialog)) found << dialog.windowTitle() + ": " + text;
        });
        for (QAction* action : window->allActions()) {
            const QString text = plainText(action->text());
            const bool opens = action->text().contains("…") || text.contains("?") || text.startsWith("Keyboard") ||
                               text.startsWith("About");
            if (!opens || !action->isEnabled()) continue;
            action->trigger();
            EXPECT_TRUE(dialogs.waitUntilNone());
        }
        EXPECT_GE(dialogs.titles().size(), 7);
    }
};

TEST_P(ClippedText, IsNowhere) {
    if (qEnvironmentVariableIsEmpty(kIsChild)) {
        QProcess scaled;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(kIsChild, "1");
        environment.insert("QT_SCALE_FACTOR", QString::number(GetParam().scale));
        // Room for dialogs, which take two thirds of a screen at most.
        environment.insert("QT_QPA_PLATFORM",
                           QString("offscreen:configfile=%1/tests/app/workbench/screen.json").arg(F8NET_SOURCE_DIR));
        scaled.setProcessEnvironment(environment);
        scaled.setProcessChannelMode(QProcess::ForwardedChannels);
        const testing::TestInfo& self = *testing::UnitTest::GetInstance()->current_test_info();
        scaled.start(QCoreApplication::applicationFilePath(),
                     {QString("--gtest_filter=%1.%2").arg(self.test_suite_name(), self.name())});
        ASSERT_TRUE(scaled.waitForFinished(4 * kPatience));
        EXPECT_EQ(scaled.exitStatus(), QProcess::NormalExit);
        EXPECT_EQ(scaled.exitCode(), 0);
        return;
    }
    ASSERT_EQ(qApp->devicePixelRatio(), GetParam().scale);
    ASSERT_GE(QGuiApplication::primaryScreen()->size().width(), 1440);
    QFont font = QApplication::font();
    font.setPointSizeF(GetParam().font * font.pointSizeF());
    QApplication::setFont(font);
    for (const ThemeChoice theme : {ThemeChoice::kLight, ThemeChoice::kDark}) searchAll(theme);
    found.removeDuplicates();
    EXPECT_TRUE(found.isEmpty()) << found.join("\n").toStdString();
}

INSTANTIATE_TEST_SUITE_P(Scales, ClippedText,
                         testing::Values(Size{1, 1}, Size{1.5, 1}, Size{2, 1}, Size{1, 1.5}, Size{2, 1.5}));

/// The search itself: it would be no help if it found nothing.
TEST(ClippedTextSearch, FindsWhatHasNoRoom) {
    QWidget window;
    window.resize(400, 200);
    auto* label = new QLabel("A label whose text is longer than the room it has", &window);
    label->setGeometry(0, 0, 50, 20);
    auto* button = new QPushButton("Start the training", &window);
    button->setGeometry(0, 30, 40, 24);
    auto* fits = new QLabel("fits", &window);
    fits->setGeometry(0, 60, 200, 30);
    auto* broken = new QLabel("Words that go on in the next line and the one after that", &window);
    broken->setWordWrap(true);
    broken->setGeometry(0, 100, 120, 16);
    auto* cut = new QLabel("cut at the edge", &window);
    cut->setGeometry(380, 0, 200, 30);
    auto* rows = new QListWidget(&window);
    rows->setGeometry(0, 140, 200, 50);
    rows->addItem("a row as high as half its letters");
    rows->item(0)->setSizeHint({100, rows->fontMetrics().height() / 2});
    window.show();
    const QStringList found = clippedTexts(window);
    EXPECT_EQ(found.size(), 5) << found.join("\n").toStdString();
    EXPECT_TRUE(found.filter("fits").isEmpty());
}

}  // namespace
}  // namespace f8net
