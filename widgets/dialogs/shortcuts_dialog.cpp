// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/dialogs/shortcuts_dialog.h"

#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLineEdit>
#include <QTableWidget>
#include <QVBoxLayout>

#include "widgets/support/fonts.h"
#include "widgets/support/theme.h"

namespace f8net {

namespace {
constexpr int kIsHeading = Qt::UserRole;
}

ShortcutsDialog::ShortcutsDialog(const std::vector<Group>& groups, QWidget* parent) : QDialog(parent) {
    setWindowTitle(tr("Keyboard shortcuts"));
    resize(520, 600);
    auto* find = new QLineEdit;
    find->setPlaceholderText(tr("Find"));
    find->setAccessibleName(tr("Find a shortcut"));
    find->setClearButtonEnabled(true);
    auto* table = new QTableWidget(0, 2);
    table->verticalHeader()->hide();
    table->verticalHeader()->setDefaultSectionSize(compactRowHeight(fontMetrics()));
    table->horizontalHeader()->hide();  // what is a key and what it does needs no heading
    table->horizontalHeader()->setStretchLastSection(true);
    table->setShowGrid(false);
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setTabKeyNavigation(false);
    table->setAccessibleName(tr("Keyboard shortcuts"));
    applySelectionTint(table);
    const auto addRow = [table](const QString& first, const QString& second) {
        const int row = table->rowCount();
        table->insertRow(row);
        table->setItem(row, 0, new QTableWidgetItem(first));
        table->setItem(row, 1, new QTableWidgetItem(second));
        return row;
    };
    int keysWidth = 0;
    for (const Group& group : groups) {
        if (group.rows.isEmpty()) continue;
        const int heading = addRow(group.title, {});
        table->setSpan(heading, 0, 1, 2);
        QTableWidgetItem* item = table->item(heading, 0);
        QFont bold = font();
        bold.setBold(true);
        item->setFont(bold);
        item->setFlags(Qt::ItemIsEnabled);
        item->setData(kIsHeading, true);
        for (const auto& [keys, does] : group.rows) {
            addRow(keys, does);
            keysWidth = std::max(keysWidth, fontMetrics().horizontalAdvance(keys));
        }
    }
    table->setColumnWidth(0, keysWidth + 24);
    connect(find, &QLineEdit::textChanged, this, [table](const QString& text) {
        int heading = -1;
        for (int row = 0; row < table->rowCount(); ++row) {
            const bool isHeading = table->item(row, 0)->data(kIsHeading).toBool();
            const bool matches = !isHeading && (table->item(row, 0)->text().contains(text, Qt::CaseInsensitive) ||
                                                table->item(row, 1)->text().contains(text, Qt::CaseInsensitive));
            table->setRowHidden(row, !matches);
            if (isHeading) heading = row;
            if (matches) table->setRowHidden(heading, false);  // where something below it is left
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
