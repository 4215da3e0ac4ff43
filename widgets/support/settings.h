// SPDX-License-Identifier: GPL-3.0-or-later
/// What the workbench remembers between starts: layout, columns, filters, shown runs, recent stores. Each view keeps
/// its own group and checks what it reads; what names runs is kept for each store. A file that cannot be read is set
/// aside as FILE.broken, defaults count, notice() tells. Threads  UI thread.
#pragma once

#include <QSettings>
#include <QString>
#include <QStringList>
#include <QVariant>
#include <memory>

namespace f8net {

class Settings final {
public:
    explicit Settings(const QString& path);
    ~Settings();

    const QString& notice() const { return m_notice; }  ///< empty when all is well
    void addNotice(const QString& notice);

    QVariant value(const QString& key, const QVariant& fallback = {}) const;
    void setValue(const QString& key, const QVariant& value);
    void remove(const QString& key);
    double number(const QString& key, double fallback, double minimum, double maximum) const;
    bool flag(const QString& key, bool fallback) const;
    QStringList list(const QString& key, const QStringList& fallback = {}) const;

    /// The newest first, as absolute paths; a store that falls out of the list is forgotten with all that was kept of
    /// it.
    QStringList recentStores() const;
    void noteStore(const QString& path);
    /// `key` of one store: the ids of its runs mean nothing in another.
    static QString ofStore(const QString& path, const QString& key);

    static QString defaultPath();

private:
    std::unique_ptr<QSettings> m_settings;
    QString m_notice;
};

}  // namespace f8net
