// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <CLI/App.hpp>
#include <memory>

#include "app/cli/commands/analyze.h"
#include "app/cli/evaluation_data.h"
#include "app/cli/json.h"
#include "app/cli/number_check.h"
#include "app/cli/text_table.h"
#include "core/analysis/sensitivity.h"
#include "core/base/atomic_file.h"

namespace f8net {

namespace {

struct Options {
    std::string subject, config, csv, data;
    int64_t images = 200;
};

Json to_json(const RoundingEffect& effect) {
    return {{"top1", effect.top1}, {"agreement", effect.agreement}, {"sqnr_db", effect.sqnr_db}};
}

std::string sensitivity_text(const Sensitivity& sensitivity) {
    std::string text = fmt::format(
        "{} images, top-1 without rounding {}; every layer rounded: {}, the same class on {}, {} dB\n",
        sensitivity.images, format_percent(sensitivity.unrounded_top1), format_percent(sensitivity.all.top1),
        format_percent(sensitivity.all.agreement), format_number(sensitivity.all.sqnr_db, 3));
    TextTable table{"layer",          ">alone SQNR dB", ">same class", ">top-1",
                    ">without it dB", ">gain dB",       ">same class", ">top-1"};
    for (const LayerSensitivity& layer : sensitivity.layers) {
        table.add_row({layer.layer, format_number(layer.alone.sqnr_db, 3), format_percent(layer.alone.agreement),
                       format_percent(layer.alone.top1), format_number(layer.without.sqnr_db, 3),
                       fmt::format("{:+.2f}", layer.without.sqnr_db - sensitivity.all.sqnr_db),
                       format_percent(layer.without.agreement), format_percent(layer.without.top1)});
    }
    return text + table.text();
}

void write_csv(const std::string& path, const Sensitivity& sensitivity) {
    std::string text =
        "layer,alone_sqnr_db,alone_agreement,alone_top1,without_sqnr_db,without_agreement,without_top1\n";
    for (const LayerSensitivity& layer : sensitivity.layers) {
        text += fmt::format("{},{},{},{},{},{},{}\n", layer.layer, layer.alone.sqnr_db, layer.alone.agreement,
                            layer.alone.top1, layer.without.sqnr_db, layer.without.agreement, layer.without.top1);
    }
    write_text_file(path, text);
}

ExitCode analyze_sensitivity_of(Context& context, const Options& options) {
    Subject subject = Subject::open(context, options.subject, options.config, data_settings(context, options.data));
    const EvaluationSet set =
        open_evaluation_data(subject, {options.data, Split::kTest, options.images, 0, context.threads()});
    const Sensitivity sensitivity =
        analyze_sensitivity(subject.integer_network(), set, context.threads(), [&](int64_t done) {
            context.console.transient(fmt::format("rounding layer by layer: {}/{} images", done, set.count()));
        });
    if (!options.csv.empty()) write_csv(options.csv, sensitivity);
    if (context.options.json) {
        Json layers = Json::array();
        for (const LayerSensitivity& layer : sensitivity.layers) {
            layers.push_back(
                {{"name", layer.layer}, {"alone", to_json(layer.alone)}, {"without", to_json(layer.without)}});
        }
        print_json(context.console, {{"subject", options.subject},
                                     {"checkpoint", or_null(subject.checkpoint_name())},
                                     {"images", sensitivity.images},
                                     {"unrounded_top1", sensitivity.unrounded_top1},
                                     {"all", to_json(sensitivity.all)},
                                     {"layers", layers}});
    } else {
        context.console.print(sensitivity_text(sensitivity));
    }
    return ExitCode::kOk;
}

}  // namespace

void add_analyze_sensitivity(CommandRegistry& registry, CLI::App& group) {
    const auto options = std::make_shared<Options>();
    CLI::App& app =
        registry.add_below(group, "sensitivity", "What the rounding of each layer costs, alone and within the rest",
                           "f8net analyze sensitivity quickstart\n"
                           "f8net analyze sensitivity net.f8n --data DIR --images 50 --csv sensitivity.csv",
                           [options](Context& context) { return analyze_sensitivity_of(context, *options); });
    app.add_option("SUBJECT", options->subject, "Run, checkpoint or integer network that keeps its real weights")
        ->required();
    app.add_option("--data", options->data, "Folder of the data")->option_text("DIR");
    app.add_option("--images", options->images, "Images that are tried; default: 200")->check(count_from_one());
    add_csv_option(app, options->csv);
    app.add_option("--config", options->config, "Experiment of a checkpoint that does not name it")
        ->option_text("FILE.yaml");
}

}  // namespace f8net
