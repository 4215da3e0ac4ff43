// SPDX-License-Identifier: GPL-3.0-or-later
// Whoever works with the keyboard sees where it is: every picture painted by hand looks different while it has it.
#include <QImage>

#include "tests/app/workbench/surfaces.h"
#include "tests/app/workbench/window_fixture.h"
#include "widgets/plots/plot.h"

namespace f8net {
namespace {

class Focus : public WholeWindow, public testing::WithParamInterface<ThemeChoice> {
protected:
    /// What is seen of the widget and a frame around it.
    static QImage pictureOf(QWidget& widget) {
        QWidget& window = *widget.window();
        const QRect place = QRect(widget.mapTo(&window, QPoint()), widget.size()).adjusted(-3, -3, 3, 3);
        return window.grab(place).toImage();
    }
    static int difference(const QImage& a, const QImage& b) {
        int count = 0;
        for (int y = 0; y < std::min(a.height(), b.height()); ++y) {
            for (int x = 0; x < std::min(a.width(), b.width()); ++x) count += a.pixel(x, y) != b.pixel(x, y) ? 1 : 0;
        }
        return count;
    }
};

TEST_P(Focus, IsSeenOnEveryPicture) {
    constexpr int kLeast = 200;  // pixels
    open(GetParam());
    window->selection().setLayer("stage_1_layer_0.body.0");
    QStringList blind;
    int looked = 0;
    for (const DockHost::Dock& dock : window->docks().docks()) {
        raise(dock);
        QTest::qWait(50);
        for (const QPointer<QWidget>& widget : widgetsBelow(*dock.dock)) {
            if (!widget || !isOnScreen(*widget) || !widget->isEnabled()) continue;
            if (dynamic_cast<Plot*>(widget.data()) == nullptr) continue;
            QWidget* elsewhere = dock.dock->widget();
            elsewhere->setFocusPolicy(Qt::StrongFocus);
            elsewhere->setFocus();
            QCoreApplication::processEvents();
            const QImage without = pictureOf(*widget);
            widget->setFocus(Qt::TabFocusReason);
            if (!widget->hasFocus()) continue;
            QCoreApplication::processEvents();
            ++looked;
            if (difference(without, pictureOf(*widget)) < kLeast) {
                blind << QString("%1: %2 '%3'")
                             .arg(dock.view.title, widget->metaObject()->className(), widget->accessibleName());
            }
        }
    }
    EXPECT_GE(looked, 6);  // charts, formats, histograms, network
    EXPECT_TRUE(blind.isEmpty()) << blind.join("\n").toStdString();
}

INSTANTIATE_TEST_SUITE_P(Themes, Focus, testing::Values(ThemeChoice::kLight, ThemeChoice::kDark));

}  // namespace
}  // namespace f8net
