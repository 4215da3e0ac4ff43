// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/system_theme.h"

#include <QDBusConnection>
#include <QDBusVariant>

namespace f8net {

SystemTheme::SystemTheme(QObject* parent) : QObject(parent) {
    if (qEnvironmentVariableIsEmpty("DBUS_SESSION_BUS_ADDRESS")) return;
    QDBusConnection::sessionBus().connect("org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop",
                                          "org.freedesktop.portal.Settings", "SettingChanged", this,
                                          SLOT(takeSetting(QString, QString, QDBusVariant)));
}

void SystemTheme::takeSetting(const QString& group, const QString& key, const QDBusVariant&) {
    if (group == "org.freedesktop.appearance" && key == "color-scheme") Q_EMIT changed();
}

}  // namespace f8net

#include "moc_system_theme.cpp"  // which needs to know the variant
