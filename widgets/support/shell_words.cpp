// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/shell_words.h"

#include <QRegularExpression>

namespace f8net {

QString shellCommand(const QStringList& words) {
    static const QRegularExpression plain("^[A-Za-z0-9_./:=,+@%-]+$");
    QStringList quoted;
    for (const QString& word : words) {
        quoted << (plain.match(word).hasMatch() ? word : "'" + QString(word).replace("'", "'\\''") + "'");
    }
    return quoted.join(' ');
}

}  // namespace f8net
