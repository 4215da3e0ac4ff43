// SPDX-License-Identifier: Apache-2.0
/// Turns what the command-line parser did not understand into one line that names the word and the nearest thing there
/// is.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace f8net {

/// "unknown command 'trian', did you mean 'train'? (f8net --help lists all)"
std::string usage_message(const CLI::App& root, const CLI::ParseError& error);
/// "--to: unknown format 'onxx', did you mean 'onnx'? (known: onnx, c)" for unknown_name("--to", "format", "onxx",
/// ...).
std::string unknown_name(const std::string& option, const std::string& what, const std::string& name,
                         const std::vector<std::string>& known);
/// For "f8net" or "f8net runs" alone.
std::string missing_command_message(const CLI::App& app);
/// "f8net runs list": the names from the root to the command that was parsed.
std::string command_name(const CLI::App& app);
/// The innermost command that was parsed; the root where there is none.
const CLI::App& parsed_command(const CLI::App& root);

}  // namespace f8net
