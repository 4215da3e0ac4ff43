// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/theme.h"

#include <QAbstractItemView>
#include <QApplication>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusVariant>
#include <QFontDatabase>
#include <QFontInfo>
#include <QToolTip>

#include "widgets/support/colors.h"
#include "widgets/support/workbench_style.h"

namespace f8net {

std::optional<ThemeChoice> themeChoiceFromString(const QString& text) {
    if (text == "system") return ThemeChoice::kSystem;
    if (text == "light") return ThemeChoice::kLight;
    if (text == "dark") return ThemeChoice::kDark;
    return std::nullopt;
}

QString toString(ThemeChoice choice) {
    switch (choice) {
        case ThemeChoice::kLight:
            return "light";
        case ThemeChoice::kDark:
            return "dark";
        case ThemeChoice::kSystem:
            break;
    }
    return "system";
}

bool systemPrefersDark() {
    static const bool platformIsDark = QGuiApplication::palette().color(QPalette::Window).lightness() < 128;
    if (qEnvironmentVariableIsEmpty("DBUS_SESSION_BUS_ADDRESS")) return platformIsDark;
    const QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected()) return platformIsDark;
    QDBusMessage call = QDBusMessage::createMethodCall(
        "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop", "org.freedesktop.portal.Settings", "Read");
    call << QString("org.freedesktop.appearance") << QString("color-scheme");
    const QDBusMessage reply = bus.call(call, QDBus::Block, 100);
    if (reply.type() != QDBusMessage::ReplyMessage || reply.arguments().isEmpty()) return platformIsDark;
    QVariant value = reply.arguments().first();
    while (value.canConvert<QDBusVariant>()) value = value.value<QDBusVariant>().variant();
    switch (value.toUInt()) {
        case 1:
            return true;
        case 2:
            return false;
        default:
            return platformIsDark;
    }
}

void installStyle(QApplication& application) {
    systemPrefersDark();  // remembers the platform's palette before we replace it
    QFont font = QApplication::font();
    if (QGuiApplication::platformName() == "offscreen" || QFontInfo(font).pointSizeF() < 8) {
        font.setFamily(QFontDatabase::hasFamily("DejaVu Sans") ? QString("DejaVu Sans") : QFontInfo(font).family());
        font.setPointSizeF(std::max(9.0, font.pointSizeF()));
        QApplication::setFont(font);
    }
    QApplication::setStyle(new WorkbenchStyle);
    application.setEffectEnabled(Qt::UI_AnimateCombo, false);
}

void applyTheme(QApplication&, ThemeChoice choice) {
    const bool dark = choice == ThemeChoice::kDark || (choice == ThemeChoice::kSystem && systemPrefersDark());
    const QPalette palette = paletteOf(dark ? darkColors() : lightColors());
    QApplication::setPalette(palette);
    QToolTip::setPalette(palette);
}

void applySelectionTint(QAbstractItemView* view) {
    const Colors& colors = colorsOf(QApplication::palette());
    QPalette palette = QApplication::palette();
    for (const auto group : {QPalette::Active, QPalette::Inactive}) {
        palette.setColor(group, QPalette::Highlight, colors.selectedRow);
        palette.setColor(group, QPalette::HighlightedText, colors.text);
    }
    if (view->palette() != palette) view->setPalette(palette);
}

}  // namespace f8net
