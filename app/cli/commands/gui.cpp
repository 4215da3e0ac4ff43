// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <CLI/App.hpp>
#include <cerrno>
#include <filesystem>

#include "app/cli/command.h"
#include "app/cli/commands/commands.h"
#include "core/base/places.h"

namespace f8net {

namespace {

ExitCode open_workbench(Context& context) {
    const std::string program = program_folder() + "/f8net-workbench";
    if (!std::filesystem::exists(program)) {
        throw MissingError(
            "the workbench is not installed (" + program +
            "): build the release preset with Qt, cmake --preset release && cmake --build --preset release");
    }
    std::string store = "--store", path = context.options.store, name = program;
    char* arguments[] = {name.data(), store.data(), path.data(), nullptr};
    ::execv(program.c_str(), arguments);
    throw IoError("start", program, errno);
}

}  // namespace

void add_gui_command(CommandRegistry& registry) {
    registry.add("gui", "Open the workbench", "f8net gui\nf8net gui --store runs.db", open_workbench);
}

}  // namespace f8net
