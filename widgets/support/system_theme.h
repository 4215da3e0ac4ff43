// SPDX-License-Identifier: GPL-3.0-or-later
/// Hears of the desktop's change between light and dark while the program runs, from its portal
/// (org.freedesktop.portal.Settings); where there is none nothing happens. Threads  UI thread; never waits.
#pragma once

#include <QObject>

class QDBusVariant;

namespace f8net {

class SystemTheme final : public QObject {
    Q_OBJECT
public:
    explicit SystemTheme(QObject* parent = nullptr);

Q_SIGNALS:
    void changed();  ///< systemPrefersDark() may answer otherwise now

private Q_SLOTS:
    void takeSetting(const QString& group, const QString& key, const QDBusVariant& value);
};

}  // namespace f8net
