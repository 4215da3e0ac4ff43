// SPDX-License-Identifier: GPL-3.0-or-later
/// Relative rounding error against sigma, one curve per fractional length in its colour and with its number; above,
/// which length is best where; a run's layers as a rug below and as marks on the curve of the length they have. Inputs
/// are blue discs, weights orange squares. Threads  UI thread. Draws what it is given.
#pragma once

#include <memory>

#include "widgets/plots/chart.h"
#include "widgets/sigma/sigma_data.h"

namespace f8net {

class SigmaChart final : public Chart {
    Q_OBJECT
public:
    SigmaChart(bool isSigned, QWidget* parent = nullptr);

    void setStudy(std::shared_ptr<const SigmaData> shown);
    void setSelected(const QString& layer, bool isWeight);

    QString plotSentence() const override;
    PlotTable plotTable() const override;
    std::vector<LegendEntry> plotLegend() const override;

Q_SIGNALS:
    void markClicked(const QString& layer, bool isWeight);

protected:
    HoverTable hoverTable(double x) const override;
    void restyle() override;
    void mouseReleaseEvent(QMouseEvent* event) override;

private:
    const SigmaStudy& study() const { return (*m_data->curves)[m_isSigned]; }
    std::vector<const LayerMark*> marks() const;
    void rebuild();
    QCPRange sigmasShown() const;
    void nameCurve(int fractionalLength);
    QPen curvePen(int fractionalLength) const;

    bool m_isSigned;
    std::shared_ptr<const SigmaData> m_data;
    QString m_layer;
    bool m_isWeight = false;
    std::vector<QCPItemText*> m_names;  ///< of the curves
    QPoint m_pressed;
};

}  // namespace f8net
