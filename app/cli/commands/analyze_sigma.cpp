// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <CLI/App.hpp>
#include <memory>

#include "app/cli/commands/analyze.h"
#include "app/cli/evaluation_data.h"
#include "app/cli/json.h"
#include "app/cli/layer_measurement.h"
#include "app/cli/number_check.h"
#include "app/cli/text_table.h"
#include "core/analysis/analysis_figures.h"
#include "core/base/atomic_file.h"

namespace f8net {

namespace {

struct Options {
    std::string subject, config, data;
    int64_t images = 256;
    int word_length = 8, points = 1000;
    int64_t samples = 10'000;
    uint64_t seed = 1995;
    std::string csv, svg;
};

const char* data_name(bool is_signed) {
    return is_signed ? "signed" : "unsigned";
}

std::string text_of(const SigmaStudy& study, const Options& options) {
    const FormatThresholds& thresholds = study.thresholds;
    std::string text =
        fmt::format("{} words of {} bits, {}: sigma = c / 2^FL with c = {}", data_name(study.expected.is_signed),
                    study.expected.word_length, study.expected.is_signed ? "Gaussian data" : "rectified Gaussian data",
                    format_number(thresholds.constant));
    if (study.sampled_thresholds) {
        text +=
            fmt::format(" ({} from {} samples)", format_number(study.sampled_thresholds->constant), options.samples);
    }
    if (study.rule_constant) text += fmt::format("; the rule takes {}", format_number(*study.rule_constant));
    TextTable table{">FL", ">best from sigma", ">to", ">smallest error", ">at sigma"};
    for (int length = study.expected.num_lengths() - 1; length >= 0; --length) {
        const LengthRange& range = thresholds.lengths[static_cast<size_t>(length)];
        table.add_row({std::to_string(length), format_number(range.from), format_number(range.to),
                       format_percent(range.smallest_error), format_number(range.at_sigma)});
    }
    return text + "\n" + table.text() +
           fmt::format(
               "below {} underflow (the finest step is too coarse), above {} overflow (the widest range "
               "clips)\n\n",
               format_number(thresholds.underflow_below()), format_number(thresholds.overflow_above()));
}

Json to_json(const SigmaStudy& study) {
    const FormatThresholds& thresholds = study.thresholds;
    Json lengths = Json::array();
    for (const LengthRange& range : thresholds.lengths) {
        lengths.push_back({{"fractional_length", lengths.size()},
                           {"best_from_sigma", range.from},
                           {"best_to_sigma", range.to},
                           {"smallest_error", range.smallest_error},
                           {"at_sigma", range.at_sigma}});
    }
    return {{"is_signed", study.expected.is_signed},
            {"constant", thresholds.constant},
            {"sampled_constant", study.sampled_thresholds ? Json(study.sampled_thresholds->constant) : Json(nullptr)},
            {"rule_constant", or_null(study.rule_constant)},
            {"underflow_below", thresholds.underflow_below()},
            {"overflow_above", thresholds.overflow_above()},
            {"fractional_lengths", lengths},
            {"sigmas", study.expected.sigmas},
            {"errors", study.expected.errors},
            {"sampled_errors", study.sampled ? Json(study.sampled->errors) : Json(nullptr)}};
}

Json to_json(const LayerMark& mark) {
    return {{"name", mark.layer},
            {"tensor", mark.is_weight ? "weight" : "input"},
            {"format", mark.format.to_string()},
            {"sigma", mark.sigma},
            {"fractional_length", mark.format.fractional_length},
            {"error", mark.relative_error},
            {"best_fractional_length", mark.best_fractional_length},
            {"best_error", mark.best_relative_error}};
}

std::string marks_table(const std::vector<LayerMark>& marks) {
    TextTable table{"layer", "tensor", "format", ">sigma", ">expected error", ">best FL", ">its error"};
    for (const LayerMark& mark : marks) {
        table.add_row({mark.layer, mark.is_weight ? "weight" : "input", mark.format.to_string(),
                       format_number(mark.sigma), format_percent(mark.relative_error),
                       std::to_string(mark.best_fractional_length), format_percent(mark.best_relative_error)});
    }
    return table.text();
}

void write_csv(const std::string& path, const std::vector<SigmaStudy>& studies) {
    std::string text = "data,fractional_length,sigma,error,sampled_error\n";
    for (const SigmaStudy& study : studies) {
        for (size_t length = 0; length < study.expected.errors.size(); ++length) {
            for (size_t i = 0; i < study.expected.sigmas.size(); ++i) {
                text += fmt::format("{},{},{},{},{}\n", data_name(study.expected.is_signed), length,
                                    study.expected.sigmas[i], study.expected.errors[length][i],
                                    study.sampled ? fmt::to_string(study.sampled->errors[length][i]) : "");
            }
        }
    }
    write_text_file(path, text);
}

/// Of the subject's layers, those with words of the curves' length.
std::vector<LayerMark> marks_of(Context& context, Subject& subject, const Options& options) {
    std::vector<LayerReport> reports = report_layers(subject.integer_network(), {});
    if (const auto statistics = measure_layers(context, subject, {options.data, options.images})) {
        add_statistics(reports, *statistics);
    }
    std::vector<LayerMark> marks = mark_layers(reports);
    const size_t left_out =
        std::erase_if(marks, [&](const LayerMark& mark) { return mark.format.word_length != options.word_length; });
    if (left_out > 0) {
        context.console.note(fmt::format("{} tensors have words of another length than {} bits and are left out",
                                         left_out, options.word_length));
    }
    return marks;
}

ExitCode analyze_sigma(Context& context, const Options& options) {
    std::vector<LayerMark> marks;
    std::optional<Subject> subject;
    if (!options.subject.empty()) {
        subject = Subject::open(context, options.subject, options.config, data_settings(context, options.data));
        marks = marks_of(context, *subject, options);
    }
    std::vector<SigmaStudy> studies;
    for (const bool is_signed : {true, false}) {
        ErrorCurveOptions curves;
        curves.is_signed = is_signed;
        curves.word_length = options.word_length;
        curves.points = options.points;
        studies.push_back(study_sigma(curves, options.samples, options.seed, context.threads()));
    }

    if (!options.csv.empty()) write_csv(options.csv, studies);
    if (!options.svg.empty()) {
        write_text_file(options.svg, render_svg(sigma_figure(studies, marks, options.subject)));
    }
    if (context.options.json) {
        Json data = Json::array(), layers = Json::array();
        for (const SigmaStudy& each : studies) data.push_back(to_json(each));
        for (const LayerMark& mark : marks) layers.push_back(to_json(mark));
        print_json(context.console, {{"word_length", options.word_length},
                                     {"samples", options.samples},
                                     {"seed", options.seed},
                                     {"subject", or_null(options.subject)},
                                     {"checkpoint", subject ? or_null(subject->checkpoint_name()) : Json(nullptr)},
                                     {"data", data},
                                     {"layers", subject ? layers : Json(nullptr)}});
        return ExitCode::kOk;
    }
    std::string text;
    for (const SigmaStudy& each : studies) text += text_of(each, options);
    if (subject) text += marks_table(marks);
    context.console.print(text);
    return ExitCode::kOk;
}

}  // namespace

void add_analyze_sigma(CommandRegistry& registry, CLI::App& group) {
    const auto options = std::make_shared<Options>();
    CLI::App& app = registry.add_below(group, "sigma", "Rounding error against sigma, for each fractional length",
                                       "f8net analyze sigma\n"
                                       "f8net analyze sigma quickstart --svg sigma.svg\n"
                                       "f8net analyze sigma net.f8n --data DIR --json",
                                       [options](Context& context) { return analyze_sigma(context, *options); });
    app.add_option("SUBJECT", options->subject, "Run, checkpoint or integer network whose layers are marked");
    add_csv_option(app, options->csv);
    add_svg_option(app, options->svg);
    app.add_option("--word-length", options->word_length, "Bits of a word; default: 8")->check(CLI::Range(2, 8));
    app.add_option("--points", options->points, "Sigmas from 0.001 to 1000; default: 1000")
        ->check(CLI::Range(2, 100'000));
    app.add_option("--samples", options->samples, "Also as a mean over so many random numbers, 0: not; default: 10000")
        ->check(CLI::Range(int64_t{0}, int64_t{10'000'000}));
    app.add_option("--seed", options->seed, "Of the random numbers; default: 1995");
    app.add_option("--data", options->data, "Folder of the data")->option_text("DIR");
    app.add_option("--images", options->images, "Images that statistics are taken of; default: 256")
        ->check(count_from_one());
    app.add_option("--config", options->config, "Experiment of a checkpoint that does not name it")
        ->option_text("FILE.yaml");
}

}  // namespace f8net
