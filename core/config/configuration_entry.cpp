// SPDX-License-Identifier: Apache-2.0
#include "core/config/configuration_entry.h"

#include "core/config/option_table.h"

namespace f8net {

std::vector<ConfigurationEntry> configuration_entries(const std::map<std::string, std::string>& values,
                                                      const std::string& command) {
    std::vector<ConfigurationEntry> entries;
    for (const auto& [key, value] : values) {
        ConfigurationEntry entry{key, value, {}, {}};
        // "stages.NAME.optimizer.lr" has the default of "optimizer.lr" and is only there where it was set.
        const bool is_of_stage = key.starts_with("stages.");
        const size_t name_end = is_of_stage ? key.find('.', 7) : std::string::npos;
        const OptionRow* row = find_option(name_end == std::string::npos ? key : key.substr(name_end + 1));
        if (row != nullptr) entry.default_value = format_value(row->default_value());
        const bool on_command_line = command.find(" " + key + "=") != std::string::npos ||
                                     (row != nullptr && !row->flag.empty() && !is_of_stage &&
                                      (command + " ").find(" " + row->flag + " ") != std::string::npos);
        entry.origin = on_command_line                                ? "command line"
                       : !is_of_stage && entry.default_value == value ? "default"
                                                                      : "experiment";
        entries.push_back(std::move(entry));
    }
    return entries;
}

}  // namespace f8net
