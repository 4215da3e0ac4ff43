// SPDX-License-Identifier: Apache-2.0
// YAML from strangers: the tree, and the whole experiment in either vocabulary. An error of one line that begins with
// the file's name, or an experiment that is written and read again to the same values.
#include <cstdlib>
#include <string_view>

#include "core/base/error.h"
#include "core/config/experiment_document.h"
#include "core/config/yaml_tree.h"

namespace {

constexpr const char* kFile = "/nowhere/input.yaml";  // where !include finds nothing

void require(bool holds) {
    if (!holds) std::abort();
}

bool has_place(const f8net::ConfigError& error) {
    const std::string_view message = error.what();
    return message.starts_with(kFile) && message.find('\n') == std::string_view::npos;
}

/// What was loaded says the same when it is written down.
void check_round_trip(const f8net::Experiment& experiment) {
    for (const auto detail : {f8net::YamlDetail::kChanged, f8net::YamlDetail::kEverything}) {
        const std::string yaml = f8net::to_yaml(experiment, detail);
        const f8net::Experiment again = f8net::parse_experiment(yaml, kFile).experiment;
        for (const f8net::OptionRow& row : f8net::option_table()) require(row.get(again) == row.get(experiment));
        require(again.stages == experiment.stages);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        (void)f8net::parse_yaml(text, kFile);
    } catch (const f8net::ConfigError& error) {
        require(has_place(error));
    }
    try {
        check_round_trip(f8net::parse_experiment(text, kFile).experiment);
    } catch (const f8net::ConfigError& error) {
        require(has_place(error));
    }
    return 0;
}
