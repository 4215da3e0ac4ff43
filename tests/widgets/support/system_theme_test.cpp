// SPDX-License-Identifier: GPL-3.0-or-later
// In a session bus of its own, with a portal that only knows the colour scheme.
#include "widgets/support/system_theme.h"

#include <gtest/gtest.h>

#include <QDBusConnection>
#include <QDBusVariant>
#include <QSignalSpy>
#include <QTest>

#include "widgets/support/theme.h"

namespace f8net {
namespace {

constexpr int kPatience = 10'000;

class FakePortal final : public QObject {
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.portal.Settings")
public:
    void set(const QString& key, uint value) {
        scheme = value;
        Q_EMIT SettingChanged("org.freedesktop.appearance", key, QDBusVariant(value));
    }
    uint scheme = 2;

public Q_SLOTS:
    QDBusVariant Read(const QString&, const QString&) { return QDBusVariant(scheme); }

Q_SIGNALS:
    void SettingChanged(const QString& group, const QString& key, const QDBusVariant& value);
};

TEST(SystemTheme, TheDesktopsChangeIsHeard) {
    if (qEnvironmentVariableIsEmpty("DBUS_SESSION_BUS_ADDRESS")) GTEST_SKIP() << "no session bus";
    FakePortal portal;
    QDBusConnection bus = QDBusConnection::connectToBus(QDBusConnection::SessionBus, "fake portal");
    ASSERT_TRUE(bus.registerObject("/org/freedesktop/portal/desktop", &portal,
                                   QDBusConnection::ExportAllSlots | QDBusConnection::ExportAllSignals));
    ASSERT_TRUE(bus.registerService("org.freedesktop.portal.Desktop"));
    const SystemTheme theme;
    QSignalSpy changed(&theme, &SystemTheme::changed);
    QTest::qWait(50);  // its wish to hear of it is on the way
    portal.set("contrast", 1);
    portal.set("color-scheme", 1);
    ASSERT_TRUE(QTest::qWaitFor([&] { return changed.count() > 0; }, kPatience));
    portal.set("color-scheme", 2);
    ASSERT_TRUE(QTest::qWaitFor([&] { return changed.count() > 1; }, kPatience));
    EXPECT_EQ(changed.count(), 2);
    QDBusConnection::disconnectFromBus("fake portal");
}

}  // namespace
}  // namespace f8net

#include "system_theme_test.moc"
