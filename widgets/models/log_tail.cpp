// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/log_tail.h"

#include <QCoreApplication>
#include <QFile>

namespace f8net {

LogTail readLogTail(const QString& path, const LogTail& known, int64_t mostBytes) {
    QFile file(path);
    if (known.path == path && known.problem.isEmpty() && file.size() == known.sizeBytes) return known;
    LogTail tail;
    tail.path = path;
    tail.sizeBytes = 0;
    if (!file.open(QIODevice::ReadOnly)) {
        if (file.exists()) {
            tail.problem =
                QCoreApplication::translate("f8net::LogTail", "Cannot read %1: %2").arg(path, file.errorString());
        }
        return tail;
    }
    tail.sizeBytes = file.size();
    tail.isCut = tail.sizeBytes > mostBytes && file.seek(tail.sizeBytes - mostBytes);
    QByteArray bytes = file.read(mostBytes);
    if (tail.isCut) bytes.remove(0, bytes.indexOf('\n') + 1);  // half a line
    tail.text = QString::fromUtf8(bytes);
    return tail;
}

}  // namespace f8net
