// SPDX-License-Identifier: Apache-2.0
/// What a run reports while it works, as plain structs, and the interface of those who listen: the store's writer, the
/// console, JSON lines. The trainer knows nothing else about the outside. Threads  all calls come from the training
/// thread, in order; an observer that does slow work hands it to a thread of its own.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/units.h"
#include "core/fixedpoint/format.h"

namespace f8net {

/// One layer of the network as the store lists it, sent once when a stage starts. Order: depth, input first.
struct LayerDescription {
    std::string
        name;  ///< the authors' module name ("stage_0_layer_0.body.0"), or of a sum, pool ("stage_0_layer_1.add")
    std::string kind;                       ///< conv, linear, add, max_pool, average_pool, relu, input
    int depth = 0;                          ///< position in execution order
    std::string clip_owner;                 ///< layer that owns the clipping level; empty where there is none
    std::array<int64_t, 3> output_shape{};  ///< C, H, W
    std::vector<int64_t> weight_shape;      ///< out, in / groups, kh, kw; out, in; empty without weights
    int64_t parameters = 0;
    int64_t macs = 0;  ///< multiplications per image
};

/// A number over time. Names: "<split>/<quantity>", split train, validation or test: "train/loss", "test/top1" (share 0
/// to 1), "train/learning_rate", "train/images_per_second", "clip/<layer>".
struct MetricValue {
    std::string name;
    double value = 0;
};

struct StepReport {
    Step step;
    Epoch epoch;             ///< the epoch this step belongs to, from 1
    double epoch_share = 0;  ///< completed share of that epoch, 0 to 1
    std::vector<MetricValue> metrics;
};

/// Format of one layer at the end of an epoch and why it is so (method.md 2).
struct LayerFormatReport {
    std::string layer;
    FixedPointFormat input_format, weight_format;
    double input_running_fractional_length = 0;  ///< the buffer before rounding
    double input_statistic = 0;   ///< the chosen statistic (std, mae, rms) of the layer's input as it arrives
    double weight_statistic = 0;  ///< the same of the effective weight
    double input_unrounded = 0;   ///< log2(constant / statistic)
    double weight_unrounded = 0;
    std::string statistic;            ///< "std", "mae", "rms" or "grid"
    double clip_level = 0;            ///< alpha, real units; 0 without clipping
    double clip_scale = 0;            ///< eta
    double input_clipped_share = 0;   ///< above the largest code (signed: either side)
    double input_negative_share = 0;  ///< unsigned inputs: set to zero by the ReLU
    double input_zero_share = 0;      ///< rounded to zero though not zero
    double weight_clipped_share = 0;
    double weight_zero_share = 0;
    double input_sqnr_db = 0;  ///< signal to quantization noise
    double weight_sqnr_db = 0;
};

/// Histogram with power-of-two based bin edges, so that runs and epochs compare: bin i counts lower + i*width <= x <
/// lower + (i+1)*width; what lies outside is in below and above.
struct HistogramReport {
    std::string layer;
    std::string tensor;  ///< "input", "weight" (raw), "effective_weight", "accumulator"
    double lower = 0;
    double width = 0;  ///< a power of two
    std::vector<int64_t> counts;
    int64_t below = 0, above = 0;
    double minimum = 0, maximum = 0, mean = 0, standard_deviation = 0;
};

/// End of an epoch: everything that becomes visible at once, in one transaction with the checkpoint that holds this
/// state.
struct EpochReport {
    Epoch epoch;
    Step step;
    std::string stage;  ///< name of the stage ("float", "fixed-point")
    std::vector<MetricValue> metrics;
    std::vector<LayerFormatReport> formats;
    std::vector<HistogramReport> histograms;
};

/// A checkpoint that is complete on disk.
struct CheckpointReport {
    std::string path;
    std::string role;  ///< "last", "best", "stage:<name>"
    Epoch epoch;
    Step step;
    int64_t size_bytes = 0;
    std::string hash;            ///< over the file
    std::optional<double> top1;  ///< what "best" was chosen by
    std::string stage;
};

enum class EventLevel { kInfo, kWarning, kError };
std::string to_string(EventLevel level);

struct EventReport {
    EventLevel level = EventLevel::kInfo;
    std::string kind;  ///< "stage", "resume", "best", "disk", "diverged", "log"
    std::string message;
    Step step;
    Epoch epoch;
};

/// What somebody asked of the run through the store (design.md 5).
enum class RunRequest { kStop, kCheckpoint, kPause };

class RunObserver {
public:
    virtual ~RunObserver();
    virtual void on_stage_start(const std::string& /*stage*/, const std::vector<LayerDescription>& /*layers*/,
                                Step /*total_steps*/, Epoch /*total_epochs*/) {}
    /// Called for logged steps; must cost the training thread at most 10 us per scalar.
    virtual void on_step(const StepReport&) {}
    virtual void on_epoch(const EpochReport&) {}
    /// Comes after the on_epoch of the state it holds; makes both visible.
    virtual void on_checkpoint(const CheckpointReport&) {}
    virtual void on_event(const EventReport&) {}
};

/// Passes everything on to several observers, in order; does not own them.
class ObserverList final : public RunObserver {
public:
    void add(RunObserver* observer) { observers_.push_back(observer); }
    void on_stage_start(const std::string& stage, const std::vector<LayerDescription>& layers, Step total_steps,
                        Epoch total_epochs) override;
    void on_step(const StepReport& report) override;
    void on_epoch(const EpochReport& report) override;
    void on_checkpoint(const CheckpointReport& report) override;
    void on_event(const EventReport& report) override;

private:
    std::vector<RunObserver*> observers_;
};

}  // namespace f8net
