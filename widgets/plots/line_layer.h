// SPDX-License-Identifier: GPL-3.0-or-later
/// The lines of a chart as a finished picture: painted on another thread whenever lines, range or size change, and
/// until it is there the last one is shown, moved and stretched to where it belongs. So panning costs the UI thread one
/// picture, whatever is in it. On paper (export) the lines are drawn as lines.
///   Which way  thin lines, and more lines than can be told apart, go through spans (span_raster.h); others through
///              QPainter, anti-aliased, each reduced to what can be seen of it
/// Threads  UI thread; values go to the painting thread, and pictures come back.
#pragma once

#include <QBrush>
#include <QImage>
#include <QPen>
#include <memory>
#include <vector>

#include "widgets/plots/span_raster.h"
#include "widgets/support/qcustomplot.h"

namespace f8net {

struct PlotLine {
    std::shared_ptr<const LongLine> line;
    QPen pen;  ///< opaque; width in logical pixels
};

/// A disc or ring at a point.
struct PlotMark {
    double x = 0, y = 0;
    QPen pen;
    QBrush brush;
    double diameter = 6;
};

struct LinePicture {
    std::vector<PlotLine> lines;  ///< later ones lie above
    std::vector<PlotMark> marks;  ///< above all lines
};

/// Lines and marks into a picture of `view`, whose pixels are `scale` times the logical ones.
QImage paintPicture(const LinePicture& picture, const PlotView& view, double scale);

class LineLayer final : public QCPAbstractItem {
    Q_OBJECT
public:
    static constexpr size_t kMostPaintedLines = 40;  ///< more go through spans

    /// On a buffered layer of its own, above the chart's grid.
    explicit LineLayer(QCustomPlot* plot);

    void setPicture(LinePicture picture);
    /// The picture shown is that of the lines and ranges of now.
    bool isCurrent() const;
    /// Works events until it is; for tests and pictures of the program. False after `timeoutMs`.
    bool waitUntilCurrent(int timeoutMs);

    double selectTest(const QPointF&, bool, QVariant*) const override { return -1; }

Q_SIGNALS:
    void painted();

protected:
    void draw(QCPPainter* painter) override;

private:
    PlotView viewNow() const;
    void ask(const PlotView& view);
    void show(const QImage& image, const PlotView& view, int serial);
    QRectF placeOf(const PlotView& view) const;

    std::shared_ptr<const LinePicture> m_picture = std::make_shared<LinePicture>();
    int m_serial = 0;
    QImage m_image;
    PlotView m_shown;
    int m_shownSerial = -1;
    bool m_isPainting = false;
};

}  // namespace f8net
