// SPDX-License-Identifier: Apache-2.0
/// Loss and right answers of steps, kept where they were computed until somebody asks, so that no step ends with the
/// host waiting for its device. Whether a step may change the weights is decided there, too.
/// Threads  one at a time.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

namespace f8net {

struct StepResult {
    double loss_sum = 0;  ///< of the images' losses
    int64_t correct = 0;
    int64_t images = 0;
    double loss() const { return loss_sum / static_cast<double>(images); }
};

/// How many steps go by between two reads: a CPU is read after each, which costs nothing; a GPU's queue of work would
/// run dry while the host waits.
int steps_between_reads(torch::Device device);

class StepResults {
public:
    /// Keeps up to `capacity` steps between two reads.
    StepResults(torch::Device device, int capacity);

    // Work of the device alone, the same for every step.
    void begin_step();
    /// Counts a micro batch into the step at hand. loss: mean over its images, 0-D; logits [images, classes]; labels
    /// [images].
    void add(const torch::Tensor& loss, const torch::Tensor& logits, const torch::Tensor& labels);
    /// 0-D on the device: 1 where the loss of the step at hand, or of one before it, is not finite, else 0: the weights
    /// then have to stay what they were when that loss came about.
    const torch::Tensor& skip();

    /// Ends the step, of `images` images.
    void keep(int64_t images);
    /// Sums of the step at hand so far. Waits for the device.
    StepResult at_hand(int64_t images) const;
    /// Other sums for the step at hand: those of all ranks.
    void replace(const StepResult& sum);
    bool is_full() const { return static_cast<int>(images_.size()) == capacity_; }
    /// What the steps since the last call gave, in their order. Waits for the device, once.
    std::vector<StepResult> read();

private:
    int capacity_;
    torch::Tensor rows_;                          // float64 [capacity, 2]: loss, right answers
    torch::Tensor at_hand_, loss_sum_, correct_;  // the step's row and its two elements
    torch::Tensor is_not_finite_;                 // float32
    std::vector<torch::Tensor> row_;              // views of rows_
    std::vector<int64_t> images_;                 // of the steps that were not read yet
};

}  // namespace f8net
