// SPDX-License-Identifier: Apache-2.0
#include "app/cli/environment_record.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <fmt/core.h>
#include <CLI/Version.hpp>
#include <fstream>

#include "app/cli/build_commit.h"
#include "core/base/error.h"
#include "core/base/parallel.h"
#include "core/run/torch_backend.h"

namespace f8net {

std::map<std::string, std::string> library_versions(bool with_torch) {
    std::map<std::string, std::string> versions{
        {"f8net", F8NET_VERSION},
        {"commit", build_commit()},
        {"compiler", __VERSION__},
        {"CLI11", CLI11_VERSION},
        {"fmt", std::to_string(FMT_VERSION)},
        {"nlohmann-json", fmt::format("{}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
                                      NLOHMANN_JSON_VERSION_PATCH)},
    };
    if (with_torch) {
        try {
            for (const auto& [name, version] : torch_backend().versions()) versions[name] = version;
        } catch (const MissingError&) {
            versions["LibTorch"] = "not installed";
        }
    }
    return versions;
}

std::string processor_name() {
    std::ifstream info("/proc/cpuinfo");
    std::string line;
    while (std::getline(info, line)) {
        if (!line.starts_with("model name")) continue;
        const size_t colon = line.find(": ");
        if (colon != std::string::npos) return line.substr(colon + 2);
    }
    return "unknown";
}

Json machine_record() {
    Json record;
    record["processor"] = processor_name();
    record["processors"] = available_threads();
    utsname system{};
    if (::uname(&system) == 0) {
        record["system"] = fmt::format("{} {} {}", system.sysname, system.release, system.machine);
        record["host"] = system.nodename;
    }
    return record;
}

Json environment_record(int threads, const std::string& device) {
    Json record = machine_record();
    record["versions"] = library_versions(true);
    record["threads"] = threads;
    record["device"] = device;
    return record;
}

}  // namespace f8net
