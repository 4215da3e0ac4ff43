// SPDX-License-Identifier: Apache-2.0
/// Everything that needs LibTorch, behind one interface in a module of its own (lib/libf8net_torch.so), so that the
/// command line starts without it: training, and evaluation in the modes that run through LibTorch. Errors MissingError
/// where the module or a library of it cannot be loaded (the loader's words and the command that installs it). Threads
/// one call at a time.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/stop_token.h"
#include "core/config/experiment.h"
#include "core/inference/mode_evaluator.h"
#include "core/network/integer_network.h"
#include "core/run/rank_place.h"
#include "core/run/run_observer.h"
#include "core/tensorfile/tensor.h"

namespace f8net {

struct TrainBenchmark;  // core/run/train_benchmark.h
struct TrainBenchmarkOptions;

struct TrainRequest {
    std::vector<ResolvedStage> stages;  ///< in order; each but the first starts from the best state of the one before
    std::string folder;                 ///< the run's folder: checkpoints are written below it
    std::string initial_checkpoint;     ///< weights to start the first stage from (--from); empty: fresh
    bool initial_is_strict = true;      ///< every tensor of it must be there and known (network.pretrained_strict)
    std::string resume_checkpoint;      ///< a checkpoint of this run to go on from; empty: from the start
    std::map<std::string, std::string> metadata;  ///< goes into every checkpoint: run id, versions
    RankPlace place;  ///< among the processes that train this run; all but rank 0 learn the rest from rank 0
};

struct TrainSummary {
    bool stopped = false;  ///< on request; a checkpoint was saved
    int epochs = 0;        ///< completed, over all stages
    double best_top1 = 0;  ///< of the last stage, share; 0 where nothing was evaluated
    int best_epoch = 0;
    std::map<std::string, double> last;  ///< metrics of the last epoch
    std::string best_checkpoint, last_checkpoint;
};

class TorchBackend {
public:
    virtual ~TorchBackend() = default;

    /// Trains all stages. Stops after the step at hand when asked to (saves, summary.stopped). In ranks only rank 0
    /// reports and writes; a stop that one is asked for stops all after the same step.
    /// Errors  DivergedError, DataError, IoError, DeviceError, and those of core/run/rank_error.h; what was saved
    /// before
    ///         stays.
    virtual TrainSummary train(const TrainRequest& request, RunObserver& observer, StopToken& stop) = 0;

    /// The checkpoint's model with batch-norm statistics estimated anew over evaluation.recalibrate_batch_norm batches
    /// of the training data (method.md 6).
    virtual TensorMap recalibrate_batch_norm(const TensorMap& checkpoint, const Experiment& experiment,
                                             const std::string& device, int threads) = 0;

    /// Modes float, float-unclipped, fake-quant, simulated-integer: the training modules with the tensors of a
    /// checkpoint.
    virtual std::unique_ptr<ModeEvaluator> make_evaluator(NumericMode mode, const TensorMap& checkpoint,
                                                          const Experiment& experiment, const std::string& device,
                                                          int threads) = 0;
    /// Mode integer-float: the lowered network in a float type.
    virtual std::unique_ptr<ModeEvaluator> make_integer_float_evaluator(const IntegerNetwork& network,
                                                                        const std::string& device, int threads) = 0;
    /// What a training step of the experiment costs, measured here and now.
    virtual TrainBenchmark measure_training(const Experiment& experiment, const TrainBenchmarkOptions& options) = 0;
    /// Version of LibTorch and of what it brings, for `f8net version` and the run's environment.
    virtual std::map<std::string, std::string> versions() const = 0;
    /// Opens the device, as training on it would.   Errors  those of core/training/device.h where it cannot be used.
    virtual void require_device(const std::string& name) const = 0;
};

/// Opens the module once per process and gives its backend.
TorchBackend& torch_backend();
/// Whether the module is installed, without loading it.
bool torch_backend_is_installed();

/// The file of a module, "libf8net_cuda.so": where it is installed (lib/f8net beside bin), else of the build tree.
std::string module_file(const std::string& name);
/// The command that fetches LibTorch into `folder` (empty: where it is looked for), with its GPU libraries or without.
std::string libtorch_fetch_command(const std::string& folder, bool with_gpu_libraries);

/// What the module exports under the name f8net_torch_backend.
using TorchBackendFactory = TorchBackend* (*)();

}  // namespace f8net
