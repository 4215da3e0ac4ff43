// SPDX-License-Identifier: GPL-3.0-or-later
/// The classes that either network thinks likeliest for an image, with both probabilities as bars: without rounding
/// (outlined) above, in integers (solid) below. The true class carries a check mark.
/// Threads  UI thread. Draws what it is given.
#pragma once

#include <QWidget>
#include <memory>
#include <optional>

#include "widgets/plots/plot.h"
#include "widgets/predictions/flips_data.h"

namespace f8net {

class PlotActions;

class AnswerBars final : public QWidget, public Plot {
    Q_OBJECT
public:
    explicit AnswerBars(QWidget* parent = nullptr);

    void setFlips(std::shared_ptr<const FlipsData> found, std::optional<size_t> image);
    PlotActions& plotActions() const { return *m_actions; }

    QWidget& plotWidget() override { return *this; }
    QString plotTitle() const override;
    QString plotSentence() const override;
    PlotTable plotTable() const override;
    std::vector<LegendEntry> plotLegend() const override;
    void paintPlot(QCPPainter& painter, const QSize& size) override;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    struct Row {
        int64_t label = 0;
        std::optional<double> real, integer;  ///< probabilities; empty: not among the best of that network
    };
    const FlippedImage* image() const;
    void paintBars(QPainter& painter, const QSize& size) const;
    int rowHeight() const;

    std::shared_ptr<const FlipsData> m_data;
    std::optional<size_t> m_image;
    std::vector<Row> m_rows;
    PlotActions* m_actions;
};

}  // namespace f8net
