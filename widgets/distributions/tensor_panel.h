// SPDX-License-Identifier: GPL-3.0-or-later
/// A histogram with the numbers that matter beside it. Threads  UI thread.
#pragma once

#include <QLabel>
#include <QWidget>

#include "widgets/distributions/histogram_plot.h"

namespace f8net {

class TensorPanel final : public QWidget {
    Q_OBJECT
public:
    explicit TensorPanel(QWidget* parent = nullptr);

    void setDistribution(const TensorDistribution& distribution, const HistogramPlot::Options& options);
    HistogramPlot* plot() const { return m_plot; }
    const std::vector<Fact>& facts() const { return m_facts; }

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void showWidth();
    void showFacts();

    std::vector<Fact> m_facts;
    QLabel* m_factsLabel;
    HistogramPlot* m_plot;
};

}  // namespace f8net
