// SPDX-License-Identifier: Apache-2.0
/// A run's resolved configuration as lines that say where each value comes from.   Threads  pure.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace f8net {

struct ConfigurationEntry {
    std::string key, value, default_value;
    std::string origin;  ///< "default", "experiment", "command line"
};

/// `values` as the run store keeps them ("optimizer.lr", "stages.NAME.optimizer.lr"); `command` is the run's shell
/// command.
std::vector<ConfigurationEntry> configuration_entries(const std::map<std::string, std::string>& values,
                                                      const std::string& command);

}  // namespace f8net
