// SPDX-License-Identifier: GPL-3.0-or-later
/// Messages of the desktop (org.freedesktop.Notifications); where there is no session bus or nobody who shows them,
/// nothing happens. Threads  UI thread; never waits.
#pragma once

#include <QMap>
#include <QObject>
#include <QString>

namespace f8net {

class DesktopNotifier final : public QObject {
    Q_OBJECT
public:
    explicit DesktopNotifier(QObject* parent = nullptr);

    /// One message for each `key`: a later one takes the place of the one before.
    void notify(const QString& key, const QString& title, const QString& text, bool isTrouble);

Q_SIGNALS:
    void activated(const QString& key);  ///< its user clicked on the message

private Q_SLOTS:
    void takeAction(uint id, const QString& action);
    void takeClosed(uint id, uint reason);

private:
    QMap<QString, uint> m_shown;
};

}  // namespace f8net
