// SPDX-License-Identifier: Apache-2.0
/// An experiment as loaded: the structs, and where each value comes from.
///
/// Precedence  default < file < environment < command line.
///
/// Files    ours (sections, `stages:`), or the authors' flat vocabulary (method.md 7), recognised by its keys.
///
/// Limits   those of yaml_tree.h; `!include` only of files below the config's own folder.
///
/// Errors   ConfigError "file:line:column: key is VALUE, expected ..."; values from elsewhere start with what set them
/// ("--set", "F8NET_OPTIMIZER_LR"). A file that is not there is a ConfigError too.
///
/// Threads  plain values; loading reads the environment once.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/experiment.h"
#include "core/config/option_table.h"

namespace f8net {

/// Where a value was set.
struct Origin {
    enum class Kind { kDefault, kFile, kEnvironment, kCommandLine, kForm };
    Kind kind = Kind::kDefault;
    std::string where;  ///< the file; the variable's name; the flag ("--set", "--epochs"); for defaults empty, or whose
    int line = 0;       ///< from 1; files only
    int column = 0;
    std::string key = {};  ///< what it is called there, where the file speaks the authors' vocabulary; else empty
    /// "default", "a.yaml:14:3", "F8NET_OPTIMIZER_LR", "--set".
    std::string to_string() const;
    bool operator==(const Origin&) const = default;
};

/// One value from outside the file: a flag or a field of a form.
struct Setting {
    std::string key;   ///< "optimizer.lr", or "stages.NAME.optimizer.lr" for one stage. A plain key wins over what the
                       ///< file says in its stages
    std::string text;  ///< as parse_value takes it
    std::string flag = "--set";  ///< what the user wrote, for messages and origins
    Origin::Kind kind = Origin::Kind::kCommandLine;
};
/// "optimizer.lr=0.1" taken apart. Errors: ConfigError where there is no '='.
Setting parse_setting(std::string_view text);

/// A value with its key and origin, as `config show --origin` lists them.
struct OptionEntry {
    const OptionRow* row = nullptr;
    std::string stage;  ///< empty, or the stage that overrides
    std::string text;
    Origin origin;
    bool is_default = false;  ///< equal to the default, wherever it was set
};

/// What loading has to say that is no error: keys without effect, placeholders in paths.
struct ConfigNote {
    Origin origin;
    std::string message;
};

struct ExperimentDocument {
    std::string path;  ///< of the file; empty where there is none
    bool authors_vocabulary = false;
    Experiment experiment;
    std::map<std::string, Origin> origins;  ///< by key, and "stages.NAME.key"; what is missing is a default
    std::vector<ConfigNote> notes;
    std::map<std::string, std::string>
        authors_only;  ///< authors' keys that our structs have no field for, with their values

    Origin origin(const std::string& key, const std::string& stage = {}) const;
    /// Every row of the table in its order, then the overrides of each stage.
    std::vector<OptionEntry> entries() const;
    /// Sets a value as if it came from the command line or a form, without the checks between options
    /// (check_experiment).
    void apply(const Setting& setting);
};

/// The environment's variables as "NAME=value"; tests give their own.
using Environment = std::vector<std::string>;
Environment process_environment();

/// File, environment, settings; checked as a whole. `experiment.name` is never empty afterwards.
ExperimentDocument load_experiment(const std::string& path, std::span<const Setting> settings = {},
                                   const Environment& environment = process_environment());
/// The same from text; `path` names it in messages and is where `!include` starts.
ExperimentDocument parse_experiment(std::string_view yaml, const std::string& path,
                                    std::span<const Setting> settings = {}, const Environment& environment = {});

enum class YamlDetail {
    kChanged,    ///< only what differs from the defaults
    kEverything  ///< every option, as stored in a run: later defaults cannot change it
};
/// Our vocabulary; loads again to the same experiment. Errors: ConfigError where a stage's override does not fit.
std::string to_yaml(const Experiment& experiment, YamlDetail detail);

/// Before work starts: a path that still is a placeholder ("/path/to/...") is an error that names the key and its
/// place.
void require_real_paths(const ExperimentDocument& document);

/// What the workbench and `config list` show of a file: loads it without environment.
struct ExperimentSummary {
    std::string path, name, description, duration;
};
/// All *.yaml and *.yml below `folder` that load, by path, but those that are only to be included, whose names begin
/// with "_"; `problems` gets the messages of those that do not load.
std::vector<ExperimentSummary> list_experiments(const std::string& folder,
                                                std::vector<std::string>* problems = nullptr);

}  // namespace f8net
