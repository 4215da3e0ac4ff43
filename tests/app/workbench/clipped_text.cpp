// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/workbench/clipped_text.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAbstractScrollArea>
#include <QComboBox>
#include <QDockWidget>
#include <QGroupBox>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMenuBar>
#include <QPushButton>
#include <QRegularExpression>
#include <QStyleOptionComboBox>
#include <QTabBar>
#include <QToolButton>

#include "tests/app/workbench/surfaces.h"

namespace f8net {

namespace {

QString withoutMnemonic(const QString& text) {
    QString plain;
    for (qsizetype i = 0; i < text.size(); ++i) {
        if (text[i] == '&' && ++i == text.size()) break;
        plain += text[i];
    }
    return plain;
}

QString describe(const QWidget& widget, const QString& text) {
    QStringList path;
    for (const QWidget* at = widget.parentWidget(); at != nullptr && path.size() < 3; at = at->parentWidget())
        path << QString(at->metaObject()->className()).remove("f8net::");
    return QString("%1 '%2' in %3").arg(widget.metaObject()->className(), text.left(60), path.join(" in "));
}

class Search {
public:
    QStringList found;

    void visit(QWidget& widget) {
        if (!isOnScreen(widget)) return;
        if (auto* label = qobject_cast<QLabel*>(&widget)) {
            visitLabel(*label);
        } else if (auto* button = qobject_cast<QAbstractButton*>(&widget)) {
            visitButton(*button);
        } else if (auto* box = qobject_cast<QComboBox*>(&widget)) {
            visitComboBox(*box);
        } else if (auto* header = qobject_cast<QHeaderView*>(&widget)) {
            visitHeader(*header);
        } else if (auto* view = qobject_cast<QAbstractItemView*>(&widget)) {
            visitRows(*view);
        } else if (auto* tabs = qobject_cast<QTabBar*>(&widget)) {
            visitTabs(*tabs);
        } else if (auto* group = qobject_cast<QGroupBox*>(&widget)) {
            need(*group, group->title(), {group->minimumSizeHint().width(), 0});
        } else if (auto* line = qobject_cast<QLineEdit*>(&widget)) {
            visitPlaceholder(*line);
        } else if (auto* dock = qobject_cast<QDockWidget*>(&widget)) {
            visitDock(*dock);
        } else if (auto* bar = qobject_cast<QMenuBar*>(&widget)) {
            for (QAction* action : bar->actions()) {
                if (!bar->rect().contains(bar->actionGeometry(action))) say(*bar, action->text(), "does not fit");
            }
        } else if (auto* menu = qobject_cast<QMenu*>(&widget)) {
            need(*menu, menu->title(), menu->sizeHint());
        }
    }

private:
    void say(const QWidget& widget, const QString& text, const QString& what) {
        found << describe(widget, text) + ": " + what;
    }

    void need(const QWidget& widget, const QString& text, const QSize& needed) {
        if (needed.width() > widget.width() || needed.height() > widget.height()) {
            say(widget, text,
                QString("needs %1 x %2, has %3 x %4")
                    .arg(needed.width())
                    .arg(needed.height())
                    .arg(widget.width())
                    .arg(widget.height()));
            return;
        }
        // In something that scrolls a part may be out of sight; elsewhere a neighbour or the edge has cut it.
        for (const QWidget* at = widget.parentWidget(); at != nullptr; at = at->parentWidget()) {
            if (qobject_cast<const QAbstractScrollArea*>(at) != nullptr) return;
        }
        if (widget.visibleRegion().boundingRect() != widget.rect()) say(widget, text, "is covered or cut at an edge");
    }

    void visitLabel(const QLabel& label) {
        if (label.text().isEmpty()) return;
        QSize needed = label.sizeHint();
        if (label.hasHeightForWidth()) {
            // Lines break; one word does not.
            needed = {label.textFormat() == Qt::RichText ? 0 : std::min(needed.width(), longestWord(label)),
                      label.heightForWidth(label.width())};
        }
        need(label, label.text(), needed);
    }

    static int longestWord(const QLabel& label) {
        int widest = 0;
        for (const QString& word : label.text().split(QRegularExpression("[\\s\\x{200B}]+")))
            widest = std::max(widest, label.fontMetrics().horizontalAdvance(word));
        return Qt::mightBeRichText(label.text()) ? 0 : widest;
    }

    void visitButton(const QAbstractButton& button) {
        if (button.text().isEmpty()) return;
        if (const auto* tool = qobject_cast<const QToolButton*>(&button)) {
            const bool showsText = tool->toolButtonStyle() != Qt::ToolButtonIconOnly || tool->icon().isNull();
            if (!showsText) return;
        }
        QSize needed = button.sizeHint();
        if (qobject_cast<const QPushButton*>(&button) != nullptr && button.icon().isNull()) {
            // Its hint is never narrow; one with a single sign may be.
            const int margin = button.style()->pixelMetric(QStyle::PM_ButtonMargin, nullptr, &button);
            const int text = button.fontMetrics().size(Qt::TextShowMnemonic, button.text()).width();
            needed.setWidth(std::min(needed.width(), text + margin));
        }
        need(button, button.text(), needed);
    }

    void visitComboBox(const QComboBox& box) {
        if (box.isEditable()) return;
        QStyleOptionComboBox option;
        option.initFrom(&box);
        option.currentText = box.currentText();
        option.frame = box.hasFrame();
        const QRect field =
            box.style()->subControlRect(QStyle::CC_ComboBox, &option, QStyle::SC_ComboBoxEditField, &box);
        const int icon = box.itemIcon(box.currentIndex()).isNull() ? 0 : box.iconSize().width() + 4;
        const int needed = box.fontMetrics().horizontalAdvance(box.currentText()) + icon;
        if (needed > field.width())
            say(box, box.currentText(), QString("text needs %1, has %2").arg(needed).arg(field.width()));
        need(box, box.currentText(), {0, box.sizeHint().height()});
    }

    void visitHeader(const QHeaderView& header) {
        if (header.orientation() != Qt::Horizontal || header.model() == nullptr) return;
        for (int section = 0; section < header.count(); ++section) {
            if (header.isSectionHidden(section)) continue;
            const QString text = header.model()->headerData(section, Qt::Horizontal).toString();
            QFont font = header.font();
            if (const QVariant own = header.model()->headerData(section, Qt::Horizontal, Qt::FontRole); own.isValid())
                font = own.value<QFont>();
            const int margin = header.style()->pixelMetric(QStyle::PM_HeaderMargin, nullptr, &header);
            const bool hasArrow = header.isSortIndicatorShown() && header.sortIndicatorSection() == section;
            const int arrow = hasArrow ? header.style()->pixelMetric(QStyle::PM_HeaderMarkSize, nullptr, &header) : 0;
            const int needed = QFontMetrics(font).horizontalAdvance(text) + 2 * margin + arrow;
            if (!text.isEmpty() && needed > header.sectionSize(section)) {
                say(header, text, QString("column needs %1, has %2").arg(needed).arg(header.sectionSize(section)));
            }
        }
        if (header.height() < header.sizeHint().height()) say(header, {}, "is too low");
    }

    void visitRows(const QAbstractItemView& view) {
        const QModelIndex first = view.indexAt({view.viewport()->width() / 2, 1});
        if (!first.isValid()) return;
        const int height = view.visualRect(first).height(), needed = view.fontMetrics().height();
        if (height < needed)
            say(view, first.data().toString(), QString("row needs %1, has %2").arg(needed).arg(height));
    }

    void visitTabs(const QTabBar& tabs) {
        for (int tab = 0; tab < tabs.count(); ++tab) {
            if (!tabs.isTabVisible(tab)) continue;
            const int icon = tabs.tabIcon(tab).isNull() ? 0 : tabs.iconSize().width() + 4;
            const int needed = tabs.fontMetrics().horizontalAdvance(withoutMnemonic(tabs.tabText(tab))) + icon;
            if (needed > tabs.tabRect(tab).width() - 4)
                say(tabs, tabs.tabText(tab),
                    QString("tab needs %1, has %2").arg(needed).arg(tabs.tabRect(tab).width()));
            if (!tabs.rect().contains(tabs.tabRect(tab))) say(tabs, tabs.tabText(tab), "is scrolled out of sight");
        }
    }

    void visitPlaceholder(const QLineEdit& line) {
        if (!line.text().isEmpty() || line.placeholderText().isEmpty()) return;
        const int needed = line.fontMetrics().horizontalAdvance(line.placeholderText());
        if (needed > line.contentsRect().width() - 8)
            say(line, line.placeholderText(), QString("needs %1, has %2").arg(needed).arg(line.width()));
    }

    void visitDock(const QDockWidget& dock) {
        if (dock.titleBarWidget() != nullptr) return;
        constexpr int kButtons = 48;
        const int needed = dock.fontMetrics().horizontalAdvance(dock.windowTitle()) + kButtons;
        if (needed > dock.width()) say(dock, dock.windowTitle(), "title does not fit");
    }
};

}  // namespace

QStringList clippedTexts(QWidget& top) {
    Search search;
    search.visit(top);
    for (QWidget* widget : top.findChildren<QWidget*>()) {
        if (widget->window() == top.window()) search.visit(*widget);
        // A tool bar too narrow for its buttons puts them behind an arrow.
        if (widget->objectName() == "qt_toolbar_ext_button" && !widget->visibleRegion().isEmpty())
            search.found << "tool bar " + widget->parentWidget()->objectName() + " does not fit";
    }
    return search.found;
}

}  // namespace f8net
