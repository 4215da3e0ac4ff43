// SPDX-License-Identifier: Apache-2.0
#include "core/analysis/recorded_trace.h"

#include <algorithm>

namespace f8net {

std::string to_string(TraceTensor tensor) {
    return tensor == TraceTensor::kCodes ? "code" : "acc";
}

int64_t traced_batch_size(const IntegerNetwork& network) {
    int64_t bytes_per_image = 0;
    for (const IntegerNode& node : network.nodes) bytes_per_image += node.output.size() * 4;
    return std::clamp<int64_t>(64'000'000 / std::max<int64_t>(bytes_per_image, 1), 1, 64);
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
