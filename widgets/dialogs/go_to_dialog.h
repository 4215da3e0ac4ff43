// SPDX-License-Identifier: GPL-3.0-or-later
/// Go to (Ctrl+K): any run, layer, view or action by typing a part of its name; each line says which of them it is.
/// Threads  UI thread.
#pragma once

#include <QDialog>
#include <QList>
#include <QString>
#include <functional>

class QLineEdit;
class QListWidget;

namespace f8net {

class GoToDialog final : public QDialog {
    Q_OBJECT
public:
    struct Target {
        QString kind, name;
        std::function<void()> go;
    };
    explicit GoToDialog(QList<Target> targets, QWidget* parent = nullptr);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void filter(const QString& words);
    void goToCurrent();

    QList<Target> m_targets;
    QLineEdit* m_line;
    QListWidget* m_list;
};

}  // namespace f8net
