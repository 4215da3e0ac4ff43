// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/settings.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <cmath>

#include "core/base/places.h"

namespace f8net {

namespace {

constexpr int kVersion = 1;
constexpr qsizetype kMostStores = 10;

/// QSettings reads nearly anything as an INI file; ours starts with a version, is text and small.
bool looksLikeOurs(const QString& path) {
    QFile file(path);
    if (!file.exists() || file.size() == 0) return true;
    if (file.size() > 4'000'000 || !file.open(QIODevice::ReadOnly)) return false;
    const QByteArray bytes = file.readAll();
    if (bytes.contains('\0')) return false;
    QSettings probe(path, QSettings::IniFormat);
    return probe.status() == QSettings::NoError && probe.value("version").toInt() == kVersion;
}

}  // namespace

QString Settings::defaultPath() {
    return QString::fromStdString(config_place()) + "/workbench.ini";
}

Settings::Settings(const QString& path) {
    if (!looksLikeOurs(path)) {
        const QString aside = path + ".broken";
        QFile::remove(aside);
        QFile::rename(path, aside);
        addNotice(QCoreApplication::translate("f8net::Settings",
                                              "The settings could not be read; defaults are used. The old file is %1.")
                      .arg(aside));
    }
    QDir().mkpath(QFileInfo(path).absolutePath());
    m_settings = std::make_unique<QSettings>(path, QSettings::IniFormat);
    m_settings->setValue("version", kVersion);
}

Settings::~Settings() = default;

void Settings::addNotice(const QString& notice) {
    m_notice += (m_notice.isEmpty() ? "" : "\n") + notice;
}

QVariant Settings::value(const QString& key, const QVariant& fallback) const {
    return m_settings->value(key, fallback);
}
void Settings::setValue(const QString& key, const QVariant& value) {
    m_settings->setValue(key, value);
}
void Settings::remove(const QString& key) {
    m_settings->remove(key);
}

double Settings::number(const QString& key, double fallback, double minimum, double maximum) const {
    bool ok = false;
    const double number = m_settings->value(key).toDouble(&ok);
    return ok && std::isfinite(number) && number >= minimum && number <= maximum ? number : fallback;
}

bool Settings::flag(const QString& key, bool fallback) const {
    const QString text = m_settings->value(key).toString();
    return text == "true" ? true : text == "false" ? false : fallback;
}

QStringList Settings::recentStores() const {
    return list("recentStores");
}

void Settings::noteStore(const QString& path) {
    QStringList stores = recentStores();
    const QString absolute = QFileInfo(path).absoluteFilePath();
    stores.removeAll(absolute);
    stores.prepend(absolute);
    while (stores.size() > kMostStores) remove(ofStore(stores.takeLast(), {}));
    setValue("recentStores", stores);
}

QString Settings::ofStore(const QString& path, const QString& key) {
    const QByteArray absolute = QFileInfo(path).absoluteFilePath().toUtf8();
    const QByteArray hash = QCryptographicHash::hash(absolute, QCryptographicHash::Sha1).toHex().left(16);
    return "store-" + QString::fromLatin1(hash) + (key.isEmpty() ? QString() : "/" + key);
}

QStringList Settings::list(const QString& key, const QStringList& fallback) const {
    return m_settings->contains(key) ? m_settings->value(key).toStringList() : fallback;
}

}  // namespace f8net
