// SPDX-License-Identifier: GPL-3.0-or-later
/// A run's network with its controls and the chosen layer's details: takes the run as a parameter, so that two of them
/// can stand side by side; layer and epoch are those of the Selection. Threads  UI thread; data comes finished from the
/// store's reader.
#pragma once

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QWidget>
#include <memory>

#include "widgets/models/store_follower.h"
#include "widgets/network/network_data.h"
#include "widgets/panels/empty_state.h"
#include "widgets/support/view_registry.h"

class QSplitter;

namespace f8net {

class NetworkCanvas;

class NetworkWidget final : public QWidget {
    Q_OBJECT
public:
    NetworkWidget(const ViewContext& context, QWidget* parent);

    void setRun(const RunId& run);
    void setQuantity(Quantity quantity);
    NetworkCanvas* canvas() const { return m_canvas; }
    QLineEdit* findLine() const { return m_find; }
    EmptyState* emptyState() const { return m_empty; }
    QString detailsText() const { return m_details->text(); }
    /// Tries each layer alone, as a job; its values then are the run's.
    void measure();

    Q_INVOKABLE void exportView();  ///< asks where to

Q_SIGNALS:
    void quantityChanged(f8net::Quantity quantity);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;  // F3 in the find line

private:
    void ask();
    void showNetwork(const NetworkData& network);
    void showLayer();
    void showQuantity();
    void find(int by);

    ViewContext m_context;
    StoreQuestion m_question;
    RunId m_run;
    std::shared_ptr<NetworkReader> m_reader;
    std::shared_ptr<const NetworkData> m_network;
    QComboBox* m_quantity;
    QLineEdit* m_find;
    QLabel *m_sentence, *m_details;
    QPushButton *m_measure, *m_worst, *m_fit, *m_zoom;
    NetworkCanvas* m_canvas;
    QSplitter* m_splitter;
    EmptyState* m_empty;
    int m_foundAt = -1;
};

/// View 5, Network: the chosen run's.
void registerNetworkView(ViewRegistry& registry);

}  // namespace f8net
