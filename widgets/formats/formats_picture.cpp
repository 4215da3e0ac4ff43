// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/formats/formats_picture.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <cmath>

#include "widgets/formats/formats_painter.h"
#include "widgets/plots/plot_actions.h"
#include "widgets/support/colors.h"
#include "widgets/support/focus_ring.h"
#include "widgets/support/number_text.h"
#include "widgets/support/qcustomplot.h"

namespace f8net {

FormatsPicture::FormatsPicture(QWidget* parent)
    : QWidget(parent), m_card(new HoverCard(this)), m_actions(new PlotActions(*this)) {
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    describeToAssistants(*this);
}

void FormatsPicture::setFormats(std::shared_ptr<const FormatsData> formats) {
    m_formats = std::move(formats);
    describeToAssistants(*this);
    changed();
}

void FormatsPicture::setLayer(const QString& layer) {
    m_layer = layer;
    changed();
}

void FormatsPicture::setShowsWeights(bool showsWeights) {
    m_showsWeights = showsWeights;
    describeToAssistants(*this);
    changed();
}

void FormatsPicture::setHistoryControl(QWidget* control) {
    m_control = control;
    control->setParent(this);
    changed();
}

void FormatsPicture::placeControl() {
    if (m_control == nullptr) return;
    const QRectF line = m_formats && !m_formats->layers.empty() ? painterNow().lowerTitle() : QRectF();
    m_control->setVisible(!line.isEmpty());
    if (line.isEmpty()) return;
    const QSize size = m_control->sizeHint();
    m_control->setGeometry(QRect(QPoint(static_cast<int>(line.right()) - size.width() - 8,
                                        static_cast<int>(line.center().y()) - size.height() / 2),
                                 size));
}

QString FormatsPicture::plotTitle() const {
    return tr("Formats over the layers");
}

QString FormatsPicture::plotSentence() const {
    return m_formats && !m_formats->layers.empty() ? FormatsPainter::caption(*m_formats) : QString();
}

PlotTable FormatsPicture::plotTable() const {
    PlotTable table{{tr("Layer"), tr("Input"), tr("Weight")}, {}};
    if (!m_formats) return table;
    const bool hasBaseline = !m_formats->baselineName.empty();
    if (hasBaseline) {
        const QString name = QString::fromStdString(m_formats->baselineName);
        table.columns << tr("Input, %1").arg(name) << tr("Weight, %1").arg(name);
    }
    for (const int epoch : m_formats->epochs) {
        table.columns << (m_showsWeights ? tr("Weight, epoch %1 [fractional bits]")
                                         : tr("Input, epoch %1 [fractional bits]"))
                             .arg(epoch);
    }
    for (const FormatLayer& layer : m_formats->layers) {
        QVariantList row{QString::fromStdString(layer.name)};
        const auto add = [&](const std::optional<LayerFormatReport>& report) {
            row << (report ? text::format(report->input_format) : text::none())
                << (report ? text::format(report->weight_format) : text::none());
        };
        add(layer.report);
        if (hasBaseline) add(layer.baseline);
        for (const int bits : (m_showsWeights ? layer.weight : layer.input).fractional_lengths)
            row << (bits == kNoFormat ? QVariant(std::nan("")) : QVariant(static_cast<qlonglong>(bits)));
        table.rows.push_back(row);
    }
    return table;
}

std::vector<LegendEntry> FormatsPicture::plotLegend() const {
    if (!m_formats || painterNow().hasLegendInside()) return {};
    return painterNow().legend();
}

FormatsPainter FormatsPicture::painterNow() const {
    const QSizeF control = m_control != nullptr ? QSizeF(m_control->sizeHint()) : QSizeF(0, 0);
    return {*m_formats, {m_layer, m_showsWeights, font(), control}, colorsOf(this), QSizeF(size())};
}

void FormatsPicture::paintTo(QPainter& painter) const {
    if (m_formats) {
        painterNow().paint(painter);
    } else {
        painter.fillRect(rect(), colorsOf(this).base);
    }
}

void FormatsPicture::paintPlot(QCPPainter& painter, const QSize&) {
    paintTo(painter);
}

void FormatsPicture::paintEvent(QPaintEvent*) {
    if (m_painted.isNull() || m_painted.devicePixelRatio() != devicePixelRatioF()) {
        m_painted = QPixmap(size() * devicePixelRatioF());
        m_painted.setDevicePixelRatio(devicePixelRatioF());
        QPainter painter(&m_painted);
        painter.setFont(font());
        paintTo(painter);
    }
    QPainter painter(this);
    painter.drawPixmap(0, 0, m_painted);
    if (m_crosshair && m_formats) painterNow().paintCrosshair(painter, *m_crosshair);
    paintFocusRing(painter, *this);
}

void FormatsPicture::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;  // the menu chooses nothing
    const int layer = m_formats ? painterNow().layerAt(event->position()) : -1;
    if (layer < 0) return;
    Q_EMIT layerClicked(QString::fromStdString(m_formats->layers[static_cast<size_t>(layer)].name));
    const int epoch = painterNow().epochIndexAt(event->position());
    if (epoch >= 0 && event->modifiers() & Qt::ShiftModifier)
        Q_EMIT epochClicked(m_formats->epochs[static_cast<size_t>(epoch)]);
}

void FormatsPicture::keyPressEvent(QKeyEvent* event) {
    const int epochStep = event->key() == Qt::Key_Comma ? -1 : event->key() == Qt::Key_Period ? 1 : 0;
    if (epochStep != 0 && m_formats && !m_formats->epochs.empty()) {
        const auto at = std::find(m_formats->epochs.begin(), m_formats->epochs.end(), m_formats->epoch);
        const int next = std::clamp(static_cast<int>(at - m_formats->epochs.begin()) + epochStep, 0,
                                    static_cast<int>(m_formats->epochs.size()) - 1);
        Q_EMIT epochClicked(m_formats->epochs[static_cast<size_t>(next)]);
        return;
    }
    const int step = event->key() == Qt::Key_Left ? -1 : event->key() == Qt::Key_Right ? 1 : 0;
    if (step == 0 || !m_formats || m_formats->layers.empty()) {
        QWidget::keyPressEvent(event);
        return;
    }
    const int last = static_cast<int>(m_formats->layers.size()) - 1;
    const int layer = std::clamp(m_formats->indexOf(m_layer) + step, 0, last);
    Q_EMIT layerClicked(QString::fromStdString(m_formats->layers[static_cast<size_t>(layer)].name));
}

void FormatsPicture::changed() {
    m_painted = {};
    placeControl();
    update();
}

void FormatsPicture::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) changed();
}

void FormatsPicture::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    setCrosshair(std::nullopt);  // it stood for the old size
    changed();
}

void FormatsPicture::mouseMoveEvent(QMouseEvent* event) {
    QWidget::mouseMoveEvent(event);
    setCrosshair(event->position());
}

void FormatsPicture::leaveEvent(QEvent* event) {
    QWidget::leaveEvent(event);
    setCrosshair(std::nullopt);
}

void FormatsPicture::setCrosshair(std::optional<QPointF> pointer) {
    const int layer = pointer && m_formats ? painterNow().layerAt(*pointer) : -1;
    m_crosshair = layer < 0 ? std::nullopt : pointer;
    if (m_crosshair) {
        const FormatsPainter painter = painterNow();
        m_card->showTable(hoverTable(m_formats->layers[static_cast<size_t>(layer)], painter.epochIndexAt(*pointer)),
                          *pointer, painter.area().toRect());
    } else {
        m_card->hide();
    }
    update();
}

HoverTable FormatsPicture::hoverTable(const FormatLayer& layer, int epochIndex) const {
    const Colors& colors = colorsOf(this);
    const FormatTrack& track = m_showsWeights ? layer.weight : layer.input;
    HoverTable table;
    table.heading = QString::fromStdString(layer.name);
    // The card sorts by height and takes the nearest for what is pointed at: as listed here, the first one.
    const auto add = [&](const QColor& color, const QString& value, const QString& name) {
        table.rows.push_back(
            {color, value, name, static_cast<double>(height()) + static_cast<double>(table.rows.size())});
    };
    if (epochIndex >= 0) {
        const int length = track.fractional_lengths[static_cast<size_t>(epochIndex)];
        const bool isKnown = length != kNoFormat;
        add(isKnown ? fractionalLengthColor(colors, length) : colors.border,
            isKnown ? QString::number(length) : text::none(),
            tr("fractional bits, epoch %1").arg(m_formats->epochs[static_cast<size_t>(epochIndex)]));
    }
    if (layer.report) {
        const LayerFormatReport& report = *layer.report;
        add(colors.inputs, text::format(report.input_format), tr("input, %1").arg(text::range(report.input_format)));
        add(colors.weights, text::format(report.weight_format),
            tr("weight, %1").arg(text::range(report.weight_format)));
        if (isChosenByStatistic(report, m_showsWeights)) {
            add(colors.neutral, text::significant(m_showsWeights ? report.weight_statistic : report.input_statistic),
                tr("sigma"));
        }
        add(colors.neutral, text::percent(m_showsWeights ? report.weight_clipped_share : report.input_clipped_share),
            tr("clipped"));
    }
    add(colors.neutral, QString::number(track.flips), tr("flips"));
    return table;
}

}  // namespace f8net
