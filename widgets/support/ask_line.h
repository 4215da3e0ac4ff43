// SPDX-License-Identifier: GPL-3.0-or-later
/// Asks for one line of text in a dialog as wide as names are long.   Threads  UI thread; returns when it is closed.
#pragma once

#include <QString>
#include <optional>

class QWidget;

namespace f8net {

enum class EmptyLine { kAllowed, kRefused };

/// Without white space at its ends; nothing where the user thought better of it. `label` may have a mnemonic.
std::optional<QString> askLine(QWidget* parent, const QString& title, const QString& label, const QString& proposed,
                               EmptyLine empty);

}  // namespace f8net
