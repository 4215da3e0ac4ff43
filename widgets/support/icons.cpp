// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/icons.h"

#include <QApplication>
#include <QFile>
#include <QIconEngine>
#include <QPainter>
#include <QPalette>
#include <QPixmapCache>
#include <QSvgRenderer>

#include "widgets/support/colors.h"

namespace f8net {

namespace {

class ThemedIconEngine final : public QIconEngine {
public:
    explicit ThemedIconEngine(QString name) : m_name(std::move(name)) {}

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
        const int side = std::min(rect.width(), rect.height());
        const double ratio = painter->device() != nullptr ? painter->device()->devicePixelRatioF() : 1.0;
        QRect target(0, 0, side, side);
        target.moveCenter(rect.center());
        painter->drawPixmap(target, iconPixmap(m_name, color(mode), side, ratio));
    }
    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
        return scaledPixmap(size, mode, state, 1.0);
    }
    QPixmap scaledPixmap(const QSize& size, QIcon::Mode mode, QIcon::State, qreal scale) override {
        // Qt asks in device pixels here and says by which ratio they were scaled.
        const int side = std::min(size.width(), size.height());
        QPixmap result = iconPixmap(m_name, color(mode), side, 1.0);
        result.setDevicePixelRatio(scale);
        return result;
    }
    QIconEngine* clone() const override { return new ThemedIconEngine(m_name); }
    QString key() const override { return "f8net-themed"; }

private:
    static QColor color(QIcon::Mode mode) {
        const Colors& colors = colorsOf(QApplication::palette());
        return mode == QIcon::Disabled ? colors.disabled : colors.text;
    }

    QString m_name;
};

}  // namespace

QIcon icon(const QString& name) {
    if (!QFile::exists(":/icons/" + name + ".svg")) return {};
    return QIcon(new ThemedIconEngine(name));
}

QPixmap iconPixmap(const QString& name, const QColor& color, int side, double devicePixelRatio) {
    const QString key = QString("f8net/%1/%2/%3/%4").arg(name, color.name()).arg(side).arg(devicePixelRatio);
    QPixmap result;
    if (QPixmapCache::find(key, &result)) return result;
    QFile file(":/icons/" + name + ".svg");
    if (!file.open(QIODevice::ReadOnly)) return {};
    QSvgRenderer renderer(file.readAll().replace("#000", color.name().toUtf8()));
    const int pixels = qRound(side * devicePixelRatio);
    result = QPixmap(pixels, pixels);
    result.fill(Qt::transparent);
    QPainter painter(&result);
    painter.setRenderHint(QPainter::Antialiasing);
    renderer.render(&painter, QRectF(0, 0, pixels, pixels));
    painter.end();
    result.setDevicePixelRatio(devicePixelRatio);
    QPixmapCache::insert(key, result);
    return result;
}

QIcon programIcon() {
    return QIcon(":/icons/workbench.svg");
}

}  // namespace f8net
