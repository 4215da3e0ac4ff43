// SPDX-License-Identifier: GPL-3.0-or-later
// Whoever works with the keyboard sees where it is: every picture painted by hand and every control looks different
// while it has it, by pixels that contrast at least 3:1 with what was there (WCAG 2.2, 2.4.13).
#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAbstractSlider>
#include <QAbstractSpinBox>
#include <QComboBox>
#include <QImage>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QTabBar>

#include "tests/app/workbench/surfaces.h"
#include "tests/app/workbench/window_fixture.h"
#include "widgets/plots/plot.h"
#include "widgets/support/colors.h"

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
            for (int x = 0; x < std::min(a.width(), b.width()); ++x) {
                if (a.pixel(x, y) != b.pixel(x, y))
                    count += contrast(a.pixelColor(x, y), b.pixelColor(x, y)) >= 3 ? 1 : 0;
            }
        }
        return count;
    }

    static bool isControl(const QWidget& widget) {
        return qobject_cast<const QAbstractButton*>(&widget) || qobject_cast<const QComboBox*>(&widget) ||
               qobject_cast<const QTabBar*>(&widget) || qobject_cast<const QLineEdit*>(&widget) ||
               qobject_cast<const QAbstractSpinBox*>(&widget) || qobject_cast<const QAbstractSlider*>(&widget) ||
               qobject_cast<const QAbstractItemView*>(&widget) || qobject_cast<const QPlainTextEdit*>(&widget);
    }

    /// Controls below `top` whose focus changes too few pixels, and how many of each class were looked at.
    void lookAtControls(QWidget& top, QWidget& elsewhere) {
        elsewhere.setFocusPolicy(Qt::StrongFocus);
        for (const QPointer<QWidget>& widget : widgetsBelow(top)) {
            if (!widget || !isOnScreen(*widget) || !widget->isEnabled() || !isControl(*widget)) continue;
            if (!(widget->focusPolicy() & Qt::TabFocus) || widget->focusProxy() != nullptr) continue;
            if (widget->visibleRegion().boundingRect() != widget->rect() && !qobject_cast<QAbstractItemView*>(widget))
                continue;  // scrolled half away
            elsewhere.setFocus();
            QCoreApplication::processEvents();
            const QImage without = pictureOf(*widget);
            widget->setFocus(Qt::TabFocusReason);
            if (!widget->hasFocus()) continue;
            QCoreApplication::processEvents();
            for (const QMetaObject* type = widget->metaObject(); type != nullptr; type = type->superClass())
                looked << type->className();
            // Half of a line round it: a check box has its ring round the text.
            const auto* tabs = qobject_cast<const QTabBar*>(widget);
            const QSize place =
                tabs != nullptr ? tabs->tabRect(tabs->currentIndex()).size() - QSize(6, 6) : widget->size();
            const int least = place.width() + place.height() - 8;
            if (const int seen = difference(without, pictureOf(*widget)); seen < least) {
                blind << QString("%1 '%2': %3 pixels of %4")
                             .arg(widget->metaObject()->className(), widget->accessibleName())
                             .arg(seen)
                             .arg(least);
            }
        }
    }
    QStringList blind;
    QSet<QString> looked;
};

TEST_P(Focus, IsSeenOnEveryControl) {
    open(GetParam());
    window->selection().setLayer("stage_1_layer_0.body.0");
    for (const DockHost::Dock& dock : window->docks().docks()) {
        raise(dock);
        QTest::qWait(50);
        lookAtControls(*dock.dock, *window);
    }
    {
        const std::unique_ptr<QDialog> dialog(window->makeNewRunDialog());
        dialog->show();
        dialog->activateWindow();
        QTest::qWait(100);
        lookAtControls(*dialog, *dialog);
    }
    for (const char* type : {"QPushButton", "QToolButton", "QCheckBox", "QComboBox", "QTabBar", "QLineEdit", "QSpinBox",
                             "QSlider", "QTableView", "QTreeView", "QPlainTextEdit"}) {
        EXPECT_TRUE(looked.contains(type)) << type;
    }
    blind.removeDuplicates();
    EXPECT_TRUE(blind.isEmpty()) << blind.join("\n").toStdString();
}

TEST_P(Focus, IsSeenOnEveryPicture) {
    constexpr int kLeast = 200;  // pixels
    open(GetParam());
    window->selection().setLayer("stage_1_layer_0.body.0");
    int pictures = 0;
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
            ++pictures;
            if (difference(without, pictureOf(*widget)) < kLeast) {
                blind << QString("%1: %2 '%3'")
                             .arg(dock.view.title, widget->metaObject()->className(), widget->accessibleName());
            }
        }
    }
    EXPECT_GE(pictures, 6);  // charts, formats, histograms, network
    EXPECT_TRUE(blind.isEmpty()) << blind.join("\n").toStdString();
}

INSTANTIATE_TEST_SUITE_P(Themes, Focus, testing::Values(ThemeChoice::kLight, ThemeChoice::kDark));

}  // namespace
}  // namespace f8net
