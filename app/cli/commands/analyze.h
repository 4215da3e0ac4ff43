// SPDX-License-Identifier: Apache-2.0
/// The commands below `f8net analyze`, a file each; analyze.cpp lists them.
#pragma once

#include <string>

#include "app/cli/command.h"

namespace CLI {
class App;
}

namespace f8net {

/// --csv and --svg: files that an analysis is written to besides its text; empty: not.
void add_csv_option(CLI::App& app, std::string& file);
void add_svg_option(CLI::App& app, std::string& file);

void add_analyze_sigma(CommandRegistry& registry, CLI::App& group);
void add_analyze_layers(CommandRegistry& registry, CLI::App& group);
void add_analyze_headroom(CommandRegistry& registry, CLI::App& group);
void add_analyze_sensitivity(CommandRegistry& registry, CLI::App& group);
void add_analyze_flips(CommandRegistry& registry, CLI::App& group);
void add_analyze_bitflips(CommandRegistry& registry, CLI::App& group);

}  // namespace f8net
