// SPDX-License-Identifier: GPL-3.0-or-later
/// The list of views. A view says its name, icon, default place and how it is made; the main window turns each into a
/// dock and a menu entry. Adding a view is one more registration and touches no existing view. Threads  UI thread.
#pragma once

#include <QKeySequence>
#include <QString>
#include <functional>
#include <vector>

class QWidget;
class QAction;

namespace f8net {

class Selection;
class Settings;
class StoreFollower;
class JobList;
class RunActions;

/// What every view is given; all of it outlives the views.
struct ViewContext {
    Selection& selection;
    Settings& settings;
    StoreFollower& store;
    JobList& jobs;
    RunActions& runActions;
};

enum class ViewPlace { kLeftTop, kLeftBottom, kRightTop, kRightBottom };

struct ViewDescription {
    QString id;     ///< object name of the dock, key of its settings: "runs"
    QString title;  ///< translated
    QString icon;   ///< name for icon()
    ViewPlace place = ViewPlace::kRightTop;
    bool isOpenAtFirstStart = true;
    QKeySequence shortcut;
    QString help;  ///< "What am I seeing?", three sentences
    std::function<QWidget*(const ViewContext&, QWidget* parent)> create;
};

class ViewRegistry {
public:
    /// Order = order of menu and tabs. An id that is there already is replaced.
    void add(ViewDescription view);
    const std::vector<ViewDescription>& views() const { return m_views; }

private:
    std::vector<ViewDescription> m_views;
};

}  // namespace f8net
