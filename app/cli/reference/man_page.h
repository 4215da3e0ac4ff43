// SPDX-License-Identifier: Apache-2.0
/// Man pages as roff text (man(7) macros): one for the program, one for each of its commands (those below a command are
/// sections of its page), one for the keys of experiment files.
#pragma once

#include <map>
#include <string>

#include "app/cli/reference/command_reference.h"

namespace f8net {

/// File name ("f8net-train.1", "f8net-config.5") -> text.
std::map<std::string, std::string> man_pages(const CommandReference& program);

}  // namespace f8net
