// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <filesystem>
#include <memory>

#include "app/cli/command.h"
#include "app/cli/commands/commands.h"
#include "app/cli/json.h"
#include "app/cli/text_table.h"
#include "core/data/dataset.h"

namespace f8net {

namespace {

/// Split by split; one that is not there is left out.
Json describe_splits(const DatasetOptions& options, bool with_fingerprint) {
    Json splits = Json::array();
    for (const Split split : {Split::kTrain, Split::kTest}) {
        if (!has_split(options, split)) continue;
        const DatasetPtr dataset = open_dataset(options, split);
        const auto size = dataset->image_size();
        splits.push_back({{"split", split_name(split)},
                          {"images", dataset->size()},
                          {"classes", dataset->num_classes()},
                          {"channels", dataset->channels()},
                          {"height", size ? Json(size->height) : Json(nullptr)},
                          {"width", size ? Json(size->width) : Json(nullptr)},
                          {"class_names", dataset->class_names()},
                          {"fingerprint", with_fingerprint ? Json(dataset->fingerprint()) : Json(nullptr)},
                          {"description", dataset->description()}});
    }
    return splits;
}

ExitCode list(Context& context) {
    Json datasets = Json::array();
    TextTable table{"dataset", "folder", "content"};
    const std::string folder = default_fashion_mnist_folder();
    const bool there = std::filesystem::is_directory(folder);
    Json entry{{"name", "fashion-mnist"}, {"folder", folder}, {"installed", there}, {"splits", nullptr}};
    std::string content = "not installed: apt-get install dataset-fashion-mnist";
    if (there) {
        DatasetOptions options;
        options.kind = DatasetKind::kFashionMnist;
        entry["splits"] = describe_splits(options, false);
        content.clear();
        for (const Json& split : entry["splits"]) {
            content += (content.empty() ? "" : "; ") + split["description"].get<std::string>();
        }
    }
    table.add_row({"fashion-mnist", folder, content});
    datasets.push_back(std::move(entry));
    if (context.options.json) {
        print_json(context.console, {{"datasets", datasets}});
    } else {
        context.console.print(table.text());
        context.console.print(
            "Folders of your own: f8net data info DIR (IDX or CIFAR files, or DIR/{train,val}/CLASS/*.jpg)\n");
    }
    return ExitCode::kOk;
}

ExitCode info(Context& context, const DatasetOptions& options) {
    const Json splits = describe_splits(options, true);
    const auto kind = detect_dataset(options);
    if (context.options.json) {
        print_json(context.console, {{"folder", options.folder},
                                     {"kind", kind ? Json(dataset_kind_name(*kind)) : Json(nullptr)},
                                     {"splits", splits}});
        return ExitCode::kOk;
    }
    TextTable table{"split", ">images", ">classes", "content", "fingerprint"};
    for (const Json& split : splits) {
        table.add_row({split["split"], std::to_string(split["images"].get<int64_t>()),
                       std::to_string(split["classes"].get<int>()), split["description"], split["fingerprint"]});
    }
    context.console.print(table.text());
    return ExitCode::kOk;
}

}  // namespace

void add_data_commands(CommandRegistry& registry) {
    CLI::App& group =
        registry.add_group("data", "Data sets: what is there", "f8net data list\nf8net data info pictures/");
    registry.add_below(group, "list", "Data sets that are installed", "f8net data list", list);
    const auto options = std::make_shared<DatasetOptions>();
    CLI::App& info_command = registry.add_below(group, "info", "Images, classes and fingerprint of a folder",
                                                "f8net data info pictures/ --json",
                                                [options](Context& context) { return info(context, *options); });
    info_command
        .add_option("DIR", options->folder,
                    "IDX files, CIFAR-10 or CIFAR-100 in binary form, or train/CLASS and val/CLASS with pictures")
        ->required();
    info_command.add_option("--train-folder", options->train_folder, "Of the training pictures, below DIR")
        ->type_name("NAME")
        ->capture_default_str();
    info_command.add_option("--test-folder", options->test_folder, "Of the test pictures, below DIR")
        ->type_name("NAME")
        ->capture_default_str();
}

}  // namespace f8net
