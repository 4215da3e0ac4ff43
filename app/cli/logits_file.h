// SPDX-License-Identifier: Apache-2.0
/// Logits of several modes as a safetensors file: `logits/MODE` [images, classes] (float32, int32 for integer-only),
/// `labels` [images] int64, names of the images as a JSON list under `files` in the metadata (docs/cli.md, --logits).
#pragma once

#include <string>
#include <vector>

#include "core/data/dataset.h"
#include "core/inference/mode_evaluator.h"
#include "core/tensorfile/tensor.h"

namespace f8net {

class LogitsFile {
public:
    explicit LogitsFile(int64_t images) : images_(images) {}
    void add(NumericMode mode, int64_t first_image, const Logits& logits, const std::vector<int64_t>& labels);
    void write(const std::string& path, const Dataset& dataset);

private:
    int64_t images_;
    TensorMap map_;
};

}  // namespace f8net
