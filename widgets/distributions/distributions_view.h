// SPDX-License-Identifier: GPL-3.0-or-later
/// View 4, Distributions: histograms of the chosen layer's tensors against their formats, or one tensor of all layers.
/// Threads  UI thread; data comes finished from the store's reader.
#pragma once

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QScrollArea>
#include <QSlider>
#include <QStackedWidget>
#include <QWidget>
#include <memory>
#include <vector>

#include "widgets/distributions/distribution_data.h"
#include "widgets/models/store_follower.h"
#include "widgets/panels/empty_state.h"
#include "widgets/support/remembered.h"
#include "widgets/support/view_registry.h"

class QHBoxLayout;

namespace f8net {

class LayerMultiples;
class Plot;
class TensorPanel;

class DistributionsView final : public QWidget {
    Q_OBJECT
public:
    DistributionsView(const ViewContext& context, QWidget* parent);
    ~DistributionsView() override;

    Q_INVOKABLE void exportView();  ///< the plot that has the focus, else the first; asks where to
    Plot* currentPlot() const;

    /// Tensors of the chosen layer by name, "input effective_weight", or "all:input": that one of every layer.
    void choose(const QString& tensors);
    EmptyState* emptyState() const { return m_empty; }
    LayerMultiples* multiples() const { return m_multiples; }
    /// Those that are shown, in order.
    std::vector<TensorPanel*> panels() const;
    const DistributionsData* data() const { return m_data.get(); }

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;  // , and . on the slider
    void resizeEvent(QResizeEvent* event) override;

private:
    void ask();
    void showData(const DistributionsData& data);
    void showEmpty();
    void showTensors();
    void showLayer();
    void followTensor();
    void nameBaseline();
    std::vector<std::string> chosenTensors() const;
    std::string allLayersOf() const;

    ViewContext m_context;
    StoreQuestion m_question;
    std::shared_ptr<const DistributionsData> m_data;
    QLabel *m_layerName, *m_epochText, *m_sentence;
    QComboBox* m_what;
    QCheckBox *m_baseline, *m_realUnits, *m_worstFirst;
    QSlider* m_epoch;
    QHBoxLayout* m_bar;
    std::vector<TensorPanel*> m_panels;
    LayerMultiples* m_multiples;
    QScrollArea* m_scroll;
    QStackedWidget* m_pages;
    EmptyState* m_empty;
    Remembered m_remembered;
};

void registerDistributionsView(ViewRegistry& registry);

}  // namespace f8net
