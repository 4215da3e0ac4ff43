// SPDX-License-Identifier: Apache-2.0
/// What `f8net train` works on: the experiment from its file, environment and flags, and the run of the store that it
/// becomes. Errors   ConfigError, DataError, StoreError as the parts say.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/cli/context.h"
#include "core/config/experiment_document.h"
#include "core/data/dataset.h"
#include "core/store/run_record.h"

namespace CLI {
class App;
}

namespace f8net {

struct TrainOptions {
    std::string config, from, name, data, resume;
    std::vector<std::string> tags;
    int epochs = 0, batch_size = 0;  ///< 0: as the file says
    std::optional<int> local_rank;   ///< what launchers of older kind say beside RANK
    int64_t limit = 0;
    bool detach = false, dry_run = false;
};

/// The options that shape a new run: --from to --limit.
void add_training_options(CLI::App& app, TrainOptions& options);

/// Flags as settings; --epochs holds for every stage.
std::vector<Setting> train_settings(const Context& context, const TrainOptions& options);

/// The experiment of options.config with the settings of the command line, checked as far as that goes without its
/// data.
ExperimentDocument load_checked_experiment(Context& context, const TrainOptions& options);
/// The training images. ConfigError where a stage's epoch has too few for a single step.
DatasetPtr open_training_data(const Experiment& experiment);
/// MissingError where this build or installation cannot train.
void require_torch_module();

/// Where the weights of --from come from.
struct StartingPoint {
    std::string checkpoint;  ///< path; empty: fresh weights
    std::optional<RunId> parent;
    std::string parent_checkpoint;
};
StartingPoint find_starting_point(const Context& context, const Experiment& experiment);
/// Reads the weights as the first stage will, so that those of another network leave no run behind. DataError as
/// translate_pretrained().
void check_starting_weights(const Experiment& experiment, const StartingPoint& start);

/// Everything the store keeps of a run before it starts.
NewRun describe_run(const Context& context, const TrainOptions& options, const ExperimentDocument& document,
                    const StartingPoint& start);
/// What a resume with other settings changes in what the store keeps of a run: nothing where the configuration is as
/// before. Values that were set anew get the origin that `document` knows, the others keep theirs.
std::optional<NewRun> describe_changes(const Context& context, const RunRecord& run,
                                       const ExperimentDocument& document);
/// "optimizer.lr was 0.1, is 0.05; ..." of the configuration's keys.
std::string changed_values(const RunRecord& run, const NewRun& changes);

/// Bytes that the checkpoints of a run take at most.
int64_t estimated_run_bytes(const Experiment& experiment);
/// Warns where the disk will not hold the run (training.disk_reserve_mb).
void warn_of_disk(Context& context, const Experiment& experiment, const std::string& folder);

}  // namespace f8net
