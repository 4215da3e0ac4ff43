// SPDX-License-Identifier: Apache-2.0
/// What a command works on, from the word on the command line (docs/cli.md, SUBJECT): a run of the store (with the
/// checkpoint chosen), a checkpoint file, an integer network or a configuration. Errors   ConfigError: no such run or
/// file, or the subject is not of a kind that the command can use (says what it is and
///          what it lacks); DataError: damaged file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/cli/context.h"
#include "core/architecture/layer_graph.h"
#include "core/base/units.h"
#include "core/config/experiment.h"
#include "core/network/integer_network.h"
#include "core/tensorfile/tensor.h"

namespace f8net {

class Subject {
public:
    enum class Kind { kRun, kCheckpoint, kIntegerNetwork, kConfig };

    /// `config`: --config, for checkpoints that do not say what network they are, or in place of what runs and files
    /// say; empty: none.
    /// `settings` are applied to the experiment (--data, --set).
    static Subject open(const Context& context, const std::string& text, const std::string& config = {},
                        const std::vector<Setting>& settings = {});

    Kind kind() const { return kind_; }
    const std::string& text() const { return text_; }
    const std::optional<RunId>& run() const { return run_; }
    const std::string& run_name() const { return run_name_; }
    /// Path of the checkpoint; empty where there is none.
    const std::string& checkpoint_path() const { return checkpoint_path_; }
    /// "best", "last", "stage:NAME" for runs, else the path.
    const std::string& checkpoint_name() const { return checkpoint_name_; }

    /// Nothing to train: an integer network's file, or a run kept from a what-if.
    bool is_integer_network() const { return network_ && checkpoint_path_.empty(); }
    bool has_checkpoint() const { return !checkpoint_path_.empty(); }
    bool has_experiment() const { return experiment_.has_value(); }
    /// With the overrides of the stage that the checkpoint is from.
    const Experiment& experiment() const;
    LayerGraph graph() const;
    /// Read at the first call.
    const TensorMap& checkpoint();
    /// Goes on with another checkpoint of the same network.
    void use_checkpoint(const std::string& path);
    /// The file's network, or the checkpoint lowered (at the first call).
    const IntegerNetwork& integer_network();

private:
    void open_run(const Context& context, const std::string& text, const std::string& config,
                  const std::vector<Setting>& settings);
    void open_checkpoint(const std::string& config, const std::vector<Setting>& settings);

    Kind kind_ = Kind::kConfig;
    std::string text_, run_name_, checkpoint_path_, checkpoint_name_;
    std::optional<RunId> run_;
    std::optional<Experiment> experiment_;
    std::optional<TensorMap> checkpoint_;
    std::optional<IntegerNetwork> network_;
};

/// What word and file names say about the kind: ".f8n", ".safetensors", ".pt", ".pth", ".pth.tar", ".yaml", ".yml";
/// else a run.
Subject::Kind kind_of_subject(const std::string& text);

}  // namespace f8net
