// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands/analyze.h"

#include <CLI/App.hpp>

#include "app/cli/commands/commands.h"

namespace f8net {

void add_file_options(CLI::App& app, AnalysisFiles& files) {
    app.add_option("--csv", files.csv, "Also write a table")->option_text("FILE.csv");
    app.add_option("--svg", files.svg, "Also draw a picture")->option_text("FILE.svg");
}

void add_analyze_commands(CommandRegistry& registry) {
    CLI::App& group = registry.add_group("analyze", "Why the formats are what they are, and what they cost",
                                         "f8net analyze sigma --svg sigma.svg\n"
                                         "f8net analyze sigma quickstart\n"
                                         "f8net analyze layers quickstart --svg layers.svg --csv layers.csv");
    add_analyze_sigma(registry, group);
    add_analyze_layers(registry, group);
}

}  // namespace f8net
