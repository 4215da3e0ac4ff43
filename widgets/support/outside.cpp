// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/outside.h"

#include <QCoreApplication>
#include <QDesktopServices>
#include <QDir>
#include <QFileInfo>
#include <QMessageBox>
#include <QProcess>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QUrl>

namespace f8net {

namespace {

Outside& theReal() {
    static Outside real;
    return real;
}
Outside* inPlace = nullptr;

/// "png" of "Picture (*.png)"; empty where any name will do.
QStringList endingsOf(const QString& filter) {
    static const QRegularExpression pattern("\\*\\.([A-Za-z0-9.]+)");
    QStringList endings;
    for (auto found = pattern.globalMatch(filter); found.hasNext();) endings << found.next().captured(1).toLower();
    return endings;
}

bool mayReplace(QWidget* parent, const QString& title, const QString& path) {
    return !QFileInfo::exists(path) ||
           QMessageBox::question(
               parent, title,
               QCoreApplication::translate("f8net::Outside", "%1 is there already. Do you want to replace it?")
                   .arg(path)) == QMessageBox::Yes;
}

}  // namespace

QString savedPath(const QString& path, const QString& proposed, const QString& chosenFilter, const QString& filters) {
    const QStringList wanted = endingsOf(chosenFilter);
    const QFileInfo file(path);
    const QString ending = file.suffix().toLower();
    if (path.isEmpty() || wanted.isEmpty() || wanted.contains(ending)) return path;
    const bool isProposed = ending == QFileInfo(proposed).suffix().toLower();
    const bool isOffered = endingsOf(filters).contains(ending);
    if (isOffered && !isProposed) return path;
    const QString name = isOffered ? file.completeBaseName() : file.fileName();
    return file.dir().filePath(name + '.' + wanted.front());
}

QString Outside::saveFolder() const {
    if (!m_saveFolder.isEmpty() && QFileInfo(m_saveFolder).isDir()) return m_saveFolder;
    const QString documents = QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation);
    return QFileInfo(documents).isDir() ? documents : QDir::homePath();
}

QString Outside::askOpenFile(QWidget* parent, const QString& title, const QString& place, const QString& filter) {
    return QFileDialog::getOpenFileName(parent, title, place, filter);
}

QString Outside::askSaveFile(QWidget* parent, const QString& title, const QString& place, const QString& filter,
                             QFileDialog::Options options) {
    const QFileInfo proposed(QDir(saveFolder()), place);
    QFileDialog dialog(parent, title, proposed.absolutePath(), filter);
    dialog.setAcceptMode(QFileDialog::AcceptSave);
    dialog.setFileMode(QFileDialog::AnyFile);
    if (options) dialog.setOptions(options);
    dialog.selectFile(proposed.fileName());
    const auto named = [&](const QString& chosenFilter) {
        return savedPath(dialog.selectedFiles().value(0), place, chosenFilter, filter);
    };
    QString shown = place;  // the name changes with the filter where the user can see it
    QObject::connect(&dialog, &QFileDialog::filterSelected, &dialog, [&](const QString& chosen) {
        shown = savedPath(dialog.selectedFiles().value(0), shown, chosen, filter);
        dialog.selectFile(QFileInfo(shown).fileName());
    });
    while (dialog.exec() == QDialog::Accepted) {
        const QString path = named(dialog.selectedNameFilter());
        // The dialog has asked for the name it knows.
        if (path != dialog.selectedFiles().value(0) && !mayReplace(parent, title, path)) continue;
        setSaveFolder(QFileInfo(path).absolutePath());
        return path;
    }
    return {};
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
