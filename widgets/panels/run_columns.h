// SPDX-License-Identifier: GPL-3.0-or-later
/// Which columns the Runs table shows, in what order and how wide: the header's menu, columns of any configuration key
/// or metric, all of it remembered. Threads  UI thread.
#pragma once

#include <QObject>
#include <QStringList>

class QPoint;
class QTableView;

namespace f8net {

class RunTableModel;
class Settings;

class RunColumns final : public QObject {
    Q_OBJECT
public:
    RunColumns(QTableView* table, RunTableModel* model, QObject* parent);

    void setKeys(const QStringList& keys);
    void fitState(int tableWidth);  ///< the state gives way where little is left for the name
    void restore(const Settings& settings);
    void save(Settings& settings) const;

Q_SIGNALS:
    void keysChanged();  ///< other values are needed of the store

private:
    void showMenu(const QPoint& position);
    void askForKey();

    QTableView* m_table;
    RunTableModel* m_model;
};

}  // namespace f8net
