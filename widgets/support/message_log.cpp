// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/message_log.h"

#include <QMutex>
#include <cstdio>

namespace f8net {

namespace {

QMutex warningsMutex;
QStringList collected;
QtMessageHandler previousHandler = nullptr;

void collect(QtMsgType type, const QMessageLogContext& context, const QString& message) {
    if (isHarmlessMessage(message)) return;
    if (type == QtWarningMsg || type == QtCriticalMsg || type == QtFatalMsg) {
        const QMutexLocker lock(&warningsMutex);
        collected.push_back(message);
    }
    if (previousHandler != nullptr) previousHandler(type, context, message);
}

}  // namespace

bool isHarmlessMessage(const QString& message) {
    // What the offscreen platform says of every window, of docks that float and of menus.
    for (const char* missing : {"propagateSizeHints()", "raise()", "grabbing the keyboard", "grabbing the mouse"}) {
        if (message == QString("This plugin does not support ") + missing) return true;
    }
    return message.contains("XDG_RUNTIME_DIR not set");
}

MessageLog::MessageLog() {
    {
        const QMutexLocker lock(&warningsMutex);
        collected.clear();
    }
    previousHandler = qInstallMessageHandler(collect);
}

MessageLog::~MessageLog() {
    qInstallMessageHandler(previousHandler);
    previousHandler = nullptr;
}

QStringList MessageLog::warnings() const {
    const QMutexLocker lock(&warningsMutex);
    return collected;
}

}  // namespace f8net
