// SPDX-License-Identifier: GPL-3.0-or-later
/// The networks of two runs side by side, painted by one quantity on one range of colours: the baseline left, beside it
/// one of the others. They show the same part at the same size (where they are the same graph), a layer chosen in one
/// is chosen everywhere, and a line says what the chosen layer is in both.
/// Threads  UI thread.
#pragma once

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QWidget>
#include <array>
#include <vector>

#include "core/base/units.h"
#include "widgets/network/network_data.h"
#include "widgets/support/remembered.h"
#include "widgets/support/view_registry.h"

namespace f8net {

class NetworkCanvas;
class NetworkLegend;
class NetworkPane;
class QuantityBox;

class NetworkPair final : public QWidget {
    Q_OBJECT
public:
    explicit NetworkPair(const ViewContext& context, QWidget* parent = nullptr);

    /// The first is the baseline; nothing is read while the pair is hidden.
    void setRuns(std::vector<RunId> runs);
    void setQuantity(Quantity quantity);
    NetworkPane* pane(int side) const { return m_panes[static_cast<size_t>(side)]; }
    QComboBox* other() const { return m_other; }  ///< which run stands beside the baseline
    QString sentence() const { return m_sentence->text(); }
    /// The layer that differs most in the quantity; again: the next one.
    void showLargestDifference();
    void exportView();  ///< asks where to: the picture that has the focus, else the baseline's

protected:
    void showEvent(QShowEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void showRuns();
    void showDifference();
    void addRun(const RunId& run);

    ViewContext m_context;
    std::vector<RunId> m_runs;
    QuantityBox* m_quantity;
    QLineEdit* m_find;
    QPushButton *m_fit, *m_largest;
    QLabel *m_swatch, *m_first, *m_sentence;
    NetworkLegend* m_legend;
    QComboBox* m_other;
    std::array<NetworkPane*, 2> m_panes;
    Remembered m_remembered;
};

}  // namespace f8net
