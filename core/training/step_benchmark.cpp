// SPDX-License-Identifier: Apache-2.0
#include "core/training/step_benchmark.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <random>

#include "core/base/error.h"
#include "core/modules/host_read.h"
#include "core/modules/plain_network.h"
#include "core/modules/step_part.h"
#include "core/modules/straightforward.h"
#include "core/modules/tf32.h"
#include "core/run/experiment_mapping.h"
#include "core/training/batch_feeder.h"
#include "core/training/device.h"
#include "core/training/graphed_step.h"
#include "core/training/optimizer.h"
#include "core/training/part_timer.h"
#include "core/training/step_recorder.h"
#include "core/training/step_results.h"
#include "core/training/training_data.h"

namespace f8net {
namespace {

using Clock = std::chrono::steady_clock;
using torch::Tensor;

torch::Dtype dtype_of(const Experiment& experiment) {
    return experiment.training.precision == Precision::kFloat64 ? torch::kFloat64 : torch::kFloat32;
}

/// Same for every call of one experiment.
Batch random_batch(const Experiment& experiment) {
    Batch batch;
    batch.size = experiment.training.effective_micro_batch();
    batch.channels = experiment.network.input_channels;
    batch.height = batch.width = experiment.network.image_size;
    std::mt19937 random(static_cast<uint32_t>(experiment.training.seed));
    batch.pixels.resize(static_cast<size_t>(batch.size * batch.channels * batch.height * batch.width));
    for (uint8_t& pixel : batch.pixels) pixel = static_cast<uint8_t>(random());
    for (int64_t i = 0; i < batch.size; ++i)
        batch.labels.push_back(random() % static_cast<unsigned>(experiment.network.num_classes));
    return batch;
}

struct StepInput {
    Tensor pixels, labels;  ///< where the network computes
};

/// Where batches come from: the loader, epoch after epoch, or one batch of random pixels.
class Batches {
public:
    Batches(const Experiment& experiment, bool random_pixels, torch::Device device) {
        if (random_pixels) {
            const Batch batch = random_batch(experiment);
            constant_ = {pixels_of(batch).to(device, torch::kUInt8, /*non_blocking=*/false, /*copy=*/true),
                         torch::tensor(batch.labels).to(device)};
        } else {
            data_ = std::make_unique<TrainingData>(experiment);
            feeder_ = std::make_unique<BatchFeeder>(data_->loader(), device);
            feeder_->start(0);
        }
    }
    StepInput next() {
        if (!feeder_) return constant_;
        std::optional<DeviceBatch> loaded = feeder_->next();
        if (!loaded) {
            feeder_->start(++epoch_);
            loaded = feeder_->next();
        }
        if (!loaded) throw DataError("the training set has no whole batch");
        held_ = std::move(*loaded);
        return {held_.pixels, held_.labels};
    }
    void fetch_ahead() {
        if (feeder_) feeder_->fetch_ahead();
    }
    bool has_loader() const { return feeder_ != nullptr; }

private:
    std::unique_ptr<TrainingData> data_;
    std::unique_ptr<BatchFeeder> feeder_;
    StepInput constant_;
    DeviceBatch held_;  // what was given out last
    int64_t epoch_ = 0;
};

/// A network in training.
class Contestant {
public:
    Contestant(const Experiment& experiment, torch::Device device)
        : to_input_(normalization_of(experiment), device, dtype_of(experiment)),
          results_(device, steps_between_reads(device)),
          rate_(experiment.optimizer.lr) {}
    virtual ~Contestant() = default;

    /// Forward, loss, backward, optimizer: what the trainer does with a batch.
    void step(const StepInput& batch) {
        around(batch, [this](const Tensor& pixels, const Tensor& labels) { compute(pixels, labels); });
    }
    /// What a step does before and after the work of the device, which is `work`.
    void around(const StepInput& batch, const GraphedStep::Step& work) {
        optimizer().set_learning_rate(rate_);
        work(batch.pixels, batch.labels);
        const StepPart part("optimizer");
        results_.keep(batch.labels.size(0));
        if (results_.is_full()) (void)results_.read();
    }
    void compute(const Tensor& pixels, const Tensor& labels) {
        Tensor input;
        {
            const StepPart part("data");
            input = to_input_(pixels);
        }
        optimizer().zero_grad();
        const Tensor loss = loss_of(input, labels);
        {
            const StepPart part("backward, rest");
            optimizer().add_gradients_of(loss);
        }
        const StepPart part("optimizer");
        optimizer().step(results_.skip());
    }

    Tensor input_of(const StepInput& batch) const { return to_input_(batch.pixels); }
    Tensor loss_of(const Tensor& input, const Tensor& labels) {
        Tensor logits;
        {
            const StepPart part("forward, rest");
            logits = forward(input);
        }
        const StepPart part("loss");
        const Tensor loss = torch::nn::functional::cross_entropy(logits, labels);
        results_.begin_step();
        results_.add(loss, logits, labels);
        return loss;
    }
    virtual Tensor forward(const Tensor& input) = 0;
    virtual Sgd& optimizer() = 0;

private:
    PixelsToInput to_input_;
    StepResults results_;
    double rate_;
};

class FixedPointContestant : public Contestant {
public:
    FixedPointContestant(const Experiment& experiment, torch::Device device)
        : Contestant(experiment, device),
          mode_(experiment.quantization.mode),
          network_(layer_graph_of(experiment), experiment.quantization) {
        network_.initialize(static_cast<uint64_t>(experiment.training.seed));
        network_.set_channels_last(experiment.training.channels_last);
        network_.to(device, dtype_of(experiment));
        optimizer_ = std::make_unique<Sgd>(make_optimizer(network_, experiment.optimizer, mode_));
    }
    Tensor forward(const Tensor& input) override { return network_.forward(input, mode_); }
    Sgd& optimizer() override { return *optimizer_; }
    Network& network() { return network_; }

    /// From now on replay() takes steps as a graph.
    void use_graph(std::unique_ptr<GpuGraph> graph, int64_t batch) {
        graphed_ = std::make_unique<GraphedStep>(
            std::move(graph), network_, batch,
            [this](const Tensor& pixels, const Tensor& labels) { compute(pixels, labels); });
    }
    void replay(const StepInput& batch) {
        around(batch, [this](const Tensor& pixels, const Tensor& labels) { graphed_->run(pixels, labels); });
    }
    const GraphedStep* graphed() const { return graphed_.get(); }

private:
    NumericMode mode_;
    Network network_;
    std::unique_ptr<Sgd> optimizer_;
    std::unique_ptr<GraphedStep> graphed_;
};

class PlainContestant : public Contestant {
public:
    PlainContestant(const Experiment& experiment, torch::Device device)
        : Contestant(experiment, device),
          network_(layer_graph_of(experiment), static_cast<uint64_t>(experiment.training.seed)) {
        network_.to(device, dtype_of(experiment));
        std::vector<Sgd::Parameter> parameters;
        for (const Tensor& tensor : network_.parameters()) {
            parameters.push_back({std::to_string(parameters.size()), tensor, experiment.optimizer.weight_decay});
        }
        optimizer_ = std::make_unique<Sgd>(parameters, experiment.optimizer.momentum, experiment.optimizer.nesterov);
    }
    Tensor forward(const Tensor& input) override { return network_.forward(input); }
    Sgd& optimizer() override { return *optimizer_; }

private:
    PlainNetwork network_;
    std::unique_ptr<Sgd> optimizer_;
};

void wait_for(torch::Device device) {
    if (!device.is_cpu()) c10::impl::VirtualGuardImpl(device.type()).synchronizeDevice(device.index());
}

double median_of(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}
StepTime step_time(const std::vector<double>& times) {
    return {*std::min_element(times.begin(), times.end()), median_of(times)};
}

/// Bytes that are there after `forward` and were not before it.
template <typename Forward>
int64_t bytes_kept_by(const MemoryMeter& meter, const Forward& forward) {
    const int64_t before = meter.live_bytes();
    const Tensor loss = forward();
    return meter.live_bytes() - before;
}

/// Exact for a step after the first one, which makes the optimizer's buffers.
StepCounts counts_of(Contestant& contestant, Batches& batches, MemoryMeter& meter,
                     std::vector<TrainBenchmark::Operator>* by_time = nullptr) {
    StepCounts counts;
    const StepInput batch = batches.next();
    {
        // Gradients belong to the step: they are there when it ends, and must not be when it begins.
        contestant.optimizer().zero_grad();
        const int64_t before = meter.live_bytes();
        meter.restart_peak();
        contestant.step(batch);
        counts.peak_bytes = meter.peak_bytes() - before;
    }
    const Tensor input = contestant.input_of(batch);
    counts.saved_bytes = bytes_kept_by(meter, [&] { return contestant.loss_of(input, batch.labels); });
    const StepRecorder recorder;
    contestant.step(batch);
    for (const auto& [name, entry] : recorder.entries()) {
        if (name == "aten::_local_scalar_dense" || name == HostRead::kName) counts.host_reads += entry.calls;
        if (name == HostRead::kName) continue;
        counts.operators += entry.calls;
        counts.outer_operators += entry.outer_calls;
        counts.launches += entry.launches;
        if (by_time) by_time->push_back({name, entry.calls, entry.ms});
    }
    return counts;
}

int64_t straightforward_bytes(const Experiment& experiment, torch::Device device, Batches& batches,
                              const MemoryMeter& meter) {
    if (experiment.quantization.mode != NumericMode::kFakeQuant ||
        experiment.quantization.granularity != Granularity::kPerTensor)
        return 0;  // written for the common case alone
    FixedPointContestant contestant(experiment, device);
    const StepInput batch = batches.next();
    const Tensor input = contestant.input_of(batch);
    return bytes_kept_by(meter, [&] {
        return torch::nn::functional::cross_entropy(straightforward_forward(contestant.network(), input), batch.labels);
    });
}

/// Batches made with nothing else to do.
double loader_speed(const Experiment& experiment, int64_t batches) {
    Batches source(experiment, false, torch::kCPU);
    for (int i = 0; i < experiment.data.prefetch_batches; ++i) (void)source.next();  // made before the clock started
    const auto start = Clock::now();
    int64_t images = 0;
    for (int64_t i = 0; i < batches; ++i) images += source.next().labels.size(0);
    return static_cast<double>(images) / std::chrono::duration<double>(Clock::now() - start).count();
}

/// Steps between two times that the clock is read: a GPU has to be waited for there.
int steps_of_round(torch::Device device) {
    constexpr int kOnDevice = 8;
    return device.is_cpu() ? 1 : kOnDevice;
}

/// Milliseconds of a step.
double time_round(const std::function<void(const StepInput&)>& step, Batches& batches, torch::Device device) {
    const int steps = steps_of_round(device);
    const auto start = Clock::now();
    for (int i = 0; i < steps; ++i) {
        step(batches.next());
        if (!device.is_cpu()) batches.fetch_ahead();
    }
    wait_for(device);
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count() / steps;
}

/// A fixed-point step in rounds: queued, and replayed as a graph where training would do that.
class Measured {
public:
    Measured(const Experiment& experiment, torch::Device device) : contestant_(experiment, device), device_(device) {
        if (device.is_cpu()) return;
        queued_because_ = why_not_captured(experiment);
        if (!queued_because_.empty()) return;
        try {
            contestant_.use_graph(open_gpu_graph(device), experiment.training.batch_size);
        } catch (const MissingError& error) {
            queued_because_ = error.what();
        }
    }
    void run_queued_round(Batches& batches, bool counts) {
        keep(time_round([&](const StepInput& batch) { contestant_.step(batch); }, batches, device_), counts,
             queued_ms_);
    }
    void run_replayed_round(Batches& batches, bool counts) {
        if (!contestant_.graphed()) return;
        keep(time_round([&](const StepInput& batch) { contestant_.replay(batch); }, batches, device_), counts,
             replayed_ms_);
    }
    FixedPointContestant& contestant() { return contestant_; }

    bool is_replayed() const { return contestant_.graphed() && contestant_.graphed()->is_captured(); }
    /// As training takes it.
    StepTime step() const { return step_time(is_replayed() ? replayed_ms_ : queued_ms_); }
    StepTime queued() const { return step_time(queued_ms_); }
    std::string queued_because() const {
        return contestant_.graphed() ? contestant_.graphed()->failure() : queued_because_;
    }

private:
    static void keep(double ms, bool counts, std::vector<double>& times_ms) {
        if (counts) times_ms.push_back(ms);
    }

    FixedPointContestant contestant_;
    torch::Device device_;
    std::string queued_because_;
    std::vector<double> queued_ms_, replayed_ms_;
};

}  // namespace

TrainBenchmark measure_training(const Experiment& experiment, const TrainBenchmarkOptions& options) {
    set_compute_threads(experiment.training.threads);
    const torch::Device device = open_device(experiment.training.device);
    const Tf32Scope arithmetic(device, experiment.training.float32_matmul == Float32Matmul::kTf32);
    MemoryMeter meter;
    Batches batches(experiment, options.random_pixels, device);
    Measured measured(experiment, device);
    PlainContestant plain(experiment, device);
    std::vector<double> plain_ms;
    std::unique_ptr<Measured> against;
    if (options.against) against = std::make_unique<Measured>(*options.against, device);

    TrainBenchmark result;
    std::map<std::string, std::pair<int, std::vector<double>>> parts;
    constexpr int kWarmUp = 2;
    for (int round = -kWarmUp; round < options.rounds; ++round) {
        options.on_round(round + kWarmUp, options.rounds + kWarmUp);
        const double ms = time_round([&](const StepInput& batch) { plain.step(batch); }, batches, device);
        if (round >= 0) plain_ms.push_back(ms);
        if (!device.is_cpu()) measured.run_queued_round(batches, round >= 0);
        {
            // A GPU's clock is read between the parts, which costs the host time: not in the rounds that count.
            const PartTimer timer(device);
            measured.run_queued_round(batches, device.is_cpu() && round >= 0);
            for (const auto& [name, entry] : timer.read()) {
                if (round < 0) continue;
                parts[name].first = entry.first;
                parts[name].second.push_back(entry.ms / steps_of_round(device));
            }
        }
        measured.run_replayed_round(batches, round >= 0);
        if (!against) continue;
        against->run_queued_round(batches, round >= 0);
        against->run_replayed_round(batches, round >= 0);
    }
    for (const auto& [name, times] : parts) result.parts.push_back({name, median_of(times.second)});
    std::sort(result.parts.begin(), result.parts.end(),
              [&](const auto& a, const auto& b) { return parts[a.name].first < parts[b.name].first; });
    result.network = experiment.network.architecture;
    result.device = device.str();
    result.image_size = experiment.network.image_size;
    result.batch = experiment.training.effective_micro_batch();
    result.threads = at::get_num_threads();
    result.rounds = options.rounds;
    result.step = measured.step();
    if (measured.is_replayed()) result.queued = measured.queued();
    result.queued_because = measured.queued_because();
    result.plain = step_time(plain_ms);
    if (against) result.against = against->step();
    result.counts = counts_of(measured.contestant(), batches, meter, &result.operators);
    result.plain_counts = counts_of(plain, batches, meter);
    std::sort(result.operators.begin(), result.operators.end(),
              [](const auto& a, const auto& b) { return a.ms > b.ms; });
    result.straightforward_saved_bytes = straightforward_bytes(experiment, device, batches, meter);
    if (batches.has_loader()) result.loader_images_per_second = loader_speed(experiment, options.rounds * 3);
    return result;
}

ExactCounts count_training_step(const Experiment& experiment) {
    const torch::Device device = open_device(experiment.training.device);
    MemoryMeter meter;
    Batches batches(experiment, true, device);
    FixedPointContestant contestant(experiment, device);
    PlainContestant plain(experiment, device);
    ExactCounts counts;
    for (Contestant* each : {static_cast<Contestant*>(&contestant), static_cast<Contestant*>(&plain)}) {
        each->step(batches.next());
    }
    counts.step = counts_of(contestant, batches, meter);
    counts.plain = counts_of(plain, batches, meter);
    counts.straightforward_saved_bytes = straightforward_bytes(experiment, device, batches, meter);
    return counts;
}

}  // namespace f8net
