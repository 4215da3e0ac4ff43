// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/workbench/dock_host.h"

#include <QApplication>
#include <QDockWidget>
#include <algorithm>

#include "widgets/support/icons.h"
#include "widgets/support/settings.h"

namespace f8net {

namespace {

constexpr int kLayoutVersion = 1;

/// A bare QWidget as title bar prints "Negative sizes (0,-1)".
class NoTitle final : public QWidget {
public:
    using QWidget::QWidget;
    QSize sizeHint() const override { return {1, 1}; }
    QSize minimumSizeHint() const override { return {1, 1}; }
};

}  // namespace

DockHost::DockHost(QMainWindow* window, const ViewRegistry& registry, const ViewContext& context)
    : QObject(window), m_window(window) {
    window->setDockOptions(QMainWindow::AllowTabbedDocks | QMainWindow::AllowNestedDocks);
    window->setDockNestingEnabled(true);
    window->setTabPosition(Qt::AllDockWidgetAreas, QTabWidget::North);
    m_titlesSoon.setSingleShot(true);
    m_titlesSoon.setInterval(0);
    connect(&m_titlesSoon, &QTimer::timeout, this, &DockHost::updateTitles);
    for (const ViewDescription& view : registry.views()) {
        auto* dock = new QDockWidget(view.title, window);
        dock->setObjectName(view.id);
        dock->setWindowIcon(icon(view.icon));
        dock->setWidget(view.create(context, dock));
        dock->setAccessibleName(view.title);
        auto* action = new QAction(icon(view.icon), "&" + view.title, this);
        action->setShortcut(view.shortcut);
        m_docks.push_back({view, dock, action});
        const size_t index = m_docks.size() - 1;
        connect(action, &QAction::triggered, this, [this, index] { activate(m_docks[index]); });
        connect(dock, &QDockWidget::visibilityChanged, &m_titlesSoon, qOverload<>(&QTimer::start));
        connect(dock, &QDockWidget::topLevelChanged, &m_titlesSoon, qOverload<>(&QTimer::start));
        connect(dock, &QDockWidget::dockLocationChanged, &m_titlesSoon, qOverload<>(&QTimer::start));
    }
    applyDefaultLayout();
}

DockHost::~DockHost() {
    for (const Dock& dock : m_docks) delete dock.dock;  // views save what they remember while all of it is still there
}

QWidget* DockHost::view(const QString& id) const {
    for (const Dock& dock : m_docks) {
        if (dock.view.id == id) return dock.dock->widget();
    }
    return nullptr;
}

void DockHost::applyDefaultLayout() {
    m_beforeMaximized.clear();
    QDockWidget* first[4] = {};
    for (const Dock& entry : m_docks) {
        m_window->removeDockWidget(entry.dock);
        entry.dock->setFloating(false);
    }
    const auto placeOf = [](const Dock& dock) { return static_cast<size_t>(dock.view.place); };
    // The four corners first, then tabs on them.
    for (const Dock& entry : m_docks) {
        QDockWidget*& corner = first[placeOf(entry)];
        if (corner != nullptr) continue;
        corner = entry.dock;
        const bool isLeft = entry.view.place == ViewPlace::kLeftTop || entry.view.place == ViewPlace::kLeftBottom;
        m_window->addDockWidget(isLeft ? Qt::LeftDockWidgetArea : Qt::RightDockWidgetArea, entry.dock);
    }
    if (first[0] != nullptr && first[1] != nullptr) m_window->splitDockWidget(first[0], first[1], Qt::Vertical);
    if (first[2] != nullptr && first[3] != nullptr) m_window->splitDockWidget(first[2], first[3], Qt::Vertical);
    for (const Dock& entry : m_docks) {
        if (first[placeOf(entry)] != entry.dock) m_window->tabifyDockWidget(first[placeOf(entry)], entry.dock);
    }
    for (const Dock& entry : m_docks) entry.dock->setVisible(entry.view.isOpenAtFirstStart);
    for (QDockWidget* corner : first) {
        if (corner != nullptr) corner->raise();
    }
    const int width = m_window->width(), height = m_window->height();
    if (first[0] != nullptr && first[2] != nullptr) {
        m_window->resizeDocks({first[0], first[2]}, {width * 42 / 100, width * 58 / 100}, Qt::Horizontal);
    }
    if (first[0] != nullptr && first[1] != nullptr) {
        m_window->resizeDocks({first[0], first[1]}, {height * 66 / 100, height * 34 / 100}, Qt::Vertical);
    }
    if (first[2] != nullptr && first[3] != nullptr) {
        m_window->resizeDocks({first[2], first[3]}, {height * 46 / 100, height * 54 / 100}, Qt::Vertical);
    }
    updateTitles();
}

void DockHost::updateTitles() {
    for (const Dock& entry : m_docks) {
        const bool isTab = !entry.dock->isFloating() && !m_window->tabifiedDockWidgets(entry.dock).isEmpty();
        QWidget* bar = entry.dock->titleBarWidget();
        if (isTab && bar == nullptr) entry.dock->setTitleBarWidget(new NoTitle(entry.dock));
        if (!isTab && bar != nullptr) {
            entry.dock->setTitleBarWidget(nullptr);
            bar->deleteLater();
        }
    }
}

void DockHost::save(Settings& settings) const {
    settings.setValue("window/geometry", m_window->saveGeometry());
    settings.setValue("window/layout",
                      m_beforeMaximized.isEmpty() ? m_window->saveState(kLayoutVersion) : m_beforeMaximized);
}

bool DockHost::restore(const Settings& settings) {
    const QByteArray geometry = settings.value("window/geometry").toByteArray();
    const QByteArray layout = settings.value("window/layout").toByteArray();
    if (!geometry.isEmpty()) m_window->restoreGeometry(geometry);
    if (layout.isEmpty()) return true;
    const bool done = m_window->restoreState(layout, kLayoutVersion);
    if (!done) applyDefaultLayout();
    updateTitles();
    return done;
}

void DockHost::raise(const QString& id) {
    for (const Dock& entry : m_docks) {
        if (entry.view.id != id) continue;
        entry.dock->show();
        entry.dock->raise();
        entry.dock->widget()->setFocus();
    }
}

const DockHost::Dock* DockHost::focused() const {
    for (const Dock& entry : m_docks) {
        if (QApplication::focusWidget() != nullptr && entry.dock->isAncestorOf(QApplication::focusWidget()))
            return &entry;
    }
    return nullptr;
}

const ViewDescription& DockHost::currentView() const {
    const Dock* dock = focused();
    return dock != nullptr ? dock->view : m_docks.front().view;
}

void DockHost::activate(const Dock& dock) {
    const Dock* from = focused();
    if (from == &dock && !m_cameFrom.isEmpty() && m_cameFrom != dock.view.id) {  // again: back
        const QString back = m_cameFrom;
        m_cameFrom = dock.view.id;
        raise(back);
        return;
    }
    if (from != nullptr) m_cameFrom = from->view.id;
    raise(dock.view.id);
}

void DockHost::toggleMaximized() {
    if (!m_beforeMaximized.isEmpty()) {
        const QByteArray layout = m_beforeMaximized;
        m_beforeMaximized.clear();
        m_window->restoreState(layout, kLayoutVersion);
        updateTitles();
        return;
    }
    const Dock* current = focused();
    if (current == nullptr) return;
    const QByteArray layout = m_window->saveState(kLayoutVersion);
    for (const Dock& entry : m_docks) entry.dock->setVisible(&entry == current);
    m_beforeMaximized = layout;
}

void DockHost::focusNext() {
    const Dock* current = focused();
    const size_t start = current != nullptr ? static_cast<size_t>(current - m_docks.data()) + 1 : 0;
    for (size_t i = 0; i < m_docks.size(); ++i) {
        const Dock& next = m_docks[(start + i) % m_docks.size()];
        if (!next.dock->isVisible() || next.dock->visibleRegion().isEmpty()) continue;
        next.dock->widget()->setFocus(Qt::TabFocusReason);
        return;
    }
}

}  // namespace f8net
