// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/recorded_trace.h"

namespace f8net {

std::string to_string(TraceTensor tensor) {
    return tensor == TraceTensor::kCodes ? "code" : "acc";
}

void RecordedTrace::on_codes(const std::string& layer, const Shape& shape, std::span<const int32_t> codes) {
    tensors_.push_back({layer, TraceTensor::kCodes, shape, {codes.begin(), codes.end()}});
}

void RecordedTrace::on_accumulators(const std::string& layer, const Shape& shape, std::span<const int32_t> values) {
    tensors_.push_back({layer, TraceTensor::kAccumulators, shape, {values.begin(), values.end()}});
}

const RecordedTensor* RecordedTrace::find(const std::string& layer, TraceTensor tensor) const {
    for (const RecordedTensor& recorded : tensors_) {
        if (recorded.layer == layer && recorded.tensor == tensor) return &recorded;
    }
    return nullptr;
}

}  // namespace f8net
