// SPDX-License-Identifier: Apache-2.0
/// The part of `f8net runs` that only reads.
#pragma once

namespace CLI {
class App;
}

namespace f8net {

class CommandRegistry;

void add_runs_show_commands(CommandRegistry& registry, CLI::App& group);

}  // namespace f8net
