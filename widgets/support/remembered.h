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
    /// Which columns are shown otherwise than now, their widths and what is sorted by. By the columns' names: one that
    /// comes to be does not take another one's place.
    void keepColumns(const QString& key, QTableView* table, const std::function<QString(int column)>& nameOf);

private:
    QString keyOf(const QString& key) const { return m_view + "/" + key; }
    void restoreIndex(const QString& key, int count, const std::function<void(int)>& set);

    Settings& m_settings;
    QString m_view;
    std::vector<std::function<void()>> m_saves;
};

}  // namespace f8net
