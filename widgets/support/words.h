// SPDX-License-Identifier: GPL-3.0-or-later
/// Threads  pure.
#pragma once

#include <QRegularExpression>
#include <QStringList>

namespace f8net {

/// Those of a line, separated by commas or spaces: tags, of which each is one word.
inline QStringList wordsOf(const QString& line) {
    static const QRegularExpression between("[,\\s]+");
    return line.split(between, Qt::SkipEmptyParts);
}

}  // namespace f8net
