// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/workbench/dock_host.h"

#include <QApplication>
#include <QDockWidget>
#include <QTabBar>
#include <algorithm>
#include <map>

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
        QWidget* widget = view.create(context, dock);
        dock->setWidget(widget);
        dock->setAcceptDrops(true);  // floating, it is a window of its own
        // A click anywhere in it makes it the current view.
        widget->setFocusPolicy(widget->focusProxy() != nullptr ? widget->focusProxy()->focusPolicy() : Qt::ClickFocus);
        widget->setAccessibleName(view.title);
        dock->setAccessibleName(view.title);
        auto* action = new QAction(icon(view.icon), view.title, this);  // with a mnemonic once in its menu
        action->setShortcut(view.shortcut);
        action->setStatusTip(tr("Show %1; again: back to where you were").arg(view.title));
        m_docks.push_back({view, dock, action});
        const size_t index = m_docks.size() - 1;
        connect(action, &QAction::triggered, this, [this, index] { activate(m_docks[index]); });
        connect(dock, &QDockWidget::visibilityChanged, &m_titlesSoon, qOverload<>(&QTimer::start));
        connect(dock, &QDockWidget::topLevelChanged, &m_titlesSoon, qOverload<>(&QTimer::start));
        connect(dock, &QDockWidget::dockLocationChanged, &m_titlesSoon, qOverload<>(&QTimer::start));
    }
    connect(qApp, &QApplication::focusChanged, this, [this](QWidget*, QWidget* now) {
        if (const Dock* dock = dockOf(now)) m_lastFocused = dock->view.id;
    });
    applyDefaultLayout();
}

DockHost::~DockHost() {
    qApp->disconnect(this);
    for (const Dock& dock : m_docks) delete dock.dock;  // views save what they remember while all of it is still there
}

QWidget* DockHost::view(const QString& id) const {
    for (const Dock& dock : m_docks) {
        if (dock.view.id == id) return dock.dock->widget();
    }
    return nullptr;
}

/// Columns from left to right, each of rows from top to bottom, each of tab groups side by side; the first view of a
/// group is in front. Shares are of the window, in %.
struct DockHost::Layout {
    using Group = std::vector<QString>;
    struct Row {
        int height;
        std::vector<Group> groups;
    };
    struct Column {
        int width;
        std::vector<Row> rows;
    };
    std::vector<Column> columns;
};

void DockHost::applyDefaultLayout() {
    Layout::Group places[4];
    for (const Dock& entry : m_docks) {
        if (entry.view.isOpenAtFirstStart) places[static_cast<size_t>(entry.view.place)].push_back(entry.view.id);
    }
    const auto rowOf = [&places](int height, ViewPlace place) {
        return Layout::Row{height, {places[static_cast<size_t>(place)]}};
    };
    const Layout::Column left{42, {rowOf(66, ViewPlace::kLeftTop), rowOf(34, ViewPlace::kLeftBottom)}};
    const Layout::Column right{58, {rowOf(41, ViewPlace::kRightTop), rowOf(59, ViewPlace::kRightBottom)}};
    apply(Layout{{left, right}});
}

void DockHost::applyInspectLayout() {
    using Group = Layout::Group;
    using Row = Layout::Row;
    const Layout::Column left{30, {Row{60, {Group{"runs"}}}, Row{40, {Group{"details", "log"}}}}};
    const Layout::Column right{
        70, {Row{52, {Group{"network", "curves"}}}, Row{48, {Group{"formats"}, Group{"distributions"}}}}};
    apply(Layout{{left, right}});
}

void DockHost::applyCompareLayout() {
    using Group = Layout::Group;
    using Row = Layout::Row;
    const Layout::Column left{34, {Row{66, {Group{"runs"}}}, Row{34, {Group{"details", "log"}}}}};
    const Layout::Column right{
        66, {Row{50, {Group{"compare", "curves", "network"}}}, Row{50, {Group{"formats"}, Group{"distributions"}}}}};
    apply(Layout{{left, right}});
}

QDockWidget* DockHost::find(const QString& id) const {
    for (const Dock& entry : m_docks) {
        if (entry.view.id == id) return entry.dock;
    }
    return nullptr;
}

void DockHost::apply(const Layout& layout) {
    m_beforeMaximized.clear();
    for (const Dock& entry : m_docks) {
        m_window->removeDockWidget(entry.dock);
        entry.dock->setFloating(false);
    }
    // The front of each group first, so that columns and rows are there; then the tabs on them.
    struct Sized {
        QList<QDockWidget*> docks;
        QList<int> sizes;
    };
    Sized columns;
    std::vector<Sized> rowsOfColumns, groupsOfRows;
    std::vector<const Layout::Group*> groups;
    for (const Layout::Column& column : layout.columns) {
        const Qt::DockWidgetArea area = columns.docks.isEmpty() ? Qt::LeftDockWidgetArea : Qt::RightDockWidgetArea;
        Sized rows;
        for (const Layout::Row& row : column.rows) {
            Sized beside;
            for (const Layout::Group& group : row.groups) {
                QDockWidget* front = group.empty() ? nullptr : find(group.front());
                if (front == nullptr) continue;  // a build without this view
                if (!beside.docks.isEmpty()) {
                    m_window->splitDockWidget(beside.docks.back(), front, Qt::Horizontal);
                } else if (!rows.docks.isEmpty()) {
                    m_window->splitDockWidget(rows.docks.back(), front, Qt::Vertical);
                } else {
                    m_window->addDockWidget(area, front);
                }
                beside.docks << front;
                beside.sizes << m_window->width() * column.width / 100 / static_cast<int>(row.groups.size());
                groups.push_back(&group);
            }
            if (beside.docks.isEmpty()) continue;
            rows.docks << beside.docks.front();
            rows.sizes << m_window->height() * row.height / 100;
            groupsOfRows.push_back(beside);
        }
        if (rows.docks.isEmpty()) continue;
        columns.docks << rows.docks.front();
        columns.sizes << m_window->width() * column.width / 100;
        rowsOfColumns.push_back(rows);
    }
    std::map<const QDockWidget*, QDockWidget*> frontOf;
    for (const Layout::Group* group : groups) {
        QDockWidget* front = find(group->front());
        for (const QString& id : *group) {
            QDockWidget* dock = find(id);
            if (dock == nullptr) continue;
            if (dock != front) m_window->tabifyDockWidget(front, dock);
            frontOf[dock] = front;
        }
    }
    // A view that is closed comes back as a tab beside those of its place.
    for (const Dock& entry : m_docks) {
        const bool isShown = frontOf.count(entry.dock) > 0;
        if (!isShown) {
            const auto neighbour = std::find_if(m_docks.begin(), m_docks.end(), [&](const Dock& other) {
                return other.view.place == entry.view.place && frontOf.count(other.dock) > 0;
            });
            m_window->tabifyDockWidget(
                neighbour != m_docks.end() ? frontOf[neighbour->dock] : find(groups.back()->front()), entry.dock);
        }
        entry.dock->setVisible(isShown);
    }
    for (const Layout::Group* group : groups) find(group->front())->raise();
    m_window->resizeDocks(columns.docks, columns.sizes, Qt::Horizontal);
    for (const Sized& rows : rowsOfColumns) m_window->resizeDocks(rows.docks, rows.sizes, Qt::Vertical);
    for (const Sized& beside : groupsOfRows) {
        if (beside.docks.size() > 1) m_window->resizeDocks(beside.docks, beside.sizes, Qt::Horizontal);
    }
    updateTitles();
}

/// Tab bars come and go with the layout.
void DockHost::followTabs() {
    for (QTabBar* bar : m_window->findChildren<QTabBar*>(QString(), Qt::FindDirectChildrenOnly)) {
        if (bar->property("isFollowed").toBool()) continue;
        bar->setProperty("isFollowed", true);
        connect(bar, &QTabBar::tabBarClicked, this, [this, bar](int tab) {
            // It comes to the front only after this.
            QTimer::singleShot(0, bar, [this, bar, tab] {
                if (tab < 0 || tab != bar->currentIndex()) return;
                for (const Dock& entry : m_docks) {
                    if (entry.view.title == bar->tabText(tab)) entry.dock->widget()->setFocus(Qt::MouseFocusReason);
                }
            });
        });
    }
}

void DockHost::updateTitles() {
    followTabs();
    for (const Dock& entry : m_docks) {
        const QList<QDockWidget*> group = m_window->tabifiedDockWidgets(entry.dock);
        const bool hasTabs =
            std::any_of(group.begin(), group.end(), [](QDockWidget* dock) { return !dock->isHidden(); });
        const bool isTab = !entry.dock->isFloating() && hasTabs;
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

const DockHost::Dock* DockHost::dockOf(const QWidget* widget) const {
    for (const Dock& entry : m_docks) {
        if (widget != nullptr && entry.dock->isAncestorOf(widget)) return &entry;
    }
    return nullptr;
}

const DockHost::Dock* DockHost::focused() const {
    return dockOf(QApplication::focusWidget());
}

const DockHost::Dock* DockHost::current() const {
    if (const Dock* dock = focused()) return dock;
    for (const Dock& entry : m_docks) {
        if (entry.view.id == m_lastFocused && entry.dock->isVisible()) return &entry;
    }
    return nullptr;
}

const ViewDescription& DockHost::currentView() const {
    const Dock* dock = current();
    return dock != nullptr ? dock->view : m_docks.front().view;
}

void DockHost::nextTab(int by) {
    const Dock* from = current();
    if (from == nullptr) return;
    std::vector<const Dock*> group;  // in the order of the views, which is that of the tabs until they are moved
    const QList<QDockWidget*> tabs = m_window->tabifiedDockWidgets(from->dock);
    for (const Dock& entry : m_docks) {
        if (&entry == from || (tabs.contains(entry.dock) && !entry.dock->isHidden())) group.push_back(&entry);
    }
    const auto at = std::find(group.begin(), group.end(), from) - group.begin();
    const auto size = static_cast<std::ptrdiff_t>(group.size());
    raise(group[static_cast<size_t>((at + by + size) % size)]->view.id);
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
    const Dock* shown = current();
    if (shown == nullptr) return;
    const QByteArray layout = m_window->saveState(kLayoutVersion);
    for (const Dock& entry : m_docks) entry.dock->setVisible(&entry == shown);
    m_beforeMaximized = layout;
}

void DockHost::focusNext() {
    const Dock* from = current();
    const size_t start = from != nullptr ? static_cast<size_t>(from - m_docks.data()) + 1 : 0;
    for (size_t i = 0; i < m_docks.size(); ++i) {
        const Dock& next = m_docks[(start + i) % m_docks.size()];
        if (!next.dock->isVisible() || next.dock->visibleRegion().isEmpty()) continue;
        next.dock->widget()->setFocus(Qt::TabFocusReason);
        return;
    }
}

}  // namespace f8net
