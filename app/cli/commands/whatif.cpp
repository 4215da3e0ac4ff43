// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <CLI/App.hpp>
#include <cmath>
#include <memory>

#include "app/cli/command.h"
#include "app/cli/commands/commands.h"
#include "app/cli/evaluation_data.h"
#include "app/cli/json.h"
#include "app/cli/number_check.h"
#include "app/cli/text_table.h"
#include "core/store/run_store.h"
#include "core/whatif/child_run.h"
#include "core/whatif/what_if_session.h"

namespace f8net {

namespace {

struct Options {
    std::string subject, config, data, output, keep;
    int64_t images = 1000;
    int64_t cache_mb = 1024;
};

/// --set says formats of layers here besides keys of the experiment, which have other names.
std::vector<FormatChange> take_changes(std::vector<std::string>& settings) {
    std::vector<FormatChange> changes;
    std::erase_if(settings, [&](const std::string& setting) {
        const size_t equals = setting.find('=');
        const std::string key = setting.substr(0, equals);
        if (!key.ends_with(".weight") && !key.ends_with(".input")) return false;
        changes.push_back(parse_format_change(setting));
        return true;
    });
    if (changes.empty())
        throw ConfigError("nothing is changed: --set LAYER.weight=s8.6 or --set LAYER.input=u8.5 (any number of them)");
    return changes;
}

std::string interval_text(const Interval& interval) {
    return fmt::format("{} to {}", format_percent(interval.low), format_percent(interval.high));
}

std::string result_text(const WhatIfResult& result, const std::string& changes) {
    const AccuracyChange& accuracy = result.accuracy;
    const PairedDifference difference = accuracy.difference();
    std::string text = fmt::format("{}\n{} images, computed from {}\n", changes, accuracy.images, result.computed_from);
    TextTable accuracies{"", ">top-1", "95 % interval"};
    accuracies.add_row({"before", format_percent(accuracy.before()), interval_text(accuracy.interval_before())});
    accuracies.add_row({"after", format_percent(accuracy.after()), interval_text(accuracy.interval_after())});
    accuracies.add_row({"difference", format_percent(difference.difference), interval_text(difference.interval)});
    text += accuracies.text();
    text += fmt::format("{}; {} images another class, {} of them right only before, {} only after\n\n",
                        difference.is_distinguishable() ? "distinguishable" : "not distinguishable on so many images",
                        accuracy.other_class, accuracy.lost, accuracy.gained);
    TextTable layers{"layer", ">SQNR dB", ">input LSB"};
    for (const LayerDifference& layer : result.layers) {
        layers.add_row({layer.layer, std::isinf(layer.sqnr_db) ? "same" : fmt::format("{:.1f}", layer.sqnr_db),
                        layer.input_lsb ? format_number(*layer.input_lsb, 3) : ""});
    }
    return text + layers.text();
}

Json to_json(double top1, const Interval& interval) {
    return {{"top1", top1}, {"low", interval.low}, {"high", interval.high}};
}

Json to_json(const WhatIfResult& result) {
    const AccuracyChange& accuracy = result.accuracy;
    const PairedDifference difference = accuracy.difference();
    Json json = {{"images", accuracy.images},
                 {"computed_from", result.computed_from},
                 {"before", to_json(accuracy.before(), accuracy.interval_before())},
                 {"after", to_json(accuracy.after(), accuracy.interval_after())},
                 {"difference", to_json(difference.difference, difference.interval)},
                 {"gained", accuracy.gained},
                 {"lost", accuracy.lost},
                 {"other_class", accuracy.other_class}};
    json["difference"]["distinguishable"] = difference.is_distinguishable();
    Json layers = Json::array();
    for (const LayerDifference& layer : result.layers) {
        layers.push_back({{"name", layer.layer},
                          {"differs", !std::isinf(layer.sqnr_db)},
                          {"sqnr_db", std::isinf(layer.sqnr_db) ? Json(nullptr) : Json(layer.sqnr_db)},
                          {"input_lsb", or_null(layer.input_lsb)}});
    }
    json["layers"] = layers;
    return json;
}

Json to_json(const IntegerNetwork& network, const std::vector<FormatChange>& changes) {
    Json json = Json::array();
    for (const FormatChange& change : changes) {
        const IntegerNode& node = network.nodes[static_cast<size_t>(network.index_of(change.layer))];
        const bool is_weight = change.tensor == ChangedTensor::kWeight;
        json.push_back({{"layer", change.layer},
                        {"tensor", is_weight ? "weight" : "input"},
                        {"from", (is_weight ? node.weight_format : node.input_format).to_string()},
                        {"to", change.format.to_string()}});
    }
    return json;
}

ExitCode what_if(Context& context, const Options& options) {
    const std::vector<FormatChange> changes = take_changes(context.options.settings);
    Subject subject = Subject::open(context, options.subject, options.config, data_settings(context, options.data));
    if (!options.keep.empty() && !subject.run())
        throw ConfigError("--keep: " + options.subject + " is no run, which the kept one could be the child of");
    const IntegerNetwork& network = subject.integer_network();
    with_changes(network, changes);  // what is impossible is refused before any image is read
    const std::string described = describe_changes(network, changes);
    const EvaluationSet set =
        open_evaluation_data(subject, {options.data, Split::kTest, options.images, 0, context.threads()});
    WhatIfSession session(network, set, {"", context.threads()}, {options.cache_mb << 20, {}});
    WhatIfListener listener;
    listener.on_progress = [&](const WhatIfResult& result) {
        context.console.transient(fmt::format("what if: {}/{} images, layers on {}", result.accuracy.images,
                                              result.images, result.difference_images));
    };
    const WhatIfResult result = session.evaluate(changes, 0, {}, listener);
    Json kept = nullptr;
    if (!options.output.empty()) save_changed_network(options.output, network, changes);
    if (!options.keep.empty()) {
        RunStore store(context.options.store, RunStore::Mode::kReadWrite);
        const RunId id = keep_as_child_run(store, {*subject.run(), subject.checkpoint_name(), options.keep}, network,
                                           changes, result);
        kept = {{"id", id.text()}, {"name", options.keep}};
        context.console.note("kept as run " + id.text() + " (" + options.keep + ")");
    }
    if (context.options.json) {
        Json json = {{"subject", options.subject},
                     {"checkpoint", or_null(subject.checkpoint_name())},
                     {"changes", to_json(network, changes)}};
        json.update(to_json(result));
        json["file"] = or_null(options.output);
        json["kept"] = kept;
        print_json(context.console, json);
    } else {
        context.console.print(
            result_text(result, described.empty() ? "no format differs from the network's" : described));
    }
    return ExitCode::kOk;
}

}  // namespace

void add_whatif_command(CommandRegistry& registry) {
    const auto options = std::make_shared<Options>();
    CLI::App& app =
        registry.add("whatif", "Another format of a layer: accuracy before and after, error of every layer",
                     "f8net whatif quickstart --set stage_0_layer_0.body.0.weight=s8.6\n"
                     "f8net whatif quickstart --set head.0.weight=s8.5 --set classifier.0.input=u8.4 --images 500\n"
                     "f8net whatif quickstart --set head.0.weight=s8.5 -o changed.f8n --keep coarser-head",
                     [options](Context& context) { return what_if(context, *options); });
    app.add_option("SUBJECT", options->subject, "Run, checkpoint or integer network that keeps its real weights")
        ->required();
    app.add_option("--images", options->images, "Images of the test set that are tried; default: 1000")
        ->check(count_from_one());
    app.add_option("--data", options->data, "Folder of the data")->option_text("DIR");
    app.add_option("-o,--output", options->output, "Write the changed network")->option_text("NET.f8n");
    app.add_option("--keep", options->keep, "Keep the changed network as a run of this name, child of the subject")
        ->option_text("NAME");
    app.add_option("--cache-mb", options->cache_mb, "Limit of the values kept in the cache folder; default: 1024")
        ->check(CLI::Range(1, 1 << 20));
    app.add_option("--config", options->config, "Experiment of a checkpoint that does not name it")
        ->option_text("FILE.yaml");
}

}  // namespace f8net
