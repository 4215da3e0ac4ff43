// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/plot_actions.h"

#include <QAction>
#include <QBuffer>
#include <QClipboard>
#include <QDialog>
#include <QDialogButtonBox>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QTableView>
#include <QVBoxLayout>
#include <algorithm>

#include "core/base/error.h"
#include "widgets/models/empty_last_proxy.h"
#include "widgets/plots/plot.h"
#include "widgets/plots/plot_export.h"
#include "widgets/plots/plot_table_model.h"
#include "widgets/plots/table_rows.h"
#include "widgets/plots/table_writing.h"
#include "widgets/support/fonts.h"
#include "widgets/support/outside.h"
#include "widgets/support/theme.h"

namespace f8net {

PlotActions::PlotActions(Plot& plot)
    : QObject(&plot.plotWidget()),
      exportAs(new QAction(tr("&Export plot…"), this)),
      copyPicture(new QAction(tr("&Copy picture"), this)),
      copyTable(new QAction(tr("Copy as &table"), this)),
      showTable(new QAction(tr("&Show as table"), this)),
      m_plot(plot) {
    exportAs->setStatusTip(tr("Write the plot with its legend as a picture, or its numbers as a table"));
    copyPicture->setStatusTip(tr("Copy the plot as a picture"));
    copyTable->setStatusTip(tr("Copy the numbers of the plot, for spreadsheets"));
    showTable->setStatusTip(tr("Show the numbers of the plot"));
    copyPicture->setShortcut(QKeySequence::Copy);
    showTable->setShortcut(QKeySequence("Ctrl+Shift+T"));
    for (QAction* action : {exportAs, copyPicture, copyTable, showTable}) {
        action->setShortcutContext(Qt::WidgetShortcut);
        plot.plotWidget().addAction(action);
    }
    connect(exportAs, &QAction::triggered, this, &PlotActions::exportWithDialog);
    connect(copyPicture, &QAction::triggered, this, [this] { f8net::copyPicture(m_plot); });
    connect(copyTable, &QAction::triggered, this, &PlotActions::copyWholeTable);
    connect(showTable, &QAction::triggered, this, &PlotActions::openTable);
}

void PlotActions::addTo(QMenu& menu) const {
    menu.addActions({exportAs, copyPicture, copyTable, showTable});
}

void PlotActions::becomeContextMenu() {
    QWidget& widget = m_plot.plotWidget();
    widget.setContextMenuPolicy(Qt::CustomContextMenu);
    connect(&widget, &QWidget::customContextMenuRequested, this, [this, &widget](const QPoint& at) {
        QMenu menu(&widget);
        addTo(menu);
        menu.exec(widget.mapToGlobal(at));
    });
}

void PlotActions::exportWithDialog() {
    const QString path = outside().askSaveFile(&m_plot.plotWidget(), tr("Export plot"),
                                               exportFileName(m_plot.plotTitle(), "png"), exportFilter());
    if (path.isEmpty()) return;
    if (isTableFile(path)) {
        WholeTable table = tableOf(m_plot);
        if (table.rows.count > TableWriting::kMostAtOnce) return writeInBackground(std::move(table), path);
    }
    try {
        exportPlot(m_plot, path);
    } catch (const Error& error) {
        Q_EMIT failed(QString::fromUtf8(error.what()));
    }
}

void PlotActions::copyWholeTable() {
    WholeTable table = tableOf(m_plot);
    if (table.rows.count > TableWriting::kMostAtOnce) return writeInBackground(std::move(table), {});
    QBuffer csv;
    csv.open(QIODevice::WriteOnly);
    writeCsv(table.rows, csv);
    QGuiApplication::clipboard()->setText(QString::fromUtf8(csv.data()));
}

void PlotActions::writeInBackground(WholeTable table, const QString& path) {
    auto* writing = new TableWriting(std::move(table), path, m_plot.plotWidget());
    connect(writing, &TableWriting::ended, this, [this](const QString& problem) {
        if (!problem.isEmpty()) Q_EMIT failed(problem);
    });
}

QDialog* PlotActions::openTable() {
    auto* dialog = new QDialog(&m_plot.plotWidget());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(m_plot.plotTitle());
    auto* sentence = new QLabel(m_plot.plotSentence());
    sentence->setWordWrap(true);
    sentence->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    auto* table = new QTableView;
    auto* sorted = new EmptyLastProxy(table);
    const PlotTable numbers = m_plot.plotTable();
    auto* note = new QLabel(numbers.note);
    note->setObjectName("note");
    note->setWordWrap(true);
    note->setVisible(!numbers.note.isEmpty());
    sorted->setSourceModel(new PlotTableModel(numbers, table));
    sorted->setSortRole(PlotTableModel::kSortRole);
    sorted->setSortLocaleAware(true);
    table->setModel(sorted);
    table->setAccessibleName(tr("Numbers of the plot %1").arg(m_plot.plotTitle()));
    table->setAccessibleDescription(m_plot.plotSentence());
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setSortingEnabled(true);
    table->sortByColumn(-1, Qt::AscendingOrder);
    table->verticalHeader()->hide();
    table->verticalHeader()->setDefaultSectionSize(compactRowHeight(table->fontMetrics()));
    table->horizontalHeader()->setStretchLastSection(true);
    applySelectionTint(table);
    letRowsBeCopied(table);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::reject);
    auto* layout = new QVBoxLayout(dialog);
    layout->addWidget(sentence);
    layout->addWidget(note);
    layout->addWidget(table, 1);
    layout->addWidget(buttons);
    dialog->resize(560, 420);
    dialog->show();
    table->setFocus();
    return dialog;
}

}  // namespace f8net
