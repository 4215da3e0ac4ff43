// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/outside.h"

#include <QDesktopServices>
#include <QProcess>
#include <QUrl>

namespace f8net {

namespace {

Outside& theReal() {
    static Outside real;
    return real;
}
Outside* inPlace = nullptr;

}  // namespace

QString Outside::askOpenFile(QWidget* parent, const QString& title, const QString& place, const QString& filter) {
    return QFileDialog::getOpenFileName(parent, title, place, filter);
}

QString Outside::askSaveFile(QWidget* parent, const QString& title, const QString& place, const QString& filter,
                             QFileDialog::Options options) {
    return QFileDialog::getSaveFileName(parent, title, place, filter, nullptr, options);
}

QString Outside::askFolder(QWidget* parent, const QString& title, const QString& place) {
    return QFileDialog::getExistingDirectory(parent, title, place);
}

void Outside::openFolder(const QString& path) {
    QDesktopServices::openUrl(QUrl::fromLocalFile(path));
}

void Outside::startDetached(const QString& program, const QStringList& arguments) {
    QProcess::startDetached(program, arguments);
}

void Outside::start(QProcess& process, const QString& program, const QStringList& arguments) {
    process.start(program, arguments);
}

Outside& outside() {
    return inPlace != nullptr ? *inPlace : theReal();
}

OutsideReplaced::OutsideReplaced(Outside& standIn) : m_before(inPlace) {
    inPlace = &standIn;
}

OutsideReplaced::~OutsideReplaced() {
    inPlace = m_before;
}

}  // namespace f8net
