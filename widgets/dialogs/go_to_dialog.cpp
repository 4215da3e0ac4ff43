// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/dialogs/go_to_dialog.h"

#include <QApplication>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>

#include "widgets/support/theme.h"

namespace f8net {

namespace {
constexpr int kMostShown = 200;
}

GoToDialog::GoToDialog(QList<Target> targets, QWidget* parent)
    : QDialog(parent), m_targets(std::move(targets)), m_line(new QLineEdit), m_list(new QListWidget) {
    setWindowTitle(tr("Go to"));
    resize(480, 360);
    m_line->setPlaceholderText(tr("Part of the name of a run, layer, view or action"));
    m_line->setAccessibleName(tr("Go to"));
    m_line->installEventFilter(this);
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->setUniformItemSizes(true);
    m_list->setAccessibleName(tr("Matches"));
    applySelectionTint(m_list);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->setSpacing(8);
    layout->addWidget(m_line);
    layout->addWidget(m_list, 1);
    connect(m_line, &QLineEdit::textChanged, this, &GoToDialog::filter);
    connect(m_list, &QListWidget::itemClicked, this, &GoToDialog::goToCurrent);
    filter({});
}

void GoToDialog::filter(const QString& words) {
    const QStringList wanted = words.split(' ', Qt::SkipEmptyParts);
    m_list->clear();
    for (qsizetype i = 0; i < m_targets.size() && m_list->count() < kMostShown; ++i) {
        const QString text = m_targets[i].name + "   " + m_targets[i].kind;
        const bool matches = std::all_of(wanted.begin(), wanted.end(),
                                         [&](const QString& word) { return text.contains(word, Qt::CaseInsensitive); });
        if (!matches) continue;
        auto* item = new QListWidgetItem(text, m_list);
        item->setData(Qt::UserRole, static_cast<int>(i));
    }
    m_list->setCurrentRow(0);
}

void GoToDialog::goToCurrent() {
    const QListWidgetItem* item = m_list->currentItem();
    if (item == nullptr) return;
    const std::function<void()> go = m_targets[item->data(Qt::UserRole).toInt()].go;
    accept();
    // After this dialog has gone, so that an action's own dialog gets the focus.
    QTimer::singleShot(0, qApp, go);
}

bool GoToDialog::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_line && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_Down || key == Qt::Key_Up || key == Qt::Key_PageDown || key == Qt::Key_PageUp) {
            QApplication::sendEvent(m_list, event);
            return true;
        }
        if (key == Qt::Key_Return || key == Qt::Key_Enter) {
            goToCurrent();
            return true;
        }
    }
    return QDialog::eventFilter(watched, event);
}

}  // namespace f8net
