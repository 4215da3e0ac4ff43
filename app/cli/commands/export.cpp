// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <CLI/App.hpp>
#include <algorithm>
#include <array>
#include <memory>

#include "app/cli/artifacts.h"
#include "app/cli/class_names.h"
#include "app/cli/command.h"
#include "app/cli/commands/commands.h"
#include "app/cli/json.h"
#include "app/cli/subject.h"
#include "app/cli/text_table.h"
#include "core/base/atomic_file.h"
#include "core/base/atomic_folder.h"
#include "core/config/experiment_document.h"
#include "core/deploy/onnx_export.h"
#include "core/pretrained/pretrained.h"
#include "core/tensorfile/safetensors.h"

namespace f8net {

namespace {

struct Options {
    std::string subject, config, format, output;
};

struct Exporter {
    const char* format;
    const char* what;
    void (*write)(Subject&, const std::string& path);  ///< nullptr: not in this version
};

void write_csv(Subject& subject, const std::string& path) {
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
    write_text_file(path, text);
}

template <OnnxFlavour flavour>
void write_onnx(Subject& subject, const std::string& path) {
    export_onnx(subject.integer_network(), path, {.flavour = flavour, .class_names = class_names_of(subject)});
}

/// What a user of the authors' program loads: the network's tensors under their names, without the optimizer's.
void write_pytorch(Subject& subject, const std::string& path) {
    TensorMap weights = translate_pretrained(subject.checkpoint(), subject.graph(), {}).state;
    const Experiment& experiment = subject.experiment();
    weights.metadata = {{"format", "pt"},  // what safetensors' own library calls PyTorch's layout
                        {"content", "weights and formats of " + experiment.network.architecture +
                                        " trained with F8Net, under the names of the authors' program"},
                        {"experiment", to_yaml(experiment, YamlDetail::kEverything)},
                        {"checkpoint", subject.checkpoint_name()}};
    if (subject.run()) weights.metadata["run"] = subject.run()->text();
    write_safetensors(path, weights);
}

constexpr std::array<Exporter, 8> kExporters{{
    {"onnx", "ONNX with QLinear operators", write_onnx<OnnxFlavour::kQLinear>},
    {"onnx-qdq", "ONNX with quantize-dequantize pairs", write_onnx<OnnxFlavour::kQdq>},
    {"onnx-integer", "ONNX with integer operators only", write_onnx<OnnxFlavour::kInteger>},
    {"c", "C source", nullptr},
    {"vectors", "test vectors", nullptr},
    {"pytorch", "safetensors under the authors' names", write_pytorch},
    {"report", "one HTML file", nullptr},
    {"csv", "table of the layers", write_csv},
}};

const Exporter& find_exporter(const std::string& format) {
    std::string known;
    std::vector<std::string> names;
    for (const Exporter& exporter : kExporters) {
        if (exporter.write) known += (known.empty() ? "" : ", ") + std::string(exporter.format);
        names.emplace_back(exporter.format);
    }
    for (const Exporter& exporter : kExporters) {
        if (format != exporter.format) continue;
        if (exporter.write) return exporter;
        throw ConfigError("--to " + format + " (" + exporter.what + ") is not in this version; there are: " + known);
    }
    const std::string nearest = nearest_name(format, names);
    throw ConfigError("--to: unknown format '" + format + "'" +
                      (nearest.empty() ? "" : ", did you mean '" + nearest + "'?") + " (known: " + known + ")");
}

ExitCode export_subject(Context& context, const Options& options) {
    const Exporter& exporter = find_exporter(options.format);
    Subject subject = Subject::open(context, options.subject, options.config, context.settings());
    exporter.write(subject, options.output);
    const int64_t bytes = size_on_disk(options.output);
    record_artifact(context, subject, options.output, options.format);
    context.console.note("wrote " + options.output + " (" + exporter.what + ", " + format_bytes(bytes) + ")");
    if (context.options.json) {
        // Nothing here runs the file, so nothing is claimed of it.
        print_json(context.console, {{"format", options.format},
                                     {"path", options.output},
                                     {"bytes", bytes},
                                     {"verified", nullptr},
                                     {"checkpoint", or_null(subject.checkpoint_name())}});
    }
    return ExitCode::kOk;
}

}  // namespace

void add_export_command(CommandRegistry& registry) {
    const auto options = std::make_shared<Options>();
    CLI::App& app = registry.add("export", "Hand the network to other programs",
                                 "f8net export quickstart --to onnx -o net.onnx\n"
                                 "f8net export quickstart --to pytorch -o net.safetensors",
                                 [options](Context& context) { return export_subject(context, *options); });
    app.add_option("SUBJECT", options->subject, "Run, checkpoint or integer network")->required();
    app.add_option(
           "--to", options->format,
           "onnx (QLinear operators), onnx-qdq (quantize-dequantize pairs), onnx-integer (integer operators only), "
           "pytorch (safetensors under the authors' names) or csv (table of the layers)")
        ->required()
        ->option_text("FORMAT");
    app.add_option("-o,--output", options->output, "File to write")->required()->option_text("PATH");
    app.add_option("--config", options->config, "Experiment of a checkpoint that does not name it")
        ->option_text("FILE.yaml");
}

}  // namespace f8net
