// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <CLI/App.hpp>
#include <filesystem>
#include <memory>

#include "app/cli/artifacts.h"
#include "app/cli/class_names.h"
#include "app/cli/commands/analyze.h"
#include "app/cli/evaluation_data.h"
#include "app/cli/evaluators.h"
#include "app/cli/json.h"
#include "app/cli/number_check.h"
#include "app/cli/text_table.h"
#include "core/analysis/flips.h"
#include "core/base/atomic_file.h"
#include "core/store/run_store.h"

namespace f8net {

namespace {

struct Options {
    std::string subject, config, csv, data;
    int64_t images = 2000;
};

Json to_json(const std::vector<RankedClass>& ranked) {
    Json classes = Json::array();
    for (const RankedClass& each : ranked) {
        classes.push_back({{"class", each.label}, {"logit", each.logit}, {"probability", each.probability}});
    }
    return classes;
}

Json to_json(const FlippedImage& image, const Dataset& dataset) {
    return {{"image", image.image},
            {"file", dataset.name(image.image)},
            {"label", image.label},
            {"real_class", image.real_class},
            {"integer_class", image.integer_class},
            {"real_margin", image.real_margin},
            {"integer_margin", image.integer_margin},
            {"confidence_lost", image.confidence_lost},
            {"grew_at", image.grew_at},
            {"error_before", image.error_before},
            {"error_after", image.error_after},
            {"real_top", to_json(image.real_top)},
            {"integer_top", to_json(image.integer_top)},
            {"errors", image.errors}};
}

Json to_json(const Flips& flips, Subject& subject, const Options& options, const Dataset& dataset) {
    Json images = Json::array(), layers = Json::array();
    for (const FlippedImage& image : flips.flipped) images.push_back(to_json(image, dataset));
    for (const LayerDeviation& layer : flips.layers) {
        layers.push_back({{"name", layer.layer},
                          {"relative_error", layer.relative_error},
                          {"relative_error_of_flipped",
                           flips.flipped.empty() ? Json(nullptr) : Json(layer.relative_error_of_flipped)}});
    }
    const auto& metadata = subject.integer_network().metadata;
    const auto hash = metadata.find("checkpoint_hash");
    return {
        {"subject", options.subject},
        {"checkpoint", or_null(subject.checkpoint_name())},
        {"checkpoint_hash", or_null(hash == metadata.end() ? std::string() : hash->second)},
        {"data_folder", options.data.empty() ? Json(nullptr) : Json(std::filesystem::absolute(options.data).string())},
        {"class_names", class_names_of(subject)},
        {"images", flips.images},
        {"real_top1", flips.real_top1},
        {"integer_top1", flips.integer_top1},
        {"flipped", images},
        {"layers", layers}};
}

/// In the run's folder, for those who look at it later. What cannot be written is a warning.
void keep(Context& context, const RunId& run, const Json& document) {
    try {
        const std::string path =
            RunStore(context.options.store, RunStore::Mode::kReadOnly).run_folder(run) + "/flips.json";
        write_text_file(path, document.dump(-1, ' ', false, Json::error_handler_t::replace));
        record_artifact(context, run, path, "flips");
    } catch (const Error& error) {
        context.console.warning(std::string("the images that changed are not kept: ") + error.what());
    }
}

std::string flips_text(const Flips& flips, const std::vector<std::string>& names) {
    const auto name = [&](int64_t index) {
        return index >= 0 && index < static_cast<int64_t>(names.size()) ? names[static_cast<size_t>(index)]
                                                                        : std::to_string(index);
    };
    std::string text =
        fmt::format("{} of {} images get another class in integers ({}); top-1 without rounding {}, in integers {}\n",
                    flips.flipped.size(), flips.images,
                    format_percent(static_cast<double>(flips.flipped.size()) /
                                   static_cast<double>(std::max<int64_t>(flips.images, 1))),
                    format_percent(flips.real_top1), format_percent(flips.integer_top1));
    TextTable images{">image", "label", "without rounding", ">margin", "integers", ">margin", "grew most at",
                     ">from",  ">to"};
    for (const FlippedImage& image : flips.flipped) {
        images.add_row({std::to_string(image.image), name(image.label), name(image.real_class),
                        format_number(image.real_margin, 3), name(image.integer_class),
                        format_number(image.integer_margin, 3), image.grew_at, format_percent(image.error_before),
                        format_percent(image.error_after)});
    }
    if (!images.empty()) text += images.text();
    TextTable layers{"layer", ">relative error", ">of flipped images"};
    for (const LayerDeviation& layer : flips.layers) {
        layers.add_row({layer.layer, format_percent(layer.relative_error),
                        flips.flipped.empty() ? "-" : format_percent(layer.relative_error_of_flipped)});
    }
    return text + layers.text();
}

void write_csv(const std::string& path, const Flips& flips) {
    std::string text =
        "image,label,real_class,integer_class,real_margin,integer_margin,grew_at,error_before,error_after\n";
    for (const FlippedImage& image : flips.flipped) {
        text +=
            fmt::format("{},{},{},{},{},{},{},{},{}\n", image.image, image.label, image.real_class, image.integer_class,
                        image.real_margin, image.integer_margin, image.grew_at, image.error_before, image.error_after);
    }
    write_text_file(path, text);
}

ExitCode analyze_flips_of(Context& context, const Options& options) {
    Subject subject = Subject::open(context, options.subject, options.config, data_settings(context, options.data));
    const EvaluationSet set =
        open_evaluation_data(subject, {options.data, Split::kTest, options.images, 0, context.threads()});
    const auto integers = make_evaluator(subject, NumericMode::kIntegerOnly, "cpu", context.threads());
    const Flips flips = find_flips(subject.integer_network(), *integers, set, context.threads(), [&](int64_t done) {
        context.console.transient(fmt::format("comparing {}/{} images", done, set.count()));
    });
    if (!options.csv.empty()) write_csv(options.csv, flips);
    const Json document = to_json(flips, subject, options, *set.dataset);
    if (subject.run()) keep(context, *subject.run(), document);
    if (context.options.json) {
        print_json(context.console, document);
    } else {
        context.console.print(flips_text(flips, class_names_of(subject)));
    }
    return ExitCode::kOk;
}

}  // namespace

void add_analyze_flips(CommandRegistry& registry, CLI::App& group) {
    const auto options = std::make_shared<Options>();
    CLI::App& app =
        registry.add_below(group, "flips", "Images whose class changes in integers, and where the difference grew",
                           "f8net analyze flips quickstart\n"
                           "f8net analyze flips net.f8n --data DIR --images 500 --csv flips.csv",
                           [options](Context& context) { return analyze_flips_of(context, *options); });
    app.add_option("SUBJECT", options->subject, "Run, checkpoint or integer network that keeps its real weights")
        ->required();
    app.add_option("--data", options->data, "Folder of the data")->option_text("DIR");
    app.add_option("--images", options->images, "Images that are compared, the first ones; default: 2000")
        ->check(count_from_one());
    add_csv_option(app, options->csv);
    app.add_option("--config", options->config, "Experiment of a checkpoint that does not name it")
        ->option_text("FILE.yaml");
}

}  // namespace f8net
