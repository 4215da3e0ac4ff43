// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/plot_export.h"

#include <QBuffer>
#include <QClipboard>
#include <QCoreApplication>
#include <QFileInfo>
#include <QFontInfo>
#include <QGuiApplication>
#include <QImage>
#include <QPageSize>
#include <QPdfWriter>
#include <QRegularExpression>
#include <QSaveFile>
#include <QSvgGenerator>
#include <QWidget>

#include "core/base/error.h"
#include "widgets/plots/plot.h"
#include "widgets/plots/table_writing.h"
#include "widgets/support/colors.h"
#include "widgets/support/fonts.h"
#include "widgets/support/qcustomplot.h"

namespace f8net {

namespace {

constexpr int kDotsPerInch = 96;
constexpr QSize kSizeOfNothing(640, 400);
constexpr int kLineLength = 24, kSwatch = 10, kGap = 16, kMargin = 12;

/// A view that was squeezed to nothing has a picture all the same.
QSize sizeOf(Plot& plot) {
    const QSize size = plot.plotSize();
    return size.isEmpty() ? kSizeOfNothing : size;
}

/// The picture with its legend: entries flow in rows below the plot.
class Sheet {
public:
    explicit Sheet(Plot& plot)
        : m_plot(plot),
          m_legend(plot.plotLegend()),
          m_size(sizeOf(plot)),
          m_font(smallFont(plot.plotWidget().font())) {
        const QFontMetrics metrics(m_font);
        m_rowHeight = metrics.height() + 6;
        int x = kMargin, row = 0;
        for (const LegendEntry& entry : m_legend) {
            const int width = kLineLength + 6 + metrics.horizontalAdvance(entry.text);
            if (x > kMargin && x + width > m_size.width() - kMargin) {
                x = kMargin;
                ++row;
            }
            m_places.push_back({x, row * m_rowHeight});
            x += width + kGap;
        }
        m_legendHeight = m_legend.empty() ? 0 : (row + 1) * m_rowHeight + kMargin;
    }

    QSize size() const { return {m_size.width(), m_size.height() + m_legendHeight}; }

    void paint(QCPPainter& painter) {
        const Colors& colors = colorsOf(&m_plot.plotWidget());
        painter.setMode(QCPPainter::pmNoCaching);
        painter.fillRect(QRect({0, 0}, size()), colors.base);
        painter.save();
        m_plot.paintPlot(painter, m_size);
        painter.restore();
        painter.setFont(m_font);
        painter.setAntialiasing(true);
        const int ascent = QFontMetrics(m_font).ascent();
        for (size_t i = 0; i < m_legend.size(); ++i) {
            const QPoint at = m_places[i] + QPoint(0, m_size.height());
            const double middle = at.y() + m_rowHeight / 2.0;
            if (m_legend[i].line.style() != Qt::NoPen) {
                painter.setPen(m_legend[i].line);
                painter.drawLine(QLineF(at.x(), middle, at.x() + kLineLength, middle));
            } else {
                painter.setPen(Qt::NoPen);
                painter.setBrush(m_legend[i].fill);
                painter.drawRect(QRectF(at.x() + kLineLength - kSwatch, middle - kSwatch / 2.0, kSwatch, kSwatch));
            }
            painter.setPen(colors.text);
            painter.drawText(QPointF(at.x() + kLineLength + 6, at.y() + 3 + ascent), m_legend[i].text);
        }
    }

private:
    Plot& m_plot;
    std::vector<LegendEntry> m_legend;
    std::vector<QPoint> m_places;
    QSize m_size;
    QFont m_font;
    int m_rowHeight = 0, m_legendHeight = 0;
};

/// Qt writes the family as it was asked for ("Sans Serif"), which is none that other programs know.
QByteArray withResolvedFonts(const QByteArray& svg) {
    static const QRegularExpression family("font-family=\"([^\"]*)\"");
    QString text = QString::fromUtf8(svg);
    qsizetype from = 0;
    for (QRegularExpressionMatch match = family.match(text); match.hasMatch(); match = family.match(text, from)) {
        const QString resolved =
            QString("font-family=\"%1, sans-serif\"").arg(QFontInfo(QFont(match.captured(1))).family());
        text.replace(match.capturedStart(), match.capturedLength(), resolved);
        from = match.capturedStart() + resolved.size();
    }
    return text.toUtf8();
}

QByteArray svgOf(Plot& plot) {
    Sheet sheet(plot);
    QBuffer buffer;
    QSvgGenerator generator;
    generator.setOutputDevice(&buffer);
    generator.setSize(sheet.size());
    generator.setViewBox(QRect({0, 0}, sheet.size()));
    generator.setResolution(kDotsPerInch);
    generator.setTitle(plot.plotTitle());
    generator.setDescription(plot.plotSentence());
    QCPPainter painter;
    painter.begin(&generator);
    painter.setMode(QCPPainter::pmVectorized);
    sheet.paint(painter);
    painter.end();
    return withResolvedFonts(buffer.data());
}

QByteArray pdfOf(Plot& plot) {
    Sheet sheet(plot);
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    {
        QPdfWriter writer(&buffer);
        writer.setTitle(plot.plotTitle());
        writer.setCreator("F8Net Workbench");
        writer.setResolution(kDotsPerInch);
        writer.setPageSize(
            QPageSize(QSizeF(sheet.size()) * 72.0 / kDotsPerInch, QPageSize::Point, {}, QPageSize::ExactMatch));
        writer.setPageMargins(QMarginsF());
        QCPPainter painter;
        painter.begin(&writer);
        painter.setMode(QCPPainter::pmVectorized);
        sheet.paint(painter);
        painter.end();
    }
    return buffer.data();
}

void writeFile(const QString& path, const QByteArray& bytes) {
    QSaveFile file(path);  // a full disk leaves the file that was there
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit())
        throw IoError("cannot write " + path.toStdString() + ": " + file.errorString().toStdString());
}

}  // namespace

QImage pictureOf(Plot& plot) {
    Sheet sheet(plot);
    constexpr double kScale = 2;
    QImage image(sheet.size() * kScale, QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(kScale);
    QCPPainter painter;
    painter.begin(&image);
    sheet.paint(painter);
    painter.end();
    return image;
}

void exportPlot(Plot& plot, const QString& path) {
    const QString ending = QFileInfo(path).suffix().toLower();
    QByteArray bytes;
    if (ending == "png") {
        QBuffer buffer(&bytes);
        pictureOf(plot).save(&buffer, "PNG");
    } else if (ending == "svg") {
        bytes = svgOf(plot);
    } else if (ending == "pdf") {
        bytes = pdfOf(plot);
    } else if (isTableFile(path)) {
        writeTable(tableOf(plot), path);
        return;
    } else {
        throw ConfigError(path.toStdString() + ": a plot is written as .png, .svg, .pdf, .csv or .json, not as '." +
                          ending.toStdString() + "'");
    }
    writeFile(path, bytes);
}

void exportTable(const PlotTable& table, const QString& path) {
    writeFile(path, toCsv(table).toUtf8());
}

void copyPicture(Plot& plot) {
    QGuiApplication::clipboard()->setImage(pictureOf(plot));
}

QString exportFilter() {
    return QCoreApplication::translate(
        "f8net::PlotExport",
        "Picture (*.png);;Drawing (*.svg);;Page (*.pdf);;Table for spreadsheets (*.csv);;Table for programs (*.json)");
}

QString exportFileName(const QString& title, const QString& ending) {
    static const QRegularExpression others("[^a-z0-9-]+");
    QString name = title.section('[', 0, 0).toLower().replace(others, "-");
    while (name.endsWith('-')) name.chop(1);
    while (name.startsWith('-')) name.remove(0, 1);
    return (name.isEmpty() ? QString("plot") : name) + '.' + ending;
}

}  // namespace f8net
