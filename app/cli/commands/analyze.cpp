// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands/analyze.h"

#include <CLI/App.hpp>

#include "app/cli/commands/commands.h"

namespace f8net {

void add_csv_option(CLI::App& app, std::string& file) {
    app.add_option("--csv", file, "Also write a table")->option_text("FILE.csv");
}

void add_svg_option(CLI::App& app, std::string& file) {
    app.add_option("--svg", file, "Also draw a picture")->option_text("FILE.svg");
}

void add_analyze_commands(CommandRegistry& registry) {
    CLI::App& group = registry.add_group("analyze", "Why the formats are what they are, and what they cost",
                                         "f8net analyze sigma --svg sigma.svg\n"
                                         "f8net analyze sigma quickstart\n"
                                         "f8net analyze layers quickstart --svg layers.svg --csv layers.csv\n"
                                         "f8net analyze sensitivity quickstart\n"
                                         "f8net analyze headroom quickstart\n"
                                         "f8net analyze flips quickstart\n"
                                         "f8net analyze bitflips quickstart");
    add_analyze_sigma(registry, group);
    add_analyze_layers(registry, group);
    add_analyze_sensitivity(registry, group);
    add_analyze_headroom(registry, group);
    add_analyze_flips(registry, group);
    add_analyze_bitflips(registry, group);
}

}  // namespace f8net
