// SPDX-License-Identifier: Apache-2.0
/// The integers inside a network as plain buffers, for one batch.
/// Layout   N H W C as LayerTrace reports.   Threads  as the evaluator it is given to.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/inference/mode_evaluator.h"
#include "core/network/integer_network.h"

namespace f8net {

/// What a trace reports of a layer.
enum class TraceTensor { kCodes, kAccumulators };
std::string to_string(TraceTensor tensor);  ///< "code", "acc": as in trace files

struct RecordedTensor {
    std::string layer;
    TraceTensor tensor = TraceTensor::kCodes;
    Shape shape;                  ///< of one image
    std::vector<int32_t> values;  ///< [images, H, W, C]
};

/// Images at a time, 1 to 64, whose integers together take no more than about 64 MB.
int64_t traced_batch_size(const IntegerNetwork& network);

class RecordedTrace final : public LayerTrace {
public:
    void on_codes(const std::string& layer, const Shape& shape, std::span<const int32_t> codes) override;
    void on_accumulators(const std::string& layer, const Shape& shape, std::span<const int32_t> values) override;

    void clear() { tensors_.clear(); }
    const std::vector<RecordedTensor>& tensors() const { return tensors_; }  ///< in the order of execution
    const RecordedTensor* find(const std::string& layer, TraceTensor tensor) const;

private:
    std::vector<RecordedTensor> tensors_;
};

}  // namespace f8net
