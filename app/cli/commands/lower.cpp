// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <filesystem>
#include <memory>

#include "app/cli/artifacts.h"
#include "app/cli/class_names.h"
#include "app/cli/command.h"
#include "app/cli/commands/commands.h"
#include "app/cli/json.h"
#include "app/cli/subject.h"
#include "app/cli/text_table.h"

namespace f8net {

namespace {

struct Options {
    std::string subject, config, output;
};

ExitCode lower_subject(Context& context, const Options& options) {
    Subject subject = Subject::open(context, options.subject, options.config, context.settings());
    IntegerNetwork network = subject.integer_network();
    network.class_names = class_names_of(subject);
    save_integer_network(options.output, network);
    const auto bytes = static_cast<int64_t>(std::filesystem::file_size(options.output));
    record_artifact(context, subject, options.output, "network");
    int layers = 0;
    for (const IntegerNode& node : network.nodes) layers += node.has_weights() ? 1 : 0;
    context.console.note("wrote " + options.output + " (" + std::to_string(layers) + " layers, " +
                         std::to_string(network.parameters()) + " parameters, " + format_bytes(bytes) + ")");
    for (const IntegerNode& node : network.nodes) {
        if (node.kind != NodeKind::kAveragePool) continue;
        context.console.note(node.name +
                             " divides (quantization.quantize_average_pool is off): the only division in the network");
    }
    if (context.options.json) {
        print_json(context.console, {{"file", options.output},
                                     {"layers", layers},
                                     {"parameters", network.parameters()},
                                     {"bytes", bytes},
                                     {"checkpoint", or_null(subject.checkpoint_name())}});
    }
    return ExitCode::kOk;
}

}  // namespace

void add_lower_command(CommandRegistry& registry) {
    const auto options = std::make_shared<Options>();
    CLI::App& app =
        registry.add("lower", "From a trained network to one of integers only", "f8net lower quickstart -o net.f8n",
                     [options](Context& context) { return lower_subject(context, *options); });
    app.add_option("SUBJECT", options->subject, "Run or checkpoint")->required();
    app.add_option("-o,--output", options->output, "File to write")->required()->option_text("NET.f8n");
    app.add_option("--config", options->config, "Experiment of a checkpoint that does not name it")
        ->option_text("FILE.yaml");
}

}  // namespace f8net
