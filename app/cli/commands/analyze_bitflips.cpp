// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <CLI/App.hpp>
#include <algorithm>
#include <chrono>
#include <memory>

#include "app/cli/commands/analyze.h"
#include "app/cli/evaluation_data.h"
#include "app/cli/json.h"
#include "app/cli/number_check.h"
#include "app/cli/text_table.h"
#include "core/analysis/analysis_figures.h"
#include "core/analysis/bit_flips.h"
#include "core/base/atomic_file.h"
#include "core/inference/executor.h"

namespace f8net {

namespace {

struct Options {
    std::string subject, config, data, csv, svg;
    std::vector<std::string> layers;
    int64_t images = 200;
    int flips = 4;
    uint64_t seed = 1995;
};

Json to_json(const BitFlipSummary& summary) {
    return {{"flips", summary.flips},
            {"silent", summary.silent},
            {"changed_share", summary.changed_share},
            {"worst_changed_share", summary.worst_changed_share},
            {"top1_lost", summary.top1_lost},
            {"worst_top1_lost", summary.worst_top1_lost}};
}

Json to_json(const std::vector<BitFlipSummary>& bits) {
    Json list = Json::array();
    for (size_t bit = 0; bit < bits.size(); ++bit) {
        Json entry = {{"bit", bit}};
        entry.update(to_json(bits[bit]));
        list.push_back(std::move(entry));
    }
    return list;
}

Json to_json(const LayerBitFlips& layer) {
    Json flips = Json::array();
    for (const BitFlip& flip : layer.flips) {
        flips.push_back({{"element", flip.fault.element},
                         {"bit", flip.fault.bit},
                         {"before", flip.fault.before},
                         {"after", flip.fault.after},
                         {"changed_share", flip.changed_share},
                         {"top1_lost", flip.top1_lost}});
    }
    return {{"name", layer.layer}, {"all", to_json(layer.all)}, {"bits", to_json(layer.bits)}, {"flips", flips}};
}

/// A column of shares for each bit, the highest first.
std::string study_text(const BitFlipStudy& study, const Options& options) {
    std::string text = fmt::format(
        "{} images, top-1 {}; {} flips of each bit position of each layer, seed {}\n"
        "share of images whose class changes, mean over the flips of a bit position\n",
        study.images, format_percent(study.top1), options.flips, options.seed);
    std::vector<std::string> headings{"layer"};
    for (size_t bit = study.bits.size(); bit-- > 0;) headings.push_back(fmt::format(">bit {}", bit));
    headings.insert(headings.end(), {">all", ">worst flip", ">top-1 lost", ">worst flip"});
    TextTable table(headings);
    const auto add = [&](const std::string& name, const std::vector<BitFlipSummary>& bits, const BitFlipSummary& all) {
        std::vector<std::string> cells{name};
        for (size_t bit = study.bits.size(); bit-- > 0;) {
            const bool is_there = bit < bits.size() && bits[bit].flips > 0;
            cells.push_back(is_there ? format_percent(bits[bit].changed_share) : "-");
        }
        cells.insert(cells.end(), {format_percent(all.changed_share), format_percent(all.worst_changed_share),
                                   format_percent(all.top1_lost), format_percent(all.worst_top1_lost)});
        table.add_row(std::move(cells));
    };
    std::vector<BitFlip> all;
    for (const LayerBitFlips& layer : study.layers) {
        add(layer.layer, layer.bits, layer.all);
        all.insert(all.end(), layer.flips.begin(), layer.flips.end());
    }
    if (study.layers.size() > 1) add("all layers", study.bits, summarize(all));
    return text + table.text();
}

void write_csv(const std::string& path, const BitFlipStudy& study) {
    std::string text = "layer,element,bit,before,after,changed_share,top1_lost\n";
    for (const LayerBitFlips& layer : study.layers) {
        for (const BitFlip& flip : layer.flips) {
            text += fmt::format("{},{},{},{},{},{},{}\n", layer.layer, flip.fault.element, flip.fault.bit,
                                flip.fault.before, flip.fault.after, flip.changed_share, flip.top1_lost);
        }
    }
    write_text_file(path, text);
}

ExitCode analyze_bitflips_of(Context& context, const Options& options) {
    Subject subject = Subject::open(context, options.subject, options.config, data_settings(context, options.data));
    const EvaluationSet set =
        open_evaluation_data(subject, {options.data, Split::kTest, options.images, 0, context.threads()});
    BitFlipOptions study_options;
    study_options.layers = options.layers;
    study_options.flips_per_bit = options.flips;
    study_options.seed = options.seed;
    study_options.threads = context.threads();
    const auto start = std::chrono::steady_clock::now();
    study_options.on_progress = [&](int64_t done, int64_t flips) {
        const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        context.console.transient(
            fmt::format("flipping bits: {}/{}, ETA {}", done, flips,
                        format_duration(elapsed / static_cast<double>(done) * static_cast<double>(flips - done))));
    };
    const BitFlipStudy study = analyze_bit_flips(
        subject.integer_network(), set,
        [](const IntegerNetwork& network) { return make_executor(network, fastest_path(), 1); }, study_options);
    if (!options.csv.empty()) write_csv(options.csv, study);
    if (!options.svg.empty()) write_text_file(options.svg, render_svg(bit_flips_figure(study, options.subject)));
    if (context.options.json) {
        Json layers = Json::array();
        for (const LayerBitFlips& layer : study.layers) layers.push_back(to_json(layer));
        print_json(context.console, {{"subject", options.subject},
                                     {"checkpoint", or_null(subject.checkpoint_name())},
                                     {"images", study.images},
                                     {"top1", study.top1},
                                     {"flips_per_bit", options.flips},
                                     {"seed", options.seed},
                                     {"bits", to_json(study.bits)},
                                     {"layers", layers}});
    } else {
        context.console.print(study_text(study, options));
    }
    return ExitCode::kOk;
}

}  // namespace

void add_analyze_bitflips(CommandRegistry& registry, CLI::App& group) {
    const auto options = std::make_shared<Options>();
    CLI::App& app =
        registry.add_below(group, "bitflips", "How much the network minds a flipped bit in a weight, layer by layer",
                           "f8net analyze bitflips quickstart\n"
                           "f8net analyze bitflips quickstart --layer head.0 --flips 50 --seed 7\n"
                           "f8net analyze bitflips net.f8n --data DIR --csv flips.csv --svg flips.svg",
                           [options](Context& context) { return analyze_bitflips_of(context, *options); });
    app.add_option("SUBJECT", options->subject, "Run, checkpoint or integer network")->required();
    app.add_option("--layer", options->layers, "Only this one; repeatable")
        ->option_text("NAME")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->allow_extra_args(false);
    app.add_option("--data", options->data, "Folder of the data")->option_text("DIR");
    app.add_option("--images", options->images, "Images that are classified; default: 200")->check(count_from_one());
    app.add_option("--flips", options->flips, "Of each bit position of each layer; default: 4")
        ->check(count_from_one());
    app.add_option("--seed", options->seed, "Which weights are drawn; default: 1995")->option_text("N");
    add_csv_option(app, options->csv);
    add_svg_option(app, options->svg);
    app.add_option("--config", options->config, "Experiment of a checkpoint that does not name it")
        ->option_text("FILE.yaml");
}

}  // namespace f8net
