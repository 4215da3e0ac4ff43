// SPDX-License-Identifier: Apache-2.0
/// What a result depends on besides its configuration: versions, processor, threads, host.
#pragma once

#include <map>
#include <string>

#include "app/cli/json.h"

namespace f8net {

/// Name and version of the program (with the commit it was built from) and of its libraries.
/// `with_torch`: LibTorch's too, whose module is loaded for it where it is installed.
std::map<std::string, std::string> library_versions(bool with_torch);

/// Processor as /proc/cpuinfo names it.
std::string processor_name();

/// {processor, processors, system, host}: what a time depends on.
Json machine_record();

/// For a run's record; its starter adds "origins": where each value of the configuration that is no default was set.
Json environment_record(int threads, const std::string& device);

}  // namespace f8net
