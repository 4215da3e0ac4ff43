// SPDX-License-Identifier: GPL-3.0-or-later
// In a session bus of its own (dbus-run-session) with a service that only remembers; and without any bus.
#include "widgets/support/desktop_notifier.h"

#include <gtest/gtest.h>

#include <QDBusConnection>
#include <QDBusConnectionInterface>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QSignalSpy>
#include <QStringList>
#include <QTest>
#include <QVariantMap>

namespace f8net {
namespace {

constexpr int kPatience = 60'000;

/// What a desktop's notification service does, as far as it can be seen from outside.
class FakeService final : public QObject {
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.Notifications")
public:
    struct Message {
        QString application, title, text;
        uint replaces = 0;
        uchar urgency = 0;
    };
    std::vector<Message> messages;

public Q_SLOTS:
    uint Notify(const QString& application, uint replaces, const QString&, const QString& title, const QString& text,
                const QStringList&, const QVariantMap& hints, int) {
        messages.push_back({application, title, text, replaces, hints.value("urgency").value<uchar>()});
        return replaces != 0 ? replaces : ++m_last;
    }

Q_SIGNALS:
    void ActionInvoked(uint id, const QString& action);
    void NotificationClosed(uint id, uint reason);

private:
    uint m_last = 0;
};

class DesktopNotifierTest : public testing::Test {
protected:
    void SetUp() override {
        if (qEnvironmentVariableIsEmpty("DBUS_SESSION_BUS_ADDRESS")) GTEST_SKIP() << "no session bus";
        // A connection of its own, as another program would have.
        ASSERT_TRUE(bus.isConnected());
        ASSERT_TRUE(bus.registerObject("/org/freedesktop/Notifications", &service,
                                       QDBusConnection::ExportAllSlots | QDBusConnection::ExportAllSignals));
        ASSERT_TRUE(bus.registerService("org.freedesktop.Notifications"));
    }
    void TearDown() override {
        bus.unregisterService("org.freedesktop.Notifications");
        QDBusConnection::disconnectFromBus("fake service");
    }
    bool waitForMessages(size_t count) {
        return QTest::qWaitFor([&] { return service.messages.size() >= count; }, kPatience);
    }

    /// Until the service has answered with the numbers of all messages.
    bool waitForNumbers(const DesktopNotifier& notifier) {
        return QTest::qWaitFor([&] { return notifier.findChild<QDBusPendingCallWatcher*>() == nullptr; }, kPatience);
    }

    FakeService service;
    QDBusConnection bus = QDBusConnection::connectToBus(QDBusConnection::SessionBus, "fake service");
};

TEST_F(DesktopNotifierTest, ShowsAMessageAndReplacesIt) {
    DesktopNotifier notifier;
    notifier.notify("run1", "a: the loss is no longer finite", "At step <3>.", true);
    ASSERT_TRUE(waitForMessages(1));
    EXPECT_EQ(service.messages[0].title, "a: the loss is no longer finite");
    EXPECT_EQ(service.messages[0].text, "At step &lt;3&gt;.");  // the service reads markup
    EXPECT_EQ(service.messages[0].urgency, 2);
    EXPECT_EQ(service.messages[0].replaces, 0u);
    ASSERT_TRUE(waitForNumbers(notifier));
    notifier.notify("run1", "a has failed", "", true);
    notifier.notify("run2", "b has finished", "89 %", false);
    ASSERT_TRUE(waitForMessages(3));
    EXPECT_EQ(service.messages[1].replaces, 1u);
    EXPECT_EQ(service.messages[2].replaces, 0u);
    EXPECT_EQ(service.messages[2].urgency, 1);
}

TEST_F(DesktopNotifierTest, AClickOnAMessageIsTold) {
    DesktopNotifier notifier;
    QSignalSpy activated(&notifier, &DesktopNotifier::activated);
    notifier.notify("run1", "a", "", false);
    ASSERT_TRUE(waitForMessages(1));
    ASSERT_TRUE(waitForNumbers(notifier));
    Q_EMIT service.ActionInvoked(77, "default");  // another program's
    Q_EMIT service.ActionInvoked(1, "default");
    ASSERT_TRUE(QTest::qWaitFor([&] { return activated.count() == 1; }, kPatience));
    EXPECT_EQ(activated[0][0].toString(), "run1");
    notifier.notify("run2", "b", "", false);
    ASSERT_TRUE(waitForMessages(2));
    ASSERT_TRUE(waitForNumbers(notifier));
    Q_EMIT service.NotificationClosed(1, 2);
    Q_EMIT service.ActionInvoked(2, "default");  // comes after it, and is heard
    ASSERT_TRUE(QTest::qWaitFor([&] { return activated.count() == 2; }, kPatience));
    notifier.notify("run1", "again", "", false);
    ASSERT_TRUE(waitForMessages(3));
    EXPECT_EQ(service.messages[2].replaces, 0u);
}

TEST_F(DesktopNotifierTest, WithoutAServiceNothingHappens) {
    bus.unregisterService("org.freedesktop.Notifications");
    DesktopNotifier notifier;
    notifier.notify("run1", "a", "", false);
    QTest::qWait(200);
    EXPECT_TRUE(service.messages.empty());
}

TEST(DesktopNotifier, WithoutABusNothingHappens) {
    const QByteArray address = qgetenv("DBUS_SESSION_BUS_ADDRESS");
    qunsetenv("DBUS_SESSION_BUS_ADDRESS");
    DesktopNotifier notifier;
    notifier.notify("run1", "a", "", false);
    QTest::qWait(50);
    if (!address.isEmpty()) qputenv("DBUS_SESSION_BUS_ADDRESS", address);
}

}  // namespace
}  // namespace f8net

#include "desktop_notifier_test.moc"
