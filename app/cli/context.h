// SPDX-License-Identifier: Apache-2.0
/// What every command is given: the common options and the console.
#pragma once

#include <string>
#include <vector>

#include "app/cli/console.h"
#include "core/config/experiment_document.h"

namespace f8net {

struct CommonOptions {
    std::string store;  ///< file; filled with the default place where not given
    bool json = false, quiet = false;
    int verbosity = 0;
    ColorMode color = ColorMode::kAuto;
    int threads = 0;                    ///< 0: one per processor that this process may use
    std::string device;                 ///< empty: as the experiment says (cpu where there is none)
    std::vector<std::string> settings;  ///< --set, "key=value", in the order given
};

struct Context {
    CommonOptions options;
    Console console;
    std::vector<std::string> arguments;  ///< the whole command line without the program's name
    std::string doing;                   ///< what is being done, for the report of an unexpected failure

    int threads() const;         ///< at least 1
    std::string device() const;  ///< "cpu" where not given
    /// --set and, where given, --threads and --device, as settings of an experiment.   Errors: ConfigError.
    std::vector<Setting> settings() const;
};

}  // namespace f8net
