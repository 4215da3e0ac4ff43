// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <CLI/App.hpp>
#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <optional>

#include "app/cli/artifacts.h"
#include "app/cli/class_names.h"
#include "app/cli/command.h"
#include "app/cli/commands/commands.h"
#include "app/cli/commands/export.h"
#include "app/cli/evaluation_data.h"
#include "app/cli/evaluation_report.h"
#include "app/cli/exported_file.h"
#include "app/cli/json.h"
#include "app/cli/number_check.h"
#include "app/cli/reference/completion.h"
#include "app/cli/signals.h"
#include "app/cli/subject.h"
#include "app/cli/text_table.h"
#include "app/cli/usage_error.h"
#include "core/base/atomic_file.h"
#include "core/base/atomic_folder.h"
#include "core/config/experiment_document.h"
#include "core/deploy/onnx_export.h"
#include "core/pretrained/pretrained.h"
#include "core/tensorfile/safetensors.h"

namespace f8net {

namespace {

struct Exporter {
    const char* format;
    const char* what;
    void (*write)(Context&, Subject&, const ExportOptions&);
    bool takes_images = false;                                                                 ///< --images, --data
    bool takes_layers = false;                                                                 ///< --layers, --files
    ExportDetails (*details)(Subject&, const std::function<void()>& need_going_on) = nullptr;  ///< nullptr: none
};

void write_csv(Context&, Subject& subject, const ExportOptions& options) {
    const IntegerNetwork& network = subject.integer_network();
    std::string text =
        "layer,kind,channels,height,width,macs,input_format,weight_format,output_fractional_length,weights,biases\n";
    for (const IntegerNode& node : network.nodes) {
        text += fmt::format("{},{},{},{},{},{},{},{},{},{},{}\n", node.name, to_string(node.kind), node.output.channels,
                            node.output.height, node.output.width, node.macs(),
                            node.has_weights() ? node.input_format.to_string() : "",
                            node.has_weights() ? node.weight_format.to_string() : "", node.fractional_length,
                            node.weight_s8.size(), node.bias_s32.size());
    }
    write_text_file(options.output, text);
}

template <OnnxFlavour flavour>
void write_onnx(Context&, Subject& subject, const ExportOptions& options) {
    export_onnx(subject.integer_network(), options.output,
                {.flavour = flavour, .class_names = class_names_of(subject)});
}

/// What a user of the authors' program loads: the network's tensors under their names, without the optimizer's.
void write_pytorch(Context&, Subject& subject, const ExportOptions& options) {
    TensorMap weights = translate_pretrained(subject.checkpoint(), subject.graph(), {}).state;
    const Experiment& experiment = subject.experiment();
    weights.metadata = {{"format", "pt"},  // what safetensors' own library calls PyTorch's layout
                        {"content", "weights and formats of " + experiment.network.architecture +
                                        " trained with F8Net, under the names of the authors' program"},
                        {"experiment", to_yaml(experiment, YamlDetail::kEverything)},
                        {"checkpoint", subject.checkpoint_name()}};
    if (subject.run()) weights.metadata["run"] = subject.run()->text();
    write_safetensors(options.output, weights);
}

constexpr std::array<Exporter, 8> kExporters{{
    {"onnx", "ONNX with QLinear operators", write_onnx<OnnxFlavour::kQLinear>},
    {"onnx-qdq", "ONNX with quantize-dequantize pairs", write_onnx<OnnxFlavour::kQdq>},
    {"onnx-integer", "ONNX with integer operators only", write_onnx<OnnxFlavour::kInteger>},
    {"c", "C source", export_c_source, true, false, c_source_details},
    {"vectors", "golden vectors for test benches", export_vectors, true, true},
    {"pytorch", "safetensors under the authors' names", write_pytorch},
    {"report", "one HTML file about a run or network", export_report, true},
    {"csv", "table of the layers", write_csv},
}};

/// "onnx (ONNX with QLinear operators), csv (table of the layers)".
std::string explained_formats() {
    std::string known;
    for (const Exporter& exporter : kExporters) {
        known += (known.empty() ? "" : ", ") + std::string(exporter.format) + " (" + exporter.what + ")";
    }
    return known;
}

std::vector<std::string> format_names() {
    std::vector<std::string> names;
    for (const Exporter& exporter : kExporters) names.emplace_back(exporter.format);
    return names;
}

const Exporter& find_exporter(const std::string& format) {
    for (const Exporter& exporter : kExporters) {
        if (format == exporter.format) return exporter;
    }
    throw ConfigError(unknown_name("--to", "format", format, format_names()));
}

void need_used(const Exporter& exporter, const ExportOptions& options) {
    const auto need = [&](bool is_used, bool is_given, const char* option) {
        if (is_given && !is_used)
            throw ConfigError(std::string(option) + " has no meaning with --to " + exporter.format);
    };
    need(exporter.takes_images, options.images > 0, "--images");
    need(exporter.takes_images || options.verified_images > 0, !options.data.empty(), "--data");
    need(exporter.takes_layers, !options.layers.empty(), "--layers");
    need(exporter.takes_layers, !options.files.empty(), "--files");
}

Json to_json(const ExportedFileCheck& check) {
    const PathComparison& comparison = check.comparison;
    return {{"verified", or_null(check.equal())},
            {"verified_images", comparison.images},
            {"verified_by", or_null(check.path)},
            {"not_verified", or_null(check.why_not)},
            {"first_difference", comparison.first_difference ? to_json(*comparison.first_difference) : Json(nullptr)}};
}

/// Without --verify nothing runs the file, and nothing is claimed of it.
std::optional<ExportedFileCheck> verify_export(Context& context, Subject& subject, const ExportOptions& options,
                                               const std::function<void()>& need_going_on) {
    if (options.verified_images == 0) return std::nullopt;
    const ExportedFileCheck check = check_exported_file(context, subject, options.format, options.output, options.data,
                                                        options.verified_images, need_going_on);
    const PathComparison& comparison = check.comparison;
    if (!check.why_not.empty()) {
        context.console.warning("not verified: " + check.why_not);
    } else if (comparison.equal()) {
        context.console.note(
            fmt::format("verified: {} gives what the scalar engine gives on {} images", check.path, comparison.images));
    } else {
        context.console.error(options.output + " differs: " + comparison.first_difference->description());
    }
    return check;
}

ExitCode export_subject(Context& context, const ExportOptions& options) {
    const Exporter& exporter = find_exporter(options.format);
    need_used(exporter, options);
    Subject subject = Subject::open(context, options.subject, options.config, data_settings(context, options.data));
    exporter.write(context, subject, options);
    const int64_t bytes = size_on_disk(options.output);
    record_artifact(context, subject, options.output, options.format);
    context.console.note("wrote " + options.output + " (" + exporter.what + ", " + format_bytes(bytes) + ")");
    const Interruptible steps("stopped; " + options.output + " is written and not verified");
    const auto need_going_on = [&steps] { steps.need_going_on(); };
    const ExportDetails details = exporter.details ? exporter.details(subject, need_going_on) : ExportDetails{};
    if (!details.text.empty()) context.console.note(details.text);
    const std::optional<ExportedFileCheck> check = verify_export(context, subject, options, need_going_on);
    if (context.options.json) {
        Json document = {{"format", options.format},
                         {"path", options.output},
                         {"bytes", bytes},
                         {"verified", nullptr},
                         {"checkpoint", or_null(subject.checkpoint_name())}};
        if (check) document.update(to_json(*check));
        document.update(details.keys);
        print_json(context.console, document);
    }
    return check && !check->comparison.equal() ? ExitCode::kAnswerIsNo : ExitCode::kOk;
}

}  // namespace

void write_export(Context& context, Subject& subject, const ExportOptions& options) {
    find_exporter(options.format).write(context, subject, options);
}

void add_export_command(CommandRegistry& registry) {
    const auto options = std::make_shared<ExportOptions>();
    CLI::App& app = registry.add("export", "Hand the network to other programs",
                                 "f8net export quickstart --to onnx -o net.onnx\n"
                                 "f8net export quickstart --to onnx -o net.onnx --verify 100\n"
                                 "f8net export quickstart --to c -o net && make -C net test\n"
                                 "f8net export quickstart --to pytorch -o net.safetensors\n"
                                 "f8net export quickstart --to vectors -o vectors --images 4\n"
                                 "f8net export quickstart --to report -o report.html",
                                 [options](Context& context) { return export_subject(context, *options); });
    app.add_option("SUBJECT", options->subject, "Run, checkpoint or integer network")->required();
    app.add_option("--to", options->format, explained_formats())
        ->required()
        ->option_text("FORMAT")
        ->check(suggest(format_names()));
    app.add_option("-o,--output", options->output, "File to write, or folder")->required()->option_text("PATH");
    app.add_option("--config", options->config, "Experiment of a checkpoint that does not name it")
        ->option_text("FILE.yaml");
    app.add_option("--images", options->images,
                   "vectors, c: how many images, default: 2; report: checked and measured on so many, default: 100")
        ->check(count_from_one());
    app.add_option(
           "--verify", options->verified_images,
           "Run what was written on N images (20) and compare it with the scalar engine; exit 1 where it differs")
        ->expected(0, 1)
        ->default_str("20")
        ->check(count_from_one())
        ->option_text("[N]");
    app.add_option("--data", options->data, "Folder of the images; random ones where nothing names data")
        ->option_text("DIR");
    app.add_option("--layers", options->layers, "vectors: only of these")->option_text("NAME,...");
    app.add_option("--files", options->files,
                   "vectors: safetensors, npy, hex (for $readmemh), mem (with address); default: all but mem")
        ->option_text("KIND,...")
        ->check(suggest({"safetensors", "npy", "hex", "mem"}));
}

}  // namespace f8net
