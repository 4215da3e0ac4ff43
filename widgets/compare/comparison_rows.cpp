// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/compare/comparison_rows.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

#include "widgets/support/number_text.h"

namespace f8net {

namespace {

using Tone = ComparisonCell::Tone;

QString tr(const char* text, int number = -1) {
    return QCoreApplication::translate("f8net::CompareView", text, nullptr, number);
}

QString nameOf(const RunComparison& comparison, size_t run) {
    return QString::fromStdString(comparison.runs[run].name);
}

QStringList headings(const RunComparison& comparison, const QString& first) {
    QStringList texts{first};
    for (size_t i = 0; i < comparison.runs.size(); ++i) texts << nameOf(comparison, i) + (i == 0 ? " *" : "");
    return texts;
}

QString metricText(ComparedMetric::Unit unit, double value) {
    switch (unit) {
        case ComparedMetric::Unit::kShare:
            return text::percent(value);
        case ComparedMetric::Unit::kLoss:
            return text::loss(value);
        case ComparedMetric::Unit::kSeconds:
            return text::duration(value);
        case ComparedMetric::Unit::kCount:
            return text::count(static_cast<int64_t>(value));
    }
    return {};
}

ComparisonCell metricCell(const ComparedMetric& metric, size_t run) {
    ComparisonCell cell;
    const auto &first = metric.values.front(), &value = metric.values[run];
    if (!value) {
        cell.text = text::none();
        return cell;
    }
    cell.number = *value;
    cell.text = metricText(metric.unit, *value);
    const bool isResult = metric.unit == ComparedMetric::Unit::kShare || metric.unit == ComparedMetric::Unit::kLoss;
    if (run == 0 || !first || *value == *first || !isResult) return cell;
    const double difference = *value - *first;
    cell.text +=
        tr("  (%1)").arg(metric.unit == ComparedMetric::Unit::kShare ? text::points(difference)
                                                                     : (difference > 0 ? "+" : QString(QChar(0x2212))) +
                                                                           text::significant(std::abs(difference)));
    cell.tone = (*value > *first) == metric.higher_is_better ? Tone::kBetter : Tone::kWorse;
    return cell;
}

QString formatsText(const LayerFormatReport& report) {
    return text::format(report.input_format) + "  " + text::format(report.weight_format);
}

QString bold(const QString& words) {
    return "<b>" + words + "</b>";
}

QString verdict(const RunComparison& comparison, size_t run) {
    const auto& accuracy = comparison.accuracies[run];
    const QString first = nameOf(comparison, 0).toHtmlEscaped(), other = nameOf(comparison, run).toHtmlEscaped();
    const auto evaluate = [run](const QString& words) { return QString("<a href=\"%1\">%2</a>").arg(run).arg(words); };
    if (!accuracy)
        return tr("%1 and %2 were not %3 in the same mode").arg(bold(other), bold(first), evaluate(tr("evaluated")));
    const double difference = accuracy->other - accuracy->first;
    const bool otherIsBetter = difference >= 0;
    const QString mode = QString::fromStdString(accuracy->mode);
    const QString both = tr("%1 against %2, %3")
                             .arg(text::percent(std::max(accuracy->first, accuracy->other)),
                                  text::percent(std::min(accuracy->first, accuracy->other)), mode);
    const QString better = otherIsBetter ? other : first;
    if (!accuracy->paired) {
        if (difference == 0) return tr("%1 (%2)").arg(bold(tr("%1 and %2 are equally good").arg(first, other)), both);
        // Of 1,000 images the easier ones may be among them: no word of better or worse.
        return tr("%1, %2 (%3); which is better can be told once %4 on the same images")
            .arg(bold(tr("%1 reaches %2").arg(other, text::percent(accuracy->other))),
                 bold(tr("%1 %2").arg(first, text::percent(accuracy->first))), mode,
                 evaluate(tr("both are evaluated")));
    }
    // In favour of the better one.
    const Interval& interval = accuracy->paired->interval;
    const double low = otherIsBetter ? interval.low : -interval.high,
                 high = otherIsBetter ? interval.high : -interval.low;
    const QString range = tr("95 % interval %1 to %2 points on %3 images")
                              .arg(text::points(low), text::points(high), text::count(accuracy->images));
    if (!accuracy->paired->is_distinguishable()) {
        return tr("%1 (%2; %3)").arg(bold(tr("%1 and %2 are not distinguishable").arg(first, other)), both, range);
    }
    return tr("%1, more than chance (%2; %3)")
        .arg(
            bold(tr("%1 is %2 points better").arg(better, text::points(std::abs(accuracy->paired->difference)).mid(1))),
            both, range);
}

QString optionsClause(const std::vector<std::string>& keys) {
    if (keys.empty()) return tr("Both are configured alike");
    constexpr size_t kNamed = 3;
    QStringList names;
    for (size_t i = 0; i < std::min(keys.size(), kNamed); ++i) {
        const QString key = QString::fromStdString(keys[i]);
        names << key.mid(key.lastIndexOf('.') + 1);
    }
    QString clause = tr("Differs in %1").arg(names.join(", ").toHtmlEscaped());
    if (keys.size() > kNamed) clause += tr(" and %n more", static_cast<int>(keys.size() - kNamed));
    return clause;
}

}  // namespace

ComparisonTable configurationTable(const RunComparison& comparison) {
    ComparisonTable table{headings(comparison, tr("Option")), {}};
    for (const ComparedOption& option : comparison.options) {
        ComparisonRow row;
        row.name = QString::fromStdString(option.key);
        row.isEqual = !option.differs;
        for (const auto& value : option.values) {
            ComparisonCell cell;
            cell.text = value ? QString::fromStdString(*value) : text::none();
            if (value != option.values.front()) cell.tone = Tone::kDiffers;
            row.cells.push_back(std::move(cell));
        }
        table.rows.push_back(std::move(row));
    }
    return table;
}

ComparisonTable metricsTable(const RunComparison& comparison) {
    ComparisonTable table{headings(comparison, tr("Result")), {}};
    for (const ComparedMetric& metric : comparison.metrics) {
        ComparisonRow row;
        row.name = QCoreApplication::translate("f8net::CompareView", metric.name.c_str());
        row.isEqual = std::all_of(metric.values.begin(), metric.values.end(),
                                  [&](const auto& value) { return value == metric.values.front(); });
        for (size_t run = 0; run < metric.values.size(); ++run) row.cells.push_back(metricCell(metric, run));
        table.rows.push_back(std::move(row));
    }
    return table;
}

ComparisonTable layersTable(const RunComparison& comparison) {
    ComparisonTable table{{tr("Layer")}, {}};
    for (size_t i = 0; i < comparison.runs.size(); ++i) {
        table.headings << nameOf(comparison, i) + (i == 0 ? " *" : "") << tr("SQNR") << tr("sigma");
    }
    for (const ComparedLayer& layer : comparison.layers) {
        ComparisonRow row;
        row.name = QString::fromStdString(layer.name);
        row.isEqual = true;
        for (size_t run = 0; run < layer.reports.size(); ++run) {
            const auto& report = layer.reports[run];
            if (!report) {
                for (int i = 0; i < 3; ++i) row.cells.push_back({text::none()});
                row.isEqual = false;
                continue;
            }
            const bool differs = layer.has_other_formats(run);
            row.isEqual = row.isEqual && !differs;
            row.cells.push_back({formatsText(*report), differs ? Tone::kDiffers : Tone::kPlain,
                                 static_cast<double>(report->input_format.fractional_length)});
            ComparisonCell sqnr{text::decibels(report->input_sqnr_db), Tone::kPlain, report->input_sqnr_db};
            if (const auto gap = layer.sqnr_gap(run); run > 0 && gap) {
                constexpr double kNoticeable = 0.5;  // dB
                if (std::abs(*gap) >= kNoticeable) sqnr.tone = *gap > 0 ? Tone::kBetter : Tone::kWorse;
            }
            row.cells.push_back(std::move(sqnr));
            const double sigma = report->input_statistic;
            row.cells.push_back(
                {std::isfinite(sigma) && sigma > 0 ? text::significant(sigma) : text::none(), Tone::kPlain, sigma});
        }
        table.rows.push_back(std::move(row));
    }
    return table;
}

ComparisonWords comparisonWords(const RunComparison& comparison, size_t run) {
    QStringList clauses{optionsClause(comparison.differing_options(run))};
    const auto shared = std::count_if(comparison.layers.begin(), comparison.layers.end(),
                                      [run](const auto& layer) { return layer.reports.front() && layer.reports[run]; });
    if (shared > 0) {
        const auto others = comparison.layers_with_other_formats(run);
        clauses << (others == 1 ? tr("1 of %1 layers has other formats").arg(shared)
                                : tr("%1 of %2 layers have other formats").arg(others).arg(shared));
    }
    if (const ComparedLayer* layer = comparison.largest_gap(run)) {
        clauses << tr("the largest SQNR gap is %1 (%2)")
                       .arg(QString::fromStdString(layer->name).toHtmlEscaped(), text::decibels(*layer->sqnr_gap(run)));
    }
    return {verdict(comparison, run) + ".", clauses.join("; ") + "."};
}

}  // namespace f8net
