// SPDX-License-Identifier: Apache-2.0
/// The module libf8net_torch.so: what core/run/torch_backend.h promises.
#include <malloc.h>
#include <torch/torch.h>
#include <torch/version.h>

#include "core/base/error.h"
#include "core/modules/integer_float.h"
#include "core/run/torch_backend.h"
#include "core/run/train_benchmark.h"
#include "core/training/device.h"
#include "core/training/module_evaluator.h"
#include "core/training/stage.h"
#include "core/training/step_benchmark.h"
#include "core/training/torch_errors.h"
#include "core/training/trainer.h"

namespace f8net {

namespace {

/// Activations of a step are freed and asked for again in the next: kept by the process instead of given back, they
/// need no new pages from the kernel each time.
void keep_freed_memory() {
    ::mallopt(M_MMAP_THRESHOLD, 1 << 30);
    ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

class Backend final : public TorchBackend {
public:
    TrainSummary train(const TrainRequest& request, RunObserver& observer, StopToken& stop) override {
        keep_freed_memory();
        return f8net::train(request, observer, stop);
    }

    TrainBenchmark measure_training(const Experiment& experiment, const TrainBenchmarkOptions& options) override {
        keep_freed_memory();
        return with_torch_errors_translated([&] { return f8net::measure_training(experiment, options); });
    }

    TensorMap recalibrate_batch_norm(const TensorMap& checkpoint, const Experiment& experiment,
                                     const std::string& device, int threads) override {
        return with_torch_errors_translated([&] {
            set_compute_threads(threads);
            StopToken never;
            Ranks alone(RankPlace(), never);
            StageAtWork stage(experiment, open_device(device), alone);
            stage.load_model(checkpoint, true);
            stage.recalibrate_batch_norm(0, [] { return true; });
            TensorMap state = export_state(stage.network());
            state.metadata = checkpoint.metadata;
            state.source = checkpoint.source;
            return state;
        });
    }

    std::unique_ptr<ModeEvaluator> make_evaluator(NumericMode mode, const TensorMap& checkpoint,
                                                  const Experiment& experiment, const std::string& device,
                                                  int threads) override {
        return with_torch_errors_translated([&] {
            set_compute_threads(threads);
            return make_module_evaluator(mode, checkpoint, experiment, open_device(device));
        });
    }

    std::unique_ptr<ModeEvaluator> make_integer_float_evaluator(const IntegerNetwork& network,
                                                                const std::string& device, int threads) override {
        return with_torch_errors_translated([&]() -> std::unique_ptr<ModeEvaluator> {
            set_compute_threads(threads);
            return std::make_unique<IntegerFloatExecutor>(network, open_device(device));
        });
    }

    std::map<std::string, std::string> versions() const override {
        return {{"libtorch", TORCH_VERSION},
                {"mkldnn", at::hasMKLDNN() ? "yes" : "no"},
                {"openmp", at::hasOpenMP() ? "yes" : "no"}};
    }

    void require_device(const std::string& name) const override {
        with_torch_errors_translated([&] { open_device(name); });
    }
};

}  // namespace

}  // namespace f8net

extern "C" __attribute__((visibility("default"))) f8net::TorchBackend* f8net_torch_backend() {
    static f8net::Backend backend;
    return &backend;
}
