// SPDX-License-Identifier: Apache-2.0
/// How a command joins the program: each file in commands/ has one function that adds its command (with its options and
/// examples) to the registry, and commands/all.cpp lists these functions. Nothing else knows the commands.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "app/cli/context.h"
#include "core/base/error.h"

namespace CLI {
class App;
}

namespace f8net {

using CommandBody = std::function<ExitCode(Context&)>;

class CommandRegistry {
public:
    explicit CommandRegistry(CLI::App& root) : root_(root) {}

    /// A command with a body. `examples` come first in its help, one per line.
    CLI::App& add(const std::string& name, const std::string& summary, const std::string& examples, CommandBody body);
    /// A command that only has commands below it ("runs"); these are added with add_below.
    CLI::App& add_group(const std::string& name, const std::string& summary, const std::string& examples);
    CLI::App& add_below(CLI::App& group, const std::string& name, const std::string& summary,
                        const std::string& examples, CommandBody body);

    const CLI::App& root() const { return root_; }  ///< complete once all commands were added
    /// The body of the command that was parsed; nullptr for a group without command.
    const CommandBody* body(const CLI::App* app) const;

private:
    CLI::App& root_;
    std::map<const CLI::App*, CommandBody> bodies_;
};

/// All commands of the program.
void add_all_commands(CommandRegistry& registry);

}  // namespace f8net
