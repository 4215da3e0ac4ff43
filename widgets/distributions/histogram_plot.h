// SPDX-License-Identifier: GPL-3.0-or-later
/// One histogram: log counts, what the format can say in its colour, what saturates red on a red band, what the ReLU
/// sets to zero grey, the range's ends as lines with their labels in a band above, a second axis of codes, the baseline
/// as a dotted outline. Threads  UI thread. Paints what it is given.
#pragma once

#include "widgets/distributions/distribution_data.h"
#include "widgets/distributions/histogram_bins.h"
#include "widgets/plots/chart.h"

namespace f8net {

class CodeRuler;

class HistogramPlot final : public Chart {
    Q_OBJECT
public:
    explicit HistogramPlot(QWidget* parent = nullptr);

    struct Options {
        bool hasBaseline = false;  ///< outline it, where there is one
        bool isRealUnits = false;  ///< values times eta, so that the range ends at alpha
    };
    void setDistribution(const TensorDistribution& distribution, const Options& options);
    const HistogramBins& bins() const { return m_bins; }
    /// The baseline's counts in the same bins; empty: none is shown.
    const std::vector<double>& outline() const { return m_outline; }
    /// Where a note beside the limits stands, in the plot's pixels; empty where there is none.
    QRectF noteRect(bool isRight) const;

    QString plotSentence() const override;
    PlotTable plotTable() const override;
    std::vector<LegendEntry> plotLegend() const override;

    QSize sizeHint() const override { return {600, 200}; }
    QSize minimumSizeHint() const override { return {220, 90}; }

protected:
    HoverTable hoverTable(double x) const override;
    void restyle() override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void rebuild();
    void addBars(BinRegion region);
    void addOutline();
    void addRanges();
    void addNote(QCPItemText* note, double collected, bool isRight);
    void fitCounts();  ///< the axis of counts, with room for the notes above the bars
    QColor regionColor(BinRegion region) const;

    TensorDistribution m_distribution;
    Options m_options;
    HistogramBins m_bins;
    std::vector<double> m_outline;
    double m_scale = 1;  ///< of the value axis: eta in real units
    QCPRange m_xHome{0, 1};
    QCPAxis* m_codes;
    QCPItemText *m_caption, *m_below, *m_above;
    CodeRuler* m_ruler;
};

}  // namespace f8net
