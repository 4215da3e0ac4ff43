// SPDX-License-Identifier: Apache-2.0
/// The commands below `f8net analyze`, a file each; analyze.cpp lists them.
#pragma once

#include <memory>
#include <string>

#include "app/cli/command.h"

namespace CLI {
class App;
}

namespace f8net {

/// Files that an analysis is written to besides its text; empty: not.
struct AnalysisFiles {
    std::string csv, svg;
};
/// --csv, --svg.
void add_file_options(CLI::App& app, AnalysisFiles& files);

void add_analyze_sigma(CommandRegistry& registry, CLI::App& group);
void add_analyze_layers(CommandRegistry& registry, CLI::App& group);

}  // namespace f8net
