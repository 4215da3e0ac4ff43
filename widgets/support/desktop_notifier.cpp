// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/desktop_notifier.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QGuiApplication>
#include <QVariantMap>

namespace f8net {

namespace {
const char* const kService = "org.freedesktop.Notifications";
const char* const kPath = "/org/freedesktop/Notifications";
constexpr int kTimeoutMs = 5000;

/// Without an address the library would start a bus of its own.
bool hasBus() {
    return !qEnvironmentVariableIsEmpty("DBUS_SESSION_BUS_ADDRESS") && QDBusConnection::sessionBus().isConnected();
}
}  // namespace

DesktopNotifier::DesktopNotifier(QObject* parent) : QObject(parent) {
    if (!hasBus()) return;
    QDBusConnection bus = QDBusConnection::sessionBus();
    bus.connect({}, kPath, kService, "ActionInvoked", this, SLOT(takeAction(uint, QString)));
    bus.connect({}, kPath, kService, "NotificationClosed", this, SLOT(takeClosed(uint, uint)));
}

void DesktopNotifier::notify(const QString& key, const QString& title, const QString& text, bool isTrouble) {
    if (!hasBus()) return;
    QDBusMessage call = QDBusMessage::createMethodCall(kService, kPath, kService, "Notify");
    constexpr uchar kNormal = 1, kCritical = 2;
    const QVariantMap hints{{"urgency", QVariant::fromValue(isTrouble ? kCritical : kNormal)},
                            {"desktop-entry", QGuiApplication::desktopFileName()},
                            {"category", "transfer.complete"}};
    call << QGuiApplication::applicationDisplayName() << m_shown.value(key, 0u) << QString("f8net-workbench") << title
         << text.toHtmlEscaped() << QStringList{"default", tr("Show")} << hints << -1;
    auto* watcher = new QDBusPendingCallWatcher(QDBusConnection::sessionBus().asyncCall(call, kTimeoutMs), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, key, watcher] {
        const QDBusPendingReply<uint> reply = *watcher;
        if (reply.isValid()) m_shown[key] = reply.value();
        watcher->deleteLater();
    });
}

void DesktopNotifier::takeAction(uint id, const QString& action) {
    const QString key = m_shown.key(id);
    if (action == "default" && !key.isEmpty()) Q_EMIT activated(key);
}

void DesktopNotifier::takeClosed(uint id, uint) {
    const QString key = m_shown.key(id);
    if (!key.isEmpty()) m_shown.remove(key);
}

}  // namespace f8net
