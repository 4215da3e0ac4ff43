// SPDX-License-Identifier: GPL-3.0-or-later
/// Which columns the Runs table shows, in what order and how wide: the header's menu, columns of any configuration key
/// or metric, all of it remembered. Threads  UI thread.
#pragma once

#include <QObject>
#include <QStringList>

class QPoint;
class QTableView;

namespace f8net {

class Remembered;
class RunTableModel;
class Settings;

class RunColumns final : public QObject {
    Q_OBJECT
public:
    RunColumns(QTableView* table, RunTableModel* model, QObject* parent);

    void setKeys(const QStringList& keys);
    /// To be called after the table changed its width: the name takes what is left, and the state gives way to it
    /// unless the user chose its width.
    void fit();
    /// Shows what is remembered, the columns of keys among it.
    void keep(Remembered& remembered, const Settings& settings);

Q_SIGNALS:
    void keysChanged();  ///< other values are needed of the store
    void shownChanged();

private:
    void showMenu(const QPoint& position);
    void askForKey();
    void setShown(int column, bool isShown);
    QString idOf(int column) const;

    QTableView* m_table;
    RunTableModel* m_model;
    bool m_isFitting = false, m_hasStateWidth = false;  ///< chosen by the user
};

}  // namespace f8net
