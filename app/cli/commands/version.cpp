// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>

#include "app/cli/command.h"
#include "app/cli/commands/commands.h"
#include "app/cli/environment_record.h"
#include "app/cli/json.h"
#include "app/cli/text_table.h"

namespace f8net {

namespace {

ExitCode print_versions(Context& context) {
    const auto versions = library_versions(true);
    if (context.options.json) {
        print_json(context.console, Json(versions));
        return ExitCode::kOk;
    }
    TextTable table{"part", "version"};
    for (const auto& [name, version] : versions) table.add_row({name, version});
    context.console.print(table.text());
    return ExitCode::kOk;
}

}  // namespace

void add_version_command(CommandRegistry& registry) {
    registry.add("version", "Versions of the program and of all libraries", "f8net version\nf8net version --json",
                 print_versions);
}

}  // namespace f8net
