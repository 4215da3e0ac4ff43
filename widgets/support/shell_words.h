// SPDX-License-Identifier: GPL-3.0-or-later
/// Words as a shell takes them, for commands that people copy. Threads  pure.
#pragma once

#include <QStringList>

namespace f8net {

/// Joined by spaces; what is not plain is quoted.
QString shellCommand(const QStringList& words);

}  // namespace f8net
