// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <CLI/App.hpp>
#include <memory>

#include "app/cli/command.h"
#include "app/cli/commands/commands.h"
#include "app/cli/rank_processes.h"

namespace f8net {

namespace {

struct Options {
    int num_ranks = 0;
    int port = 0;
    std::vector<std::string> words;
};

/// The common options as they were given to launch itself; what the command behind "--" says comes later and wins.
std::vector<std::string> common_words(const CommonOptions& options) {
    std::vector<std::string> words{"--store", options.store};
    if (options.json) words.emplace_back("--json");
    if (options.quiet) words.emplace_back("--quiet");
    for (int i = 0; i < options.verbosity; ++i) words.emplace_back("--verbose");
    if (options.color != ColorMode::kAuto) {
        words.insert(words.end(), {"--color", options.color == ColorMode::kAlways ? "always" : "never"});
    }
    if (options.threads > 0) words.insert(words.end(), {"--threads", std::to_string(options.threads)});
    if (!options.device.empty()) words.insert(words.end(), {"--device", options.device});
    for (const std::string& setting : options.settings) words.insert(words.end(), {"--set", setting});
    return words;
}

ExitCode launch(Context& context, const Options& options) {
    if (options.words.front() != "train") {
        throw ConfigError("launch starts 'train' in ranks, not '" + options.words.front() +
                          "': f8net launch -n 4 -- train CONFIG");
    }
    std::vector<std::string> arguments = common_words(context.options);
    arguments.insert(arguments.end(), options.words.begin(), options.words.end());
    const int port = options.port > 0 ? options.port : free_port();
    return static_cast<ExitCode>(run_ranks(arguments, options.num_ranks, port, context.console));
}

}  // namespace

void add_launch_command(CommandRegistry& registry) {
    const auto options = std::make_shared<Options>();
    CLI::App& app = registry.add("launch", "Train in several processes on this host",
                                 "f8net launch -n 4 -- train configs/fashion-mnist/quickstart.yaml\n"
                                 "f8net launch -n 2 -- train my.yaml --name pair --resume auto",
                                 [options](Context& context) { return launch(context, *options); });
    app.add_option("-n,--ranks", options->num_ranks, "Processes, which share each batch evenly")
        ->required()
        ->check(CLI::Range(1, 1024))
        ->option_text("N");
    app.add_option("--port", options->port, "Port of the loopback at which they meet; default: a free one")
        ->check(CLI::Range(1, 65535))
        ->option_text("PORT");
    app.add_option("COMMAND", options->words, "train and its options, behind --")->required();
}

}  // namespace f8net
