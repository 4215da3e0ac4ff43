// SPDX-License-Identifier: GPL-3.0-or-later
/// What can be done with any plot, as actions of its widget: export, copy as picture (Ctrl+C) or table, and the table
/// behind it (Ctrl+Shift+T). The keys act while the plot has the focus; addTo() puts all into its menu.
/// Threads  UI thread.   Lifetime: a child of the plot's widget.
#pragma once

#include <QObject>

class QAction;
class QDialog;
class QMenu;

namespace f8net {

class Plot;
struct WholeTable;

class PlotActions final : public QObject {
    Q_OBJECT
public:
    explicit PlotActions(Plot& plot);

    QAction *exportAs, *copyPicture, *copyTable, *showTable;

    void addTo(QMenu& menu) const;
    /// For a plot whose context menu has nothing else.
    void becomeContextMenu();
    /// Asks for a file and writes it; failed() where that did not work.
    void exportWithDialog();
    /// Made and shown: title, sentence, and the numbers, sortable and copied with Ctrl+C.
    QDialog* openTable();

Q_SIGNALS:
    void failed(const QString& message);

private:
    void copyWholeTable();
    void writeInBackground(WholeTable table, const QString& path);

    Plot& m_plot;
};

}  // namespace f8net
