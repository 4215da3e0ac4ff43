// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <CLI/App.hpp>
#include <memory>

#include "app/cli/commands/analyze.h"
#include "app/cli/evaluation_data.h"
#include "app/cli/json.h"
#include "app/cli/subject.h"
#include "app/cli/text_table.h"
#include "core/analysis/analysis_figures.h"
#include "core/base/atomic_file.h"
#include "core/run/experiment_mapping.h"

namespace f8net {

namespace {

struct Options {
    std::string subject, config;
    std::string csv, svg;
};

bool is_floating_checkpoint(const Subject& subject) {
    if (!subject.has_checkpoint()) return false;
    const NumericMode mode = subject.experiment().quantization.mode;
    return mode == NumericMode::kFloat || mode == NumericMode::kFloatUnclipped;
}

std::vector<LayerProfile> profiles_of(Subject& subject) {
    if (!is_floating_checkpoint(subject)) return profile_layers(subject.integer_network());
    return profile_folded_layers(subject.checkpoint(), subject.graph(), lowering_options(subject.experiment()));
}

Json format_json(const std::optional<FixedPointFormat>& format) {
    return format ? Json(format->to_string()) : Json(nullptr);
}

Json length_json(const std::optional<FixedPointFormat>& format) {
    return format ? Json(format->fractional_length) : Json(nullptr);
}

Json to_json(const BoxPlot& box) {
    return {{"count", box.count},
            {"minimum", box.minimum},
            {"lower_whisker", box.lower_whisker},
            {"lower_quartile", box.lower_quartile},
            {"median", box.median},
            {"upper_quartile", box.upper_quartile},
            {"upper_whisker", box.upper_whisker},
            {"maximum", box.maximum},
            {"outliers_below", box.outliers_below},
            {"outliers_above", box.outliers_above},
            {"mean", box.mean},
            {"sigma", box.sigma}};
}

Json to_json(const LayerProfile& profile) {
    return {{"name", profile.name},
            {"depth", profile.depth},
            {"kind", to_string(profile.kind)},
            {"is_depthwise", profile.is_depthwise},
            {"input_format", format_json(profile.input_format)},
            {"weight_format", format_json(profile.weight_format)},
            {"input_fractional_length", length_json(profile.input_format)},
            {"weight_fractional_length", length_json(profile.weight_format)},
            {"weight", profile.weight ? to_json(*profile.weight) : Json(nullptr)}};
}

std::string layers_table(const std::vector<LayerProfile>& profiles) {
    TextTable table{"layer",  "input",   "weight", ">sigma",   ">mean",    ">minimum", ">whisker",
                    ">lower", ">median", ">upper", ">whisker", ">maximum", ">outliers"};
    for (const LayerProfile& profile : profiles) {
        std::vector<std::string> cells{profile.name, profile.input_format ? profile.input_format->to_string() : "-",
                                       profile.weight_format ? profile.weight_format->to_string() : "-"};
        if (const auto& box = profile.weight) {
            for (const double value : {box->sigma, box->mean, box->minimum, box->lower_whisker, box->lower_quartile,
                                       box->median, box->upper_quartile, box->upper_whisker, box->maximum}) {
                cells.push_back(format_number(value, 3));
            }
            cells.push_back(format_percent(box->outlier_share()));
        } else {
            cells.resize(13, "-");
        }
        table.add_row(std::move(cells));
    }
    return table.text();
}

void write_csv(const std::string& path, const std::vector<LayerProfile>& profiles) {
    std::string text =
        "layer,depth,kind,input_format,input_fractional_length,weight_format,weight_fractional_length,count,minimum,"
        "lower_whisker,lower_quartile,median,upper_quartile,upper_whisker,maximum,outliers_below,outliers_above,mean,"
        "sigma\n";
    const auto format_cells = [](const std::optional<FixedPointFormat>& format) {
        return format ? fmt::format("{},{}", format->to_string(), format->fractional_length) : ",";
    };
    for (const LayerProfile& profile : profiles) {
        text += fmt::format("{},{},{},{},{},", profile.name, profile.depth,
                            profile.is_depthwise ? "depthwise" : to_string(profile.kind),
                            format_cells(profile.input_format), format_cells(profile.weight_format));
        if (const auto& box = profile.weight) {
            text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{}\n", box->count, box->minimum, box->lower_whisker,
                                box->lower_quartile, box->median, box->upper_quartile, box->upper_whisker, box->maximum,
                                box->outliers_below, box->outliers_above, box->mean, box->sigma);
        } else {
            text += std::string(11, ',') + "\n";
        }
    }
    write_text_file(path, text);
}

ExitCode analyze_layers(Context& context, const Options& options) {
    Subject subject = Subject::open(context, options.subject, options.config, context.settings());
    const std::vector<LayerProfile> profiles = profiles_of(subject);
    // What the box plots are of.
    const char* weights = is_floating_checkpoint(subject) ? "folded" : "effective";
    if (!profiles.empty() && !profiles.front().weight) {
        context.console.note(options.subject + " keeps no real weights: only formats are known");
    }
    if (!options.csv.empty()) write_csv(options.csv, profiles);
    if (!options.svg.empty()) {
        write_text_file(options.svg, render_svg(layers_figure(profiles, options.subject, weights)));
    }
    if (context.options.json) {
        Json layers = Json::array();
        for (const LayerProfile& profile : profiles) layers.push_back(to_json(profile));
        print_json(context.console, {{"subject", options.subject},
                                     {"checkpoint", or_null(subject.checkpoint_name())},
                                     {"weights", weights},
                                     {"layers", layers}});
    } else {
        context.console.print(fmt::format("{} weights before rounding\n", weights) + layers_table(profiles));
    }
    return ExitCode::kOk;
}

}  // namespace

void add_analyze_layers(CommandRegistry& registry, CLI::App& group) {
    const auto options = std::make_shared<Options>();
    CLI::App& app = registry.add_below(group, "layers", "Fractional lengths and weights of each layer, over the depth",
                                       "f8net analyze layers quickstart\n"
                                       "f8net analyze layers quickstart:stage:float --svg float.svg\n"
                                       "f8net analyze layers net.f8n --csv layers.csv",
                                       [options](Context& context) { return analyze_layers(context, *options); });
    app.add_option("SUBJECT", options->subject, "Run, checkpoint or integer network")->required();
    add_csv_option(app, options->csv);
    add_svg_option(app, options->svg);
    app.add_option("--config", options->config, "Experiment of a checkpoint that does not name it")
        ->option_text("FILE.yaml");
}

}  // namespace f8net
