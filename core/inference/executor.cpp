// SPDX-License-Identifier: Apache-2.0
#include "core/inference/executor.h"

#include "core/base/error.h"
#include "core/inference/executor_base.h"
#include "core/inference/kernels/instruction_set.h"

namespace f8net {

std::vector<std::string> executor_paths() {
    std::vector<std::string> paths = {"scalar"};
    for (const InstructionSet* set : instruction_sets()) paths.push_back(set->name());
    return paths;
}

std::string fastest_path() {
    return executor_paths().back();
}

std::unique_ptr<Executor> make_executor(const IntegerNetwork& network, const std::string& path, int num_threads) {
    return make_range_executor(network, {0, static_cast<int>(network.nodes.size()) - 1}, path, num_threads);
}

std::unique_ptr<Executor> make_range_executor(const IntegerNetwork& network, const NodeRange& range,
                                              const std::string& path, int num_threads) {
    if (path == "scalar" || path == "reference") return make_law_executor(network, range, path, num_threads);
    for (const InstructionSet* set : instruction_sets()) {
        if (set->name() == path) return make_fast_executor(network, range, *set, num_threads);
    }
    std::string known;
    for (const std::string& each : executor_paths()) known += (known.empty() ? "" : ", ") + each;
    throw ConfigError("path '" + path + "' cannot run here, expected one of: " + known);
}

}  // namespace f8net
