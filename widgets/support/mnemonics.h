// SPDX-License-Identifier: GPL-3.0-or-later
/// Mnemonics for menus whose entries are not known when they are written: views that register themselves, columns.
/// Threads  UI thread.
#pragma once

class QMenu;

namespace f8net {

/// Gives each entry without a mnemonic one that no other entry of the menu has: the first letter of one of its words,
/// else any letter. Entries for which none is left stay without.
void fillMnemonics(QMenu& menu);

}  // namespace f8net
