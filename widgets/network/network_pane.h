// SPDX-License-Identifier: GPL-3.0-or-later
/// A run's network as a picture, under a sentence that says which layer is worst. Takes the run as a parameter, so that
/// two can stand side by side; layer and epoch are those of the Selection.
/// Threads  UI thread; data comes finished from the store's reader.
#pragma once

#include <QLabel>
#include <QWidget>
#include <memory>

#include "widgets/models/store_follower.h"
#include "widgets/network/network_data.h"
#include "widgets/panels/empty_state.h"
#include "widgets/support/view_registry.h"

namespace f8net {

class NetworkCanvas;

class NetworkPane final : public QWidget {
    Q_OBJECT
public:
    explicit NetworkPane(const ViewContext& context, QWidget* parent = nullptr);

    void setRun(const RunId& run);
    const RunId& run() const { return m_run; }
    void setQuantity(Quantity quantity);
    NetworkCanvas* canvas() const { return m_canvas; }
    EmptyState* emptyState() const { return m_empty; }
    /// Of run(); nullptr as long as the store has not answered for it.
    const NetworkData* network() const { return m_network.get(); }

Q_SIGNALS:
    void networkChanged();

private:
    void ask();
    void showNetwork(const NetworkData& network);

    ViewContext m_context;
    StoreQuestion m_question;
    RunId m_run;
    std::shared_ptr<NetworkReader> m_reader;
    std::shared_ptr<const NetworkData> m_network;
    QLabel* m_sentence;
    NetworkCanvas* m_canvas;
    EmptyState* m_empty;
};

}  // namespace f8net
