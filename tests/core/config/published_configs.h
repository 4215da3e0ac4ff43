// SPDX-License-Identifier: Apache-2.0
/// The 36 experiment files published with the method, as the golden numbers keep them, and as the text of YAML files.
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace f8net {

inline nlohmann::ordered_json published_configs() {
    std::ifstream stream(std::string(F8NET_SOURCE_DIR) + "/tests/golden/published_configs.json");
    return nlohmann::ordered_json::parse(stream);
}

/// As the authors write them: one `key: value` a line, ~ for nothing, True and False.
inline std::string as_yaml(const nlohmann::ordered_json& config) {
    std::string yaml;
    for (const auto& [key, value] : config.items()) {
        const std::string text = value.is_null() ? "~" : value.is_boolean() ? (value ? "True" : "False") : value.dump();
        yaml += key + ": " + text + "\n";
    }
    return yaml;
}

}  // namespace f8net
