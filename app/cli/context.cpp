// SPDX-License-Identifier: Apache-2.0
#include "app/cli/context.h"

#include "core/base/parallel.h"

namespace f8net {

int Context::threads() const {
    return options.threads > 0 ? options.threads : available_threads();
}

std::string Context::device() const {
    return options.device.empty() ? "cpu" : options.device;
}

std::vector<Setting> Context::settings() const {
    std::vector<Setting> settings;
    for (const std::string& text : options.settings) settings.push_back(parse_setting(text));
    if (options.threads > 0) settings.push_back({"training.threads", std::to_string(options.threads), "--threads"});
    if (!options.device.empty()) settings.push_back({"training.device", options.device, "--device"});
    return settings;
}

}  // namespace f8net
