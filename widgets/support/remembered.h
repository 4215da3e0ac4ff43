// SPDX-License-Identifier: GPL-3.0-or-later
/// What the controls of a view show, kept from one start to the next: each is given what it showed last, where that is
/// something it can show, and is asked at the view's end. Make it a member of the view: members go before child
/// widgets. A value that makes no sense leaves the control as it is, which is the default. Threads  UI thread.
#pragma once

#include <QString>
#include <functional>
#include <vector>

class QCheckBox;
class QComboBox;
class QSlider;
class QSpinBox;
class QSplitter;
class QTableView;
class QTabBar;

namespace f8net {

class Settings;

class Remembered final {
public:
    /// In the settings under "view/key".
    Remembered(Settings& settings, const QString& view);
    ~Remembered();  ///< remembers
    Remembered(const Remembered&) = delete;
    Remembered& operator=(const Remembered&) = delete;

    // Before the view listens to the control, or after: giving it a value tells its listeners.
    void keep(const QString& key, QCheckBox* box);
    void keep(const QString& key, QComboBox* box);  ///< by the item's data, else by its number
    void keep(const QString& key, QSlider* slider);
    void keep(const QString& key, QSpinBox* box);
    void keep(const QString& key, QTabBar* tabs);
    void keep(const QString& key, QSplitter* splitter);
    /// Which columns the view's table shows, in what order and how wide, and what it is sorted by: "view/columns" from
    /// left to right, "view/columnsHidden" beside them, so that a column that comes to be is shown or not by default.
    /// By names, which may hold no space; a column without a name is not the user's.
    void keepColumns(QTableView* table, const std::function<QString(int column)>& nameOf,
                     const std::function<bool(int column)>& hasOwnWidth = {});  ///< false: the view gives it one

private:
    QString keyOf(const QString& key) const { return m_view + "/" + key; }
    void restoreIndex(const QString& key, int count, const std::function<void(int)>& set);

    Settings& m_settings;
    QString m_view;
    std::vector<std::function<void()>> m_saves;
};

}  // namespace f8net
