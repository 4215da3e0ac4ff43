// SPDX-License-Identifier: GPL-3.0-or-later
/// The list of shortcuts (Ctrl+/) by menu and view, with a line to find one.
/// Threads  UI thread.
#pragma once

#include <QDialog>
#include <QList>
#include <QPair>
#include <QString>
#include <vector>

namespace f8net {

class ShortcutsDialog final : public QDialog {
    Q_OBJECT
public:
    struct Group {
        QString title;
        QList<QPair<QString, QString>> rows;  ///< keys and what they do
    };
    explicit ShortcutsDialog(const std::vector<Group>& groups, QWidget* parent = nullptr);
};

}  // namespace f8net
