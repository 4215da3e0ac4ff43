// SPDX-License-Identifier: GPL-3.0-or-later
/// View 5, Network: a run's network with its controls and the chosen layer's details.
/// Threads  UI thread.
#pragma once

#include <QLineEdit>
#include <QPushButton>
#include <QTextBrowser>
#include <QWidget>

#include "widgets/network/network_pane.h"
#include "widgets/support/remembered.h"

class QSplitter;

namespace f8net {

class NetworkCanvas;
class QuantityBox;

class NetworkWidget final : public QWidget {
    Q_OBJECT
public:
    NetworkWidget(const ViewContext& context, QWidget* parent);

    void setRun(const RunId& run);
    void setQuantity(Quantity quantity);
    NetworkCanvas* canvas() const { return m_pane->canvas(); }
    QLineEdit* findLine() const { return m_find; }
    EmptyState* emptyState() const { return m_pane->emptyState(); }
    QString detailsText() const { return m_details->toPlainText(); }
    /// Tries each layer alone, as a job; its values then are the run's.
    void measure();
    /// Chooses the layer to blame, again: the next one; where the run's data are not there yet, once they are. Painted
    /// by lengths, which blame nobody, or by what has no values, it goes to the first quantity that can tell.
    void showWorstLayer();

    Q_INVOKABLE void findNext(int by);  ///< what the find line has, 1 forward, -1 back (F3, Shift+F3)
    Q_INVOKABLE void exportView();      ///< asks where to

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;  // F3 in the find line

private:
    void showNetwork();
    void showLayer();
    void showDetails(const QString& html);
    void showQuantity();

    ViewContext m_context;
    NetworkPane* m_pane;
    QuantityBox* m_quantity;
    QLineEdit* m_find;
    QTextBrowser* m_details;
    QPushButton *m_measure, *m_worst, *m_fit, *m_zoomOut, *m_zoom, *m_zoomIn;
    QSplitter* m_splitter;
    QString m_detailsHtml;
    int m_foundAt = -1;
    bool m_isWorstWanted = false;  ///< once the network is there
    Remembered m_remembered;
};

/// The chosen run's.
void registerNetworkView(ViewRegistry& registry);

}  // namespace f8net
