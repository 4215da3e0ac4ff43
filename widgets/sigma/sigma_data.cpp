// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/sigma/sigma_data.h"

#include <QCoreApplication>
#include <cmath>
#include <numbers>

#include "widgets/support/number_text.h"

namespace f8net {

namespace {

constexpr int kPoints = 400;

QString tr(const char* text) {
    return QCoreApplication::translate("f8net::SigmaView", text);
}

}  // namespace

std::shared_ptr<const SigmaCurves> computeSigmaCurves(int wordLength) {
    auto curves = std::make_shared<SigmaCurves>();
    for (const bool isSigned : {false, true}) {
        ErrorCurveOptions options;
        options.is_signed = isSigned;
        options.word_length = wordLength;
        options.points = kPoints;
        (*curves)[isSigned] = study_sigma(options);
    }
    return curves;
}

double sigmaOf(const std::string& statistic, double value) {
    if (!std::isfinite(value) || value <= 0) return 0;
    if (statistic == "std" || statistic == "rms") return value;
    if (statistic == "mae") return value * std::sqrt(std::numbers::pi / 2);
    return 0;
}

SigmaData markRun(const FormatsData& formats, std::shared_ptr<const SigmaCurves> curves) {
    SigmaData data;
    data.curves = std::move(curves);
    data.runName = QString::fromStdString(formats.runName);
    data.epoch = formats.epoch;
    const int wordLength = data.curves->front().expected.word_length;
    for (const FormatLayer& layer : formats.layers) {
        if (!layer.report) continue;
        const LayerFormatReport& report = *layer.report;
        const auto mark = [&](bool isWeight, const FixedPointFormat& format, double statistic) {
            if (format.word_length != wordLength) return;
            const double sigma = sigmaOf(report.statistic, statistic);
            if (sigma > 0) {
                data.marks.push_back(mark_layer(layer.name, isWeight, format, sigma));
            } else {
                ++data.numWithoutSigma;
            }
        };
        mark(false, report.input_format, report.input_statistic);
        mark(true, report.weight_format, report.weight_statistic);
    }
    return data;
}

SigmaData SigmaReader::read(const RunReader& store, const FormatsRequest& request, int wordLength) {
    if (!m_curves || m_curves->front().expected.word_length != wordLength) m_curves = computeSigmaCurves(wordLength);
    return markRun(readFormats(store, request), m_curves);
}

QString markSentence(const LayerMark& mark) {
    QString sentence =
        tr("%1 %2 %3: sigma %4, expected error %5 of sigma; ")
            .arg(QString::fromStdString(mark.layer), mark.is_weight ? tr("weight") : tr("input"),
                 text::format(mark.format), text::significant(mark.sigma), text::percent(mark.relative_error));
    if (mark.best_fractional_length == mark.format.fractional_length) {
        return sentence + tr("no other length is better for this spread");
    }
    FixedPointFormat best = mark.format;
    best.fractional_length = mark.best_fractional_length;
    return sentence + tr("%1 would err %2").arg(text::format(best), text::percent(mark.best_relative_error));
}

}  // namespace f8net
