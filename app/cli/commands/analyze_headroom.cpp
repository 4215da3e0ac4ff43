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
#include "core/analysis/headroom.h"
#include "core/base/atomic_file.h"

namespace f8net {

namespace {

struct Options {
    std::string subject, config, csv;
    MeasurementOptions measurement;
};

Json to_json(const NodeHeadroom& node) {
    return {{"name", node.name},
            {"kind", node.kind},
            {"fractional_length", node.fractional_length},
            {"bound", node.bound},
            {"bits", node.bits},
            {"headroom_bits", node.headroom_bits},
            {"exact_in_float32", node.exact_in_float32},
            {"largest_seen", or_null(node.largest_seen)},
            {"bits_seen", or_null(node.bits_seen)}};
}

std::string headroom_table(const std::vector<NodeHeadroom>& nodes) {
    TextTable table{"layer", "kind", ">FL", ">proven bound", ">bits", ">headroom bits", ">largest seen", ">bits seen"};
    for (const NodeHeadroom& node : nodes) {
        table.add_row({node.name, node.kind, std::to_string(node.fractional_length), std::to_string(node.bound),
                       std::to_string(node.bits), fmt::format("{:.1f}", node.headroom_bits),
                       node.largest_seen ? std::to_string(*node.largest_seen) : "-",
                       node.bits_seen ? std::to_string(*node.bits_seen) : "-"});
    }
    return table.text();
}

void write_csv(const std::string& path, const std::vector<NodeHeadroom>& nodes) {
    std::string text =
        "layer,kind,fractional_length,bound,bits,headroom_bits,exact_in_float32,largest_seen,bits_seen\n";
    for (const NodeHeadroom& node : nodes) {
        text += fmt::format("{},{},{},{},{},{},{},{},{}\n", node.name, node.kind, node.fractional_length, node.bound,
                            node.bits, node.headroom_bits, node.exact_in_float32,
                            node.largest_seen ? std::to_string(*node.largest_seen) : "",
                            node.bits_seen ? std::to_string(*node.bits_seen) : "");
    }
    write_text_file(path, text);
}

ExitCode analyze_headroom_of(Context& context, const Options& options) {
    Subject subject =
        Subject::open(context, options.subject, options.config, data_settings(context, options.measurement.data));
    const IntegerNetwork& network = subject.integer_network();
    const auto statistics = measure_layers(context, subject, options.measurement);
    const std::vector<NodeHeadroom> nodes =
        analyze_headroom(network, statistics ? statistics->largest_accumulators() : std::map<std::string, int64_t>{});
    int bits = 0;
    for (const NodeHeadroom& node : nodes) bits = std::max(bits, node.bits);
    if (!options.csv.empty()) write_csv(options.csv, nodes);
    if (context.options.json) {
        Json layers = Json::array();
        for (const NodeHeadroom& node : nodes) layers.push_back(to_json(node));
        print_json(context.console, {{"subject", options.subject},
                                     {"checkpoint", or_null(subject.checkpoint_name())},
                                     {"bits", bits},
                                     {"layers", layers}});
    } else {
        context.console.print(headroom_table(nodes) +
                              fmt::format("words of {} bits hold every accumulator of every image\n", bits));
    }
    return ExitCode::kOk;
}

}  // namespace

void add_analyze_headroom(CommandRegistry& registry, CLI::App& group) {
    const auto options = std::make_shared<Options>();
    CLI::App& app = registry.add_below(group, "headroom", "How near accumulators come to the ends of int32",
                                       "f8net analyze headroom quickstart\n"
                                       "f8net analyze headroom net.f8n --data DIR --images 1000 --csv headroom.csv",
                                       [options](Context& context) { return analyze_headroom_of(context, *options); });
    app.add_option("SUBJECT", options->subject, "Run, checkpoint or integer network")->required();
    app.add_option("--data", options->measurement.data, "Folder of the data")->option_text("DIR");
    app.add_option("--images", options->measurement.images, "Images that the largest values are seen on; default: 256")
        ->check(count_from_one());
    add_csv_option(app, options->csv);
    app.add_option("--config", options->config, "Experiment of a checkpoint that does not name it")
        ->option_text("FILE.yaml");
}

}  // namespace f8net
