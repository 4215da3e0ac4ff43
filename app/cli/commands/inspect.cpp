// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <CLI/App.hpp>
#include <memory>

#include "app/cli/command.h"
#include "app/cli/commands/commands.h"
#include "app/cli/evaluation_data.h"
#include "app/cli/json.h"
#include "app/cli/layer_measurement.h"
#include "app/cli/number_check.h"
#include "app/cli/text_table.h"
#include "core/analysis/layer_report.h"
#include "core/base/error.h"

namespace f8net {

namespace {

struct Options {
    std::string subject, config, layer, data;
    int64_t images = 256;
};

Json to_json(const LayerReport& report) {
    Json json{{"name", report.name},
              {"kind", report.kind},
              {"shape", {report.shape.channels, report.shape.height, report.shape.width}},
              {"parameters", report.parameters},
              {"macs", report.macs},
              {"input_format", report.input_format ? Json(report.input_format->to_string()) : Json(nullptr)},
              {"weight_format", report.weight_format ? Json(report.weight_format->to_string()) : Json(nullptr)},
              {"output_fractional_length", or_null(report.output_fractional_length)},
              {"clip_level", or_null(report.clip_level)}};
    const auto add = [&json](const char* key, const auto& owner, auto member) {
        json[key] = owner ? Json((*owner).*member) : Json(nullptr);
    };
    add("sigma", report.input, &InputStatistics::sigma);
    add("clipped_share", report.input, &InputStatistics::clipped_share);
    add("negative_share", report.input, &InputStatistics::negative_share);
    add("zero_share", report.input, &InputStatistics::zero_share);
    add("sqnr_db", report.input, &InputStatistics::sqnr_db);
    add("error_lsb", report.input, &InputStatistics::error_lsb);
    add("weight_sigma", report.weight, &WeightStatistics::sigma);
    add("weight_clipped_share", report.weight, &WeightStatistics::clipped_share);
    add("weight_zero_share", report.weight, &WeightStatistics::zero_share);
    add("weight_sqnr_db", report.weight, &WeightStatistics::sqnr_db);
    add("weight_error_lsb", report.weight, &WeightStatistics::error_lsb);
    add("output_sqnr_db", report.output, &OutputError::sqnr_db);
    add("output_cosine", report.output, &OutputError::cosine);
    json["output_mean_error_lsb"] = report.output ? or_null(report.output->mean_lsb) : Json(nullptr);
    json["output_max_error_lsb"] = report.output ? or_null(report.output->max_lsb) : Json(nullptr);
    json["accumulator_bound"] = or_null(report.accumulator_bound);
    json["accumulator_headroom_bits"] = or_null(report.headroom_bits);
    json["accumulator_largest"] = or_null(report.largest_accumulator);
    return json;
}

std::string number(const std::optional<double>& value) {
    return value ? format_number(*value, 3) : "-";
}

std::string layers_table(const std::vector<LayerReport>& reports) {
    TextTable table{"layer", "kind",   "shape",      ">parameters", ">MACs",
                    "input", "weight", ">output FL", ">clip",       ">weight dB"};
    for (const LayerReport& report : reports) {
        table.add_row({report.name, report.kind,
                       fmt::format("{}x{}x{}", report.shape.channels, report.shape.height, report.shape.width),
                       std::to_string(report.parameters), std::to_string(report.macs),
                       report.input_format ? report.input_format->to_string() : "-",
                       report.weight_format ? report.weight_format->to_string() : "-",
                       report.output_fractional_length ? std::to_string(*report.output_fractional_length) : "-",
                       number(report.clip_level), report.weight ? format_number(report.weight->sqnr_db, 3) : "-"});
    }
    return table.text();
}

/// What data showed, beside the bounds that no data can exceed.
std::string measured_table(const std::vector<LayerReport>& reports) {
    TextTable table{"layer",        ">input sigma",  ">clipped",      ">zero",     ">SQNR dB",
                    ">LSB",         ">output dB",    ">cosine",       ">mean LSB", ">max LSB",
                    ">largest acc", ">proven bound", ">headroom bits"};
    for (const LayerReport& report : reports) {
        if (!report.input && !report.output && !report.largest_accumulator && !report.accumulator_bound) continue;
        const auto& input = report.input;
        const auto& output = report.output;
        table.add_row(
            {report.name, input ? format_number(input->sigma, 3) : "-",
             input ? format_percent(input->clipped_share) : "-", input ? format_percent(input->zero_share) : "-",
             input ? format_number(input->sqnr_db, 3) : "-", input ? format_number(input->error_lsb, 3) : "-",
             output ? format_number(output->sqnr_db, 3) : "-", output ? fmt::format("{:.5f}", output->cosine) : "-",
             output ? number(output->mean_lsb) : "-", output ? number(output->max_lsb) : "-",
             report.largest_accumulator ? std::to_string(*report.largest_accumulator) : "-",
             report.accumulator_bound ? std::to_string(*report.accumulator_bound) : "-", number(report.headroom_bits)});
    }
    if (table.empty()) return {};
    return "\ninput: rounding to its format; output: integers against the network without rounding\n" + table.text();
}

ExitCode inspect_subject(Context& context, const Options& options) {
    Subject subject = Subject::open(context, options.subject, options.config, data_settings(context, options.data));
    std::vector<LayerReport> reports;
    std::string architecture, hash;
    int64_t macs = 0, parameters = 0;
    if (subject.has_checkpoint() || subject.is_integer_network()) {
        const IntegerNetwork& network = subject.integer_network();
        architecture = network.architecture;
        if (const auto known = network.metadata.find("checkpoint_hash"); known != network.metadata.end())
            hash = known->second;
        reports = report_layers(network, clip_levels(subject));
        if (const auto statistics = measure_layers(context, subject, {options.data, options.images})) {
            add_statistics(reports, *statistics);
            add_output_errors(reports, measure_errors(context, subject, {options.data, options.images}));
        }
    } else {
        const LayerGraph graph = subject.graph();
        architecture = graph.architecture;
        reports = report_layers(graph);
    }
    for (const LayerReport& report : reports) {
        macs += report.macs;
        parameters += report.parameters;
    }
    if (!options.layer.empty()) {
        std::vector<std::string> names;
        for (const LayerReport& report : reports) names.push_back(report.name);
        std::erase_if(reports, [&](const LayerReport& report) { return report.name != options.layer; });
        if (reports.empty()) {
            throw ConfigError("--layer: there is no layer '" + options.layer + "', did you mean '" +
                              nearest_name(options.layer, names) + "'?");
        }
    }
    if (context.options.json) {
        Json layers = Json::array();
        for (const LayerReport& report : reports) layers.push_back(to_json(report));
        print_json(context.console, {{"network", architecture},
                                     {"subject", options.subject},
                                     {"checkpoint", or_null(subject.checkpoint_name())},
                                     {"checkpoint_hash", or_null(hash)},
                                     {"parameters", parameters},
                                     {"macs", macs},
                                     {"layers", layers}});
    } else {
        context.console.print(
            fmt::format("{}: {} parameters, {} multiplications an image\n", architecture, parameters, macs) +
            layers_table(reports) + measured_table(reports));
    }
    return ExitCode::kOk;
}

}  // namespace

void add_inspect_command(CommandRegistry& registry) {
    const auto options = std::make_shared<Options>();
    CLI::App& app = registry.add("inspect", "Each layer: shape, cost, formats, statistics, headroom",
                                 "f8net inspect quickstart\n"
                                 "f8net inspect net.f8n --layer head.0 --json\n"
                                 "f8net inspect configs/fashion-mnist/resnet18.yaml",
                                 [options](Context& context) { return inspect_subject(context, *options); });
    app.add_option("SUBJECT", options->subject, "Run, checkpoint, integer network or configuration")->required();
    app.add_option("--layer", options->layer, "Only this one")->option_text("NAME");
    app.add_option("--data", options->data, "Folder of the data")->option_text("DIR");
    app.add_option("--images", options->images, "Images that statistics are taken of; default: 256")
        ->check(count_from_one());
    app.add_option("--config", options->config, "Experiment of a checkpoint that does not name it")
        ->option_text("FILE.yaml");
}

}  // namespace f8net
