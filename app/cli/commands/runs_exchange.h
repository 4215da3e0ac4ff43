// SPDX-License-Identifier: Apache-2.0
/// The part of `f8net runs` that hands runs to other programs and takes them from there.
#pragma once

namespace CLI {
class App;
}

namespace f8net {

class CommandRegistry;

void add_runs_exchange_commands(CommandRegistry& registry, CLI::App& group);

}  // namespace f8net
