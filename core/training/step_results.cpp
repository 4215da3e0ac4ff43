// SPDX-License-Identifier: Apache-2.0
#include "core/training/step_results.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/modules/host_read.h"
#include "core/quantization/host_tensor.h"

namespace f8net {

namespace {

/// Counted by StepRecorder.
torch::Tensor to_host(const torch::Tensor& values) {
    const HostRead read;
    return values.is_cpu() ? values : values.cpu();
}

/// Rows whose largest value is their label's; of several largest the first counts, and NaN is larger than any number:
/// argmax.
template <typename T>
int64_t count_right(const torch::Tensor& logits, const torch::Tensor& labels) {
    const int64_t classes = logits.size(1);
    const T* row = logits.const_data_ptr<T>();
    const int64_t* const label = labels.const_data_ptr<int64_t>();
    int64_t right = 0;
    for (int64_t i = 0; i < logits.size(0); ++i, row += classes) {
        const auto is_less = [](T a, T b) { return a < b || (std::isnan(b) && !std::isnan(a)); };
        right += std::max_element(row, row + classes, is_less) - row == label[i] ? 1 : 0;
    }
    return right;
}

}  // namespace

int steps_between_reads(torch::Device device) {
    constexpr int kOnDevice = 16;
    return device.is_cpu() ? 1 : kOnDevice;
}

StepResults::StepResults(torch::Device device, int capacity)
    : capacity_(capacity),
      rows_(torch::zeros({capacity, 2}, torch::TensorOptions(torch::kDouble).device(device))),
      at_hand_(torch::zeros({2}, rows_.options())),
      loss_sum_(at_hand_[0]),
      correct_(at_hand_[1]),
      is_not_finite_(torch::zeros({}, torch::TensorOptions(torch::kFloat).device(device))) {
    for (int i = 0; i < capacity; ++i) row_.push_back(rows_[i]);
}

void StepResults::begin_step() {
    at_hand_.zero_();
}

void StepResults::add(const torch::Tensor& loss, const torch::Tensor& logits, const torch::Tensor& labels) {
    const torch::NoGradGuard no_grad;
    // In float64, where the product is exact.
    if (logits.is_cpu() && logits.is_contiguous() && labels.is_contiguous()) {
        const bool is_float = logits.scalar_type() == torch::kFloat;
        auto* const sums = at_hand_.mutable_data_ptr<double>();
        sums[0] += value_of(loss) * static_cast<double>(labels.size(0));
        sums[1] +=
            static_cast<double>(is_float ? count_right<float>(logits, labels) : count_right<double>(logits, labels));
        return;
    }
    loss_sum_.add_(loss, labels.size(0));
    correct_.add_((logits.argmax(1) == labels).sum(torch::kDouble));
}

const torch::Tensor& StepResults::skip() {
    // x - x is 0 where x is finite, else not a number, which counts as true.
    return is_not_finite_.logical_or_(loss_sum_ - loss_sum_);
}

void StepResults::keep(int64_t images) {
    if (is_full()) throw std::logic_error("the results of a full round of steps were not read");
    row_[images_.size()].copy_(at_hand_);
    images_.push_back(images);
}

StepResult StepResults::at_hand(int64_t images) const {
    const torch::Tensor sums = to_host(at_hand_);
    const double* values = sums.const_data_ptr<double>();
    return {values[0], static_cast<int64_t>(values[1]), images};
}

void StepResults::replace(const StepResult& sum) {
    at_hand_.copy_(torch::tensor({sum.loss_sum, static_cast<double>(sum.correct)}, torch::kDouble));
}

std::vector<StepResult> StepResults::read() {
    std::vector<StepResult> results;
    if (images_.empty()) return results;
    const torch::Tensor rows = to_host(rows_);
    const double* values = rows.const_data_ptr<double>();
    for (size_t i = 0; i < images_.size(); ++i)
        results.push_back({values[2 * i], static_cast<int64_t>(values[2 * i + 1]), images_[i]});
    images_.clear();
    return results;
}

}  // namespace f8net
