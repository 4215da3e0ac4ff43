// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/dialogs/shortcuts_dialog.h"

#include <QAction>
#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLineEdit>
#include <QTableWidget>
#include <QVBoxLayout>

#include "widgets/support/theme.h"

namespace f8net {

ShortcutsDialog::ShortcutsDialog(const QList<QAction*>& actions, const QList<QPair<QString, QString>>& others,
                                 QWidget* parent)
    : QDialog(parent) {
    setWindowTitle(tr("Keyboard shortcuts"));
    resize(520, 560);
    QList<QPair<QString, QString>> rows;
    for (const QAction* action : actions) {
        if (action->shortcut().isEmpty()) continue;
        QString text = action->text();
        rows.append({action->shortcut().toString(QKeySequence::NativeText), text.remove('&').remove("…")});
    }
    rows += others;
    auto* find = new QLineEdit;
    find->setPlaceholderText(tr("Find"));
    find->setAccessibleName(tr("Find a shortcut"));
    auto* table = new QTableWidget(static_cast<int>(rows.size()), 2);
    table->setHorizontalHeaderLabels({tr("Keys"), tr("Does")});
    table->verticalHeader()->hide();
    table->horizontalHeader()->setStretchLastSection(true);
    table->horizontalHeader()->setHighlightSections(false);
    table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    table->verticalHeader()->setDefaultSectionSize(24);
    table->setColumnWidth(0, 170);
    table->setShowGrid(false);
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setTabKeyNavigation(false);
    table->setAccessibleName(tr("Keyboard shortcuts"));
    applySelectionTint(table);
    for (int row = 0; row < table->rowCount(); ++row) {
        table->setItem(row, 0, new QTableWidgetItem(rows[row].first));
        table->setItem(row, 1, new QTableWidgetItem(rows[row].second));
    }
    connect(find, &QLineEdit::textChanged, this, [table](const QString& text) {
        for (int row = 0; row < table->rowCount(); ++row) {
            const bool matches = table->item(row, 0)->text().contains(text, Qt::CaseInsensitive) ||
                                 table->item(row, 1)->text().contains(text, Qt::CaseInsensitive);
            table->setRowHidden(row, !matches);
        }
    });
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 12, 12, 12);
    layout->setSpacing(8);
    layout->addWidget(find);
    layout->addWidget(table, 1);
    layout->addWidget(buttons);
}

}  // namespace f8net
