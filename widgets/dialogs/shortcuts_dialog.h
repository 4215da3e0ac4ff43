// SPDX-License-Identifier: GPL-3.0-or-later
/// The list of shortcuts (Ctrl+/), read from the actions there are, so that it cannot be out of date.
/// Threads  UI thread.
#pragma once

#include <QDialog>
#include <QList>
#include <QPair>
#include <QString>

class QAction;

namespace f8net {

class ShortcutsDialog final : public QDialog {
    Q_OBJECT
public:
    /// `others`: keys that are no menu actions (Space in the table, L in a chart).
    ShortcutsDialog(const QList<QAction*>& actions, const QList<QPair<QString, QString>>& others,
                    QWidget* parent = nullptr);
};

}  // namespace f8net
