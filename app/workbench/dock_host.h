// SPDX-License-Identifier: GPL-3.0-or-later
/// Turns registered views into docks of a main window: default places, one title per tab group, show, raise, maximize,
/// save and restore. Threads  UI thread.
#pragma once

#include <QAction>
#include <QList>
#include <QMainWindow>
#include <QTimer>
#include <vector>

#include "widgets/support/view_registry.h"

class QDockWidget;

namespace f8net {

class DockHost final : public QObject {
    Q_OBJECT
public:
    DockHost(QMainWindow* window, const ViewRegistry& registry, const ViewContext& context);
    ~DockHost() override;

    struct Dock {
        ViewDescription view;
        QDockWidget* dock = nullptr;
        QAction* action = nullptr;  ///< shows and raises; again: back to where one was
    };
    const std::vector<Dock>& docks() const { return m_docks; }
    QWidget* view(const QString& id) const;

    void applyDefaultLayout();  ///< Watch: every view at its own place
    void applyInspectLayout();  ///< one run: the network above its formats and distributions
    void applyCompareLayout();  ///< several runs: the comparison above formats and network
    void save(Settings& settings) const;
    /// False where the remembered layout cannot be used; the default one stands then.
    bool restore(const Settings& settings);
    void raise(const QString& id);
    void toggleMaximized();
    void focusNext();
    /// The next tab of the group that the current view is in, or the one before.
    void nextTab(int by);
    /// The view that has the focus or had it last, else the first. A click anywhere in a view or on its tab gives it.
    const ViewDescription& currentView() const;
    /// Tab groups show their title in the tab alone: hides the bar there. Also runs by itself, after changes.
    void updateTitles();

private:
    struct Layout;
    void apply(const Layout& layout);
    QDockWidget* find(const QString& id) const;
    const Dock* dockOf(const QWidget* widget) const;
    const Dock* focused() const;
    const Dock* current() const;
    void followTabs();
    void activate(const Dock& dock);

    QMainWindow* m_window;
    std::vector<Dock> m_docks;
    QTimer m_titlesSoon;
    QString m_cameFrom, m_lastFocused;
    QByteArray m_beforeMaximized;
};

}  // namespace f8net
