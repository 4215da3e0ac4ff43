// SPDX-License-Identifier: Apache-2.0
/// What could stand next on a command line, for the completions of all shells: the scripts in resources/completions ask
/// for it and know nothing of commands or options.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/cli/reference/command_reference.h"

namespace CLI {
class Validator;
}

namespace f8net {

struct Candidate {
    std::string text;
    std::string help;
};

struct Completion {
    std::vector<Candidate> candidates;  ///< those that begin with the word being typed
    bool wants_files = false;           ///< files could stand here, too
    bool wants_folders = false;
};

/// `words`: what stands behind the program's name, the last one being typed (perhaps empty).
/// `run_names`: of the store that the line names (--store; empty: none is named); asked only where a run could stand.
using RunNames = std::function<std::vector<std::string>(const std::string& store)>;
Completion complete(const CommandReference& program, const std::vector<std::string>& words, const RunNames& run_names);

/// Words that completions offer for an option whose value is checked elsewhere (lists with commas). Checks nothing.
CLI::Validator suggest(const std::vector<std::string>& words);

}  // namespace f8net
